#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "worker_lab.h"

/// FEs that start on metadata: S14, S15, S16, S17, and half-made metadata.
namespace podlab {
namespace {

namespace fs = std::filesystem;
constexpr auto kNpos = std::string::npos;

void write(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream{path, std::ios::trunc} << text;
}

constexpr const char* kRole =
    "#Thu Jan 29 10:15:42 UTC 2026\nrole=FOLLOWER\nhostType=%H\nname=%N_9010_1700000000000\n";
constexpr const char* kVersion =
    "#Thu Jan 29 10:15:42 UTC 2026\nclusterId=4711\ntoken=t\nrunMode=shared_nothing\n";

std::string role_of(const std::string& host, const std::string& host_type) {
  std::string out = kRole;
  out.replace(out.find("%H"), 2, host_type);
  out.replace(out.find("%N"), 2, host);
  return out;
}

/// Hosts with port, cluster and membership, without what a restart changes.
std::multiset<std::string> members_of(const SqlAnswer& list) {
  std::multiset<std::string> out;
  for (const auto& row : list.rows) {
    std::string all;
    for (const char* column : {"IP", "EditLogPort", "Join", "ClusterId"})
      all += srsim::cell(row, column) + " ";
    out.insert(all + (srsim::cell(row, "Role") == "OBSERVER" ? "observer" : "electable"));
  }
  return out;
}

/// What the kubelet does with containers that end.
void restart_ended(PodNet& net) {
  for (int i = 0; i < 3; ++i)
    if (!net.fe(i).running()) net.fe(i).start();
}

/// By the servers' own logs: all starts but the first had no helper, and there are few.
void expect_few_starts_without_helper(PodNet& net) {
  for (int i = 0; i < 3; ++i) {
    const auto helpers = helpers_of_starts(net.fe(i));
    ASSERT_GE(helpers.size(), 2U) << i;
    EXPECT_LE(helpers.size(), 4U) << i;
    EXPECT_EQ(helpers[0], i == 0 ? "" : net.fe(0).fqdn() + ":9010") << i;
    EXPECT_EQ(std::count(helpers.begin() + 1, helpers.end(), ""), std::ssize(helpers) - 1) << i;
  }
}

class S15_AllRestartedTogether : public testing::TestWithParam<std::array<int, 3>> {};

TEST_P(S15_AllRestartedTogether, EachStartsAtOnceWithoutHelperAndTheClusterIsTheSame) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(wait_until([&] { return sealed(net.fe(i)); }));
  const auto ids = net.cluster_ids_on_disk();
  const auto before = members_of(net.frontends(0));
  ASSERT_EQ(before.size(), 3U);
  for (int i = 0; i < 3; ++i)
    net.fe(i).kill_container();
  net.dns().stop();  // nobody is asked, not even the name server
  for (const int i : GetParam()) {
    net.fe(i).start();
    std::string words;
    ASSERT_TRUE(wait_server(net.fe(i), words)) << net.fe(i).console();
    EXPECT_EQ(words.find("-helper"), std::string::npos) << words;
  }
  net.dns().start();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(wait_until(
        [&] {
          restart_ended(net);
          return net.wait_frontends(3, i, milliseconds(0));
        },
        milliseconds(90000)))
        << net.fe(i).console();
    EXPECT_EQ(members_of(net.frontends(i)), before);
  }
  expect_few_starts_without_helper(net);
}

INSTANTIATE_TEST_SUITE_P(Orders,
                         S15_AllRestartedTogether,
                         testing::Values(std::array{2, 1, 0},
                                         std::array{0, 1, 2},
                                         std::array{1, 2, 0}),
                         [](const auto& param) {
                           std::string out;
                           for (const int i : param.param)
                             out += std::to_string(i);
                           return out;
                         });

