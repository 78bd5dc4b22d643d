#include <csignal>
#include <vector>

#include <gtest/gtest.h>

#include "leave_lab.h"
#include "worker_lab.h"

/// CNs that go while others keep the books, or nobody does: S34, S36, S40.
namespace podlab {
namespace {

const std::string kDropCn = "ALTER SYSTEM DROP COMPUTE NODE";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// One FE without an agent, of a shared-data cluster, and CNs.
class ScaleIn : public testing::Test {
 protected:
  void SetUp() override {
    net_.serve_names("cn", 5);
    fe_.add_conf("run_mode = shared_data");
    ASSERT_TRUE(found(fe_));
  }
  static bool settle(Pod& pod) {
    pod.start();
    return wait_settled(pod);
  }
  Pod& by_address(int ordinal) {
    Pod& out = net_.cn(ordinal);
    out.set_env("HOST_TYPE", "IP");
    return out;
  }
  /// It was told to stop and still waits for its work.
  static bool works_on(const Pod& cn) {
    return wait_until([&] { return has(control(cn, "/state"), "stopping=true"); }) &&
           has(control(cn, "/state"), "running=1");
  }
  [[nodiscard]] int listed() { return static_cast<int>(net_.fe(0).sql(kComputeNodes).rows.size()); }
  [[nodiscard]] int drops() { return count_in_audit(net_.fe(0), kDropCn); }

  PodNet net_{};
  srsim::SimNode fe_{bare_fe(net_, 0)};
};

using S34_BesideTheOperator = ScaleIn;
using S36_WithoutAName = ScaleIn;
using S40_Uninstall = ScaleIn;

TEST_F(S34_BesideTheOperator, TheAgentsDrainAndTheOperatorDrops) {
  for (int i = 0; i < 5; ++i)
    net_.cn(i).start();
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(wait_settled(net_.cn(i))) << net_.cn(i).console();
  for (const int i : {4, 3}) {
    Pod& cn = net_.cn(i);
    ASSERT_EQ(control(cn, "/set?running=1"), "ok\n");
    cn.signal(SIGTERM);
    EXPECT_TRUE(works_on(cn)) << cn.console();
    control(cn, "/set?running=0");
    EXPECT_EQ(cn.wait_exit(), 143) << cn.console();
  }
  EXPECT_EQ(listed(), 5);
  EXPECT_EQ(drops(), 0);
  for (const int i : {4, 3}) {  // in the form that the operator builds
    const auto done = net_.fe(0).sql(kDropCn + " \"" + net_.cn(i).fqdn() + ":9050\"");
    EXPECT_TRUE(done.ok) << done.error;
  }
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(row_cell(net_, kComputeNodes, net_.cn(i).fqdn(), "Alive"), "true");
  EXPECT_EQ(listed(), 3);
  EXPECT_EQ(drops(), 2) << "no agent dropped a row";
}

TEST_F(S34_BesideTheOperator, OneThatWasToldToLeaveLeavesNothingToDrop) {
  ASSERT_TRUE(settle(net_.cn(0))) << net_.cn(0).console();
  ASSERT_TRUE(settle(net_.cn(1))) << net_.cn(1).console();
  ASSERT_EQ(net_.cn(1).verb({"drain", "--for-good"}).first, 0) << net_.cn(1).console();
  EXPECT_EQ(listed(), 1);
  EXPECT_EQ(row_cell(net_, kComputeNodes, net_.cn(0).fqdn(), "Alive"), "true");
  const auto late = net_.fe(0).sql(kDropCn + " \"" + net_.cn(1).fqdn() + ":9050\"");
  EXPECT_FALSE(late.ok);
  EXPECT_EQ(listed(), 1);
}

TEST_F(S36_WithoutAName, AStopDropsTheOwnRowOnceTheWorkHasEndedAndTheServerIsDown) {
  Pod& cn = by_address(0);
  ASSERT_TRUE(settle(net_.cn(1))) << net_.cn(1).console();
  ASSERT_TRUE(settle(cn)) << cn.console();
  ASSERT_EQ(rows(net_, kComputeNodes, cn.ip()), 1);
  ASSERT_EQ(control(cn, "/set?running=1"), "ok\n");
  cn.signal(SIGTERM);
  EXPECT_TRUE(works_on(cn)) << cn.console();
  EXPECT_EQ(rows(net_, kComputeNodes, cn.ip()), 1) << "it still works";
  control(cn, "/set?running=0");
  EXPECT_EQ(cn.wait_exit(), 143) << cn.console();
  EXPECT_EQ(rows(net_, kComputeNodes, cn.ip()), 0) << cn.console();
  EXPECT_EQ(drops(), 1);
  EXPECT_EQ(row_cell(net_, kComputeNodes, net_.cn(1).fqdn(), "Alive"), "true");
}

/// A Deployment whose pods are listed by names that do not come back.
TEST_F(S36_WithoutAName, AStopDropsTheRowOfANamedCnWhereASettingSaysSo) {
  Pod& cn = net_.cn(0);
  cn.set_env("SR_AGENT_POLICY__CN_LEAVES_AT_STOP", "true");
  ASSERT_TRUE(settle(net_.cn(1)) && settle(cn)) << cn.console();
  cn.signal(SIGTERM);
  EXPECT_EQ(cn.wait_exit(), 143) << cn.console();
  EXPECT_EQ(rows(net_, kComputeNodes, cn.fqdn()), 0) << cn.console();
  ASSERT_TRUE(settle(cn)) << cn.console();
  EXPECT_EQ(rows(net_, kComputeNodes, cn.fqdn()), 1);
  net_.cn(1).signal(SIGTERM);
  EXPECT_EQ(net_.cn(1).wait_exit(), 143);
  EXPECT_EQ(rows(net_, kComputeNodes, net_.cn(1).fqdn()), 1) << "the others stay";
  EXPECT_EQ(drops(), 1);
}

TEST_F(S36_WithoutAName, TheNextContainerOfThePodAddsItsRowAgain) {
  Pod& cn = by_address(0);
  ASSERT_TRUE(settle(cn)) << cn.console();
  cn.signal(SIGTERM);
  ASSERT_EQ(cn.wait_exit(), 143) << cn.console();
  ASSERT_EQ(listed(), 0) << cn.console();
  ASSERT_TRUE(settle(cn)) << cn.console();
  EXPECT_EQ(rows(net_, kComputeNodes, cn.ip()), 1);
}

TEST_F(S36_WithoutAName, ItEndsInTimeWhereNoFeAnswersAndItsRowIsAGhost) {
  Pod& cn = by_address(0);
  ASSERT_TRUE(settle(cn)) << cn.console();
  fe_.kill_now();
  cn.signal(SIGTERM);
  EXPECT_EQ(cn.wait_exit(), 143) << cn.console();
  EXPECT_TRUE(said(cn, "row_stays")) << cn.console();
  fe_.start();
  EXPECT_TRUE(wait_until([&] { return rows(net_, kComputeNodes, cn.ip()) == 1; }));
}

TEST_F(S36_WithoutAName, AnFeThatHangsIsTriedNoMoreThanThreeTimes) {
  Pod& cn = by_address(0);
  ASSERT_TRUE(settle(cn)) << cn.console();
  static_cast<void>(fe_.control("/fault?where=sql&match=drop_compute_node&kind=drop&times=0"));
  cn.signal(SIGTERM);
  EXPECT_EQ(cn.wait_exit(), 143) << cn.console();
  EXPECT_TRUE(said(cn, "row_stays")) << cn.console();
  EXPECT_GE(drops(), 1);
  EXPECT_LE(drops(), 3);
  EXPECT_EQ(rows(net_, kComputeNodes, cn.ip()), 1);
}

/// The FE carries the DROP out when its sender is gone and the next container has seen the row.
TEST_F(S36_WithoutAName, ADropThatComesLateDoesNotKeepTheNextContainerOut) {
  Pod& cn = by_address(0);
  ASSERT_TRUE(settle(cn)) << cn.console();
  static_cast<void>(
      fe_.control("/fault?where=sql&match=drop_compute_node&kind=delay&ms=12000&times=1"));
  cn.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return drops() == 1; })) << cn.console();
  cn.kill_container();
  cn.start();
  ASSERT_TRUE(wait_settled(cn)) << cn.console();
  const auto id = row_cell(net_, kComputeNodes, cn.ip(), "ComputeNodeId");
  EXPECT_TRUE(wait_until([&] {
    const auto now = row_cell(net_, kComputeNodes, cn.ip(), "ComputeNodeId");
    return !now.empty() && now != id;
  })) << cn.console();
  EXPECT_TRUE(wait_until([&] { return probe(cn, "/readyz") == 200; })) << cn.console();
}

