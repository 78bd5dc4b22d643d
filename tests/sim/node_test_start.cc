// Rows 1 to 4 and 28 of docs/starrocks.md section 13: start, role decision, join, files. Real
// processes on loopback.

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "lab.h"
#include "meta_dir.h"

namespace srsim {
namespace {

namespace fs = std::filesystem;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const char* const kNotAdded = "current node is not added to the group. please add it first.";

TEST(Sim13_01, OnlyThe9010PortIsOpenUntilTheFrontendWasReadyOnce) {
  SimLab lab;
  SimNode& fe = lab.fe(0);
  fe.start({}, {{"SR_SIM_PAUSE_AT", "ready"}});
  ASSERT_TRUE(fe.wait_port(9010));
  ASSERT_TRUE(wait_until([&] { return has(fe.control("/state"), "stage=ready"); }));
  for (const auto port : std::vector<std::uint16_t>{9020, 9030, 8030})
    EXPECT_FALSE(fe.port(port)) << port;
  fe.control("/resume");
  ASSERT_TRUE(fe.wait_port(8030));  // the last one
  EXPECT_TRUE(fe.port(9020));
  EXPECT_TRUE(fe.port(9030));
}

TEST(Sim13_01, PortsStayOpenWhenTheGroupHasNoLeader) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(3));
  lab.fe(0).kill_now();
  lab.fe(2).kill_now();
  ASSERT_TRUE(wait_until([&] { return has(lab.fe(1).control("/state"), "type=UNKNOWN"); }));
  for (const auto port : std::vector<std::uint16_t>{9010, 9020, 9030, 8030})
    EXPECT_TRUE(lab.fe(1).port(port)) << port;
}

TEST(Sim13_02, FoundsWithoutHelperAndEveryFounderIsAnotherCluster) {
  SimLab lab;
  lab.fe(0).start();
  lab.fe(1).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030) && lab.fe(1).wait_port(8030));
  const auto id = [](SimNode& fe) {
    return cell(fe.sql("SHOW FRONTENDS").row("IP", fe.name()), "ClusterId");
  };
  EXPECT_NE(id(lab.fe(0)), id(lab.fe(1)));
  EXPECT_EQ(cell(lab.fe(0).sql("SHOW FRONTENDS").row("IP", lab.fe(0).name()), "Role"), "LEADER");
  EXPECT_EQ(lab.fe(0).sql("SHOW FRONTENDS").rows.size(), 1U);
}

TEST(Sim13_02, RefusesItselfAsHelper) {
  SimLab lab;
  lab.fe(0).start({"--helper", lab.fe(0).name() + ":9010"});
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(0).log(), "Do not specify the helper node to FE itself."));
}

TEST(Sim13_02, ExitsWhenExactlyOneOfRoleAndVersionExists) {
  SimLab lab;
  lab.fe(0).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  lab.fe(0).kill_now();
  fs::remove(lab.fe(0).meta() + "/image/VERSION");
  lab.fe(0).start();
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  EXPECT_TRUE(
      has(lab.fe(0).log(), "role file and version file must both exist or both not exist."));
}

TEST(Sim13_02, ExitsOnARestartWithTwoHelpers) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(2));
  lab.fe(1).kill_now();
  lab.fe(1).start({"--helper", lab.fe(0).name() + ":9010,fe-7.fe.lab:9010"});
  EXPECT_EQ(lab.fe(1).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(1).log(), "find ROLE and VERSION file in local, ignore helper nodes: ["));
}

TEST(Sim13_02, ATrappedFounderWithTheOldHelperIsABadEnvironment) {
  SimLab lab;
  lab.fe(0).start();
  lab.fe(1).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030) && lab.fe(1).wait_port(8030));
  lab.fe(1).kill_now();
  lab.fe(1).start({"--helper", lab.fe(0).name() + ":9010"});
  EXPECT_EQ(lab.fe(1).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(1).log(), "bad environment "));
  EXPECT_TRUE(has(lab.fe(1).log(), "helper host " + lab.fe(0).name() + ":9010 not in local ["));
}

TEST(Sim13_02, AHelperWithoutPortAndABadHostTypeEndTheStart) {
  SimLab lab;
  lab.fe(0).start({"--helper", "fe-1.fe.lab"});
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(0).out(), "seems was wrong [fe-1.fe.lab], eg. host:port,host:port"));
  lab.fe(0).start({"--host_type", "XX"});
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(0).out(), "-host_type need parameter FQDN or IP"));
}

