// Rows 10, 13, 15, 16 and 17 of docs/starrocks.md section 13: the replication group. Real processes
// on loopback.

#include <csignal>

#include <gtest/gtest.h>

#include "lab.h"

namespace srsim {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string shown(const SimNode& at, const std::string& of, const std::string& column) {
  return cell(at.sql("SHOW FRONTENDS").row("IP", of), column);
}

std::string local(const SimNode& at, const std::string& of, const std::string& column) {
  return cell(at.sql("SHOW PROC '/frontends'").row("IP", of), column);
}

TEST(Sim13_10, AFollowerForwardsAndItsBlacklistIsItsOwn) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(2));
  ASSERT_TRUE(SimLab::join(lab.fe(0), lab.be(0)));
  SimNode& follower = lab.fe(1);
  EXPECT_EQ(shown(follower, lab.fe(0).name(), "Role"), "LEADER");
  ASSERT_TRUE(follower.sql("ALTER SYSTEM ADD BACKEND 'be-1.be.lab:9050'").ok);
  // FORWARD_WITH_SYNC: the row is here when the statement returns.
  EXPECT_EQ(cell(follower.sql("SHOW PROC '/backends'").row("IP", "be-1.be.lab"), "HeartbeatPort"),
            "9050");
  const std::string id =
      cell(follower.sql("SHOW BACKENDS").row("IP", lab.be(0).name()), "BackendId");
  ASSERT_TRUE(follower.sql("ADD BACKEND BLACKLIST " + id).ok);
  EXPECT_EQ(follower.sql("SHOW BACKEND BLACKLIST").rows.size(), 1U);
  EXPECT_EQ(lab.fe(0).sql("SHOW BACKEND BLACKLIST").rows.size(), 0U);
  follower.kill_now();
  follower.start();
  ASSERT_TRUE(follower.wait_port(8030));
  EXPECT_EQ(follower.sql("SHOW BACKEND BLACKLIST").rows.size(), 0U);
}

TEST(Sim13_13, ALeaderlessFrontendShowsNoLeaderNoJoinAndEverybodyAlive) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(3));
  lab.fe(0).kill_now();
  lab.fe(2).kill_now();
  SimNode& left = lab.fe(1);
  ASSERT_TRUE(wait_until([&] { return local(left, lab.fe(0).name(), "Join") == "false"; }));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(local(left, lab.fe(i).name(), "Role"), "FOLLOWER");
    EXPECT_EQ(local(left, lab.fe(i).name(), "Join"), "false");
    EXPECT_EQ(local(left, lab.fe(i).name(), "Alive"), "true");
    EXPECT_EQ(local(left, lab.fe(i).name(), "ErrMsg"), "");
    EXPECT_EQ(local(left, lab.fe(i).name(), "IsHelper"), "true");
  }
}

TEST(Sim13_15, LeaderlessReadsLastAsLongAsTheDataIsFresh) {
  SimLab lab({.time_scale = 60});
  ASSERT_TRUE(lab.start_frontends(3));
  SimNode& left = lab.fe(1);
  ASSERT_TRUE(left.sql("SHOW FRONTENDS").ok);
  lab.fe(0).kill_now();
  lab.fe(2).kill_now();
  EXPECT_TRUE(left.sql("SELECT 1").ok);
  EXPECT_TRUE(has(left.http_body("/api/bootstrap"), "\"status\":\"OK\""));
  EXPECT_TRUE(wait_until([&] {
    return left.sql("SHOW FRONTENDS").error == "java.net.ConnectException: Connection refused";
  }));
  ASSERT_TRUE(
      wait_until([&] { return has(left.http_body("/api/bootstrap"), "\"msg\":\"not ready\""); }));
  EXPECT_TRUE(
      has(left.sql("SHOW FRONTENDS").error, "Could not determine master from helpers at:["));
  EXPECT_TRUE(has(left.sql("SELECT 1").error, "Could not determine master from helpers at:["));
  EXPECT_TRUE(left.sql("SHOW BACKEND BLACKLIST").ok);
  EXPECT_TRUE(left.sql("SHOW PROC '/frontends'").ok);
  EXPECT_EQ(left.http("/api/health")->status, 200);
}

TEST(Sim13_16, ALeaderWithoutMajoritySaysSoOnceAndThenExits255) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(3));
  lab.fe(1).kill_now();
  lab.fe(2).kill_now();
  const SqlAnswer refused = lab.fe(0).sql("ALTER SYSTEM ADD BACKEND 'be-9.be.lab:9050'");
  EXPECT_EQ(refused.code, 1064U);
  EXPECT_EQ(refused.error,
            "(JE 18.3.20) Commit policy: SIMPLE_MAJORITY required 1 replica. But none were active "
            "with this master.");
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(0).out(), "failed to begin txn after retried 3 times!"));
}

TEST(Sim13_16, ALoneMemberOfARestartingGroupWaitsAndASecondOneHeals) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(3));
  for (int i = 0; i < 3; ++i)
    lab.fe(i).kill_now();
  lab.fe(1).start();
  ASSERT_TRUE(
      wait_until([&] { return has(lab.fe(1).log(), "state change done, current role UNKNOWN"); }));
  ASSERT_TRUE(wait_until([&] { return has(lab.fe(1).log(), "FE type: INIT. is ready: false"); }));
  EXPECT_TRUE(lab.fe(1).port(9010));
  EXPECT_FALSE(lab.fe(1).port(8030));
  EXPECT_TRUE(lab.fe(1).running());
  lab.fe(2).start();
  ASSERT_TRUE(lab.fe(1).wait_port(8030) && lab.fe(2).wait_port(8030));
  EXPECT_TRUE(wait_until([&] { return lab.leader(3) != nullptr; }));
  EXPECT_TRUE(wait_until([&] { return shown(lab.fe(1), lab.fe(0).name(), "Alive") == "false"; }));
}

