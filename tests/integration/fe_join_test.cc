#include <signal.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "worker_lab.h"

/// FEs that meet a cluster: S05, S07, S08, S10, S18, S19, S80.
namespace podlab {
namespace {

namespace fs = std::filesystem;

std::size_t rows_of(const SqlAnswer& answer, const std::string& host) {
  std::size_t out = 0;
  for (const auto& row : answer.rows)
    if (srsim::cell(row, "IP") == host) ++out;
  return out;
}

const std::vector<std::string> none{};

std::string drop_follower(const Pod& pod) {
  return "ALTER SYSTEM DROP FOLLOWER \"" + pod.fqdn() + ":9010\"";
}

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

class S07_FollowerJoinsALeader : public testing::TestWithParam<std::string> {};

TEST_P(S07_FollowerJoinsALeader, OneStatementOneRowAndTheHelperIsTheLeader) {
  PodNet net({.version = GetParam()});
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(1).console();
  const auto list = net.frontends();
  for (int i = 1; i < 3; ++i) {
    const auto host = net.fe(i).fqdn();
    EXPECT_EQ(rows_of(list, host), 1U);
    EXPECT_EQ(srsim::cell(list.row("IP", host), "Role"), "FOLLOWER");
    EXPECT_EQ(srsim::cell(list.row("IP", host), "EditLogPort"), "9010");
    EXPECT_EQ(alter_statements(net.fe(0), net.fe(i)), std::vector{add_follower(net.fe(i))});
    EXPECT_EQ(alter_statements(net.fe(3 - i), net.fe(i)), none) << "only the leader is told";
    const auto helper = net.fe(0).fqdn() + ":9010";
    EXPECT_EQ(helpers_of_starts(net.fe(i)), std::vector{helper});
    const auto words = command_line(net.fe(i).server_pid());
    EXPECT_NE(words.find("-helper " + helper + " "), std::string::npos) << words;
  }
  EXPECT_EQ(helpers_of_starts(net.fe(0)), std::vector<std::string>{""});
}

INSTANTIATE_TEST_SUITE_P(Versions,
                         S07_FollowerJoinsALeader,
                         testing::Values("3.5.7", "3.3.15", "main"));

TEST(S07_EditLogPort, UsesTheEditLogPortOfTheConfFile) {
  PodNet net;
  for (int i = 0; i < 3; ++i)
    net.fe(i).add_conf("edit_log_port = 19010");
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(1).console();
  EXPECT_EQ(srsim::cell(net.frontends().row("IP", net.fe(2).fqdn()), "EditLogPort"), "19010");
  EXPECT_EQ(alter_statements(net.fe(0), net.fe(2)), std::vector{add_follower(net.fe(2), "19010")});
  EXPECT_EQ(helpers_of_starts(net.fe(2)), std::vector{net.fe(0).fqdn() + ":19010"});
}

/// The order in which the three agents come up, FE 0 with a new volume.
class S08_WipedOrdinalZero : public testing::TestWithParam<std::array<int, 3>> {};

TEST_P(S08_WipedOrdinalZero, JoinsTheClusterOfItsPeersAndChangesNothingThere) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
  const auto ids = net.cluster_ids_on_disk();
  for (int i = 0; i < 3; ++i)
    net.fe(i).kill_container();
  net.fe(0).lose_volume();
  std::map<std::string, std::string> before;
  for (int i = 1; i < 3; ++i)
    for (const std::string file : {"ROLE", "VERSION"})
      before[std::to_string(i) + file] = without_date(net.fe(i).file("meta/image/" + file));
  const auto order = GetParam();
  for (const int i : order) {
    net.fe(i).start();
    if (i != 0 || order.front() != 0) continue;
    // First, alone: it must not found. The log volume still holds a copy of its certificate.
    ASSERT_TRUE(net.fe(0).wait_reason("cluster_exists")) << net.fe(0).console();
    EXPECT_EQ(net.fe(0).server_pid(), 0);
  }
  EXPECT_TRUE(wait_sealed(net.fe(0))) << net.fe(0).console();
  EXPECT_TRUE(net.wait_frontends(3, 1, milliseconds(120000))) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
  EXPECT_EQ(rows_of(net.frontends(1), net.fe(0).fqdn()), 1U);
  for (int i = 1; i < 3; ++i)
    for (const std::string file : {"ROLE", "VERSION"})
      EXPECT_EQ(without_date(net.fe(i).file("meta/image/" + file)),
                before[std::to_string(i) + file]);
  // FE 0 alone was given a helper, and it never started without one since.
  EXPECT_FALSE(helpers_of_starts(net.fe(0)).back().empty());
  EXPECT_EQ(helpers_of_starts(net.fe(1)).back(), "");
  EXPECT_EQ(helpers_of_starts(net.fe(2)).back(), "");
}

INSTANTIATE_TEST_SUITE_P(Orders,
                         S08_WipedOrdinalZero,
                         testing::Values(std::array{0, 1, 2},
                                         std::array{1, 0, 2},
                                         std::array{2, 1, 0}));

TEST(S19_VolumeLostRowStays, TheDeadRowIsReplacedAndThereIsOneRowAfterwards) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
  net.fe(2).kill_container();
  net.fe(2).lose_volume();
  EXPECT_TRUE(wait_until([&] { return rows_of(net.frontends(0), net.fe(2).fqdn()) == 1; }));
  const auto before = statements(net.fe(0), net.fe(2)).size();
  net.fe(2).start();
  ASSERT_TRUE(net.fe(2).wait_reason("joining")) << net.fe(2).console();
  // Its row shows Alive for a while after the process; the seal comes from a new StartTime only.
  ASSERT_TRUE(
      wait_until([&] { return fs::exists(net.fe(2).state() + "/sealed"); }, milliseconds(120000)))
      << net.fe(2).console();
  EXPECT_TRUE(net.wait_frontends(3, 0)) << net.fe(2).console();
  EXPECT_EQ(rows_of(net.frontends(0), net.fe(2).fqdn()), 1U);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  // By the leader's audit log: replaced once, and only after the empty FE's readings of the row
  // were 25 s apart.
  const auto said = statements(net.fe(0), net.fe(2));
  const auto altered = alter_statements(net.fe(0), net.fe(2));
  ASSERT_EQ(
      altered,
      (std::vector{add_follower(net.fe(2)), drop_follower(net.fe(2)), add_follower(net.fe(2))}));
  const auto drop = std::find_if(said.begin(), said.end(), [&](const Statement& one) {
    return one.text == drop_follower(net.fe(2));
  });
  EXPECT_GE(drop->at_ms - said.at(before).at_ms, 25'000);
  EXPECT_EQ(helpers_of_starts(net.fe(2)).back(), net.fe(0).fqdn() + ":9010");
}

TEST(S19_VolumeLostRowStays, WithoutALivingMajorityItWaitsAndSaysSo) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
  for (int i = 1; i < 3; ++i)
    net.fe(i).kill_container();
  net.fe(2).lose_volume();
  net.fe(2).start();
  ASSERT_TRUE(wait_until(
      [&] {
        if (!net.fe(0).running()) net.fe(0).start();  // it ends with 255 without a majority
        const auto reason = net.fe(2).status("reason");
        return reason == "no_leader" || reason == "quorum_lost" || reason == "quorum_risk";
      },
      milliseconds(90000)))
      << net.fe(2).console();
  EXPECT_EQ(net.fe(2).server_pid(), 0);
  EXPECT_EQ(alter_statements(net.fe(0), net.fe(2)), std::vector{add_follower(net.fe(2))})
      << "that of its first join";
  EXPECT_EQ(alter_statements(net.fe(1), net.fe(2)), none);
}