TEST(Sim13_03, WaitsForEverForAHelperThatRefusesOrDoesNotResolve) {
  SimLab lab;
  lab.fe(0).start({"--helper", "fe-9.fe.lab:9010"});
  lab.fe(1).start({"--helper", lab.fe(2).name() + ":9010"});
  for (int i : {0, 1}) {
    ASSERT_TRUE(wait_until([&] { return count_of(lab.fe(i).log(), kNotAdded) >= 4; }));
    EXPECT_TRUE(lab.fe(i).running());
    EXPECT_FALSE(lab.fe(i).port(9010));
    EXPECT_FALSE(fs::exists(lab.fe(i).meta() + "/image/ROLE"));
    EXPECT_TRUE(fs::is_directory(lab.fe(i).meta() + "/image/v2"));
  }
  EXPECT_TRUE(has(lab.fe(0).log(), "java.net.UnknownHostException: fe-9.fe.lab"));
  EXPECT_TRUE(has(lab.fe(1).log(), "java.net.ConnectException: Connection refused"));
}

TEST(Sim13_03, AnUnknownCallerIsInvalidAndAnAddedOneLearnsItsRole) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  SimNode& leader = lab.fe(0);
  SimNode& joiner = lab.fe(1);
  const std::string ask = "/role?host=" + joiner.name() + "&port=9010";
  const auto before = leader.http(ask, joiner.ip());
  ASSERT_TRUE(before);
  EXPECT_EQ(before->status, 400);
  EXPECT_EQ(before->body, "invalid client host.");
  EXPECT_EQ(get(leader.http(ask)->headers, "role"), "UNKNOWN");
  joiner.start({"--helper", leader.name() + ":9010"});
  ASSERT_TRUE(wait_until([&] { return has(joiner.log(), kNotAdded); }));
  ASSERT_TRUE(leader.sql("ALTER SYSTEM ADD FOLLOWER '" + joiner.name() + ":9010'").ok);
  const auto after = leader.http(ask, joiner.ip());
  ASSERT_TRUE(after);
  EXPECT_EQ(get(after->headers, "role"), "FOLLOWER");
  ASSERT_TRUE(joiner.wait_port(8030));
  EXPECT_TRUE(wait_until([&] {
    return cell(joiner.sql("SHOW FRONTENDS").row("IP", joiner.name()), "Alive") == "true";
  }));
  EXPECT_EQ(joiner.file("meta/image/VERSION"), leader.file("meta/image/VERSION"));
}

TEST(Sim13_03, TheFirstHelperThatAnswersUnknownEndsTheRound) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  // FE 1 is a cluster of its own that holds a row for FE 2's address, but under another port: it
  // answers UNKNOWN.
  lab.fe(1).start();
  ASSERT_TRUE(lab.fe(1).wait_port(8030));
  ASSERT_TRUE(lab.fe(1).sql("ALTER SYSTEM ADD FOLLOWER '" + lab.fe(2).name() + ":9011'").ok);
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD FOLLOWER '" + lab.fe(2).name() + ":9010'").ok);
  lab.fe(2).start({"--helper", lab.fe(1).name() + ":9010," + lab.fe(0).name() + ":9010"});
  ASSERT_TRUE(wait_until([&] { return count_of(lab.fe(2).log(), kNotAdded) >= 3; }));
  EXPECT_FALSE(fs::exists(lab.fe(2).meta() + "/image/ROLE"));
}

TEST(Sim13_03, TheHelperIsAskedOnTheOwnHttpPort) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD FOLLOWER '" + lab.fe(1).name() + ":9010'").ok);
  lab.fe(1).add_conf("http_port = 8031");
  lab.fe(1).start({"--helper", lab.fe(0).name() + ":9010"});
  ASSERT_TRUE(wait_until([&] { return count_of(lab.fe(1).log(), kNotAdded) >= 2; }));
  EXPECT_TRUE(has(lab.fe(1).log(), "Connection refused"));
}

TEST(Sim13_04, RoleIsEmptyThenWithoutHostTypeThenComplete) {
  SimLab lab;
  SimNode& fe = lab.fe(0);
  fe.start({}, {{"SR_SIM_PAUSE_AT", "role_empty"}});
  ASSERT_TRUE(wait_until([&] { return has(fe.control("/state"), "stage=role_empty"); }));
  EXPECT_EQ(fs::file_size(fe.meta() + "/image/ROLE"), 0U);
  EXPECT_FALSE(fs::exists(fe.meta() + "/image/VERSION"));
  fe.kill_now();
  fe.wipe();
  fe.start({}, {{"SR_SIM_PAUSE_AT", "ready"}});
  ASSERT_TRUE(wait_until([&] { return has(fe.control("/state"), "stage=ready"); }));
  EXPECT_TRUE(has(fe.file("meta/image/ROLE"), "\nhostType=\n"));
  EXPECT_TRUE(fs::exists(fe.meta() + "/bdb/00000000.jdb"));
  fe.control("/resume");
  ASSERT_TRUE(fe.wait_port(8030));
  const std::string role = fe.file("meta/image/ROLE");
  EXPECT_EQ(role[0], '#');
  EXPECT_TRUE(has(role, "role=FOLLOWER\nhostType=FQDN\nname=" + fe.name() + "_9010_"));
  const std::string version = fe.file("meta/image/VERSION");
  EXPECT_TRUE(has(version, "clusterId=") && has(version, "runMode=shared_nothing\n") &&
              has(version, "token="));
}

