#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "worker_lab.h"

/// Half-made and damaged metadata as a volume may hold it: never started by itself, never touched.
/// More of it: S16 in fe_restart_test.cc, S80 in fe_join_test.cc.
namespace podlab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVersion = "#Thu Jan 29 10:15:42 UTC 2026\nclusterId=4711\ntoken=t\n";

void put(const Pod& fe, const std::string& path, const std::string& text) {
  const auto whole = fs::path(fe.meta()) / path;
  fs::create_directories(whole.parent_path());
  std::ofstream{whole, std::ios::trunc} << text;
}

/// `host_type`: a whole line, or nothing.
std::string role(const Pod& fe, const std::string& host_type) {
  return "#Thu Jan 29 10:15:42 UTC 2026\nrole=FOLLOWER\n" + host_type + "name=" + fe.fqdn() +
         "_9010_1700000000000\n";
}

struct MetaCase {
  std::string name{};
  void (*make)(const Pod&){};
  std::string rule{};
  std::string reason{};
  std::string told{};  ///< Part of the detail.
};
void PrintTo(const MetaCase& value, std::ostream* out) {
  *out << value.name;
}

class BadInput_Metadata : public testing::TestWithParam<MetaCase> {};

TEST_P(BadInput_Metadata, IsNamedAndNeitherStartedNorTouched) {
  PodNet net;
  Pod& fe = net.fe(0);
  GetParam().make(fe);
  const auto before = volume(fe);
  fe.start();
  expect_waits(fe, GetParam().rule, GetParam().reason, before);
  EXPECT_NE(fe.status("detail").find(GetParam().told), std::string::npos) << fe.status("detail");
  EXPECT_FALSE(fs::exists(fe.state() + "/aside"));
  expect_ends_on_term(fe, GetParam().reason);
  EXPECT_EQ(volume(fe), before);
}

TEST_P(BadInput_Metadata, EndsWith71WhereRefusalsExitAndOnlyARefusalDoes) {
  PodNet net;
  Pod& fe = net.fe(0);
  GetParam().make(fe);
  const auto before = volume(fe);
  fe.set_env("SR_AGENT_ON_REFUSAL", "exit");
  fe.start();
  if (GetParam().rule == "2") {
    EXPECT_EQ(fe.wait_exit(), 71) << fe.console();
    EXPECT_NE(fe.termination_message().find(GetParam().reason), std::string::npos);
  } else {
    expect_waits(fe, GetParam().rule, GetParam().reason, before);
  }
  EXPECT_EQ(volume(fe), before);
}

void never_ready(const Pod& fe, bool version, bool jdb) {
  put(fe, "image/ROLE", role(fe, "hostType=\n"));
  if (version) put(fe, "image/VERSION", kVersion);
  if (jdb) put(fe, "bdb/00000000.jdb", "log");
}

INSTANTIATE_TEST_SUITE_P(
    HalfMade,
    BadInput_Metadata,
    testing::Values(MetaCase{"an_empty_role_alone",
                             [](const Pod& fe) { put(fe, "image/ROLE", ""); },
                             "12",
                             "unfinished_meta",
                             "--helper"},
                    MetaCase{"a_role_that_was_never_ready_alone",
                             [](const Pod& fe) { never_ready(fe, false, false); },
                             "12",
                             "unfinished_meta",
                             "--helper"},
                    MetaCase{"role_and_version_without_a_log",
                             [](const Pod& fe) { never_ready(fe, true, false); },
                             "12",
                             "unfinished_meta",
                             "--helper"},
                    MetaCase{"a_ready_role_and_version_without_a_log",
                             [](const Pod& fe) {
                               put(fe, "image/ROLE", role(fe, "hostType=FQDN\n"));
                               put(fe, "image/VERSION", kVersion);
                             },
                             "12",
                             "unfinished_meta",
                             "--helper"},
                    MetaCase{"never_ready_with_a_log",
                             [](const Pod& fe) { never_ready(fe, true, true); },
                             "12",
                             "unfinished_meta",
                             "--helper"}),
    [](const auto& param) { return param.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Damaged,
    BadInput_Metadata,
    testing::Values(MetaCase{"an_empty_role_beside_a_version",
                             [](const Pod& fe) {
                               put(fe, "image/ROLE", "");
                               put(fe, "image/VERSION", kVersion);
                             },
                             "2",
                             "meta_damaged",
                             "image/ROLE"},
                    MetaCase{
                        "a_ready_role_without_a_version",
                        [](const Pod& fe) { put(fe, "image/ROLE", role(fe, "hostType=FQDN\n")); },
                        "2",
                        "meta_damaged",
                        "image/VERSION"},
                    MetaCase{"a_role_that_is_a_folder",
                             [](const Pod& fe) {
                               put(fe, "image/ROLE/file", "x");
                               put(fe, "image/VERSION", kVersion);
                             },
                             "2",
                             "meta_damaged",
                             "image/ROLE"},
                    MetaCase{"a_version_of_random_bytes",
                             [](const Pod& fe) {
                               never_ready(fe, false, true);
                               put(fe, "image/VERSION", std::string(4096, '\xa7'));
                             },
                             "2",
                             "meta_damaged",
                             "image/VERSION"},
                    MetaCase{"a_bdb_that_is_a_file",
                             [](const Pod& fe) { put(fe, "bdb", "no folder"); },
                             "2",
                             "meta_damaged",
                             "bdb"}),
    [](const auto& param) { return param.param.name; });

class BadInput_OwnState : public testing::TestWithParam<MetaCase> {};

TEST_P(BadInput_OwnState, IsNamedAndNothingIsFoundedWithoutIt) {
  PodNet net;
  Pod& fe = net.fe(0);
  GetParam().make(fe);
  fe.start();
  expect_waits(fe, GetParam().rule, GetParam().reason, {});
  const auto detail = fe.status("detail");
  EXPECT_NE(detail.find(fe.state() + GetParam().told), std::string::npos) << detail;
  expect_ends_on_term(fe, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Files,
    BadInput_OwnState,
    testing::Values(MetaCase{"refused_by_the_system",  // a folder: root may read every file
                             [](const Pod& fe) {
                               fs::create_directories(fe.state() + "/certificate");
                             },
                             "28",
                             "path_not_writable",
                             "/certificate cannot be read: is not a regular file"},
                    MetaCase{"not_whole",
                             [](const Pod& fe) { put(fe, ".sr-agent/remembered", "torn"); },
                             "28",
                             "meta_damaged",
                             "/remembered cannot be read: "}),
    [](const auto& param) { return param.param.name; });

/// What a server of the stock scripts leaves that was killed while it waited for its row: folders
/// without a file (docs/starrocks.md 1.5). That is an empty volume, and its folders are left alone.
class BadInput_JoinLoop : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }

  PodNet net_{};
  Pod& fe_{net_.fe(1)};
  const fs::path folder_{fe_.meta() + "/image/v2"};
};