TEST(S05_MembersWithoutALeader, AnEmptyFeWaitsWithoutLimitAndFoundsNothing) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
  for (int i = 0; i < 3; ++i)
    net.fe(i).kill_container();
  net.fe(0).lose_volume();
  net.fe(1).start();  // a member that cannot elect alone
  net.fe(0).start();
  ASSERT_TRUE(wait_until([&] {
    const auto reason = net.fe(0).status("reason");
    return reason == "no_leader" || reason == "quorum_lost";
  })) << net.fe(0).console();
  EXPECT_TRUE(net.fe(0).running());
  EXPECT_FALSE(fs::exists(net.fe(0).meta() + "/image/ROLE"));
}

/// What SHOW FRONTENDS at the leader comes to; SHOW PROC is left alone.
class S05_HiddenLeader : public testing::TestWithParam<std::string> {};

TEST_P(S05_HiddenLeader, IsFoundByShowProcAndJoined) {
  PodNet net;
  srsim::SimNode cluster(bare_fe(net, 1));
  ASSERT_TRUE(found(cluster));
  cluster.control("/fault?where=sql&match=show_frontends&kind=" + GetParam());
  for (const int i : {0, 2})
    net.fe(i).start();
  for (const int i : {0, 2}) {
    const Pod& fe = net.fe(i);
    ASSERT_TRUE(wait_sealed(fe)) << fe.console();
    EXPECT_EQ(alter_statements(net.fe(1), fe), std::vector{add_follower(fe)});
    EXPECT_EQ(helpers_of_starts(fe), std::vector{net.fe(1).fqdn() + ":9010"});
    const auto said = statements(net.fe(1), fe);
    EXPECT_TRUE(std::any_of(said.begin(), said.end(), [](const Statement& one) {
      return one.text == "SHOW PROC '/frontends'";
    }));
  }
  EXPECT_EQ(cluster.sql("SHOW PROC '/frontends'").rows.size(), 3U);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Answers,
                         S05_HiddenLeader,
                         testing::Values("replaced_cell&text=LEADER:FOLLOWER",
                                         "error&code=5401&text=no+leader"));