TEST(S22_SilentNameServers, AMemberStartsAtOnceAndItsLastWordsNameThem) {
  NetOptions options;
  options.fe_count = 1;
  options.all_names = false;
  PodNet net{options};
  net.serve_names("fe", 1);
  Pod& fe = net.fe(0);
  fe.start();
  ASSERT_TRUE(wait_sealed(fe)) << fe.console();
  fe.kill_container();
  net.dns().stop();
  fe.unset_env("SR_SIM_HOSTS");  // a hosts file that does not have the own name
  fe.start();
  EXPECT_EQ(fe.wait_exit(), 255) << "the server's own status: it needs its name";
  EXPECT_EQ(decisions_of(fe).back(), "5 Resume") << "and was started without asking";
  EXPECT_NE(fe.termination_message().find("dns_not_ready"), kNpos) << fe.termination_message();
  EXPECT_NE(fe.termination_message().find("the name servers are silent"), kNpos)
      << fe.termination_message();
  net.dns().start();
  fe.start();
  EXPECT_TRUE(net.wait_frontends(1, 0)) << fe.console();
}

TEST(S14_MetaDir, VariableAndTrailingBlanksGiveTheFolderOfTheServer) {
  PodNet net;
  for (int i = 0; i < 3; ++i)
    net.fe(i).add_conf("meta_dir = ${STARROCKS_HOME}/meta   ");
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(wait_until([&] { return sealed(net.fe(i)); })) << net.fe(i).console();
  for (int i = 0; i < 3; ++i) {
    const auto console = net.fe(i).console();
    const auto told = console.find("meta_dir=" + net.fe(i).meta() + " ");
    EXPECT_NE(told, std::string::npos) << console;
    EXPECT_EQ(console.find("meta_dir=", told + 1), std::string::npos) << "once";
    EXPECT_EQ(console.find("meta_dir_differs"), std::string::npos) << console;
    EXPECT_TRUE(fs::exists(net.fe(i).meta() + "/bdb/00000000.jdb")) << "the server's folder";
  }
  const auto ids = net.cluster_ids_on_disk();
  ASSERT_EQ(ids.size(), 1U);
  for (int i = 0; i < 3; ++i)
    net.fe(i).kill_container();
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  const auto whole = [&] {
    restart_ended(net);
    for (int i = 0; i < 3; ++i)
      if (net.fe(i).status("reason") != "none") return false;
    return net.wait_frontends(3, -1, milliseconds(0));
  };
  EXPECT_TRUE(wait_until(whole, milliseconds(90000))) << net.fe(0).console();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(net.fe(i).status("meta"), "sealed");
    EXPECT_EQ(decisions_of(net.fe(i)).back(), "5 Resume");
  }
  expect_few_starts_without_helper(net);
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
  expect_stops(net.fe(2));
}

/// The start script of an image may have its own idea of the folder.
TEST(S14_MetaDir, AServerThatOpensAnotherFolderIsTold) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_name("fe", 0, true);
  auto& fe = net.fe(0);
  const auto other = fe.home() + "/other";
  fs::create_directories(other);
  const auto script = fe.home() + "/bin/start_fe.sh";
  fs::rename(script, script + ".stock");
  replace_script(fe,
                 "fe",
                 "#!/bin/bash\necho 'meta_dir = " + other + "' >> " + fe.home() +
                     "/conf/fe.conf\nexec " + script + ".stock \"$@\"\n");
  fe.start();
  EXPECT_TRUE(wait_until([&] { return status_of(fe)["warnings"].dump().find(other) != kNpos; },
                         milliseconds(60000)))
      << fe.console();
  EXPECT_TRUE(fs::exists(other + "/bdb/00000000.jdb"));
  EXPECT_NE(fe.console().find("meta_dir_differs"), kNpos) << fe.console();
  EXPECT_FALSE(sealed(fe)) << "nothing is vouched for that was not seen";
}

struct BadMeta {
  std::string name{};
  void (*make)(const Pod&){};
  std::string part_of_detail{};
};
void PrintTo(const BadMeta& value, std::ostream* out) {
  *out << value.name;
}

class S16_DamagedMetadata : public testing::TestWithParam<BadMeta> {};

