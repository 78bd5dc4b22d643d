#include <filesystem>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// From stock scripts to the agent and back, pod by pod. A stock FE is the simulator started by its
/// stock-named scripts alone: nobody answers at its agent port. S81.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

/// The FEs of one cluster, each either stock or with an agent.
class MixedFes {
 public:
  MixedFes() {
    for (int i = 0; i < 3; ++i) {
      as_operator(net.fe(i));
      stock.push_back(std::make_unique<SimNode>(bare_fe(net, i)));
    }
  }

  /// As the stock entrypoints found and join.
  bool start_stock_cluster() {
    if (!found(*stock[0])) return false;
    for (int i = 1; i < 3; ++i) {
      if (!stock[0]->sql(add_follower(net.fe(i))).ok) return false;
      stock[static_cast<std::size_t>(i)]->start(
          {"--host_type", "FQDN", "--helper", net.fe(0).fqdn() + ":9010"});
    }
    return net.wait_frontends(3, 0);
  }

  /// Whether three members are alive by the list of any FE.
  bool whole() {
    return wait_until(
        [&] {
          for (int i = 0; i < 3; ++i) {
            const auto list = net.fe(i).sql("SHOW FRONTENDS");
            if (!list.ok || list.rows.size() != 3) continue;
            int alive = 0;
            for (const auto& row : list.rows)
              alive += srsim::cell(row, "Alive") == "true" ? 1 : 0;
            if (alive == 3 && leaders(list) == 1) return true;
          }
          return false;
        },
        milliseconds(120000));
  }

  bool to_agent(int i) {
    auto& old = *stock[static_cast<std::size_t>(i)];
    old.signal(SIGTERM);
    if (!old.wait_exit()) old.kill_now();
    start_as_operator(net.fe(i), "fe");
    return whole() && wait_sealed(net.fe(i));
  }

  bool to_stock(int i) {
    net.fe(i).signal(SIGTERM);
    if (!net.fe(i).wait_exit()) return false;
    stock[static_cast<std::size_t>(i)]->start({"--host_type", "FQDN"});
    return whole();
  }

  OperatorNet net{3};
  std::vector<std::unique_ptr<SimNode>> stock{};
};

std::string identity(const Pod& fe) {
  return fe.file("meta/image/VERSION") + without_date(fe.file("meta/image/ROLE"));
}

TEST(S81_Roll, ForwardAndBackPodByPodKeepsOneClusterAndItsMetadata) {
  MixedFes fes;
  ASSERT_TRUE(fes.start_stock_cluster());
  std::vector<std::string> before;
  before.reserve(3);
  for (int i = 0; i < 3; ++i)
    before.push_back(identity(fes.net.fe(i)));
  for (const int i : {2, 1, 0}) {  // a rolling update's order
    ASSERT_TRUE(fes.to_agent(i)) << fes.net.fe(i).console();
    EXPECT_FALSE(said(fes.net.fe(i), "event=held")) << fes.net.fe(i).console();
  }
  EXPECT_EQ(fes.net.cluster_ids_on_disk().size(), 1U);
  for (const int i : {2, 1, 0}) {
    ASSERT_TRUE(fes.to_stock(i)) << fes.net.fe(i).console();
    EXPECT_TRUE(fs::exists(fes.net.fe(i).state())) << "left there, and ignored by the server";
  }
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(identity(fes.net.fe(i)), before[static_cast<std::size_t>(i)]);
  EXPECT_EQ(fes.net.cluster_ids_on_disk().size(), 1U);
}

TEST(S81_Roll, AnFeWithAnEmptyVolumeJoinsAmongFesWithoutAgents) {
  MixedFes fes;
  ASSERT_TRUE(fes.start_stock_cluster());
  auto& old = *fes.stock[2];
  old.kill_now();
  fes.net.fe(2).lose_volume();
  ASSERT_TRUE(
      fes.net.fe(0).sql("ALTER SYSTEM DROP FOLLOWER '" + fes.net.fe(2).fqdn() + ":9010'").ok);
  start_as_operator(fes.net.fe(2), "fe");
  EXPECT_TRUE(fes.whole()) << fes.net.fe(2).console();
  EXPECT_EQ(fes.net.cluster_ids_on_disk().size(), 1U);
  const auto helpers = helpers_of_starts(fes.net.fe(2));
  ASSERT_FALSE(helpers.empty());
  EXPECT_NE(helpers.back(), "") << "never a second group";
}

TEST(S81_Roll, FeZeroWithAnEmptyVolumeFoundsNothingBesideAStockCluster) {
  MixedFes fes;
  ASSERT_TRUE(fes.start_stock_cluster());
  auto& old = *fes.stock[0];
  old.kill_now();
  fes.net.fe(0).lose_volume();
  start_as_operator(fes.net.fe(0), "fe");
  EXPECT_TRUE(fes.whole()) << fes.net.fe(0).console();
  EXPECT_EQ(fes.net.cluster_ids_on_disk().size(), 1U);
}

TEST(S81_Roll, LinksAndRowsOfABeAreThoseOfTheStockScriptsAfterwards) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  auto& be = net.be(0);
  as_operator(be);
  const auto mount = root_of(be) + "/etc";
  fs::create_directories(mount);
  fs::copy_file(be.home() + "/conf/be.conf", mount + "/be.conf");
  // As the stock script left them: the file backed up, the link in its place.
  fs::rename(be.home() + "/conf/be.conf", be.home() + "/conf/be.conf.bak");
  fs::create_symlink(mount + "/be.conf", be.home() + "/conf/be.conf");
  ASSERT_TRUE(fe.sql("ALTER SYSTEM ADD BACKEND \"" + be.fqdn() + ":9050\"").ok);
  be.set_env("CONFIGMAP_MOUNT_PATH", mount);
  start_as_operator(be, "be");
  ASSERT_TRUE(wait_settled(be)) << be.console();
  const auto id = row_cell(net, kBackends, be.fqdn(), "BackendId");
  be.signal(SIGTERM);
  ASSERT_EQ(be.wait_exit(), 143) << be.console();
  EXPECT_EQ(fs::read_symlink(be.home() + "/conf/be.conf"), mount + "/be.conf");
  EXPECT_FALSE(said(be, "conf_linked")) << be.console();
  EXPECT_EQ(rows(net, kBackends, be.fqdn()), 1);
  EXPECT_EQ(row_cell(net, kBackends, be.fqdn(), "BackendId"), id);
}

}  // namespace
}  // namespace podlab