TEST(S10_TwoClusterIds, AnEmptyNodeNeitherJoinsNorFoundsAndNamesBoth) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
  const auto id = net.cluster_ids_on_disk().front();
  // A stray volume: fe-2 comes back with the metadata of another cluster.
  for (int i = 0; i < 3; ++i)
    net.fe(i).kill_container();
  const auto version = net.fe(2).meta() + "/image/VERSION";
  auto text = net.fe(2).file("meta/image/VERSION");
  const auto at = text.find("clusterId=");
  text.replace(at, text.find('\n', at) - at, "clusterId=77");
  { std::ofstream{version, std::ios::trunc} << text; }
  for (const auto* mark : {"certificate", "members", "remembered"})
    fs::remove(net.fe(2).state() + "/" + mark);
  fs::remove(net.fe(2).home() + "/log/sr-agent.certificate");
  net.fe(0).lose_volume();
  fs::remove(net.fe(0).home() + "/log/sr-agent.certificate");
  net.fe(1).start();
  net.fe(2).start();
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("two_clusters")) << net.fe(0).console();
  // Both ids, each with its members.
  const auto detail = net.fe(0).status("detail");
  const auto members_of = [&detail](const std::string& cluster) {
    const auto from = detail.find(cluster + " (");
    if (from == std::string::npos) return std::string{};
    return detail.substr(from, detail.find(')', from) - from);
  };
  EXPECT_NE(members_of(id).find(net.fe(1).fqdn()), std::string::npos) << detail;
  EXPECT_NE(members_of("77").find(net.fe(2).fqdn()), std::string::npos) << detail;
  EXPECT_EQ(net.fe(0).server_pid(), 0);
  EXPECT_EQ(net.fe(0).status("phase"), "held");
  // With on_refusal = exit it is the exit status.
  net.fe(0).kill_container();
  net.fe(0).set_env("SR_AGENT_ON_REFUSAL", "exit");
  net.fe(0).start();
  EXPECT_EQ(net.fe(0).wait_exit(), 72) << net.fe(0).console();
  EXPECT_NE(net.fe(0).termination_message().find("two_clusters"), std::string::npos);
}

TEST(S10_TwoClusterIds, AStrayVolumeIsToldByAllAndTakesNoHealthyMajorityOutOfService) {
  PodNet net({.fe_count = 2, .all_names = false});
  ASSERT_TRUE(start_two_members(net));
  net.serve_name("fe", 2, true);
  srsim::SimNode stray(bare_fe(net, 2));
  ASSERT_TRUE(found(stray));  // the volume of another cluster, whose only FE has this very name
  stray.kill_now();
  net.fe(2).start();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(net.fe(i).wait_reason("two_clusters")) << net.fe(i).console();
  const auto ids = net.cluster_ids_on_disk();
  ASSERT_EQ(ids.size(), 2U);
  for (int i = 0; i < 3; ++i)
    for (const auto& id : ids)
      EXPECT_NE(net.fe(i).status("detail").find(id), std::string::npos) << id;
  int status = 0;
  EXPECT_NE(net.fe(2).agent("/readyz?verbose", &status).find("two_clusters"), std::string::npos);
  EXPECT_EQ(status, 503) << "two FEs are of the other cluster";
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(wait_until([&] {
      static_cast<void>(net.fe(i).agent("/readyz", &status));
      return status == 200;
    })) << net.fe(i).agent("/readyz?verbose");
    const auto list = net.fe(i).sql("SHOW FRONTENDS");
    EXPECT_EQ(list.rows.size(), 2U);
    EXPECT_EQ(leaders(list), 1);
  }
  EXPECT_EQ(net.fe(2).sql("SHOW FRONTENDS").rows.size(), 1U) << "nobody joined the other";
}

