#include <csignal>

#include <gtest/gtest.h>

#include "journal_lines.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// How a BE or CN leaves its cluster for good. S35, S37, S38, S51, S84.
namespace podlab {
namespace {

/// One FE without an agent, and BEs 0 and 1 whose rows are alive; BE 1 leaves.
class BackendLeaves : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(found(fe_));
    stays_.start();
    be_.start();
    ASSERT_TRUE(net_.wait_worker("be", 0) && net_.wait_worker("be", 1));
    ASSERT_TRUE(wait_settled(be_)) << be_.console();
  }
  [[nodiscard]] std::string cell(const Pod& of, const std::string& column) {
    return row_cell(net_, kBackends, of.fqdn(), column);
  }
  [[nodiscard]] int listed() { return rows(net_, kBackends, be_.fqdn()); }
  /// Tablets of BE 1 alone, of a table that wants `replicas`.
  [[nodiscard]] bool hold_tablets(int count, int replicas = 1) {
    return fe_.control("/set?node=" + cell(be_, "BackendId") + "&tablets=" + std::to_string(count) +
                       "&replicas=" + std::to_string(replicas)) == "ok\n";
  }
  /// What is in the recycle bin is counted and never moved.
  [[nodiscard]] bool fill_recycle_bin() {
    return fe_.sql("CREATE DATABASE d").ok &&
           fe_.sql(
                  "CREATE TABLE d.t (k INT) DISTRIBUTED BY HASH(k) BUCKETS 4 "
                  "PROPERTIES ('replication_num' = '1')")
               .ok &&
           fe_.sql("DROP TABLE d.t").ok;
  }
  [[nodiscard]] int sent(const std::string& statement) {
    return count_in_audit(net_.fe(0), statement);
  }
  [[nodiscard]] bool serves() {
    return wait_probe(be_, "/readyz", 200, "") &&
           wait_until([this] { return status_of(be_)["server"]["running"] == true; });
  }

  PodNet net_{};
  srsim::SimNode fe_{bare_fe(net_, 0)};
  Pod& stays_{net_.be(0)};
  Pod& be_{net_.be(1)};
};

using S37_Decommission = BackendLeaves;
using S38_NoWayOut = BackendLeaves;
using S51_ForGood = BackendLeaves;
using S84_ForGood = BackendLeaves;

constexpr const char* kDecommission = "ALTER SYSTEM DECOMMISSION BACKEND";
constexpr const char* kDrop = "ALTER SYSTEM DROP";

TEST_F(S37_Decommission, MovesItsTabletsUntilTheRowIsGoneAndStopsThen) {
  ASSERT_TRUE(hold_tablets(6));
  const auto [code, text] = be_.verb({"drain", "--for-good", "--reason", "scale-in"});
  EXPECT_EQ(code, 0) << text << be_.console();
  EXPECT_NE(text.find("\"tablets\""), std::string::npos) << text;
  EXPECT_EQ(listed(), 0);
  EXPECT_EQ(cell(stays_, "TabletNum"), "6") << "nothing was lost";
  EXPECT_EQ(sent(kDecommission), 1);
  EXPECT_EQ(sent(kDrop), 0) << "a BE is never dropped by its agent";
  EXPECT_EQ(journal_line_with(be_, "rule", "leaving").value("action", ""), "decommission");
  const auto lines = journal_lines(be_);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back().value("outcome", ""), "the row is gone");
  EXPECT_EQ(be_.server_pid(), 0);
  EXPECT_NE(be_.file("log/be.INFO").find("BE exited successfully"), std::string::npos);
  EXPECT_TRUE(be_.running());
  EXPECT_TRUE(wait_probe(be_, "/readyz", 503, "dropped")) << be_.console();
}