TEST_P(S16_DamagedMetadata, IsNamedHeldAndLeftAlone) {
  PodNet net;
  auto& fe = net.fe(0);
  GetParam().make(fe);
  const auto before = volume(fe);
  ASSERT_FALSE(before.empty());
  fe.start();
  ASSERT_TRUE(fe.wait_reason("meta_damaged")) << fe.console();
  EXPECT_EQ(fe.status("phase"), "held");
  EXPECT_NE(fe.status("detail").find(GetParam().part_of_detail), std::string::npos)
      << fe.status("detail");
  EXPECT_NE(fe.console().find(GetParam().part_of_detail), std::string::npos);
  int live = 0;
  static_cast<void>(fe.agent("/livez", &live));
  EXPECT_EQ(live, 200);
  EXPECT_EQ(fe.server_pid(), 0);
  int ready = 0;
  EXPECT_NE(fe.agent("/readyz?verbose", &ready).find(GetParam().part_of_detail), kNpos);
  EXPECT_EQ(ready, 503);
  expect_ends_on_term(fe, "meta_damaged");
  EXPECT_NE(fe.termination_message().find(GetParam().part_of_detail), kNpos);
  EXPECT_EQ(volume(fe), before) << "nothing is deleted, nothing changed";
  fe.set_env("SR_AGENT_ON_REFUSAL", "exit");
  fe.start();
  EXPECT_EQ(fe.wait_exit(), 71) << fe.console();
  EXPECT_NE(fe.termination_message().find("meta_damaged"), kNpos);
  EXPECT_EQ(volume(fe), before);
  EXPECT_TRUE(helpers_of_starts(fe).empty()) << "no server was ever started";
}

INSTANTIATE_TEST_SUITE_P(
    States,
    S16_DamagedMetadata,
    testing::Values(BadMeta{"version_without_role",
                            [](const Pod& fe) { write(fe.meta() + "/image/VERSION", kVersion); },
                            "VERSION"},
                    BadMeta{"empty_version",
                            [](const Pod& fe) {
                              write(fe.meta() + "/image/ROLE", role_of(fe.fqdn(), "FQDN"));
                              write(fe.meta() + "/image/VERSION", "");
                              write(fe.meta() + "/bdb/00000000.jdb", "log");
                            },
                            "VERSION"},
                    BadMeta{"bdb_without_image",
                            [](const Pod& fe) { write(fe.meta() + "/bdb/00000000.jdb", "log"); },
                            "bdb"},
                    BadMeta{"garbage_role",
                            [](const Pod& fe) {
                              write(fe.meta() + "/image/ROLE", std::string("\0\1\2 nothing", 11));
                              write(fe.meta() + "/image/VERSION", kVersion);
                              write(fe.meta() + "/bdb/00000000.jdb", "log");
                            },
                            "ROLE"}),
    [](const auto& param) { return param.param.name; });

/// ROLE as a member left it that was known by `host`.
void write_member(const Pod& fe, const std::string& host, const std::string& host_type) {
  write(fe.meta() + "/image/ROLE", role_of(host, host_type));
  write(fe.meta() + "/image/VERSION", kVersion);
  write(fe.meta() + "/bdb/00000000.jdb", "log");
}

/// Held with `host` and what the node is called now; exit 72 where it may not be held.
void expect_host_mismatch(Pod& fe, const std::string& host, const std::string& now) {
  const auto before = volume(fe);
  fe.start();
  ASSERT_TRUE(fe.wait_reason("host_mismatch")) << fe.console();
  const auto detail = fe.status("detail");
  for (const auto& part : {host, now, std::string{"MODIFY FRONTEND HOST"}})
    EXPECT_NE(detail.find(part), std::string::npos) << detail;
  expect_ends_on_term(fe, "host_mismatch");
  fe.set_env("SR_AGENT_POLICY__ON_REFUSAL", "exit");
  fe.start();
  EXPECT_EQ(fe.wait_exit(), 72) << fe.console();
  EXPECT_NE(fe.termination_message().find("host_mismatch"), kNpos) << fe.termination_message();
  EXPECT_TRUE(helpers_of_starts(fe).empty()) << "no server was ever started";
  EXPECT_EQ(volume(fe), before);
}

TEST(S17_NameDiffers, AnotherHostIsRefusedWithBothNames) {
  PodNet net;
  write_member(net.fe(0), "old-fe.example", "FQDN");
  expect_host_mismatch(net.fe(0), "old-fe.example", net.fe(0).fqdn());
}

