#include <array>
#include <string_view>

#include <gtest/gtest.h>

#include "core/exit_codes.h"
#include "planted.h"
#include "shrink.h"

namespace sragent::simulate {
namespace {

/// Where two stories part, with what stood before it.
std::string parting(const std::vector<std::string>& one, const std::vector<std::string>& two) {
  for (std::size_t i = 0; i < one.size() && i < two.size(); ++i)
    if (one[i] != two[i]) return one[i > 0 ? i - 1 : 0] + "\n" + one[i] + "\n" + two[i];
  return one.size() == two.size() ? "" : "one is longer";
}

TEST(Simulation, SameSeedGivesTheSameRunToTheByte) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto plan = make_plan(seed);
    const auto one = run_plan(plan, true);
    const auto two = run_plan(plan, true);
    EXPECT_EQ(one.hash, two.hash) << describe(plan);
    EXPECT_EQ(parting(one.story, two.story), "") << describe(plan);
    EXPECT_EQ(one.hash, run_plan(plan).hash) << "a story changes the run: " << describe(plan);
  }
}

TEST(Simulation, SeedsDiffer) {
  EXPECT_NE(run_plan(make_plan(1)).hash, run_plan(make_plan(2)).hash);
}

TEST(Simulation, EveryKindOfFaultStrikesAmongTheSeeds) {
  std::array<int, kFaultKinds> seen{};
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    for (const auto& fault : make_plan(seed).faults)
      ++seen.at(static_cast<std::size_t>(fault.kind));
  }
  for (std::size_t kind = 0; kind < seen.size(); ++kind)
    EXPECT_GT(seen.at(kind), 20) << to_string(static_cast<FaultKind>(kind));
}

/// The agent of a node that leaves for good dies before each of its side effects in turn.
TEST(Leaving, EndsAsWithoutACrashWhereverItsAgentDies) {
  constexpr int kSteps = 14;
  for (const int node : {0, 2, 3, 5}) {  // the founder, which leads; a follower; a BE; a CN
    for (int step = 1; step <= kSteps; ++step) {
      auto plan = make_plan(0);
      plan.fes = plan.count = 3;
      plan.observers = 0;
      plan.bes = 2;
      plan.cns = 1;
      plan.claims = true;
      plan.warehouse = plan.late_founder = false;
      plan.version = "3.5.7";
      plan.faults.clear();
      plan.faults.push_back({150'000, FaultKind::kCrashAtStep, node, 0, step});
      plan.faults.push_back({150'000, FaultKind::kLeave, node, 0, 0});
      plan.faults.push_back({400'000, FaultKind::kLeaveAway, node, 0, 0});
      World world(plan, false);
      const auto outcome = world.run();
      EXPECT_EQ(outcome.broken, Broken::kNothing)
          << node_name(plan, node) << ", step " << step << ": " << outcome.what;
      const auto& slot = *world.slots[static_cast<std::size_t>(node)];
      const bool asked = slot.departure.pod != 0;  // else it died before it had taken the request
      EXPECT_EQ(asked, step > 1) << node_name(plan, node) << ", step " << step;
      EXPECT_EQ(slot.departure.away, asked) << node_name(plan, node) << ", step " << step;
    }
  }
}

Plan three_fes(std::uint64_t seed, Rng& rng) {
  constexpr std::array<std::string_view, 4> kVersions{"3.1.17", "3.4.5", "3.5.7", "main"};
  auto plan = make_plan(seed);
  plan.fes = plan.count = 3;
  plan.observers = plan.bes = plan.cns = 0;
  plan.claims = true;
  plan.warehouse = plan.late_founder = false;
  plan.version = kVersions.at(static_cast<std::size_t>(rng.below(kVersions.size())));
  plan.faults.clear();
  return plan;
}

constexpr Ms kAsked = 150'000;

/// Every invariant holds in so many worlds of three FEs with these faults, and `also` after each.
template <typename AddFaults, typename Also>
void expect_all_hold(std::uint64_t seeds, const AddFaults& add_faults, const Also& also) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    auto plan = three_fes(seed, rng);
    add_faults(plan.faults, rng);
    World world(plan, false);
    const auto outcome = world.run();
    EXPECT_EQ(outcome.broken, Broken::kNothing) << outcome.what;
    also(world);
  }
}

TEST(Leaving, ALeaderWhoseServerEndsMeanwhileIsOutAllTheSame) {
  const auto faults = [](std::vector<Fault>& out, Rng& rng) {
    out.push_back({kAsked, FaultKind::kLeave, 0, 0, 0});
    out.push_back({kAsked + rng.between(500, 8'000), FaultKind::kServerCrash, 0, 0, 0});
  };
  expect_all_hold(
      60, faults, [](World& world) { EXPECT_TRUE(has_left(world, *world.slots.front())); });
}

TEST(Leaving, ALeaderIsNotStoppedOnTheWordOfARowThatOutlivesItsProcess) {
  const auto faults = [](std::vector<Fault>& out, Rng& rng) {
    out.push_back({kAsked, FaultKind::kVolumeLost, 1, 0, 0});
    out.push_back({kAsked + rng.between(500, 18'000), FaultKind::kLeave, 0, 0, 0});
  };
  expect_all_hold(60, faults, [](World& /*world*/) {});
}

/// The leader dies about the DROP, so that the leaving is refused or not; then the container ends.
TEST(Leaving, OneThatWasRefusedServesOnInTheNextContainer) {
  const auto faults = [](std::vector<Fault>& out, Rng& rng) {
    out.push_back({kAsked, FaultKind::kLeave, 2, 0, 0});
    out.push_back({kAsked + rng.between(0, 9'000), FaultKind::kLeaderChange, 0, 0, 0});
    out.push_back({kAsked + rng.between(9'000, 80'000), FaultKind::kAgentCrash, 2, 0, 0});
  };
  expect_all_hold(150, faults, [](World& world) {
    const auto& slot = *world.slots.at(2);
    const auto status = slot.pod->agent->status();
    const bool said_done = status->leaving && status->leaving->result == kExitDone;
    EXPECT_EQ(said_done && status->leaving->trigger == "for good", has_left(world, slot));
  });
}

class Planted : public testing::TestWithParam<PlantedRule> {
 protected:
  void TearDown() override { plant({}); }
};

TEST_P(Planted, IsCaughtShrunkAndTold) {
  constexpr std::uint64_t kSeeds = 400;
  const auto& rule = GetParam();
  ASSERT_TRUE(plant(rule.name));
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    auto plan = make_plan(seed);
    Rng rng(seed);
    if (rule.world != nullptr) rule.world(plan, rng);
    if (run_plan(plan).broken != rule.caught_as) continue;
    const auto small = shrink(plan, rule.caught_as, 20);
    EXPECT_LE(small.faults.size(), plan.faults.size());
    EXPECT_EQ(run_plan(small).broken, rule.caught_as);
    const auto told = story(small);
    EXPECT_NE(told.find(to_string(rule.caught_as)), std::string::npos) << told;
    return;
  }
  FAIL() << "nobody notices in " << kSeeds << " seeds that " << rule.wrong;
}

INSTANTIATE_TEST_SUITE_P(Rules,
                         Planted,
                         testing::ValuesIn(planted_rules().begin(), planted_rules().end()),
                         [](const auto& rule) { return std::string{rule.param.name}; });

}  // namespace
}  // namespace sragent::simulate