TEST_F(S37_Decommission, WhereTheFeKeepsTheEmptyRowAPersonsDropEndsIt) {
  ASSERT_TRUE(
      fe_.sql("ADMIN SET FRONTEND CONFIG ('drop_backend_after_decommission' = 'false')").ok);
  ASSERT_TRUE(hold_tablets(4));
  const pid_t server = be_.server_pid();
  const auto [code, text] = be_.verb({"drain", "--for-good"});
  EXPECT_EQ(code, 21) << text << be_.console();
  EXPECT_NE(text.find("drop_backend_after_decommission"), std::string::npos) << text;
  EXPECT_EQ(cell(be_, "TabletNum"), "0");
  EXPECT_EQ(cell(be_, "SystemDecommissioned"), "true");
  EXPECT_EQ(be_.server_pid(), server) << "it serves on";
  EXPECT_EQ(sent(kDrop), 0) << "a BE is never dropped by its agent";
  ASSERT_TRUE(fe_.sql("ALTER SYSTEM DROP BACKEND \"" + be_.fqdn() + ":9050\"").ok);
  EXPECT_TRUE(be_.wait_reason("dropped")) << be_.console();
  EXPECT_EQ(be_.verb({"drain", "--for-good"}).first, 0) << be_.console();
  EXPECT_EQ(listed(), 0);
  EXPECT_EQ(be_.server_pid(), 0);
  EXPECT_TRUE(wait_probe(be_, "/readyz", 503, "dropped")) << be_.console();
}

TEST_F(S51_ForGood, StaysInForceInTheNextContainerAndRegisterEndsIt) {
  ASSERT_EQ(be_.verb({"drain", "--for-good"}).first, 0) << be_.console();
  be_.kill_container();
  be_.start();
  EXPECT_TRUE(be_.wait_reason("dropped")) << be_.console();
  EXPECT_EQ(status_of(be_)["server"]["starts"], 0) << be_.console();
  EXPECT_EQ(listed(), 0) << "it is not added again";
  const auto [code, text] = be_.verb({"drain", "--cancel"});
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find("cannot be taken back"), std::string::npos) << text;
  EXPECT_TRUE(wait_healthy(be_)) << be_.console();
  EXPECT_EQ(listed(), 0);
  EXPECT_EQ(be_.verb({"register", "be", "kube-fe-service.ns.svc.cluster.local"}).first, 0);
  EXPECT_TRUE(net_.wait_worker("be", 1)) << be_.console();
}

TEST_F(S37_Decommission, ADryRunSaysWhatWouldBeSentAndSendsNothing) {
  const auto [code, text] = be_.verb({"drain", "--for-good", "--dry-run"});
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find("DECOMMISSION BACKEND"), std::string::npos) << text;
  EXPECT_EQ(sent(kDecommission), 0);
  EXPECT_TRUE(serves());
}

TEST_F(S38_NoWayOut, TooFewBackendsForTheReplicasIsTheFesRefusalPassedOn) {
  ASSERT_TRUE(hold_tablets(2, 2));
  const pid_t server = be_.server_pid();
  const auto [code, text] = be_.verb({"drain", "--for-good"});
  EXPECT_EQ(code, 31) << text << be_.console();
  EXPECT_NE(text.find("requires 2 replicas"), std::string::npos) << text;
  EXPECT_EQ(cell(be_, "SystemDecommissioned"), "false");
  EXPECT_TRUE(serves()) << be_.console();
  EXPECT_EQ(be_.server_pid(), server);
}

TEST_F(S38_NoWayOut, WithoutAnotherBackendNothingIsSent) {
  stays_.kill_container();
  ASSERT_TRUE(wait_until([this] { return cell(stays_, "Alive") == "false"; }));
  const auto [code, text] = be_.verb({"drain", "--for-good"});
  EXPECT_EQ(code, 31) << text << be_.console();
  EXPECT_NE(text.find("no other BE"), std::string::npos) << text;
  EXPECT_EQ(sent(kDecommission), 0);
  EXPECT_TRUE(serves()) << be_.console();
}

