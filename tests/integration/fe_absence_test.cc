#include <csignal>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "worker_lab.h"

/// Members that come back after a long absence: S20.
namespace podlab {
namespace {

constexpr auto kNpos = std::string::npos;
constexpr milliseconds kLong{120000};

bool drop(const Pod& leader, const Pod& gone) {
  const auto statement = "ALTER SYSTEM DROP FOLLOWER '" + gone.fqdn() + ":9010'";
  return wait_until([&] { return leader.sql(statement).ok; }, kLong);
}

TEST(S20_BackAfterALongAbsence, AMemberStartsWithoutHelperAndCatchesUp) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(wait_until([&] { return sealed(net.fe(2)); }));
  net.fe(2).kill_container();
  net.fe(0).kill_container();  // the leader it knew goes as well
  net.fe(0).start();
  ASSERT_TRUE(wait_until([&] { return net.frontends(1).ok; }));
  net.dns().set("written.example", {net.ip_of("be", 20)});
  ASSERT_TRUE(wait_until(
      [&] { return net.fe(1).sql("ALTER SYSTEM ADD BACKEND 'written.example:9050'").ok; }));
  net.fe(2).start();
  std::string words;
  ASSERT_TRUE(wait_server(net.fe(2), words)) << net.fe(2).console();
  EXPECT_EQ(words.find("-helper"), std::string::npos) << words;
  ASSERT_TRUE(wait_until([&] { return net.fe(2).status("role") == "FOLLOWER"; }));
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(2).console();
  EXPECT_EQ(helpers_of_starts(net.fe(2)).back(), "");
  // The lag is shown, and what was written meanwhile is there by its own local list.
  EXPECT_TRUE(wait_until([&] { return status_of(net.fe(2))["row"]["journal_behind"].is_number(); }))
      << net.fe(2).agent("/v1/status");
  EXPECT_NE(net.fe(2).verb({"status"}).second.find("entries behind the leader"), kNpos);
  EXPECT_TRUE(wait_until([&] { return net.fe(2).sql("SHOW PROC '/backends'").rows.size() == 1; }));
}

/// FE 2 is a sealed member of three, its container ends, and the leader drops it.
bool dropped_while_away(PodNet& net) {
  for (int i = 0; i < 3; ++i)
    net.serve_name("fe", i, true);
  if (!net.start_frontends(3) || !all_sealed(net)) return false;
  net.fe(2).kill_container();
  return drop(net.fe(0), net.fe(2));
}

/// All that `before` holds is still there; only the server that starts may have written.
void expect_nothing_lost(const Pod& fe, const std::map<std::string, std::string>& before) {
  const auto now = volume(fe);
  for (const auto& [path, text] : before) {
    const auto kept = now.find(path);
    ASSERT_NE(kept, now.end()) << path;
    EXPECT_EQ(without_date(kept->second).find(without_date(text)), 0U) << path;
  }
  EXPECT_TRUE(sealed(fe));
}

TEST(S20_DroppedMeanwhile, ItsServerEndsEveryStartSaysDroppedAndItsVolumeIsLeftAlone) {
  PodNet net({.all_names = false});
  ASSERT_TRUE(dropped_while_away(net));
  Pod& fe = net.fe(2);
  const auto before = volume(fe);
  const auto told = statements(net.fe(0), fe).size();
  for (int start = 0; start < 2; ++start) {  // the kubelet's restart changes nothing
    fe.start();
    EXPECT_EQ(fe.wait_exit(kLong), 255) << fe.console();
    EXPECT_NE(fe.termination_message().find(R"("reason":"dropped")"), kNpos)
        << fe.termination_message();
  }
  EXPECT_NE(fe.console().find("is no longer a member of the group"), kNpos);
  expect_nothing_lost(fe, before);
  EXPECT_EQ(helpers_of_starts(fe), (std::vector<std::string>{net.fe(0).fqdn() + ":9010", "", ""}));
  EXPECT_EQ(alter_statements(net.fe(0), fe), std::vector{add_follower(fe)}) << "its first join";
  EXPECT_GE(statements(net.fe(0), fe).size(), told);
  EXPECT_EQ(rows_of(net.frontends(0), fe.fqdn()), 0U);
  EXPECT_EQ(net.frontends(0).rows.size(), 2U);
}

/// FE 3 and FE 4 stand in for FE 0 and FE 1, whose pods are gone for good.
std::string replace_the_others(PodNet& net) {
  for (const int i : {3, 4}) {
    net.serve_name("fe", i, true);
    net.fe(i).start();
    if (!wait_sealed(net.fe(i))) return {};
  }
  if (!drop(net.fe(0), net.fe(1))) return {};
  std::string leader;
  for (const int i : {1, 0}) {
    net.fe(i).kill_container();
    net.serve_name("fe", i, false);
  }
  static_cast<void>(wait_until(
      [&] {
        leader = srsim::cell(net.fe(3).sql("SHOW FRONTENDS").row("Role", "LEADER"), "IP");
        return leader == net.fe(3).fqdn() || leader == net.fe(4).fqdn();
      },
      kLong));
  return drop(net.fe(3), net.fe(0)) ? leader : std::string{};
}

TEST(S20_AllReplacedMeanwhile, TheServerFindsNobodyAndTheAgentSaysNotInGroup) {
  PodNet net({.all_names = false});
  ASSERT_TRUE(dropped_while_away(net));
  const auto leader = replace_the_others(net);
  ASSERT_FALSE(leader.empty()) << net.fe(3).console();
  Pod& fe = net.fe(2);
  const auto before = volume(fe);
  fe.start();
  ASSERT_TRUE(fe.wait_reason("not_in_group")) << fe.console();
  EXPECT_NE(fe.status("detail").find(leader), kNpos) << fe.status("detail");
  EXPECT_TRUE(wait_probe(fe, "/readyz", 503, "not_in_group")) << fe.agent("/readyz?verbose");
  EXPECT_EQ(probe(fe, "/livez"), 200);
  // It waits for ever; no server of a member is ended on another node's word.
  const auto server = fe.server_pid();
  ASSERT_NE(server, 0);
  ASSERT_TRUE(looks_on(fe));
  EXPECT_EQ(fe.status("reason"), "not_in_group");
  EXPECT_EQ(fe.server_pid(), server);
  EXPECT_EQ(helpers_of_starts(fe).back(), "");
  for (const int i : {3, 4})
    EXPECT_TRUE(alter_statements(net.fe(i), fe).empty()) << "it is not added by itself";
  EXPECT_EQ(net.fe(3).sql("SHOW FRONTENDS").rows.size(), 2U);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  fe.signal(SIGTERM);
  EXPECT_EQ(fe.wait_exit(), 143) << fe.console();
  expect_nothing_lost(fe, before);
}

}  // namespace
}  // namespace podlab