TEST_F(BadInput_JoinLoop, WaitsLikeAnEmptyVolumeAndNoRefusalEndsIt) {
  for (const std::string on_refusal : {"hold", "exit"}) {
    fe_.set_env("SR_AGENT_ON_REFUSAL", on_refusal);
    fe_.start();
    expect_waits(fe_, "27", "waiting_for_peers", {});
    EXPECT_EQ(fe_.status("meta"), "empty");
    expect_ends_on_term(fe_, "waiting_for_peers");
    EXPECT_TRUE(fs::is_directory(folder_));
    EXPECT_FALSE(fs::exists(fe_.state() + "/aside"));
  }
}

TEST_F(BadInput_JoinLoop, IsJoinedFromWithTheLeaderAsHelper) {
  srsim::SimNode cluster(bare_fe(net_, 0));
  ASSERT_TRUE(found(cluster));
  fe_.start();
  ASSERT_TRUE(wait_sealed(fe_)) << fe_.console();
  EXPECT_TRUE(decided(fe_, "24 Join"));
  EXPECT_EQ(alter_statements(net_.fe(0), fe_), std::vector{add_follower(fe_)});
  EXPECT_EQ(helpers_of_starts(fe_), std::vector{net_.fe(0).fqdn() + ":9010"});
  EXPECT_EQ(net_.cluster_ids_on_disk().size(), 1U);
  EXPECT_TRUE(fe_.wait_reason("none")) << fe_.console();
  EXPECT_TRUE(fs::is_directory(folder_));
  EXPECT_FALSE(fs::exists(fe_.state() + "/aside"));
  expect_stops(fe_);
}

struct ConfCase {
  std::string name{};
  std::string text{};  ///< Appended to fe.conf.
  std::string told{};
};
void PrintTo(const ConfCase& value, std::ostream* out) {
  *out << value.name;
}

class BadInput_FeConf : public testing::TestWithParam<ConfCase> {};

TEST_P(BadInput_FeConf, IsHeldWithItsKeyOrEndsWith70AndStartsNothing) {
  PodNet net;
  Pod& fe = net.fe(0);
  put(fe, "notes.txt", "of a person\n");
  const auto before = volume(fe);
  fe.add_conf(GetParam().text);
  fe.start();
  ASSERT_TRUE(fe.wait_reason("config_invalid")) << fe.console();
  EXPECT_EQ(fe.status("phase"), "held");
  EXPECT_NE(fe.status("detail").find(GetParam().told), std::string::npos) << fe.status("detail");
  EXPECT_EQ(fe.server_pid(), 0);
  expect_ends_on_term(fe, "config_invalid");
  fe.set_env("SR_AGENT_ON_REFUSAL", "exit");
  fe.start();
  EXPECT_EQ(fe.wait_exit(), 70) << fe.console();
  EXPECT_EQ(fe.console().find("start_fe.sh"), std::string::npos);
  EXPECT_EQ(volume(fe), before);
}

INSTANTIATE_TEST_SUITE_P(
    Garbage,
    BadInput_FeConf,
    testing::Values(ConfCase{"a_port_in_words", "edit_log_port = ninety", "edit_log_port"},
                    ConfCase{"a_port_beyond_all", "query_port = 99999", "query_port"},
                    ConfCase{"a_negative_port", "http_port = -1", "http_port"},
                    ConfCase{"the_agents_own_port",
                             "rpc_port = 8099",
                             "fe.conf: rpc_port: expected another port than 8099"}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace podlab
