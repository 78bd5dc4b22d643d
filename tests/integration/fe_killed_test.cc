#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "worker_lab.h"

/// FEs that are killed in their first start, while joining or founding: S80.
namespace podlab {
namespace {

namespace fs = std::filesystem;

bool has_aside(const Pod& pod) {
  const fs::path aside = pod.state() + "/aside";
  return fs::exists(aside) && !fs::is_empty(aside);
}

/// Names below one folder of aside/ that still hold what `files` says, text by path.
std::size_t kept_aside(const Pod& pod, const std::map<std::string, std::string>& files) {
  std::size_t most = 0;
  std::error_code ignored;
  for (const auto& folder : fs::directory_iterator(pod.state() + "/aside", ignored)) {
    std::size_t kept = 0;
    for (const auto& [path, text] : files) {
      const auto file = folder.path() / path;
      if (!fs::is_regular_file(file)) continue;
      if (read_text(file) == text) ++kept;
    }
    most = std::max(most, kept);
  }
  return most;
}

/// Of `files`, those that are neither in their place nor, with their text, in aside/.
std::vector<std::string> lost_files(const Pod& pod,
                                    const std::map<std::string, std::string>& files) {
  std::vector<std::string> out;
  for (const auto& [path, text] : files) {
    const bool in_place = fs::exists(pod.meta() + "/" + path);
    if (!in_place && kept_aside(pod, {{path, text}}) == 0) out.push_back(path);
  }
  return out;
}

/// A server stands still at a stage of its first start; then somebody is killed.
struct Killed {
  std::string stage{};
  enum class Who : std::uint8_t { kServer, kAgent, kPod } who = Who::kServer;
};
void PrintTo(const Killed& value, std::ostream* out) {
  const std::array names{"server", "agent", "pod"};
  *out << names.at(static_cast<std::size_t>(value.who)) << "_at_" << value.stage;
}

using Who = Killed::Who;

bool stands_at(const Pod& fe, const std::string& stage) {
  return wait_until(
      [&] { return control(fe, "/state").find("stage=" + stage) != std::string::npos; },
      milliseconds(60000));
}

/// Three FEs start on empty volumes, and one of them stands still at a stage.
class KilledAtStage : public testing::Test {
 protected:
  void start_three(Pod& fe, const std::string& stage) {
    fe.set_env("SR_SIM_PAUSE_AT", stage);
    for (int i = 0; i < 3; ++i)
      net.fe(i).start();
    ASSERT_TRUE(stands_at(fe, stage)) << fe.console();
    half_made = volume(fe);
    fe.unset_env("SR_SIM_PAUSE_AT");
  }

  /// The container is gone with all that ran in it, and so is the pod's own folder if `who` is
  /// kPod.
  static void kill(Pod& fe, Who who) {
    if (who == Who::kServer) fe.kill_server();
    if (who == Who::kAgent) fe.signal(SIGKILL);
    if (who == Who::kPod) fe.kill_container();
    EXPECT_TRUE(fe.wait_exit().has_value()) << fe.console();
    fe.kill_container();
    if (who == Who::kPod) fs::remove_all(root_of(fe) + "/run");
  }

