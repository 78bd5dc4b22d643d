#include <algorithm>

#include <gtest/gtest.h>

#include "world.h"

namespace sragent::simulate {
namespace {

constexpr int kNodes = 10'000;
constexpr Ms kMinute = 60'000;

/// Three FEs that stand, and then all CNs at once; the leader changes while they register.
struct Mass {
  Plan plan{};
  std::unique_ptr<World> world{};
  Outcome outcome{};

  Mass() {
    plan.seed = 10'000;
    plan.cns = kNodes;
    plan.version = "3.5.7";
    plan.end = 9 * kMinute;
    plan.faults_end = plan.end;
    plan.workers_at = 2 * kMinute;
    plan.faults.push_back({plan.workers_at + 20'000, FaultKind::kLeaderChange, 0, 0, 0});
    world = std::make_unique<World>(plan, false);
    world->long_list_limit = 20;
    outcome = world->run();
  }
};

TEST(MassStart, TenThousandNodesRegisterThroughALeaderChange) {
  const Mass mass;
  EXPECT_EQ(mass.outcome.broken, Broken::kNothing) << mass.outcome.what;
  std::uint64_t statements = 0;
  std::uint64_t adds = 0;
  for (const auto& slot : mass.world->slots) {
    if (slot->kind == NodeKind::kFe) continue;
    statements += slot->statements_early;
    adds += slot->adds;
    EXPECT_LE(slot->adds, 2U) << slot->name;
  }
  const auto& rate = mass.world->statements_by_second;
  const auto peak = rate.empty() ? 0 : *std::max_element(rate.begin(), rate.end());
  const double each = static_cast<double>(statements) / kNodes;
  std::printf(
      "nodes %d, statements a node to the verified row %.2f, ADDs a node %.3f, peak a second %lu, "
      "all registered after %.0f s\n",
      kNodes,
      each,
      static_cast<double>(adds) / kNodes,
      peak,
      static_cast<double>(mass.world->last_registered - mass.plan.workers_at) / 1'000.0);
}

}  // namespace
}  // namespace sragent::simulate
