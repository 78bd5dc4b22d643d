#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "worker_lab.h"

/// S12: FEs that are told to be observers.
namespace podlab {
namespace {

namespace fs = std::filesystem;

std::string role_of(PodNet& net, int at, const std::string& host) {
  return srsim::cell(net.frontends(at).row("IP", host), "Role");
}

NetOptions group_of(int count) {
  NetOptions out;
  out.fe_count = count;
  return out;
}

TEST(S12_Observer, OfOrdinalZeroWithEmptyMetadataNeverFoundsAndJoinsAsObserver) {
  PodNet net(group_of(1));
  Pod& observer = net.fe(0);
  observer.set_env("IS_FE_OBSERVER", "true");
  observer.set_env("SR_AGENT_FE__CENSUS_GAP_S", "6");
  observer.start();
  ASSERT_TRUE(observer.wait_reason("waiting_for_peers")) << observer.console();
  // Many looks, over a longer time than a census with this gap takes.
  ASSERT_TRUE(looks_on(observer)) << observer.console();
  EXPECT_EQ(observer.server_pid(), 0) << observer.console();
  EXPECT_FALSE(fs::exists(observer.meta() + "/image/VERSION"));
  EXPECT_TRUE(observer.running());

  srsim::SimNode fe(bare_fe(net, 1));
  ASSERT_TRUE(found(fe));
  EXPECT_TRUE(net.wait_frontends(2, 1)) << observer.console();
  EXPECT_TRUE(wait_sealed(observer)) << observer.console();
  EXPECT_EQ(role_of(net, 1, observer.fqdn()), "OBSERVER");
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

TEST(S12_Observer, IsAddedAsObserverAndCountsForNoMajority) {
  PodNet net(group_of(2));
  Pod& observer = net.fe(2);
  observer.set_env("IS_FE_OBSERVER", "true");
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  ASSERT_TRUE(wait_sealed(observer)) << observer.console();
  EXPECT_EQ(role_of(net, 0, observer.fqdn()), "OBSERVER");
  const auto add = "ALTER SYSTEM ADD OBSERVER \"" + observer.fqdn() + ":9010\"";
  EXPECT_EQ(alter_statements(net.fe(0), observer), std::vector{add});
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);

  // Its volume is lost: its dead row is replaced as that of an observer.
  observer.kill_container();
  observer.lose_volume();
  observer.start();
  ASSERT_TRUE(wait_sealed(observer)) << observer.console();
  ASSERT_TRUE(net.wait_frontends(3, 0)) << observer.console();
  EXPECT_EQ(role_of(net, 0, observer.fqdn()), "OBSERVER");
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

TEST(S12_Observer, TheVariableDoesNotChangeTheRoleOfAMember) {
  PodNet net(group_of(3));
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  Pod& member = net.fe(2);
  ASSERT_TRUE(wait_sealed(member)) << member.console();
  const auto role_file = member.file("meta/image/ROLE");
  member.signal(SIGTERM);
  ASSERT_TRUE(member.wait_exit());
  member.set_env("IS_FE_OBSERVER", "true");
  member.start();
  ASSERT_TRUE(member.wait_reason("wrong_role")) << member.console();
  EXPECT_EQ(member.server_pid(), 0);
  EXPECT_EQ(member.file("meta/image/ROLE"), role_file) << "nothing on the volume changes";
  EXPECT_EQ(role_of(net, 0, member.fqdn()), "FOLLOWER");
  member.signal(SIGTERM);
  ASSERT_TRUE(member.wait_exit());
  // As an exit code for those who alert on crash loops.
  member.set_env("SR_AGENT_POLICY__ON_REFUSAL", "exit");
  member.start();
  EXPECT_EQ(member.wait_exit(), 72) << member.console();
  member.unset_env("IS_FE_OBSERVER");
  member.start();
  EXPECT_TRUE(net.wait_frontends(3, 0)) << member.console();
}

}  // namespace
}  // namespace podlab
