#include <filesystem>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "moving_be.h"
#include "worker_lab.h"

/// A node that leaves for good because its pod's annotation `leave` says so: the channel of an
/// operator that holds no password. S35, S37, S39.
namespace podlab {
namespace {

bool answered(const Pod& pod, const std::string& id, int result) {
  return wait_until([&] {
    const auto now = leaving(pod);
    return now.is_object() && now["ask_id"] == id && now["result"] == result;
  });
}

TEST(S35_Annotation, ACnLeavesForGoodAndAnswersWithTheId) {
  PodNet net({.fe_count = 1});
  srsim::SimNode fe{bare_fe(net, 0)};
  ASSERT_TRUE(found(fe));
  auto& cn = net.cn(0);
  ask(cn, "");
  cn.start();
  ASSERT_TRUE(net.wait_worker("cn", 0) && wait_settled(cn)) << cn.console();
  ask(cn, "scale-7");
  EXPECT_TRUE(answered(cn, "scale-7", 0)) << cn.console();
  EXPECT_EQ(rows(net, kComputeNodes, cn.fqdn()), 0);
  EXPECT_TRUE(cn.running()) << "the pod is the operator's to delete";
  EXPECT_EQ(cn.server_pid(), 0);
  ask(cn, "");
  EXPECT_TRUE(looks_on(cn));
  EXPECT_EQ(cn.server_pid(), 0) << "what is done stays done";
  cn.signal(SIGTERM);
  EXPECT_EQ(cn.wait_exit(), 143) << cn.console();
  EXPECT_EQ(rows(net, kComputeNodes, cn.fqdn()), 0);
}

/// An answer under the id is final, so nothing is answered from what a start does not know yet.
TEST(S35_Annotation, AnOrderThatStandsAtTheStartWaitsForTheRowAndIsThenCarriedOut) {
  PodNet net({.fe_count = 1});
  srsim::SimNode fe{bare_fe(net, 0)};
  ASSERT_TRUE(found(fe));
  auto& cn = net.cn(0);
  cn.start();
  ASSERT_TRUE(net.wait_worker("cn", 0) && wait_settled(cn)) << cn.console();
  cn.signal(SIGTERM);
  ASSERT_EQ(cn.wait_exit(), 143) << cn.console();
  ask(cn, "scale-12");
  ASSERT_EQ(fe.control("/fault?where=sql&match=show_compute_nodes&kind=error"), "ok\n");
  cn.start();
  EXPECT_TRUE(wait_until([&] {
    const auto status = status_of(cn);
    return status.contains("warnings") &&
           status["warnings"].dump().find("scale-12 has begun nothing: the server has started") !=
               std::string::npos;
  })) << cn.console();
  EXPECT_TRUE(leaving(cn).is_null()) << leaving(cn).dump();
  EXPECT_TRUE(wait_until([&] { return cn.server_pid() > 0; })) << "it serves meanwhile";
  fe.control("/clear");
  EXPECT_TRUE(answered(cn, "scale-12", 0)) << cn.console();
  EXPECT_EQ(rows(net, kComputeNodes, cn.fqdn()), 0);
}

TEST(S37_Annotation, ABeMovesItsTabletsAndServesOnOnceTheAnnotationIsTakenAway) {
  MovingBe lab;
  lab.begin();
  ASSERT_TRUE(lab.up) << lab.be.console();
  EXPECT_EQ(leaving(lab.be)["ask_id"], "scale-8");
  EXPECT_GT(lab.be.server_pid(), 0) << "it serves meanwhile";
  ask(lab.be, "");
  EXPECT_TRUE(lab.decommissioned("false")) << lab.be.console();
  EXPECT_TRUE(wait_probe(lab.be, "/readyz", 200, "")) << lab.be.console();
  EXPECT_EQ(lab.cell("BackendId"), lab.id);
}

/// 0 would let the operator delete a pod that serves.
TEST(S37_Annotation, ThatAPersonTookItBackIsToldUnderTheIdAsSuch) {
  MovingBe lab;
  lab.begin();
  ASSERT_TRUE(lab.up) << lab.be.console();
  EXPECT_EQ(lab.be.verb({"drain", "--cancel"}).first, 0) << lab.be.console();
  EXPECT_TRUE(answered(lab.be, "scale-8", 1)) << lab.be.console();
  EXPECT_TRUE(lab.decommissioned("false")) << lab.be.console();
  EXPECT_TRUE(wait_probe(lab.be, "/readyz", 200, "")) << lab.be.console();
  EXPECT_EQ(lab.cell("BackendId"), lab.id);
}

TEST(S39_Annotation, TheOnlyFeRefusesOnceAndSaysWhy) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_name("fe", 0, true);
  auto& fe = net.fe(0);
  ask(fe, "scale-9");
  ASSERT_TRUE(net.start_frontends(1) && wait_sealed(fe));
  const auto server = fe.server_pid();
  EXPECT_TRUE(answered(fe, "scale-9", 30)) << fe.console();
  EXPECT_EQ(leaving(fe)["refusal_reason"], "quorum_risk");
  EXPECT_TRUE(looks_on(fe));
  EXPECT_EQ(fe.server_pid(), server);
  const auto console = fe.console();
  EXPECT_EQ(console.find("leaving trigger"), console.rfind("leaving trigger"))
      << "not asked for again: " << console;
}

TEST(S39_Annotation, ARefusalIsNotAskedForAgainByTheNextContainerNorByAnotherDrain) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_name("fe", 0, true);
  auto& fe = net.fe(0);
  ask(fe, "scale-10");
  ASSERT_TRUE(net.start_frontends(1) && wait_sealed(fe));
  ASSERT_TRUE(answered(fe, "scale-10", 30)) << fe.console();
  fe.kill_container();
  const auto before = fe.console().size();
  fe.start();
  EXPECT_TRUE(wait_probe(fe, "/readyz", 200, "")) << fe.console();
  EXPECT_TRUE(looks_on(fe));
  EXPECT_EQ(fe.console().find("leaving trigger", before), std::string::npos) << fe.console();
  EXPECT_EQ(leaving(fe)["ask_id"], "scale-10") << "who asked may look then only";
  EXPECT_EQ(leaving(fe)["result"], 30);
  EXPECT_EQ(leaving(fe)["refusal_reason"], "quorum_risk");
  EXPECT_EQ(leaving(fe)["in_force"], false);
  EXPECT_EQ(fe.verb({"hold", "--force"}).first % 10, 0) << fe.console();
  EXPECT_TRUE(leaving(fe)["ask_id"].is_null()) << "that drain is not the operator's";
}