TEST_F(S38_NoWayOut, AStandstillIsToldByNameAndTheDecommissionCanBeTakenBack) {
  ASSERT_TRUE(fill_recycle_bin());
  const pid_t server = be_.server_pid();
  const auto [code, text] = be_.verb({"drain", "--for-good"});
  EXPECT_EQ(code, 21) << text << be_.console();
  EXPECT_NE(text.find("recycle bin"), std::string::npos) << text;
  EXPECT_EQ(be_.status("reason"), "stalled");
  EXPECT_EQ(cell(be_, "SystemDecommissioned"), "true");
  EXPECT_EQ(be_.server_pid(), server) << "it serves on";
  const auto [busy, owner] = be_.verb({"drain"});
  EXPECT_EQ(busy, 41) << "another kind: " << owner;
  EXPECT_NE(owner.find("sr-agent drain --for-good is under way"), std::string::npos) << owner;
  const auto [cancelled, words] = be_.verb({"drain", "--cancel"});
  EXPECT_EQ(cancelled, 0) << words << be_.console();
  EXPECT_EQ(cell(be_, "SystemDecommissioned"), "false");
  EXPECT_TRUE(serves()) << be_.console();
  EXPECT_EQ(be_.server_pid(), server);
}

TEST_F(S51_ForGood, ACrashInTheMiddleGoesOnInTheNextContainer) {
  ASSERT_TRUE(fill_recycle_bin());
  EXPECT_EQ(be_.verb({"drain", "--for-good", "--wait", "1s"}).first, 20) << be_.console();
  ASSERT_TRUE(wait_until([this] { return cell(be_, "SystemDecommissioned") == "true"; }));
  be_.kill_container();
  be_.start();
  EXPECT_TRUE(wait_until([this] { return be_.status("reason") == "decommissioning"; }))
      << be_.console();
  EXPECT_EQ(listed(), 1);
  ASSERT_TRUE(fe_.sql("ADMIN SET FRONTEND CONFIG ('catalog_trash_expire_second' = '0')").ok);
  EXPECT_TRUE(wait_until([this] { return listed() == 0; })) << be_.console();
  EXPECT_TRUE(be_.wait_reason("dropped")) << be_.console();
  EXPECT_EQ(be_.server_pid(), 0);
  EXPECT_EQ(sent(kDecommission), 1) << "the row shows that it was taken";
}

TEST_F(S51_ForGood, AServerThatCrashesMeanwhileEndsItsContainerAndTheNextGoesOn) {
  ASSERT_TRUE(fill_recycle_bin());
  EXPECT_EQ(be_.verb({"drain", "--for-good", "--wait", "1s"}).first, 20) << be_.console();
  be_.kill_server();
  EXPECT_EQ(be_.wait_exit(), 137) << be_.console();
  be_.start();
  EXPECT_TRUE(wait_healthy(be_)) << be_.console();
  ASSERT_TRUE(fe_.sql("ADMIN SET FRONTEND CONFIG ('catalog_trash_expire_second' = '0')").ok);
  EXPECT_TRUE(be_.wait_reason("dropped")) << be_.console();
  EXPECT_EQ(listed(), 0);
}

TEST_F(S51_ForGood, AStopInTheMiddleIsARestart) {
  ASSERT_TRUE(fill_recycle_bin());
  EXPECT_EQ(be_.verb({"drain", "--for-good", "--wait", "1s"}).first, 20) << be_.console();
  be_.signal(SIGTERM);
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  EXPECT_EQ(listed(), 1);
  EXPECT_EQ(sent(kDrop), 0);
}

TEST_F(S84_ForGood, NothingIsSentForANameThatLeadsElsewhere) {
  net_.dns().set(be_.fqdn(), {net_.ip_of("be", 2)});
  const auto [code, text] = be_.verb({"drain", "--for-good"});
  EXPECT_EQ(code, 40) << text << be_.console();
  EXPECT_NE(text.find(be_.fqdn()), std::string::npos) << text;
  EXPECT_EQ(sent(kDecommission), 0);
  EXPECT_EQ(cell(be_, "SystemDecommissioned"), "false");
}

/// One FE without an agent and a CN whose row is alive.
class ComputeNodeLeaves : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(found(fe_));
    cn_.start();
    ASSERT_TRUE(net_.wait_worker("cn", 0));
    ASSERT_TRUE(wait_settled(cn_)) << cn_.console();
  }
  [[nodiscard]] int listed() { return rows(net_, kComputeNodes, cn_.fqdn()); }

  PodNet net_{};
  srsim::SimNode fe_{bare_fe(net_, 0)};
  Pod& cn_{net_.cn(0)};
};

