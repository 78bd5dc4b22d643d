#include <signal.h>

#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "fe_lab.h"

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

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t out = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++out;
  return out;
}

bool has_aside(const Pod& pod) {
  const fs::path aside = pod.state() + "/aside";
  return fs::exists(aside) && !fs::is_empty(aside);
}

TEST(S07_FollowerJoinsALeader, OneStatementOneRowAndTheHelperIsTheLeader) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(1).console();
  const auto list = net.frontends();
  for (int i = 1; i < 3; ++i) {
    const auto host = net.fe(i).fqdn();
    EXPECT_EQ(rows_of(list, host), 1U);
    EXPECT_EQ(srsim::cell(list.row("IP", host), "Role"), "FOLLOWER");
    EXPECT_EQ(srsim::cell(list.row("IP", host), "EditLogPort"), "9010");
    const auto console = net.fe(i).console();
    EXPECT_EQ(count(console, "ALTER SYSTEM ADD FOLLOWER"), 1U) << console;
    EXPECT_NE(console.find("--helper " + net.fe(0).fqdn() + ":9010"), std::string::npos);
  }
}

TEST(S07_FollowerJoinsALeader, UsesTheEditLogPortOfTheConfFile) {
  PodNet net;
  for (int i = 0; i < 3; ++i)
    net.fe(i).add_conf("edit_log_port = 19010");
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(1).console();
  EXPECT_EQ(srsim::cell(net.frontends().row("IP", net.fe(2).fqdn()), "EditLogPort"), "19010");
}

TEST(S08_WipedOrdinalZero, JoinsTheClusterOfItsPeersAndChangesNothingThere) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
  const auto ids = net.cluster_ids_on_disk();
  for (int i = 0; i < 3; ++i)
    net.fe(i).kill_container();
  net.fe(0).lose_volume();
  const auto version_one = net.fe(1).file("meta/image/VERSION");
  net.fe(0).start();  // first, alone: it must not found
  // The log volume still holds a copy of its birth certificate.
  ASSERT_TRUE(net.fe(0).wait_reason("cluster_exists")) << net.fe(0).console();
  EXPECT_EQ(net.fe(0).server_pid(), 0);
  net.fe(1).start();
  net.fe(2).start();
  EXPECT_TRUE(net.wait_frontends(3, 1, milliseconds(120000))) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
  EXPECT_EQ(net.fe(1).file("meta/image/VERSION"), version_one);
  EXPECT_EQ(rows_of(net.frontends(1), net.fe(0).fqdn()), 1U);
}

TEST(S19_VolumeLostRowStays, TheDeadRowIsReplacedAndThereIsOneRowAfterwards) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
  net.fe(2).kill_container();
  net.fe(2).lose_volume();
  EXPECT_TRUE(wait_until([&] { return rows_of(net.frontends(0), net.fe(2).fqdn()) == 1; }));
  net.fe(2).start();
  ASSERT_TRUE(net.fe(2).wait_reason("joining")) << net.fe(2).console();
  // Its row shows Alive for a while after the process; the seal comes from a new StartTime only.
  ASSERT_TRUE(
      wait_until([&] { return fs::exists(net.fe(2).state() + "/sealed"); }, milliseconds(120000)))
      << net.fe(2).console();
  EXPECT_TRUE(net.wait_frontends(3, 0)) << net.fe(2).console();
  EXPECT_EQ(rows_of(net.frontends(0), net.fe(2).fqdn()), 1U);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  // Replaced only once it was dead by two readings 25 s apart: rows 19 and 19b waited before.
  const auto console = net.fe(2).console();
  EXPECT_EQ(count(console, "ALTER SYSTEM DROP FOLLOWER"), 1U) << console;
  EXPECT_LT(console.rfind("row=19"), console.find("ALTER SYSTEM DROP FOLLOWER"));
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
  EXPECT_EQ(count(net.fe(2).console(), "ALTER SYSTEM"), count(net.fe(2).console(), "ADD FOLLOWER"));
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

TEST(S10_TwoClusterIds, AnEmptyNodeNeitherJoinsNorFoundsAndNamesBoth) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
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
  EXPECT_NE(net.fe(0).status("detail").find("77"), std::string::npos);
  EXPECT_EQ(net.fe(0).server_pid(), 0);
  EXPECT_EQ(net.fe(0).status("phase"), "held");
  // With on_refusal = exit it is the exit status.
  net.fe(0).kill_container();
  net.fe(0).set_env("SR_AGENT_ON_REFUSAL", "exit");
  net.fe(0).start();
  EXPECT_EQ(net.fe(0).wait_exit(), 72) << net.fe(0).console();
  EXPECT_NE(net.fe(0).termination_message().find("two_clusters"), std::string::npos);
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
  EXPECT_TRUE(wait_until([&] { return rows_of(net.frontends(0), host) == 1; }, milliseconds(60000)))
      << net.fe(2).console();
}

/// A joiner is killed at a stage of its start; the container starts again.
class S80_KilledWhileJoining : public testing::TestWithParam<std::string> {};

std::size_t count_in(const std::string& text, const std::string& word) {
  std::size_t out = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++out;
  return out;
}

TEST_P(S80_KilledWhileJoining, OneRowOneLeaderOneGroup) {
  PodNet net;
  net.fe(2).set_env("SR_SIM_CRASH_AT", GetParam());
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(net.fe(2).wait_exit(milliseconds(90000)).has_value()) << net.fe(2).console();
  net.fe(2).unset_env("SR_SIM_CRASH_AT");
  // The kubelet's restarts, as many as it takes.
  const bool whole = wait_until(
      [&] {
        if (!net.fe(2).running()) net.fe(2).start();
        return net.wait_frontends(3, 0, milliseconds(1000));
      },
      milliseconds(120000));
  EXPECT_TRUE(whole) << net.fe(2).console();
  EXPECT_EQ(rows_of(net.frontends(0), net.fe(2).fqdn()), 1U);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  std::set<std::string> leaders;
  for (int i = 0; i < 3; ++i)
    for (const auto& row : net.frontends(i).rows)
      if (srsim::cell(row, "Role") == "LEADER") leaders.insert(srsim::cell(row, "IP"));
  EXPECT_EQ(leaders.size(), 1U);
  // Never by itself: by the server's own log each of its starts had a helper.
  const auto log = net.fe(2).file("log/fe.log");
  const auto starts = count_in(log, "StarRocks FE starting");
  EXPECT_GE(starts, 2U) << log;
  EXPECT_EQ(count_in(log, "get helper nodes: ["), starts) << log;
}

INSTANTIATE_TEST_SUITE_P(Stages,
                         S80_KilledWhileJoining,
                         testing::Values("role_empty",
                                         "version_written",
                                         "jdb_created",
                                         "jdb_root",
                                         "joined_before_ready"));

TEST(S80_KilledWhileFounding, WhatItLeftIsMovedAsideAndTheRuleDecidesAgain) {
  PodNet net;
  net.fe(0).set_env("SR_SIM_CRASH_AT", "jdb_root");
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(net.fe(0).wait_exit(milliseconds(60000)).has_value()) << net.fe(0).console();
  EXPECT_FALSE(fs::is_empty(net.fe(0).meta() + "/bdb"));
  net.fe(0).unset_env("SR_SIM_CRASH_AT");
  net.fe(0).start();
  EXPECT_TRUE(net.wait_frontends(3, -1, milliseconds(120000))) << net.fe(0).console();
  EXPECT_TRUE(has_aside(net.fe(0)));
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

}  // namespace
}  // namespace podlab
