#include <filesystem>
#include <sstream>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "worker_lab.h"

/// A row of a BE or CN that is gone: S27.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

/// Lines of the pod's log with both words.
std::size_t events(const Pod& pod, const std::string& event, const std::string& word) {
  std::size_t out = 0;
  std::istringstream lines{pod.console()};
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" " + event + " ") != std::string::npos && line.find(word) != std::string::npos)
      ++out;
  }
  return out;
}

/// A CN whose row was made by hand, seen alive by its agent.
struct ListedCn {
  PodNet net{};
  SimNode fe{bare_fe(net, 0)};
  Pod& cn{net.cn(0)};

  bool up() {
    if (!found(fe)) return false;
    for (int i = 0; i < 2; ++i)
      add_node(net, "COMPUTE NODE", net.cn(i).fqdn() + ":9050");
    cn.set_env("SR_AGENT_MEMBERSHIP__CHECK_INTERVAL_S", "10");
    cn.start();
    return net.wait_worker("cn", 0) && wait_settled(cn);
  }
  [[nodiscard]] int own_rows() { return rows(net, kComputeNodes, cn.fqdn()); }
  [[nodiscard]] bool drop(const std::string& hosts) const {
    return net_sql("ALTER SYSTEM DROP COMPUTE NODE " + hosts);
  }
  [[nodiscard]] bool net_sql(const std::string& text) const { return fe.sql(text).ok; }
  [[nodiscard]] std::string quoted(int ordinal) { return "'" + net.cn(ordinal).fqdn() + ":9050'"; }
};

TEST(S27_RowLostLater, IsAddedAgainWhereAnotherRowVanishedInTheSameReading) {
  ListedCn lab;
  ASSERT_TRUE(lab.up()) << lab.cn.console();
  ASSERT_TRUE(lab.drop(lab.quoted(0) + ", " + lab.quoted(1)));
  EXPECT_TRUE(wait_until([&] { return lab.own_rows() == 1; })) << lab.cn.console();
  EXPECT_TRUE(lab.net.wait_worker("cn", 0));
  EXPECT_EQ(lab.own_rows(), 1);
  // Undone within the hour: it is not repeated.
  ASSERT_TRUE(wait_settled(lab.cn));
  ASSERT_TRUE(lab.drop(lab.quoted(0)));
  EXPECT_TRUE(lab.cn.wait_reason("dropped")) << lab.cn.console();
  ASSERT_TRUE(looks_on(lab.cn));
  EXPECT_EQ(lab.own_rows(), 0);
  EXPECT_EQ(events(lab.cn, "membership", "reason=dropped"), 1U) << lab.cn.console();
}

// The leader is asked for at every fifth reading of the row only. It changed somewhere between two
// of them: before the row was last seen, as far as anybody knows, so it may have been taken out.
TEST(S27_RowLostLater, StaysOutWhereTheLeaderMayHaveChangedBeforeItWasLastSeen) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  ASSERT_TRUE(all_sealed(net));
  Pod& cn = net.cn(0);
  cn.set_env("SR_AGENT_MEMBERSHIP__CHECK_INTERVAL_S", "40");
  cn.start();
  ASSERT_TRUE(net.wait_worker("cn", 0)) << cn.console();
  ASSERT_TRUE(wait_settled(cn)) << cn.console();
  ASSERT_TRUE(net.fe(0).sql("ALTER SYSTEM DROP COMPUTE NODE '" + cn.fqdn() + ":9050'").ok);
  net.fe(0).kill_container();
  ASSERT_TRUE(cn.wait_reason("dropped")) << cn.console();
  EXPECT_TRUE(detail_has(cn, "not known whether the leader changed")) << cn.status("detail");
  ASSERT_TRUE(looks_on(cn));
  const auto listed = [&] { return !net.fe(1).sql(kComputeNodes).row("IP", cn.fqdn()).empty(); };
  EXPECT_FALSE(listed());
  EXPECT_EQ(events(cn, "membership", "action=add"), 1U) << cn.console();
  EXPECT_EQ(events(cn, "membership", "reason=dropped"), 1U) << cn.console();
  EXPECT_EQ(cn.verb({"register", "cn", "kube-fe-service.ns.svc.cluster.local"}).first, 0);
  EXPECT_TRUE(wait_until(listed, milliseconds(120000))) << cn.console();
}

