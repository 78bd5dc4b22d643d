#include <algorithm>

#include <gtest/gtest.h>

#include "runtime/worker_names.h"
#include "runtime/worker_pace.h"

namespace sragent {
namespace {

constexpr Instant kBegin{1'000'000};
using namespace std::chrono_literals;

/// Times without the spread of a pod: this name's login part is known.
WorkerPace pace() {
  return WorkerPace{MembershipConfig{}, "kube-be-0"};
}

TEST(WorkerNames, TheHeadlessNameOfTheFesIsTheOwnOneWithFeInItsFirstLabel) {
  EXPECT_EQ(fe_headless_name("kube-be-search.ns.svc.x", NodeKind::kBe), "kube-fe-search.ns.svc.x");
  EXPECT_EQ(fe_headless_name("kube-cn-search.ns.svc.x", NodeKind::kCn), "kube-fe-search.ns.svc.x");
  EXPECT_EQ(fe_headless_name("be.ns", NodeKind::kBe), "fe.ns");
  EXPECT_EQ(fe_headless_name("be-be-search.be.ns", NodeKind::kBe), "be-fe-search.be.ns");
}

TEST(WorkerNames, OnlyAWholeWordOfTheFirstLabelCounts) {
  EXPECT_EQ(fe_headless_name("cube-search.be.ns", NodeKind::kBe), "");
  EXPECT_EQ(fe_headless_name("kube-be-search.ns", NodeKind::kCn), "");
  EXPECT_EQ(fe_headless_name("", NodeKind::kBe), "");
}

TEST(WorkerNames, AServiceNameLeadsToItsHeadlessName) {
  EXPECT_EQ(fe_search_name("kube-fe-service.ns"), "kube-fe-search.ns");
  EXPECT_EQ(fe_search_name("kube-fe-service"), "kube-fe-search");
  EXPECT_EQ(fe_search_name("db.kube-fe-service.ns"), "");
  EXPECT_EQ(fe_search_name("starrocks"), "");
}

TEST(WorkerNames, PodsOfOneSetAreSpreadOverTheWholeRange) {
  int low = 0;
  for (int i = 0; i < 300; ++i) {
    const double part = pod_fraction("kube-be-" + std::to_string(i), "login");
    ASSERT_GE(part, 0.0);
    ASSERT_LT(part, 1.0);
    if (part < 0.5) ++low;
  }
  EXPECT_GT(low, 100);
  EXPECT_LT(low, 200);
  EXPECT_EQ(pod_fraction("kube-be-7", "login"), pod_fraction("kube-be-7", "login"));
  EXPECT_NE(pod_fraction("kube-be-7", "login"), pod_fraction("kube-be-7", "check"));
}

TEST(WorkerPace, S24_PortsAreTriedEvery250MsAndEvery2SecondsAfterTwoMinutes) {
  auto it = pace();
  EXPECT_TRUE(it.connect_due(kBegin));
  it.connected(false, 3, kBegin, kBegin + 1ms);
  EXPECT_FALSE(it.connect_due(kBegin + 249ms));
  EXPECT_TRUE(it.connect_due(kBegin + 250ms));
  it.connected(false, 3, kBegin + 120s, kBegin + 120s);
  EXPECT_FALSE(it.connect_due(kBegin + 121'999ms));
  EXPECT_TRUE(it.connect_due(kBegin + 122s));
  EXPECT_FALSE(it.read_due(kBegin + 122s));
}

TEST(WorkerPace, S24_ALoginFollowsOnlyWhenAPortBeginsToAccept) {
  auto it = pace();
  it.connected(true, 40, kBegin, kBegin);
  const auto delay = login_wait(40, "kube-be-0", kBegin);
  ASSERT_GT(delay, 0ms);
  EXPECT_LT(delay, 12s);
  EXPECT_FALSE(it.read_due(kBegin + delay - 1ms));
  EXPECT_TRUE(it.read_due(kBegin + delay));
  EXPECT_FALSE(it.connect_due(kBegin + 10s)) << "a login is due, no connect";
}

/// Turns of a set within its window, in the order of time, seen at `wall`.
std::vector<Millis> turns(int nodes, Millis wall) {
  std::vector<Millis> out;
  out.reserve(static_cast<std::size_t>(nodes));
  for (int i = 0; i < nodes; ++i) {
    out.push_back(
        login_wait(static_cast<std::size_t>(nodes), "kube-cn-" + std::to_string(i), wall));
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(WorkerPace, S32_TheNodesOfASetTakeTurns) {
  for (const auto wall : {0ms, 17ms, 123'456ms}) {
    const auto sorted = turns(300, wall);
    EXPECT_LT(sorted.back(), 90s);
    for (std::size_t i = 4; i < sorted.size(); ++i)
      EXPECT_GE(sorted[i] - sorted[i - 4], 1s) << "no five begin within a second";
  }
}

TEST(WorkerPace, S32_ATurnIsAMomentOfTheWallClockWheneverOneAsks) {
  const Millis at{1'700'000'000'000};
  const auto wait = login_wait(300, "kube-cn-7", at);
  ASSERT_GT(wait, 1s);
  EXPECT_EQ(login_wait(300, "kube-cn-7", at + 1s), wait - 1s);
  EXPECT_EQ(login_wait(300, "kube-cn-7", at + wait), 0ms);
}

TEST(WorkerPace, S32_ATurnThatIsToComeFollowsTheSizeOfTheSet) {
  auto it = pace();
  it.connected(true, 300, kBegin, kBegin);
  ASSERT_EQ(it.next(), kBegin + login_wait(300, "kube-be-0", kBegin));
  it.resized(200, kBegin + 1s);
  EXPECT_EQ(it.next(), kBegin + 1s + login_wait(200, "kube-be-0", kBegin + 1s));
  it.at_once(kBegin + 2s);
  EXPECT_TRUE(it.read_due(kBegin + 2s)) << "a person does not wait for turns";
  it.resized(300, kBegin + 2s);
  EXPECT_TRUE(it.read_due(kBegin + 2s));
}

TEST(WorkerPace, APodAloneNeverWaitsAndAnAbsurdSetDelaysNobodyForEver) {
  EXPECT_EQ(login_wait(0, "kube-cn-0", 5ms), 0ms);
  EXPECT_EQ(login_wait(1, "kube-cn-0", 5ms), 0ms);
  EXPECT_LT(turns(3, 0ms).back(), 900ms);
  for (const auto* pod : {"x", "kube-cn-0", "kube-cn-2147483647"})
    EXPECT_LE(login_wait(1'000'000, pod, 0ms), 90s);
}

TEST(WorkerPace, S58_RefusalsLengthenThePauseUpToItsEnd) {
  auto it = pace();
  auto now = kBegin;
  Millis last{0};
  for (int i = 0; i < 12; ++i) {
    it.refused(now);
    const auto next = it.next();
    ASSERT_TRUE(next);
    const auto pause = *next - now;
    EXPECT_GE(pause, last);
    last = pause;
    now = *next;
    it.connected(true, 1, now, now);
    EXPECT_TRUE(it.next());
    now = *it.next();
    EXPECT_TRUE(it.read_due(now));
  }
  EXPECT_GT(last, 14s);
  EXPECT_LE(last, 30s);
  it.look_again(5s, now);
  EXPECT_EQ(it.failures(), 0);
}

TEST(WorkerPace, S32_WhereNobodyLeadsTheSetIsSpreadAndNobodyTriesAtOnce) {
  auto alone = pace();
  alone.leaderless(1, kBegin);
  EXPECT_GE(alone.next(), kBegin + 1s) << "an election takes seconds";
  EXPECT_LE(alone.next(), kBegin + 2'000ms);
  EXPECT_EQ(alone.failures(), 1);
  auto one_of_many = pace();
  one_of_many.leaderless(300, kBegin);
  EXPECT_EQ(*one_of_many.next() - *alone.next(), login_wait(300, "kube-be-0", *alone.next()));
}

TEST(WorkerPace, S24_AClosedPortCountsAsNoFailure) {
  auto it = pace();
  for (int i = 0; i < 20; ++i)
    it.connected(false, 3, kBegin + i * 1s, kBegin + i * 1s);
  it.unreachable(false, kBegin + 20s);
  EXPECT_EQ(it.failures(), 0);
  EXPECT_EQ(it.next(), kBegin + 20'250ms);
}

TEST(WorkerPace, S63_AProxyThatAcceptsForAnAbsentFeIsLeftInPeaceForTwoSeconds) {
  auto it = pace();
  it.connected(true, 1, kBegin, kBegin);
  it.unreachable(true, kBegin + 100ms);
  it.connected(true, 1, kBegin + 350ms, kBegin + 350ms);
  EXPECT_FALSE(it.read_due(kBegin + 2'099ms));
  EXPECT_TRUE(it.read_due(kBegin + 2'100ms));
}

TEST(WorkerPace, S32_ASettledRowIsLookedAtOnceAMinuteAtThePodsOwnPhase) {
  auto it = pace();
  it.settled(kBegin);
  const auto first = *it.next();
  EXPECT_GE(first, kBegin + 60s);
  EXPECT_LT(first, kBegin + 120s);
  it.settled(first);
  EXPECT_EQ(it.next(), first + 60s);
  EXPECT_TRUE(it.is_settled());
}

TEST(WorkerPace, APersonsRequestIsServedAtOnce) {
  auto it = pace();
  it.settled(kBegin);
  it.at_once(kBegin + 1s);
  EXPECT_TRUE(it.read_due(kBegin + 1s));
  auto seeking = pace();
  seeking.refused(kBegin);
  seeking.at_once(kBegin + 1ms);
  EXPECT_TRUE(seeking.connect_due(kBegin + 1ms));
}

}  // namespace
}  // namespace sragent
