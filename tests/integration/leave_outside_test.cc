#include <gtest/gtest.h>

#include "leave_lab.h"
#include "worker_lab.h"

/// How BEs and CNs leave FEs that are no pods: known by a list of addresses, without names and
/// without agents. S83.
namespace podlab {
namespace {

using srsim::SimNode;

/// FE that the others know by its address.
srsim::NodeSpec outside(PodNet& net, int ordinal) {
  auto out = bare_fe(net, ordinal);
  out.name = out.ip;
  return out;
}

class S83_FeOutsideKubernetes : public testing::Test {
 protected:
  void SetUp() override {
    leader_.start({"--host_type", "IP"});
    ASSERT_TRUE(wait_until([this] { return fe_cell(leader_, "Role") == "LEADER"; }));
    ASSERT_TRUE(leader_.sql("ALTER SYSTEM ADD FOLLOWER '" + follower_.ip() + ":9010'").ok);
    follower_.start({"--host_type", "IP", "--helper", leader_.ip() + ":9010"});
    ASSERT_TRUE(wait_until([this] { return fe_cell(follower_, "Alive") == "true"; }));
  }
  [[nodiscard]] std::string fe_cell(const SimNode& fe, const std::string& column) {
    return srsim::cell(leader_.sql("SHOW FRONTENDS").row("IP", fe.ip()), column);
  }
  [[nodiscard]] bool settle(Pod& pod) {
    pod.start({"run", pod.spec().kind, follower_.ip() + "," + leader_.ip() + ":9030"});
    return wait_settled(pod);
  }
  [[nodiscard]] std::string cell(const Pod& of, const std::string& column) {
    return row_cell(net_, kBackends, of.ip(), column);
  }
  [[nodiscard]] int marks(const std::string& id) {
    return (marked(net_.fe(0), id) ? 1 : 0) + (marked(net_.fe(1), id) ? 1 : 0);
  }
  /// Statements that begin so and arrived at an FE.
  [[nodiscard]] int sent(const std::string& begin) {
    return count_in_audit(net_.fe(0), begin) + count_in_audit(net_.fe(1), begin);
  }

  PodNet net_{};
  SimNode leader_{outside(net_, 0)};
  SimNode follower_{outside(net_, 1)};
};

TEST_F(S83_FeOutsideKubernetes, ADrainMarksTheNodeAtEachFeAndTakesItsMarksBack) {
  Pod& be = net_.be(0);
  ASSERT_TRUE(settle(be)) << be.console();
  const auto id = cell(be, "BackendId");
  ASSERT_EQ(control(be, "/set?running=1"), "ok\n");
  EXPECT_EQ(be.verb({"drain", "--wait", "1s"}).first, 20) << be.console();
  EXPECT_TRUE(wait_until([&] { return marks(id) == 2; })) << be.console();
  control(be, "/set?running=0");
  const auto [code, text] = be.verb({"drain"});
  EXPECT_EQ(code, 0) << text << be.console();
  EXPECT_EQ(be.server_pid(), 0);
  EXPECT_EQ(marks(id), 0) << be.console();
  for (int fe = 0; fe < 2; ++fe)
    EXPECT_EQ(count_in_audit(net_.fe(fe), "ADD BACKEND BLACKLIST " + id), 1) << fe;
  EXPECT_EQ(cell(be, "BackendId"), id) << "its row stays";
}

TEST_F(S83_FeOutsideKubernetes, ForGoodACnIsDroppedByTheAddressThatIsStored) {
  Pod& cn = net_.cn(0);
  ASSERT_TRUE(settle(cn)) << cn.console();
  ASSERT_EQ(rows(net_, kComputeNodes, cn.ip()), 1) << cn.console();
  const auto [code, text] = cn.verb({"drain", "--for-good"});
  EXPECT_EQ(code, 0) << text << cn.console();
  EXPECT_EQ(rows(net_, kComputeNodes, cn.ip()), 0);
  EXPECT_GE(sent("ALTER SYSTEM DROP COMPUTE NODE \"" + cn.ip() + ":9050\""), 1);
  EXPECT_EQ(cn.server_pid(), 0);
  EXPECT_TRUE(cn.wait_reason("dropped")) << cn.console();
}

TEST_F(S83_FeOutsideKubernetes, ForGoodABeIsDecommissionedUntilItsRowIsGone) {
  Pod& stays = net_.be(0);
  Pod& be = net_.be(1);
  ASSERT_TRUE(settle(stays)) << stays.console();
  ASSERT_TRUE(settle(be)) << be.console();
  ASSERT_EQ(leader_.control("/set?node=" + cell(be, "BackendId") + "&tablets=4"), "ok\n");
  const auto [code, text] = be.verb({"drain", "--for-good"});
  EXPECT_EQ(code, 0) << text << be.console();
  EXPECT_EQ(rows(net_, kBackends, be.ip()), 0);
  EXPECT_EQ(cell(stays, "TabletNum"), "4") << "nothing was lost";
  EXPECT_GE(sent("ALTER SYSTEM DECOMMISSION BACKEND"), 1);
  EXPECT_EQ(sent("ALTER SYSTEM DROP"), 0) << "a BE is never dropped by its agent";
  EXPECT_EQ(be.server_pid(), 0);
  EXPECT_TRUE(be.wait_reason("dropped")) << be.console();
}

}  // namespace
}  // namespace podlab