TEST(S35_Annotation, ANodeThatHasNoPartYetDoesNotSayThatItsRowIsGone) {
  PodNet net({.fe_count = 1});
  srsim::SimNode fe{bare_fe(net, 0)};
  ASSERT_TRUE(found(fe));
  auto& cn = net.cn(0);
  ask(cn, "");
  cn.start();
  ASSERT_TRUE(net.wait_worker("cn", 0) && wait_settled(cn)) << cn.console();
  ASSERT_EQ(fe.control("/fault?where=sql&match=drop_compute_node&kind=hang"), "ok\n");
  ask(cn, "scale-11");
  ASSERT_TRUE(wait_until([&] {
    const auto now = leaving(cn);
    return now.is_object() && now["phase"] == "drop";
  })) << cn.console();
  cn.kill_container();
  const auto conf = root_of(cn) + "/cn/conf";
  std::filesystem::rename(conf, conf + ".away");
  cn.start();
  ASSERT_TRUE(wait_until([&] { return leaving(cn).is_object(); })) << cn.console();
  EXPECT_TRUE(looks_on(cn));
  EXPECT_TRUE(leaving(cn)["result"].is_null()) << leaving(cn).dump();
  EXPECT_EQ(rows(net, kComputeNodes, cn.fqdn()), 1);
  std::filesystem::rename(conf + ".away", conf);
  fe.control("/clear");
  EXPECT_TRUE(answered(cn, "scale-11", 0)) << cn.console();
  EXPECT_EQ(rows(net, kComputeNodes, cn.fqdn()), 0);
}

}  // namespace
}  // namespace podlab