TEST(S18_FeWaitsForEverToBeAdded, AJoinerWhoseRowIsTakenAwayIsAddedAgain) {
  PodNet net;
  net.fe(0).start();
  net.fe(1).start();
  // fe-2 consents and then waits at the first moment of its join.
  net.fe(2).set_env("SR_SIM_FE_START_MS", "30000");
  net.fe(2).start();
  const auto host = net.fe(2).fqdn();
  ASSERT_TRUE(wait_until([&] { return rows_of(net.frontends(0), host) == 1; }, milliseconds(90000)))
      << net.fe(2).console();
  ASSERT_TRUE(wait_until(
      [&] { return net.fe(0).sql("ALTER SYSTEM DROP FOLLOWER '" + host + ":9010'").ok; }));
  net.fe(2).unset_env("SR_SIM_FE_START_MS");
  EXPECT_TRUE(
      wait_until([&] { return net.fe(2).console().find("not_in_group") != std::string::npos; },
                 milliseconds(60000)))
      << net.fe(2).console();
  EXPECT_TRUE(net.wait_frontends(3, 0)) << net.fe(2).console();
  EXPECT_EQ(alter_statements(net.fe(0), net.fe(2)),
            (std::vector{add_follower(net.fe(2)), add_follower(net.fe(2))}));
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
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

/// The container is gone with all that ran in it, and so is the pod's own folder if `who` is kPod.
void kill_at_stage(Pod& fe, const Killed& killed) {
  if (killed.who == Killed::Who::kServer) fe.kill_server();
  if (killed.who == Killed::Who::kAgent) fe.signal(SIGKILL);
  if (killed.who == Killed::Who::kPod) fe.kill_container();
  EXPECT_TRUE(fe.wait_exit().has_value()) << fe.console();
  fe.kill_container();
  if (killed.who == Killed::Who::kPod) fs::remove_all(root_of(fe) + "/run");
}

bool stands_at(const Pod& fe, const std::string& stage) {
  return wait_until(
      [&] { return control(fe, "/state").find("stage=" + stage) != std::string::npos; },
      milliseconds(60000));
}

/// The container of a joiner starts again.
class S80_KilledWhileJoining : public testing::TestWithParam<Killed> {};

TEST_P(S80_KilledWhileJoining, OneRowOneLeaderOneGroup) {
  PodNet net;
  net.fe(2).set_env("SR_SIM_PAUSE_AT", GetParam().stage);
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(stands_at(net.fe(2), GetParam().stage)) << net.fe(2).console();
  const auto half_made = volume(net.fe(2));
  ASSERT_FALSE(half_made.empty());
  kill_at_stage(net.fe(2), GetParam());
  net.fe(2).unset_env("SR_SIM_PAUSE_AT");
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
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  std::set<std::string> leaders;
  for (int i = 0; i < 3; ++i)
    for (const auto& row : net.frontends(i).rows)
      if (srsim::cell(row, "Role") == "LEADER") leaders.insert(srsim::cell(row, "IP"));
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

class S80_KilledWhileFounding : public testing::TestWithParam<Killed> {};

TEST_P(S80_KilledWhileFounding, WhatWasNeverReadyIsMovedAsideAndWhatWasGoesOn) {
  PodNet net;
  Pod& fe = net.fe(0);
  fe.set_env("SR_SIM_PAUSE_AT", GetParam().stage);
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(stands_at(fe, GetParam().stage)) << fe.console();
  const auto version = fe.file("meta/image/VERSION");
  const auto half_made = volume(fe);
  kill_at_stage(fe, GetParam());
  fe.unset_env("SR_SIM_PAUSE_AT");
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

TEST(S80_KilledWhileFounding_Alone, FoundsAgainOnlyOnceTheRuleHoldsAgain) {
  PodNet net;
  Pod& fe = net.fe(0);
  fe.set_env("SR_SIM_PAUSE_AT", "jdb_root");
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(stands_at(fe, "jdb_root")) << fe.console();
  kill_at_stage(fe, {"jdb_root", Who::kPod});
  net.fe(2).kill_container();
  fe.unset_env("SR_SIM_PAUSE_AT");
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