  PodNet net{};
  std::map<std::string, std::string> half_made{};  ///< Files on its volume when it was killed.
};

/// The container of a joiner starts again.
class S80_KilledWhileJoining : public KilledAtStage, public testing::WithParamInterface<Killed> {};

TEST_P(S80_KilledWhileJoining, OneRowOneLeaderOneGroup) {
  ASSERT_NO_FATAL_FAILURE(start_three(net.fe(2), GetParam().stage));
  ASSERT_FALSE(half_made.empty());
  kill(net.fe(2), GetParam().who);
  // The kubelet's restarts, as many as it takes.
  const bool whole = wait_until(
      [&] {
        if (!net.fe(2).running()) net.fe(2).start();
        return net.wait_frontends(3, 0, milliseconds(1000));
      },
      milliseconds(120000));
  EXPECT_TRUE(whole) << net.fe(2).console();
  EXPECT_EQ(rows_of(net.frontends(0), net.fe(2).fqdn()), 1U);
  // Without a log nothing was acknowledged (row 10): all of it is moved aside, none is deleted.
  const bool no_log = GetParam().stage == "role_empty" || GetParam().stage == "version_written";
  EXPECT_EQ(no_log, !half_made.contains("bdb/00000000.jdb"));
  if (no_log) {
    EXPECT_EQ(kept_aside(net.fe(2), half_made), half_made.size()) << net.fe(2).console();
  }
  EXPECT_EQ(lost_files(net.fe(2), half_made), std::vector<std::string>{}) << "none is deleted";
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  std::set<std::string> leaders;
  for (int i = 0; i < 3; ++i) {
    for (const auto& row : net.frontends(i).rows)
      if (srsim::cell(row, "Role") == "LEADER") leaders.insert(srsim::cell(row, "IP"));
  }
  EXPECT_EQ(leaders.size(), 1U);
  // Never by itself: by the server's own log each of its starts had a helper.
  const auto helpers = helpers_of_starts(net.fe(2));
  EXPECT_GE(helpers.size(), 2U);
  EXPECT_EQ(std::count(helpers.begin(), helpers.end(), ""), 0);
}

INSTANTIATE_TEST_SUITE_P(Stages,
                         S80_KilledWhileJoining,
                         testing::Values(Killed{"role_empty", Who::kServer},
                                         Killed{"version_written", Who::kServer},
                                         Killed{"jdb_created", Who::kServer},
                                         Killed{"jdb_root", Who::kServer},
                                         Killed{"joined_before_ready", Who::kServer},
                                         Killed{"version_written", Who::kAgent},
                                         Killed{"jdb_root", Who::kPod},
                                         Killed{"joined_before_ready", Who::kPod}),
                         testing::PrintToStringParamName());

class S80_KilledWhileFounding : public KilledAtStage, public testing::WithParamInterface<Killed> {};

TEST_P(S80_KilledWhileFounding, WhatWasNeverReadyIsMovedAsideAndWhatWasGoesOn) {
  Pod& fe = net.fe(0);
  ASSERT_NO_FATAL_FAILURE(start_three(fe, GetParam().stage));
  const auto version = fe.file("meta/image/VERSION");
  kill(fe, GetParam().who);
  fe.start();
  EXPECT_TRUE(net.wait_frontends(3, -1, milliseconds(120000))) << fe.console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  const bool was_ready = GetParam().stage == "host_type_written";
  EXPECT_EQ(has_aside(fe), !was_ready) << fe.console();
  EXPECT_EQ(kept_aside(fe, half_made), was_ready ? 0U : half_made.size()) << "none is deleted";
  EXPECT_EQ(fe.file("meta/image/VERSION") == version, was_ready);
  for (int i = 1; i < 3; ++i)
    EXPECT_FALSE(helpers_of_starts(net.fe(i)).back().empty()) << "FE 0 alone founds";
}

INSTANTIATE_TEST_SUITE_P(Stages,
                         S80_KilledWhileFounding,
                         testing::Values(Killed{"role_empty", Who::kServer},
                                         Killed{"jdb_root", Who::kServer},
                                         Killed{"promoting", Who::kServer},
                                         Killed{"host_type_written", Who::kServer},
                                         Killed{"version_written", Who::kAgent},
                                         Killed{"promoting", Who::kAgent},
                                         Killed{"role_empty", Who::kPod},
                                         Killed{"jdb_created", Who::kPod},
                                         Killed{"host_type_written", Who::kPod}),
                         testing::PrintToStringParamName());

class S80_KilledWhileFounding_Alone : public KilledAtStage {};

TEST_F(S80_KilledWhileFounding_Alone, FoundsAgainOnlyOnceTheRuleHoldsAgain) {
  Pod& fe = net.fe(0);
  ASSERT_NO_FATAL_FAILURE(start_three(fe, "jdb_root"));
  kill(fe, Who::kPod);
  net.fe(2).kill_container();
  fe.start();
  ASSERT_TRUE(wait_until([&] { return has_aside(fe); })) << fe.console();
  ASSERT_TRUE(fe.wait_reason("waiting_for_peers")) << fe.console();
  ASSERT_TRUE(looks_on(fe));
  EXPECT_FALSE(has_metadata(fe));
  EXPECT_EQ(fe.server_pid(), 0);
  net.fe(2).start();
  EXPECT_TRUE(net.wait_frontends(3)) << fe.console();
}

}  // namespace
}  // namespace podlab
