#include <algorithm>

#include <gtest/gtest.h>

#include "world.h"

/// How long the steps of a start may take, in simulated time: S01, S06, S15.
namespace sragent::simulate {
namespace {

constexpr Ms kSecond = 1'000;
constexpr Ms kMinute = 60 * kSecond;
constexpr std::uint64_t kWorlds = 200;

/// FEs alone, of which every one is told how many they are.
Plan fes_alone(std::uint64_t seed, int fes) {
  Plan plan;
  plan.seed = seed;
  plan.fes = fes;
  plan.count = fes;
  plan.version = "3.5.7";
  plan.end = 4 * kMinute;
  return plan;
}

/// Instants of the lines of a story that tell `what` of the pods whose names begin with `who`.
std::vector<Ms> instants(const Outcome& run, const std::string& who, const std::string& what) {
  std::vector<Ms> out;
  for (const auto& line : run.story) {
    const auto from = line.find_first_not_of(' ');
    const auto pod = line.find(' ', from) + 1;
    if (line.compare(pod, who.size(), who) != 0 || line.find(what, pod) == std::string::npos)
      continue;
    out.push_back(static_cast<Ms>(std::stod(line.substr(from)) * kSecond));
  }
  return out;
}

Outcome run(const Plan& plan) {
  auto out = World(plan, true).run();
  EXPECT_EQ(out.broken, Broken::kNothing) << plan.seed << ": " << out.what;
  return out;
}

// Only worlds in which nothing but a consent was missing at the end: an own name that is not yet in
// DNS is waited for by another row.
TEST(StartTimes, S01_FoundsWithinFiveSecondsOfTheLastConsent) {
  int counted = 0;
  for (std::uint64_t seed = 0; seed < 4 * kWorlds; ++seed) {
    const auto told = run(fes_alone(seed, 3));
    const auto founds = instants(told, "sr-fe-0", "action=Found");
    const auto decisions = instants(told, "sr-fe-0", "decision row=");
    const auto missing = instants(told, "sr-fe-0", "decision row=30 ");
    ASSERT_GE(founds.size(), 1U) << seed;
    const auto last_wait = std::find(decisions.begin(), decisions.end(), founds.front()) - 1;
    if (std::find(missing.begin(), missing.end(), *last_wait) == missing.end()) continue;
    ++counted;
    Ms last = 0;
    for (const auto* peer : {"has the consent of  sr-fe-1", "has the consent of  sr-fe-2"}) {
      const auto consents = instants(told, "sr-fe-0", peer);
      ASSERT_GE(consents.size(), 1U) << seed;
      last = std::max(last, consents.front());
    }
    EXPECT_LE(founds.front() - last, 5 * kSecond) << seed;
  }
  EXPECT_GT(counted, 15) << "worlds";
}

// FE 0 comes last: the other one has long had its name, and has asked again and again.
TEST(StartTimes, S06_TheRowStandsTenSecondsAfterTheFounderServes) {
  for (std::uint64_t seed = 0; seed < kWorlds; ++seed) {
    auto plan = fes_alone(seed, 2);
    plan.late_founder = true;
    const auto told = run(plan);
    const auto ready = instants(told, "sr-fe-0", "server is ready");
    const auto added = instants(told, "sr-fe-0", "ALTER SYSTEM ADD FOLLOWER");
    ASSERT_TRUE(!ready.empty() && !added.empty()) << seed;
    EXPECT_LE(added.front() - ready.front(), 10 * kSecond) << seed;
  }
}

TEST(StartTimes, S15_ALeaderIsThereAMinuteAfterTheSecondServer) {
  for (std::uint64_t seed = 0; seed < kWorlds; ++seed) {
    auto plan = fes_alone(seed, 3);
    constexpr Ms kOutage = 2 * kMinute;
    plan.faults.push_back({kOutage, FaultKind::kOutage, 0, 0, 0});
    const auto told = run(plan);
    auto boots = instants(told, "sr-fe-", "server boots");
    std::erase_if(boots, [](Ms at) { return at < kOutage; });
    auto leads = instants(told, "sr-fe-", "leads group");
    std::erase_if(leads, [](Ms at) { return at < kOutage; });
    ASSERT_TRUE(boots.size() >= 2 && !leads.empty()) << seed;
    EXPECT_LE(leads.front() - boots.at(1), kMinute) << seed;
  }
}

}  // namespace
}  // namespace sragent::simulate
