#include <gtest/gtest.h>

#include "worker_lab.h"

/// Where a BE or CN stands: in which warehouse (S30), under which address (S29), beside FEs that
/// are no pods (S83).
namespace podlab {
namespace {

using srsim::SimNode;

constexpr const char* kService = "kube-fe-service.ns.svc.cluster.local";

/// A shared-data FE, which alone has warehouses. `makes`: as a build that carries out their DDL.
class WarehouseFe {
 public:
  explicit WarehouseFe(bool makes, const std::string& version = "main") : net_(options(version)) {
    net_.fe(0).add_conf("run_mode = shared_data");
    auto spec = bare_fe(net_, 0);
    if (makes) spec.env["SR_SIM_WAREHOUSES"] = "1";
    fe_.emplace(spec);
    founded_ = found(*fe_);
  }
  PodNet& net() { return net_; }
  [[nodiscard]] bool founded() const { return founded_; }
  Pod& cn(const std::string& warehouse, const std::string& group = "") {
    Pod& out = net_.cn(0);
    out.set_env("KUBE_STARROCKS_MULTI_WAREHOUSE", warehouse);
    if (!group.empty()) out.set_env("KUBE_STARROCKS_CNGROUP", group);
    return out;
  }
  std::string warehouse_of_cn() {
    return row_cell(net_, kComputeNodes, net_.cn(0).fqdn(), "WarehouseName");
  }

