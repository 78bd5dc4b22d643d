#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "odd_dns.h"
#include "worker_lab.h"

/// Joins that do not go straight: a configured helper, an ADD that meets another, a leader that
/// goes away, a helper that is wrong or does not know whence the joiner comes. S07, S18.
namespace podlab {
namespace {

constexpr milliseconds kLong{120000};
const std::vector<std::string> kNone{};

std::string leader_at(PodNet& net, int at) {
  return srsim::cell(net.frontends(at).row("Role", "LEADER"), "IP");
}

/// FE 0 to FE 2 are members, FE 0 leads; FE 3 has its name and is not started.
bool three_members_and_a_joiner(PodNet& net) {
  for (int i = 0; i < 3; ++i)
    net.serve_name("fe", i, true);
  if (!net.start_frontends(3) || !all_sealed(net)) return false;
  net.serve_name("fe", 3, true);
  return leader_at(net, 0) == net.fe(0).fqdn();
}

/// FE 0 is lost and another member leads; its host, empty if none does.
std::string lose_the_leader(PodNet& net) {
  net.fe(0).kill_container();
  std::string leader;
  wait_until(
      [&] {
        leader = leader_at(net, 1);
        return leader == net.fe(1).fqdn() || leader == net.fe(2).fqdn();
      },
      kLong);
  return leader;
}

TEST(S07_HelperSetting, LeadsAJoinerToTheLeaderAndIsIgnoredByAMemberWithAWarning) {
  PodNet net({.fe_count = 2, .all_names = false});
  ASSERT_TRUE(start_two_members(net)) << net.fe(0).console();
  Pod& fe = net.fe(2);
  net.serve_name("fe", 2, true);
  net.dns().set(net.headless("fe"), {fe.ip()});  // nothing but the setting leads to the others
  fe.start();
  ASSERT_TRUE(fe.wait_reason("waiting_for_peers")) << fe.console();
  ASSERT_TRUE(looks_on(fe));
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(statements(net.fe(i), fe).empty());
  fe.kill_container();
  fe.set_env("SR_AGENT_HELPER", net.fe(1).fqdn() + ":9030");  // a follower
  fe.start();
  ASSERT_TRUE(wait_sealed(fe)) << fe.console();
  EXPECT_EQ(alter_statements(net.fe(0), fe), std::vector{add_follower(fe)});
  EXPECT_EQ(alter_statements(net.fe(1), fe), kNone);
  EXPECT_EQ(helpers_of_starts(fe), std::vector{net.fe(0).fqdn() + ":9010"}) << "the leader";
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);

  fe.kill_container();
  fe.start();
  std::string words;
  ASSERT_TRUE(wait_server(fe, words)) << fe.console();
  EXPECT_EQ(words.find("-helper"), std::string::npos) << words;
  EXPECT_NE(fe.console().find("helper_ignored"), std::string::npos);
  EXPECT_TRUE(net.wait_frontends(3, 0)) << fe.console();
}

TEST(S07_HelperSetting, OfAnotherClusterThanThePeersIsNotJoined) {
  PodNet net({.fe_count = 2, .all_names = false});
  ASSERT_TRUE(start_two_members(net)) << net.fe(0).console();
  for (int i = 0; i < 2; ++i)
    net.other_fe(i).start();
  ASSERT_TRUE(
      wait_until([&] { return net.other_fe(0).sql("SHOW FRONTENDS").rows.size() == 2; }, kLong))
      << net.other_fe(0).console();
  Pod& fe = net.fe(2);
  net.serve_name("fe", 2, true);
  fe.set_env("SR_AGENT_HELPER", net.other_fe(0).fqdn() + ":9030");
  fe.start();
  ASSERT_TRUE(fe.wait_reason("two_clusters")) << fe.console();
  ASSERT_TRUE(looks_on(fe));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(alter_statements(net.fe(i), fe), kNone);
    EXPECT_EQ(alter_statements(net.other_fe(i), fe), kNone);
  }
  EXPECT_FALSE(has_metadata(fe));
  EXPECT_TRUE(helpers_of_starts(fe).empty()) << "no server was ever started";
}

TEST(S07_AlreadyExists, WithoutARowIsNoRowAndTheAddIsSentAgain) {
  PodNet net;
  srsim::SimNode cluster(bare_fe(net, 0));
  ASSERT_TRUE(found(cluster));
  cluster.control(
      "/fault?where=sql&match=add_follower&kind=error&times=1"
      "&text=FE+with+the+same+host:+somebody+already+exists");
  Pod& fe = net.fe(1);
  fe.start();
  ASSERT_TRUE(wait_sealed(fe)) << fe.console();
  EXPECT_EQ(alter_statements(net.fe(0), fe), (std::vector{add_follower(fe), add_follower(fe)}));
  const auto said = statements(net.fe(0), fe);
  const auto add = std::find_if(
      said.begin(), said.end(), [&](const Statement& one) { return one.text == add_follower(fe); });
  ASSERT_NE(add + 1, said.end());
  EXPECT_EQ((add + 1)->text, "SHOW FRONTENDS") << "the list is read after the answer";
  EXPECT_EQ(helpers_of_starts(fe).size(), 1U) << "nothing was started before there was a row";
  EXPECT_EQ(rows_of(net.frontends(0), fe.fqdn()), 1U);
}

