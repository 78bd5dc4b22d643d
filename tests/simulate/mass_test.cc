#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "world.h"

/// S32: many nodes start at once, and the leader changes while they register.
namespace sragent::simulate {
namespace {

constexpr Ms kSecond = 1'000;
constexpr Ms kMinute = 60 * kSecond;

/// Three FEs that stand, then all CNs; the leading FE is killed while they register.
struct Mass {
  Plan plan{};
  std::unique_ptr<World> world{};
  Outcome outcome{};

  Mass(std::uint64_t seed, int nodes, Ms end) {
    plan.seed = seed;
    plan.cns = nodes;
    plan.version = "3.5.7";
    plan.end = end;
    plan.faults_end = plan.end;
    plan.workers_at = 2 * kMinute;
    plan.quick_connects = true;
    plan.faults.push_back({plan.workers_at + 20 * kSecond, FaultKind::kLeaderChange, 0, 0, 0});
    world = std::make_unique<World>(plan, false);
  }

  void run() {
    outcome = world->run();
    tell();
  }

  template <typename Visit>
  void each(const Visit& visit) const {
    for (const auto& slot : world->slots)
      if (slot->kind != NodeKind::kFe) visit(*slot);
  }
  [[nodiscard]] Ms last_start() const {
    Ms out = 0;
    each([&](const Slot& slot) { out = std::max(out, slot.pod->last_start); });
    return out;
  }
  using BySecond = std::map<const Pod*, std::vector<std::uint64_t>>;
  /// Statements that came to one FE in the second in which the most did.
  static std::uint64_t peak(const BySecond& all) {
    std::uint64_t out = 0;
    for (const auto& [fe, seconds] : all)
      out = std::max(out, *std::max_element(seconds.begin(), seconds.end()));
    return out;
  }
  /// The same over ten seconds, for a second of them: starts at random come in bunches.
  static double rate(const BySecond& all) {
    constexpr std::ptrdiff_t kSpan = 10;
    std::uint64_t most = 0;
    for (const auto& [fe, seconds] : all) {
      for (auto at = seconds.begin(); seconds.end() - at >= kSpan; ++at)
        most = std::max(most, std::accumulate(at, at + kSpan, std::uint64_t{0}));
    }
    return static_cast<double>(most) / kSpan;
  }
  /// It began to ask when the new leader's heartbeats had come round.
  [[nodiscard]] bool undisturbed(const Slot& slot) const {
    return slot.costs.first_at > plan.faults.front().at + 20 * kSecond;
  }
  /// What a node may ask beyond its first minute: once a minute, and the new leader. Whom the
  /// leader left alone registers at its next turn, which may be later than that.
  [[nodiscard]] std::uint64_t later_looks(const Slot& slot) const {
    const auto minutes = static_cast<std::uint64_t>((plan.end - slot.costs.first_at) / kMinute);
    return minutes + 1 + (slot.costs.failed > 0 ? 4 : 0);
  }

  void tell() const {
    WorkerCosts most;
    std::uint64_t adds = 0;
    std::uint64_t to_row = 0;
    each([&](const Slot& slot) {
      adds += slot.adds;
      to_row += slot.costs.to_row;
      most.to_row = std::max(most.to_row, slot.costs.to_row);
      most.failed = std::max(most.failed, slot.costs.failed);
      most.first_minute = std::max(most.first_minute, slot.costs.first_minute);
      most.later = std::max(most.later, slot.costs.later);
    });
    std::printf(
        "%d nodes: ADDs %lu; statements to a verified row %.2f, at most %lu; refused for want of a "
        "leader at most %lu; in the first minute at most %lu, in the next %lu minutes at most %lu\n"
        "  to one FE at most %lu in a second, %.1f a second over ten, forwarded to the leader %lu "
        "in "
        "a second; all alive %.0f s after the last start\n",
        plan.cns,
        adds,
        static_cast<double>(to_row) / plan.cns,
        most.to_row,
        most.failed,
        most.first_minute,
        static_cast<std::uint64_t>((plan.end - last_start()) / kMinute),
        most.later,
        peak(world->asked_at),
        rate(world->asked_at),
        peak(world->forwarded_to),
        static_cast<double>(world->last_registered - last_start()) / kSecond);
  }
};

/// S32's figures. What a node asks while nobody leads is refused and comes on top.
TEST(MassStart, S32_ThreeHundredNodesRegisterThroughALeaderChange) {
  Mass mass(10'001, 300, 9 * kMinute);
  mass.plan.workers_within = kMinute;
  mass.run();
  ASSERT_EQ(mass.outcome.broken, Broken::kNothing) << mass.outcome.what;
  EXPECT_LE(mass.world->last_registered - mass.last_start(), 2 * kMinute);
  EXPECT_LT(Mass::peak(mass.world->asked_at), 20U);
  EXPECT_EQ(mass.world->leader_changes, 2) << "the first one, and the one in the middle";
  mass.each([&](const Slot& slot) {
    EXPECT_TRUE(slot.seen_alive) << slot.name;
    const auto& costs = slot.costs;
    EXPECT_LE(slot.adds, 1U + costs.failed) << slot.name << ": refused ones are sent again";
    EXPECT_EQ(slot.adds_again, 0U) << slot.name;
    EXPECT_LE(costs.to_row, 4U + 2 * costs.failed) << slot.name << ": each is read again";
    EXPECT_LE(costs.first_minute, (mass.undisturbed(slot) ? 5U : 8U) + costs.failed) << slot.name;
    EXPECT_LE(costs.failed, 4U) << slot.name << ": an election lasts 2 to 8 s";
    EXPECT_LE(costs.later, mass.later_looks(slot)) << slot.name;
  });
}

/// S32 has no figures for so many: their turns come round after 90 s as those of 300 do.
TEST(MassStart, TenThousandNodesRegisterThroughALeaderChange) {
  Mass mass(10'000, 10'000, 9 * kMinute);
  mass.plan.quick_connects = false;  // what they cost says nothing of the statements
  mass.world->long_list_limit = 20;
  mass.run();
  ASSERT_EQ(mass.outcome.broken, Broken::kNothing) << mass.outcome.what;
  mass.each([&](const Slot& slot) {
    EXPECT_TRUE(slot.seen_alive) << slot.name;
    EXPECT_LE(slot.adds, 1U + slot.costs.failed) << slot.name << ": refused ones are sent again";
    EXPECT_EQ(slot.adds_again, 0U) << slot.name;
    EXPECT_LE(slot.costs.first_minute, 20U) << slot.name;
    EXPECT_LE(slot.costs.later, mass.later_looks(slot)) << slot.name;
  });
}

}  // namespace
}  // namespace sragent::simulate