TEST_F(S36_WithoutAName, AStopAfterADrainDropsTheRow) {
  Pod& cn = by_address(0);
  ASSERT_TRUE(settle(cn)) << cn.console();
  ASSERT_EQ(cn.verb({"drain"}).first, 0) << cn.console();
  ASSERT_EQ(listed(), 1);
  cn.signal(SIGTERM);
  EXPECT_EQ(cn.wait_exit(), 143) << cn.console();
  EXPECT_EQ(listed(), 0) << cn.console();
}

TEST_F(S36_WithoutAName, ADrainThatIsTakenBackDropsNothing) {
  Pod& cn = by_address(0);
  ASSERT_TRUE(settle(cn)) << cn.console();
  ASSERT_EQ(cn.verb({"drain"}).first, 0) << cn.console();
  EXPECT_EQ(rows(net_, kComputeNodes, cn.ip()), 1) << "a drain by hand is no end of the pod";
  EXPECT_EQ(cn.verb({"drain", "--cancel"}).first, 0) << cn.console();
  ASSERT_TRUE(wait_settled(cn)) << cn.console();
  EXPECT_EQ(drops(), 0);
}

/// The whole cluster is deleted and the FE is gone first. Finalizers and warehouses are an
/// operator's.
TEST_F(S40_Uninstall, EveryNodeEndsWithinItsGraceAndNoneGoesOnAskingForTheFe) {
  Pod& nameless = by_address(2);
  const std::vector<Pod*> all{&net_.be(0), &net_.cn(0), &net_.cn(1), &nameless};
  for (auto* pod : all)
    pod->start();
  for (auto* pod : all)
    ASSERT_TRUE(wait_settled(*pod)) << pod->console();
  fe_.kill_now();
  for (auto* pod : all)
    pod->signal(SIGTERM);
  for (auto* pod : all)
    EXPECT_EQ(pod->wait_exit(), 143) << pod->console();
}

}  // namespace
}  // namespace podlab