TEST(S07_AlreadyExists, WithTheRightRowIsAsGoodAsAnAdd) {
  PodNet net;
  srsim::SimNode cluster(bare_fe(net, 0));
  ASSERT_TRUE(found(cluster));
  cluster.control("/fault?where=sql&match=add_follower&kind=delay&ms=3000&times=1");
  Pod& fe = net.fe(1);
  fe.start();
  ASSERT_TRUE(wait_until([&] { return alter_statements(net.fe(0), fe).size() == 1; }))
      << fe.console();
  // Somebody else is quicker.
  ASSERT_TRUE(cluster.sql(add_follower(fe)).ok);
  ASSERT_TRUE(wait_sealed(fe)) << fe.console();
  EXPECT_EQ(alter_statements(net.fe(0), fe), std::vector{add_follower(fe)});
  EXPECT_NE(fe.console().find("already exists"), std::string::npos) << fe.console();
  EXPECT_EQ(helpers_of_starts(fe), std::vector{net.fe(0).fqdn() + ":9010"});
  EXPECT_EQ(rows_of(net.frontends(0), fe.fqdn()), 1U);
}

TEST(S07_LeaderChanges, FollowsAChangeOfLeaderWhileItsAddIsUnderWay) {
  PodNet net({.all_names = false});
  ASSERT_TRUE(three_members_and_a_joiner(net)) << net.fe(0).console();
  control(net.fe(0), "/fault?where=sql&match=add_follower&kind=hang");
  Pod& fe = net.fe(3);
  fe.start();
  ASSERT_TRUE(wait_until([&] { return alter_statements(net.fe(0), fe).size() == 1; }))
      << fe.console();
  const auto leader = lose_the_leader(net);
  ASSERT_FALSE(leader.empty()) << net.fe(1).console();
  net.fe(0).start();  // for a fourth member three must live
  ASSERT_TRUE(wait_sealed(fe)) << fe.console();
  EXPECT_TRUE(net.wait_frontends(4, 1, kLong)) << fe.console();
  const int at = leader == net.fe(1).fqdn() ? 1 : 2;
  EXPECT_EQ(alter_statements(net.fe(at), fe), std::vector{add_follower(fe)});
  EXPECT_EQ(alter_statements(net.fe(0), fe), std::vector{add_follower(fe)}) << "only the lost one";
  EXPECT_EQ(alter_statements(net.fe(3 - at), fe), kNone);
  EXPECT_EQ(helpers_of_starts(fe), std::vector{leader + ":9010"});
  EXPECT_EQ(rows_of(net.frontends(1), fe.fqdn()), 1U);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

TEST(S18_FeWaitsForEverToBeAdded, AServerWhoseHelperIsGoneIsRestartedWithTheRightOne) {
  PodNet net({.all_names = false});
  ASSERT_TRUE(three_members_and_a_joiner(net)) << net.fe(0).console();
  Pod& fe = net.fe(3);
  fe.set_env("SR_SIM_FE_START_MS", "30000");
  fe.start();
  std::string words;
  ASSERT_TRUE(wait_server(fe, words)) << fe.console();
  EXPECT_NE(words.find("-helper " + net.fe(0).fqdn() + ":9010 "), std::string::npos) << words;
  const auto leader = lose_the_leader(net);
  ASSERT_FALSE(leader.empty()) << net.fe(1).console();
  ASSERT_TRUE(wait_sealed(fe)) << fe.console();
  EXPECT_EQ(helpers_of_starts(fe).back(), leader + ":9010");
  EXPECT_NE(command_line(fe.server_pid()).find("-helper " + leader + ":9010 "), std::string::npos);
  EXPECT_EQ(rows_of(net.frontends(1), fe.fqdn()), 1U);
  EXPECT_EQ(alter_statements(net.fe(0), fe), std::vector{add_follower(fe)});
  for (int i = 1; i < 3; ++i)
    EXPECT_EQ(alter_statements(net.fe(i), fe), kNone) << "the row that never joined is reused";
  net.fe(0).start();
  EXPECT_TRUE(net.wait_frontends(4, 1, kLong)) << fe.console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

/// The leader sees the joiner's connections come from an address that is none of its list.
TEST(S18_FeWaitsForEverToBeAdded, AHelperThatDoesNotKnowTheAddressIsNamedAsNatOrMesh) {
  PodNet net({.fe_count = 2, .all_names = false});
  const auto own = net.dns().address();
  constexpr std::uint16_t kDnsPort = 5353;
  OddDns dns(own.substr(0, own.find(':')), kDnsPort + 1, kDnsPort);
  for (int i = 0; i < 2; ++i)
    net.fe(i).set_env("SR_SIM_DNS", dns.address());
  ASSERT_TRUE(start_two_members(net)) << net.fe(0).console();
  Pod& fe = net.fe(2);
  dns.bend(fe.fqdn(), {OddAnswer::Kind::kAddresses, {net.ip_of("fe", 29)}, 5});
  net.serve_name("fe", 2, true);
  fe.start();
  ASSERT_TRUE(fe.wait_reason("not_in_group")) << fe.console();
  EXPECT_NE(fe.status("detail").find("NAT"), std::string::npos) << fe.status("detail");
  EXPECT_NE(fe.status("detail").find(net.fe(0).fqdn() + ":9010"), std::string::npos);
  EXPECT_NE(fe.file("log/fe.log").find("response code: 400"), std::string::npos)
      << fe.file("log/fe.log");
  const auto server = fe.server_pid();
  EXPECT_NE(server, 0);
  dns.mend(fe.fqdn());
  ASSERT_TRUE(wait_sealed(fe)) << fe.console();
  EXPECT_EQ(fe.server_pid(), server) << "the helper was right, so nothing was restarted";
  EXPECT_TRUE(net.wait_frontends(3, 0)) << fe.console();
  EXPECT_EQ(alter_statements(net.fe(0), fe), std::vector{add_follower(fe)});
}

}  // namespace
}  // namespace podlab