TEST(Sim13_16, ANewLeaderIsElectedAndKeepsTheRowsAndTheStoredAliveFlags) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(3));
  ASSERT_TRUE(SimLab::join(lab.fe(0), lab.be(0)));
  lab.be(0).kill_now();
  lab.fe(0).kill_now();
  ASSERT_TRUE(wait_until([&] { return lab.leader(3) != nullptr; }));
  ASSERT_TRUE(wait_until([&] { return shown(lab.fe(1), lab.fe(0).name(), "Alive") == "false"; }));
  EXPECT_EQ(shown(lab.fe(1), lab.fe(0).name(), "ErrMsg"), "Connection refused");
  EXPECT_TRUE(wait_until([&] {
    return cell(lab.fe(1).sql("SHOW BACKENDS").row("IP", lab.be(0).name()), "Alive") == "false";
  }));
  lab.fe(0).start();  // with its own metadata it comes back
  EXPECT_TRUE(wait_until([&] { return shown(lab.fe(1), lab.fe(0).name(), "Alive") == "true"; }));
}

TEST(Sim13_16, AFounderWhoseRowIsGoneDiesAtItsPromotion) {
  SimLab lab;
  lab.fe(0).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  lab.fe(0).kill_now();
  lab.fe(0).start({"--host_type", "IP"});
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(0).log(), "current node is not added to the cluster, will exit"));
}

TEST(Sim13_16, APausedLeaderIsReplacedAndExits255SomeTimeAfterItGoesOn) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(3));
  lab.fe(0).signal(SIGSTOP);
  ASSERT_TRUE(wait_until([&] {
    return has(lab.fe(1).http_body("/metrics"), "is_master") ||
           has(lab.fe(2).http_body("/metrics"), "is_master");
  }));
  lab.fe(0).signal(SIGCONT);
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
}

TEST(Sim13_17, ADroppedFollowerRunsOnInLimboAndItsRestartFails) {
  SimLab lab({.time_scale = 60});
  ASSERT_TRUE(lab.start_frontends(3));
  SimNode& dropped = lab.fe(2);
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM DROP FOLLOWER '" + dropped.name() + ":9010'").ok);
  ASSERT_TRUE(wait_until(
      [&] { return has(dropped.log(), "FOLLOWER to UNKNOWN, still offer read service"); }));
  EXPECT_TRUE(dropped.sql("SELECT 1").ok);
  EXPECT_EQ(local(dropped, dropped.name(), "Alive"), "true");
  EXPECT_EQ(dropped.sql("SHOW FRONTENDS").error, "Internal error processing forward");
  ASSERT_TRUE(wait_until(
      [&] { return has(dropped.http_body("/api/bootstrap"), "\"msg\":\"not ready\""); }));
  EXPECT_EQ(dropped.sql("SELECT 1").error, "Internal error processing forward");
  EXPECT_TRUE(dropped.running());
  dropped.kill_now();
  dropped.start();
  EXPECT_EQ(dropped.wait_exit(), 255);
  EXPECT_TRUE(has(dropped.log(), "is no longer a member of the group. It was explicitly removed."));
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD FOLLOWER '" + dropped.name() + ":9010'").ok);
  dropped.start({"--helper", lab.fe(0).name() + ":9010"});
  EXPECT_EQ(dropped.wait_exit(), 255);  // ROLE still carries the old node name
  dropped.wipe();
  dropped.start({"--helper", lab.fe(0).name() + ":9010"});
  EXPECT_TRUE(wait_until([&] { return shown(lab.fe(0), dropped.name(), "Alive") == "true"; }));
}

TEST(Sim13_17, ADroppedObserverLivesOnWithADeadMysqlPort) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  SimNode& observer = lab.fe(1);
  ASSERT_TRUE(SimLab::join(lab.fe(0), observer, "OBSERVER"));
  EXPECT_TRUE(observer.sql("SELECT 1").ok);
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM DROP OBSERVER '" + observer.name() + ":9010'").ok);
  ASSERT_TRUE(wait_until([&] { return observer.sql("SELECT 1", 1).code >= 2000; }));
  EXPECT_TRUE(observer.port(9030));
  EXPECT_TRUE(has(observer.http_body("/api/bootstrap"), "\"status\":\"OK\""));
  EXPECT_TRUE(observer.running());
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD OBSERVER '" + observer.name() + ":9010'").ok);
  EXPECT_TRUE(wait_until([&] { return shown(lab.fe(0), observer.name(), "Alive") == "true"; }));
  EXPECT_GE(observer.sql("SELECT 1", 1).code, 2000U);
}

TEST(Sim13_17, DroppingAMemberThatAloneAcknowledgesEndsBoth) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(3));
  lab.fe(1).kill_now();
  // Until the leader has seen that, the DROP would still have its quorum.
  ASSERT_TRUE(wait_until([&] { return shown(lab.fe(0), lab.fe(1).name(), "Alive") == "false"; }));
  const SqlAnswer hung =
      lab.fe(0).sql("ALTER SYSTEM DROP FOLLOWER '" + lab.fe(2).name() + ":9010'", 60);
  EXPECT_GE(hung.code, 2000U);  // the server closed
  EXPECT_EQ(lab.fe(2).wait_exit(), 255);
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  lab.fe(0).start();
  lab.fe(1).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  EXPECT_EQ(shown(lab.fe(0), lab.fe(2).name(), "Role"), "FOLLOWER");  // the DROP is undone
  lab.fe(2).start();
  EXPECT_TRUE(wait_until([&] { return shown(lab.fe(0), lab.fe(2).name(), "Alive") == "true"; }));
}

}  // namespace
}  // namespace srsim
