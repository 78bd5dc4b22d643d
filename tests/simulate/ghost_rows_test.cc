#include <algorithm>
#include <array>
#include <iterator>

#include <gtest/gtest.h>

#include "world.h"

/// S42: CNs are scaled in for longer than a ghost takes, others fail, and the policy drops ghosts.
namespace sragent::simulate {
namespace {

constexpr Ms kMinute = 60'000;
constexpr Ms kHours = 180 * kMinute;
constexpr Ms kQuiet = 30 * kMinute;

/// The faults that may make a living node look dead, or its name absent.
constexpr std::array kFaults{FaultKind::kAgentCrash,
                             FaultKind::kServerCrash,
                             FaultKind::kAgentPause,
                             FaultKind::kPodDelete,
                             FaultKind::kForcedDelete,
                             FaultKind::kOutage,
                             FaultKind::kLeaderChange,
                             FaultKind::kPartition,
                             FaultKind::kSlowNetwork,
                             FaultKind::kDnsDown};

Plan plan_of(std::uint64_t seed) {
  Rng rng(seed);
  Plan out;
  out.seed = seed;
  out.cns = 3;
  out.ghost_drop = true;
  out.scaled_in = 25 * kMinute;
  out.warehouse = rng.chance(1, 2);
  out.version = "3.5.7";
  out.dns_ttl_s = rng.chance(1, 2) ? 5 : 30;
  out.end = kHours;
  out.faults_end = kHours - kQuiet;
  for (int i = 0; i < 24; ++i) {
    Fault fault;
    const bool scale = i % 6 == 0;
    const auto other = static_cast<std::size_t>(rng.below(std::ssize(kFaults)));
    fault.kind = scale ? FaultKind::kScale : kFaults.at(other);
    fault.at = rng.between(5 * kMinute, out.faults_end - out.scaled_in);
    fault.node = scale ? out.nodes() - 1 : static_cast<int>(rng.below(out.nodes()));
    // Of two pauses the world keeps the end of the later one: short ones seldom meet.
    const bool pause = fault.kind == FaultKind::kAgentPause;
    fault.span = rng.between(1'000, pause ? kMinute : 20 * kMinute);
    fault.extra = static_cast<int>(rng.between(1, (1 << out.nodes()) - 2));
    out.faults.push_back(fault);
  }
  std::ranges::stable_sort(out.faults, {}, &Fault::at);
  return out;
}

TEST(GhostRows, S42_NoRowOfALivingCnIsDroppedAndEachPodThatComesBackIsAMember) {
  std::uint64_t drops = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto plan = plan_of(seed);
    World world(plan, false);
    const auto outcome = world.run();
    ASSERT_EQ(outcome.broken, Broken::kNothing) << "seed " << seed << ": " << outcome.what;
    drops += world.counters.ghost_drops;
  }
  EXPECT_GT(drops, 20U) << "there were ghosts";
}

}  // namespace
}  // namespace sragent::simulate