TEST(Sim13_04, PropertiesEscapeAndUnescape) {
  const std::string text = write_properties({{"name", "fd00::8_9010=#!\\"}}, 1769681742000);
  EXPECT_EQ(text, "#Thu Jan 29 10:15:42 UTC 2026\nname=fd00\\:\\:8_9010\\=\\#\\!\\\\\n");
  EXPECT_EQ(value_of(read_properties(text), "name"), "fd00::8_9010=#!\\");
}

TEST(Sim13_04, RefusesAMissingFolderTooLittleSpaceAndImagesWithoutALog) {
  SimLab lab;
  SimNode& fe = lab.fe(0);
  fe.start({}, {{"SR_SIM_FREE_BYTES", "1000000"}});
  EXPECT_EQ(fe.wait_exit(), 255);
  fs::create_directories(fe.meta() + "/image/v2");
  write_file(fe.meta() + "/image/v2/image.7", "");
  fe.start();
  EXPECT_EQ(fe.wait_exit(), 255);
  EXPECT_TRUE(
      has(fe.log(), "image exists, but bdb dir is empty, set start_with_incomplete_meta to true"));
  EXPECT_TRUE(has(fe.log(), "StarRocksFE start failed"));
  SimLab old({.version = "3.1.17"});  // start_fe.sh does not make the folder before 3.2.10
  fs::remove_all(old.fe(0).meta());
  old.fe(0).start();
  EXPECT_EQ(old.fe(0).wait_exit(), 255);
}

TEST(Sim13_27, ALongReplayShowsARisingIdAndKeepsThePortsClosed) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(2));
  lab.fe(1).kill_now();
  lab.fe(1).start({}, {{"SR_SIM_FE_REPLAY_MS", "30000"}});
  ASSERT_TRUE(wait_until(
      [&] { return count_of(lab.fe(1).log(), "replay journal cost too much time: ") >= 5; }));
  EXPECT_TRUE(has(lab.fe(1).log(), ". is ready: false"));
  EXPECT_FALSE(lab.fe(1).port(9030));
  EXPECT_TRUE(lab.fe(1).wait_port(8030));
}

TEST(Sim13_27, ALeaderToBeTellsNothingOfItsReplay) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  lab.fe(0).kill_now();
  const auto before = lab.fe(0).log().size();
  lab.fe(0).start({}, {{"SR_SIM_FE_REPLAY_MS", "30000"}});
  const auto log = [&] { return lab.fe(0).log().substr(before); };
  ASSERT_TRUE(wait_until([&] { return count_of(log(), ". is ready: false") >= 5; }));
  EXPECT_EQ(count_of(log(), "start to replay journal from "), 1);
  EXPECT_FALSE(has(log(), "replay journal cost too much time: "));
  EXPECT_FALSE(has(log(), "can write now")) << log();
  EXPECT_TRUE(lab.fe(0).wait_port(9030));
  EXPECT_TRUE(has(log(), "leader finished to replay journal, can write now."));
}

TEST(HostMode, AnFqdnThatDoesNotResolveToTheOwnAddressEndsTheStart) {
  SimLab lab;
  lab.dns().set(lab.fe(0).name(), {lab.ip(99)});
  lab.fe(0).start();
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(0).log(), "Fail to find right address to start fe by using fqdn"));
}

TEST(Sim13_28, TheHeartbeatPortOpensLastAndTheDiskBelongsToOneCluster) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  ASSERT_TRUE(SimLab::join(lab.fe(0), lab.be(0)));
  EXPECT_TRUE(lab.be(0).port(8040) && lab.be(0).port(9060) && lab.be(0).port(8060));
  const std::string id = cell(lab.fe(0).sql("SHOW FRONTENDS").rows.at(0), "ClusterId");
  EXPECT_EQ(lab.be(0).file("storage/cluster_id"), id);
  lab.fe(1).start();
  ASSERT_TRUE(lab.fe(1).wait_port(8030));
  ASSERT_TRUE(lab.fe(1).sql("ALTER SYSTEM ADD BACKEND '" + lab.be(0).name() + ":9050'").ok);
  EXPECT_TRUE(wait_until([&] {
    return cell(lab.fe(1).sql("SHOW BACKENDS").row("IP", lab.be(0).name()), "ErrMsg") ==
           "Unmatched cluster id";
  }));
}

TEST(Sim13_28, ATakenPortEndsTheBackendWithOneAndAMissingDiskWith255) {
  SimLab lab;
  const auto taken = listen_on({lab.be(0).ip(), 9050});
  ASSERT_TRUE(taken);
  lab.be(0).start();
  EXPECT_EQ(lab.be(0).wait_exit(), 1);
  fs::remove_all(lab.be(1).home() + "/storage");
  lab.be(1).start();
  EXPECT_EQ(lab.be(1).wait_exit(), 255);
}

}  // namespace
}  // namespace srsim