/// The pod's own host type changes nothing.
TEST(S17_NameDiffers, AMemberKnownByItsAddressIsRefusedAtAnotherAddress) {
  for (const std::string host_type : {"IP", "FQDN"}) {
    PodNet net;
    const auto old = net.ip_of("fe", 20);
    net.fe(0).set_env("HOST_TYPE", host_type);
    write_member(net.fe(0), old, "IP");
    expect_host_mismatch(net.fe(0), old, net.fe(0).ip());
  }
}

TEST(S17_NameDiffers, TheHostTypeOfRoleIsKeptWhileItsAddressIsStillOwn) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_name("fe", 0, true);
  auto& fe = net.fe(0);
  {
    srsim::SimNode before(bare_fe(net, 0));  // made under its address, without an agent
    before.start({"--host_type", "IP"});
    ASSERT_TRUE(wait_until([&] { return leaders(before.sql("SHOW FRONTENDS")) == 1; }));
  }
  const auto role = fe.file("meta/image/ROLE");
  ASSERT_NE(role.find("hostType=IP"), std::string::npos) << role;
  fe.start();
  std::string words;
  ASSERT_TRUE(wait_server(fe, words)) << fe.console();
  EXPECT_NE(words.find("-host_type IP "), std::string::npos) << words;
  EXPECT_EQ(words.find("-helper"), std::string::npos) << words;
  ASSERT_TRUE(net.wait_frontends(1)) << fe.console();
  EXPECT_EQ(srsim::cell(net.frontends(0).rows.at(0), "IP"), fe.ip()) << "no new identity";
  EXPECT_EQ(without_date(fe.file("meta/image/ROLE")), without_date(role));
}

/// Half-made metadata without an intent: a stock script was killed. Never started by itself.
TEST(BadInput_HalfMadeMetadata, UnfinishedIsNeverStartedWithoutAHelper) {
  PodNet net;
  auto& fe = net.fe(0);
  write(fe.meta() + "/image/ROLE", role_of(fe.fqdn(), ""));
  write(fe.meta() + "/image/VERSION", kVersion);
  write(fe.meta() + "/bdb/00000000.jdb", "log");
  const auto before = volume(fe);
  fe.start();
  expect_waits(fe, "12", "unfinished_meta", before);
  expect_ends_on_term(fe, "unfinished_meta");
  EXPECT_EQ(volume(fe), before);
}

TEST(BadInput_GarbageFeConf, LinesThatAreNoSettingsAreToldAndTheRestIsRead) {
  PodNet net;
  auto& fe = net.fe(0);
  fe.add_conf("]]] what");
  fe.add_conf("query_port = 9031");
  fe.start();
  ASSERT_TRUE(fe.wait_reason("waiting_for_peers")) << fe.console();
  const auto told = fe.verb({"status"}).second;
  EXPECT_NE(told.find("/conf/fe.conf: line "), kNpos) << told;
  EXPECT_NE(told.find("]]]"), kNpos) << told;
  EXPECT_NE(fe.console().find("query_port=9031"), kNpos) << fe.console();
  expect_waits(fe, "28", "waiting_for_peers", {});
  expect_ends_on_term(fe, "waiting_for_peers");
}

TEST(BadInput_GarbageFeConf, IsRefusedBeforeAnythingIsStarted) {
  PodNet net;
  auto& fe = net.fe(0);
  fe.add_conf("edit_log_port = ninety");
  fe.add_conf("query_port = 99999");
  fe.start();
  ASSERT_TRUE(fe.wait_reason("config_invalid")) << fe.console();
  EXPECT_NE(fe.status("detail").find("edit_log_port"), std::string::npos);
  EXPECT_EQ(fe.server_pid(), 0);
  expect_ends_on_term(fe, "config_invalid");
  fe.set_env("SR_AGENT_ON_REFUSAL", "exit");
  fe.start();
  EXPECT_EQ(fe.wait_exit(), 70) << fe.console();
}

}  // namespace
}  // namespace podlab