using S35_ComputeNode = ComputeNodeLeaves;

TEST_F(S35_ComputeNode, IsDroppedOnlyOnceItsWorkHasEndedAndItsServerIsDown) {
  ASSERT_EQ(control(cn_, "/set?running=2"), "ok\n");
  EXPECT_EQ(cn_.verb({"drain", "--for-good", "--wait", "3s"}).first, 20) << cn_.console();
  EXPECT_EQ(listed(), 1) << "it still works";
  EXPECT_NE(cn_.server_pid(), 0);
  control(cn_, "/set?running=0");
  const auto [code, text] = cn_.verb({"drain", "--for-good"});
  EXPECT_EQ(code, 0) << text << cn_.console();
  EXPECT_EQ(listed(), 0);
  EXPECT_EQ(cn_.server_pid(), 0);
  EXPECT_EQ(count_in_audit(net_.fe(0), kDrop), 1);
  EXPECT_TRUE(cn_.wait_reason("dropped")) << cn_.console();
}

TEST_F(S35_ComputeNode, IsNotAddedAgainByTheNextContainer) {
  ASSERT_EQ(cn_.verb({"drain", "--for-good"}).first, 0) << cn_.console();
  cn_.kill_container();
  cn_.start();
  EXPECT_TRUE(cn_.wait_reason("dropped")) << cn_.console();
  EXPECT_EQ(status_of(cn_)["server"]["starts"], 0) << cn_.console();
  EXPECT_EQ(listed(), 0);
  EXPECT_EQ(cn_.verb({"register", "cn", "kube-fe-service.ns.svc.cluster.local"}).first, 0);
  EXPECT_TRUE(net_.wait_worker("cn", 0)) << cn_.console();
}

/// A CN whose row has an address in place of a name, and a BE beside it in a shared-data cluster.
TEST(S35_Stored, ARowIsTakenOutByItsOwnTextAndSharedDataMovesNoTablets) {
  PodNet net;
  auto fe = bare_fe(net, 0);
  srsim::SimNode leader{fe};
  leader.add_conf("run_mode = shared_data");
  ASSERT_TRUE(found(leader));
  Pod& cn = net.cn(0);
  Pod& be = net.be(0);
  cn.set_env("HOST_TYPE", "IP");
  cn.start();
  be.start();
  ASSERT_TRUE(wait_settled(cn)) << cn.console();
  ASSERT_TRUE(wait_settled(be)) << be.console();
  net.be(1).start();
  ASSERT_TRUE(net.wait_worker("be", 1));
  ASSERT_EQ(rows(net, kComputeNodes, cn.ip()), 1) << cn.console();
  const auto [left, text] = cn.verb({"drain", "--for-good"});
  EXPECT_EQ(left, 0) << text << cn.console();
  EXPECT_EQ(rows(net, kComputeNodes, cn.ip()), 0);
  EXPECT_EQ(count_in_audit(net.fe(0), "ALTER SYSTEM DROP COMPUTE NODE \"" + cn.ip()), 1);
  const auto [moved, words] = be.verb({"drain", "--for-good"});
  EXPECT_EQ(moved, 0) << words << be.console();
  EXPECT_EQ(rows(net, kBackends, be.fqdn()), 0);
}

TEST_F(S35_ComputeNode, WaitsForAnFeAndDropsItsRowThen) {
  ASSERT_EQ(control(cn_, "/set?running=1"), "ok\n");
  EXPECT_EQ(cn_.verb({"drain", "--for-good", "--wait", "2s"}).first, 20) << cn_.console();
  fe_.kill_now();
  control(cn_, "/set?running=0");
  EXPECT_TRUE(wait_until([this] { return said(cn_, "to=drop"); })) << cn_.console();
  cn_.kill_container();  // what it was about to do is on disk
  fe_.start();
  cn_.start();
  EXPECT_TRUE(wait_until([this] {
    const auto list = net_.fe(0).sql(kComputeNodes);
    return list.ok && list.rows.empty();
  })) << cn_.console();
  EXPECT_TRUE(cn_.wait_reason("dropped")) << cn_.console();
}

}  // namespace
}  // namespace podlab