/// The leader is asked for at every fifth reading of the row: what happens after it comes after
/// both.
TEST(S27_RowLostLater, IsAddedAgainAfterTheLeaderRestarted) {
  ListedCn lab;
  ASSERT_TRUE(lab.up()) << lab.cn.console();
  const auto both_read = [&lab] {
    std::vector<std::string> said;
    for (const auto& one : audit_log(lab.fe.file("log/fe.audit.log")))
      if (one.ip == lab.cn.ip()) said.push_back(one.text);
    const auto last = said.size();
    return last > 4 && said[last - 2] == kComputeNodes && said[last - 1] == "SHOW FRONTENDS";
  };
  ASSERT_TRUE(wait_until(both_read, milliseconds(120000))) << lab.fe.file("log/fe.audit.log");
  ASSERT_TRUE(lab.drop(lab.quoted(0)));
  lab.fe.kill_now();
  ASSERT_TRUE(found(lab.fe));
  EXPECT_TRUE(wait_until([&] { return lab.own_rows() == 1; }, milliseconds(60000)))
      << lab.cn.console();
  EXPECT_TRUE(lab.net.wait_worker("cn", 0));
}

TEST(S27_RowLostLater, ARowThatSomebodyTookOutStaysOutUntilRegisterOrANewPod) {
  ListedCn lab;
  ASSERT_TRUE(lab.up()) << lab.cn.console();
  ASSERT_TRUE(lab.drop(lab.quoted(0)));
  EXPECT_TRUE(lab.cn.wait_reason("dropped")) << lab.cn.console();
  EXPECT_EQ(lab.own_rows(), 0);
  // The container restarts in its pod: it says so again and adds nothing.
  lab.cn.kill_container();
  lab.cn.start();
  EXPECT_TRUE(lab.cn.wait_reason("dropped")) << lab.cn.console();
  EXPECT_EQ(lab.own_rows(), 0);
  const auto [code, text] = lab.cn.verb({"register", "cn", "kube-fe-service.ns.svc.cluster.local"});
  EXPECT_EQ(code, 0) << text;
  EXPECT_EQ(lab.own_rows(), 1);
  ASSERT_TRUE(wait_settled(lab.cn)) << lab.cn.console();
  // A new pod of the name registers by itself.
  ASSERT_TRUE(lab.drop(lab.quoted(0)));
  EXPECT_TRUE(lab.cn.wait_reason("dropped")) << lab.cn.console();
  lab.cn.kill_container();
  fs::remove_all(root_of(lab.cn) + "/run");
  lab.cn.start();
  EXPECT_TRUE(lab.net.wait_worker("cn", 0)) << lab.cn.console();
}

/// A BE that was decommissioned and seen so: its row goes, and neither its container nor a new pod
/// of the name brings it back.
TEST(S27_RowLostLater, ADecommissionedBeStaysOutInItsNextPodToo) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  Pod& be = net.be(0);
  be.set_env("SR_AGENT_MEMBERSHIP__CHECK_INTERVAL_S", "10");
  be.start();
  ASSERT_TRUE(net.wait_worker("be", 0) && wait_settled(be)) << be.console();
  // The FE keeps the row, as it does while tablets move, until the agent has looked.
  ASSERT_TRUE(fe.sql("ADMIN SET FRONTEND CONFIG ('drop_backend_after_decommission' = 'false')").ok);
  const auto address = "'" + be.fqdn() + ":9050'";
  ASSERT_TRUE(fe.sql("ALTER SYSTEM DECOMMISSION BACKEND " + address).ok);
  EXPECT_TRUE(wait_until(
      [&] {
        return be.file("storage/.sr-agent/worker").find("decommissioned=true") != std::string::npos;
      },
      milliseconds(60000)))
      << be.file("storage/.sr-agent/worker") << be.console();
  ASSERT_TRUE(fe.sql("ALTER SYSTEM DROP BACKEND " + address + " FORCE").ok);
  EXPECT_TRUE(be.wait_reason("dropped")) << be.console();
  EXPECT_EQ(rows(net, kBackends, be.fqdn()), 0);
  // The next pod: another sandbox, the same volume.
  be.kill_container();
  fs::remove_all(root_of(be) + "/run");
  be.start();
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_TRUE(be.wait_reason("dropped")) << be.console();
  EXPECT_TRUE(detail_has(be, "decommissioned")) << be.status("detail");
  EXPECT_EQ(rows(net, kBackends, be.fqdn()), 0);
  const auto [code, text] = be.verb({"register", "be", "kube-fe-service.ns.svc.cluster.local"});
  EXPECT_EQ(code, 0) << text;
  EXPECT_TRUE(net.wait_worker("be", 0)) << be.console();
}

}  // namespace
}  // namespace podlab
