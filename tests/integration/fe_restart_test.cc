#include <signal.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "pod.h"

/// FEs that start on metadata: S14, S15, S16, S17, S20(a), and half-made metadata.
namespace podlab {
namespace {

namespace fs = std::filesystem;

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

TEST(S15_AllRestartedTogether, EachStartsAtOnceWithoutHelperAndTheClusterIsTheSame) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(wait_until([&] { return sealed(net.fe(i)); }));
  const auto ids = net.cluster_ids_on_disk();
  for (int i = 0; i < 3; ++i)
    net.fe(i).kill_container();
  net.dns().stop();  // nobody is asked, not even the name server
  for (int i = 2; i >= 0; --i)
    net.fe(i).start();
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(wait_until([&] { return net.fe(i).server_pid() != 0; })) << net.fe(i).console();
  net.dns().start();
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
  for (int i = 0; i < 3; ++i) {
    const auto console = net.fe(i).console();
    const auto last = console.rfind("is=\"started:");
    ASSERT_NE(last, std::string::npos);
    EXPECT_EQ(console.find("--helper", last), std::string::npos) << console.substr(last);
  }
}

TEST(S20_BackAfterALongAbsence, AMemberStartsWithoutHelperAndCatchesUp) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(wait_until([&] { return sealed(net.fe(2)); }));
  net.fe(2).kill_container();
  net.fe(0).kill_container();  // the leader it knew goes as well
  net.fe(0).start();
  ASSERT_TRUE(wait_until([&] { return net.frontends(1).ok; }));
  net.fe(2).start();
  ASSERT_TRUE(wait_until([&] { return net.fe(2).server_pid() != 0; })) << net.fe(2).console();
  ASSERT_TRUE(wait_until([&] { return net.fe(2).status("role") == "FOLLOWER"; }));
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(2).console();
  const auto console = net.fe(2).console();
  EXPECT_EQ(console.find("--helper", console.rfind("is=\"started:")), std::string::npos);
}

TEST(S14_MetaDir, VariableAndTrailingBlanksGiveTheFolderOfTheServer) {
  PodNet net;
  for (int i = 0; i < 3; ++i)
    net.fe(i).add_conf("meta_dir = ${STARROCKS_HOME}/meta   ");
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(wait_until([&] { return sealed(net.fe(i)); })) << net.fe(i).console();
  EXPECT_NE(net.fe(0).console().find("meta_dir=" + net.fe(0).meta() + " "), std::string::npos);
  for (int i = 0; i < 3; ++i)
    net.fe(i).kill_container();
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  EXPECT_TRUE(net.wait_frontends(3));
  EXPECT_EQ(net.fe(0).status("meta"), "sealed");
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
  EXPECT_TRUE(fs::exists(fe.meta() + "/image") || fs::exists(fe.meta() + "/bdb"));
  fe.kill_container();
  fe.set_env("SR_AGENT_ON_REFUSAL", "exit");
  fe.start();
  EXPECT_EQ(fe.wait_exit(), 71) << fe.console();
  EXPECT_NE(fe.termination_message().find("meta_damaged"), std::string::npos);
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

TEST(S17_NameDiffers, AnotherHostIsRefusedWithBothNames) {
  PodNet net;
  auto& fe = net.fe(0);
  write(fe.meta() + "/image/ROLE", role_of("old-fe.example", "FQDN"));
  write(fe.meta() + "/image/VERSION", kVersion);
  write(fe.meta() + "/bdb/00000000.jdb", "log");
  fe.start();
  ASSERT_TRUE(fe.wait_reason("host_mismatch")) << fe.console();
  EXPECT_NE(fe.status("detail").find("old-fe.example"), std::string::npos);
  EXPECT_NE(fe.status("detail").find(fe.fqdn()), std::string::npos);
  EXPECT_NE(fe.status("detail").find("MODIFY FRONTEND HOST"), std::string::npos);
  EXPECT_EQ(fe.server_pid(), 0);
}

TEST(S17_NameDiffers, TheHostTypeOfRoleIsKeptWhileItsAddressIsStillOwn) {
  PodNet net({.fe_count = 1});
  auto& fe = net.fe(0);
  write(fe.meta() + "/image/ROLE", role_of(fe.ip(), "IP"));
  write(fe.meta() + "/image/VERSION", kVersion);
  write(fe.meta() + "/bdb/00000000.jdb", "log");
  fe.start();
  EXPECT_TRUE(wait_until([&] {
    return fe.console().find("start_fe.sh --host_type IP") != std::string::npos;
  })) << fe.console();
}

/// Half-made metadata without an intent: a stock script was killed. Never started by itself.
TEST(BadInput_HalfMadeMetadata, UnfinishedIsNeverStartedWithoutAHelper) {
  PodNet net;
  auto& fe = net.fe(0);
  write(fe.meta() + "/image/ROLE", role_of(fe.fqdn(), ""));
  write(fe.meta() + "/image/VERSION", kVersion);
  write(fe.meta() + "/bdb/00000000.jdb", "log");
  fe.start();
  ASSERT_TRUE(fe.wait_reason("unfinished_meta")) << fe.console();
  EXPECT_EQ(fe.server_pid(), 0);
  EXPECT_TRUE(fs::exists(fe.meta() + "/bdb/00000000.jdb"));
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
  fe.kill_container();
  fe.set_env("SR_AGENT_ON_REFUSAL", "exit");
  fe.start();
  EXPECT_EQ(fe.wait_exit(), 70) << fe.console();
}

}  // namespace
}  // namespace podlab
