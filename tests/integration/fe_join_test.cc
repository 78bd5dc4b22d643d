#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "worker_lab.h"

/// FEs that meet a cluster: S05, S07, S10, S18.
namespace podlab {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kNone{};

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
    EXPECT_EQ(alter_statements(net.fe(3 - i), net.fe(i)), kNone) << "only the leader is told";
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

TEST(S05_MembersWithoutALeader, AnEmptyFeWaitsWithoutLimitAndJoinsOnceTheyHaveOne) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
  const auto ids = net.cluster_ids_on_disk();
  for (int i = 0; i < 3; ++i)
    net.fe(i).kill_container();
  Pod& fe = net.fe(0);
  fe.lose_volume();
  const auto starts = helpers_of_starts(fe).size();
  net.fe(1).start();  // a member that cannot elect alone
  fe.start();
  const auto pid = fe.pid();
  const auto leaderless = [&] {
    if (!net.fe(1).running()) net.fe(1).start();  // its server ends without a majority
    const auto reason = fe.status("reason");
    return reason == "no_leader" || reason == "quorum_lost";
  };
  ASSERT_TRUE(wait_until(leaderless)) << fe.console();
  ASSERT_TRUE(looks_on(fe));
  EXPECT_EQ(probe(fe, "/livez"), 200);
  EXPECT_EQ(probe(fe, "/readyz"), 503);
  EXPECT_FALSE(has_metadata(fe));
  EXPECT_EQ(helpers_of_starts(fe).size(), starts) << "no server was started";
  EXPECT_EQ(alter_statements(net.fe(1), fe), kNone);
  net.fe(2).start();
  const auto joined = [&] {
    if (!net.fe(1).running()) net.fe(1).start();
    return sealed(fe);
  };
  EXPECT_TRUE(wait_until(joined, milliseconds(150000))) << fe.console();
  EXPECT_EQ(fe.pid(), pid) << "in the same container";
  EXPECT_FALSE(helpers_of_starts(fe).back().empty());
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
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
  const auto metrics = net.fe(0).agent("/metrics");
  for (const std::string line :
       {"sr_agent_clusters_in_sight 2", R"(sr_agent_reason{reason="two_clusters"} 1)"})
    EXPECT_NE(metrics.find("\n" + line + "\n"), std::string::npos) << line << "\n" << metrics;
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
  for (int i = 0; i < 3; ++i) {
    for (const auto& id : ids)
      EXPECT_NE(net.fe(i).status("detail").find(id), std::string::npos) << id;
  }
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

}  // namespace
}  // namespace podlab