 private:
  static NetOptions options(const std::string& version) {
    NetOptions out;
    out.version = version;
    return out;
  }
  PodNet net_;
  std::optional<SimNode> fe_{};
  bool founded_ = false;
};

TEST(S30_Warehouse, IsMadeIfMissingAndTheRowStandsInIt) {
  WarehouseFe lab(true);
  ASSERT_TRUE(lab.founded());
  // A name that would end the statement if it were not quoted.
  const std::string name = "w`; DROP WAREHOUSE x";
  Pod& cn = lab.cn(name);
  cn.start();
  ASSERT_TRUE(lab.net().wait_worker("cn", 0)) << cn.console();
  EXPECT_TRUE(wait_settled(cn)) << cn.console();
  EXPECT_EQ(lab.warehouse_of_cn(), name);
  EXPECT_EQ(rows(lab.net(), kComputeNodes, cn.fqdn()), 1);
  // offline names the warehouse: without it the DROP of some versions looks in the default one.
  const auto [status, said] = cn.verb({"offline", "cn", kService});
  EXPECT_EQ(status, 0) << said;
  EXPECT_EQ(rows(lab.net(), kComputeNodes, cn.fqdn()), 0);
}

TEST(S30_Warehouse, ACnGroupIsMadeInIt) {
  WarehouseFe lab(true);
  ASSERT_TRUE(lab.founded());
  Pod& cn = lab.cn("w", "g");
  cn.start();
  ASSERT_TRUE(lab.net().wait_worker("cn", 0)) << cn.console();
  EXPECT_EQ(lab.warehouse_of_cn(), "w");
  // The group is there: a node of it is taken.
  EXPECT_TRUE(lab.net()
                  .fe(0)
                  .sql("ALTER SYSTEM ADD COMPUTE NODE 'x.y:9050' INTO WAREHOUSE w CNGROUP g")
                  .ok);
}

TEST(S30_Warehouse, ARowInAnotherOneIsToldAndNotMoved) {
  WarehouseFe lab(true);
  ASSERT_TRUE(lab.founded());
  Pod& cn = lab.cn("w");
  ASSERT_TRUE(lab.net().fe(0).sql("ALTER SYSTEM ADD COMPUTE NODE '" + cn.fqdn() + ":9050'").ok);
  cn.start();
  EXPECT_TRUE(cn.wait_reason("wrong_warehouse")) << cn.console();
  EXPECT_NE(cn.status("detail").find("default_warehouse"), std::string::npos);
  EXPECT_TRUE(wait_healthy(cn)) << "the server runs all the same";
  EXPECT_TRUE(wait_probe(cn, "/readyz?verbose", 200, "wrong_warehouse")) << "and serves there";
  EXPECT_EQ(lab.warehouse_of_cn(), "default_warehouse");
  EXPECT_EQ(rows(lab.net(), kComputeNodes, cn.fqdn()), 1);
}

TEST(S30_Warehouse, TheDropNamesTheRowsWarehouseWhereTheVersionChecksIt) {
  WarehouseFe lab(true, "3.5.7");
  ASSERT_TRUE(lab.founded());
  Pod& cn = lab.cn("w");
  cn.start();
  ASSERT_TRUE(lab.net().wait_worker("cn", 0)) << cn.console();
  const auto plain = lab.net().fe(0).sql("ALTER SYSTEM DROP COMPUTE NODE '" + cn.fqdn() + ":9050'");
  EXPECT_FALSE(plain.ok) << "the FE looks in the default warehouse";
  EXPECT_EQ(cn.verb({"offline", "cn", kService}).first, 0);
  EXPECT_EQ(rows(lab.net(), kComputeNodes, cn.fqdn()), 0);
}

TEST(S30_Warehouse, AnFeThatMakesNoneIsUnsupported) {
  WarehouseFe lab(false);
  ASSERT_TRUE(lab.founded());
  Pod& cn = lab.cn("w");
  cn.start();
  EXPECT_TRUE(cn.wait_reason("unsupported_fe")) << cn.console();
  EXPECT_NE(cn.status("detail").find("Multi-Warehouse is not implemented"), std::string::npos)
      << cn.status("detail");
  EXPECT_TRUE(wait_healthy(cn));
  EXPECT_EQ(rows(lab.net(), kComputeNodes, cn.fqdn()), 0);
}

TEST(S30_Warehouse, AnFeWithoutTheClauseIsUnsupported) {
  WarehouseFe lab(false, "3.2.16");
  ASSERT_TRUE(lab.founded());
  Pod& cn = lab.cn("w");
  cn.start();
  EXPECT_TRUE(cn.wait_reason("unsupported_fe")) << cn.console();
  EXPECT_EQ(rows(lab.net(), kComputeNodes, cn.fqdn()), 0);
}

TEST(S30_Warehouse, TheDefaultOneMayBeNamed) {
  WarehouseFe lab(false);
  ASSERT_TRUE(lab.founded());
  Pod& cn = lab.cn("default_warehouse");
  cn.start();
  ASSERT_TRUE(lab.net().wait_worker("cn", 0)) << cn.console();
  EXPECT_TRUE(wait_settled(cn)) << cn.console();
  EXPECT_EQ(lab.warehouse_of_cn(), "default_warehouse");
}

/// FEs that know one another by address: IP mode.
srsim::NodeSpec ip_fe(PodNet& net, int ordinal) {
  auto out = bare_fe(net, ordinal);
  out.name = out.ip;
  return out;
}

TEST(S29_IpMode, TheStoredAddressIsTheOwnRowAndIsWhatADropNames) {
  PodNet net;
  SimNode fe(ip_fe(net, 0));
  fe.start({"--host_type", "IP"});
  ASSERT_TRUE(wait_until([&] { return net.fe(0).sql("SHOW FRONTENDS").rows.size() == 1; }));
  Pod& cn = net.cn(0);
  cn.start();
  // An FE in IP mode resolves what it is given and stores the address.
  ASSERT_TRUE(wait_until([&] { return rows(net, kComputeNodes, cn.ip()) == 1; })) << cn.console();
  EXPECT_TRUE(wait_settled(cn)) << cn.console();
  EXPECT_EQ(rows(net, kComputeNodes, cn.fqdn()), 0);
  const auto [status, said] = cn.verb({"offline", "cn", kService});
  EXPECT_EQ(status, 0) << said;
  EXPECT_EQ(rows(net, kComputeNodes, cn.ip()), 0);
}

TEST(S29_ChangedAddress, InIpModeANewRowAndANoteThatTheOldOneIsAGhost) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  Pod& be = net.be(0);
  be.set_env("HOST_TYPE", "IP");
  be.start();
  ASSERT_TRUE(wait_until([&] { return rows(net, kBackends, be.ip()) == 1; })) << be.console();
  ASSERT_TRUE(wait_settled(be));
  be.signal(SIGTERM);
  ASSERT_TRUE(be.wait_exit());
  // The same volume in a pod with another address.
  const auto other = net.ip_of("be", 1);
  net.dns().set(be.fqdn(), {other});
  be.set_env("POD_IP", other);
  be.set_env("SR_SIM_IP", other);
  be.set_env("SR_AGENT_LISTEN", other + ":8099");
  be.start();
  ASSERT_TRUE(wait_until([&] { return rows(net, kBackends, other) == 1; })) << be.console();
  EXPECT_EQ(rows(net, kBackends, be.ip()), 1) << "the agent drops no row that is not its own";
  const auto note = [&] {
    const auto reply = be.verb({"status"}).second;
    return reply.find(be.ip() + ":9050") != std::string::npos &&
           reply.find("HOST_TYPE=FQDN") != std::string::npos;
  };
  EXPECT_TRUE(wait_until(note)) << be.verb({"status"}).second;
}

TEST(S83_FeOutsideKubernetes, NodesRegisterAndLeaveBySqlAloneAndPeersSaysWhatIsMissing) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  // Addresses, none of which is a pod with an agent; the second one is silent.
  const auto list = net.ip_of("fe", 1) + "," + net.fe(0).ip() + ":9030";
  for (const std::string kind : {"be", "cn"}) {
    Pod& pod = kind == "be" ? net.be(0) : net.cn(0);
    pod.start({"run", kind, list});
    ASSERT_TRUE(net.wait_worker(kind, 0)) << pod.console();
    EXPECT_TRUE(wait_settled(pod)) << pod.console();
    const auto peers = pod.verb({"peers"}).second;
    EXPECT_NE(peers.find(net.fe(0).ip() + ":9030"), std::string::npos) << peers;
    EXPECT_NE(peers.find(net.ip_of("fe", 1) + ":9030"), std::string::npos) << peers;
    EXPECT_NE(peers.find("Not asked"), std::string::npos) << peers;
    pod.signal(SIGTERM);
    EXPECT_EQ(pod.wait_exit(), 143) << pod.console();
    EXPECT_EQ(rows(net, kind == "be" ? kBackends : kComputeNodes, pod.fqdn()), 1);
  }
  const auto [status, said] = net.cn(0).verb({"offline", "cn", list});
  EXPECT_EQ(status, 0) << said;
  EXPECT_EQ(rows(net, kComputeNodes, net.cn(0).fqdn()), 0);
}

}  // namespace
}  // namespace podlab
