#include <gtest/gtest.h>

#include "core/pod_condition.h"

namespace sragent {
namespace {

constexpr Instant kNow{1'000};
const PodCondition kServes{true, Reason::kNone, "", "10:00"};
const PodCondition kDrains{false, Reason::kDraining, "2 running", "10:05"};

ConditionState after(const PodCondition& written) {
  return condition_ended(condition_sent({}, written), ConditionWrite::kDone, kNow);
}

TEST(PodConditionRule, TheFirstWordOfAProcessIsFalse) {
  const auto first = condition_to_write({}, kServes, kNow);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->serving);
  EXPECT_EQ(condition_to_write({}, kDrains, kNow)->reason, Reason::kDraining);
  EXPECT_TRUE(condition_to_write(after(*first), kServes, kNow)->serving);
}

TEST(PodConditionRule, IsWrittenOnAChangeOfStatusOrReasonAlone) {
  EXPECT_FALSE(condition_to_write(after(kServes), kServes, kNow));
  auto later = kDrains;
  later.message = "1 running";
  EXPECT_FALSE(condition_to_write(after(kDrains), later, kNow));
  later.reason = Reason::kHeld;
  EXPECT_TRUE(condition_to_write(after(kDrains), later, kNow));
  EXPECT_FALSE(condition_to_write(condition_sent(after(kServes), kDrains), kDrains, kNow))
      << "one at a time";
}

TEST(PodConditionRule, ANewReasonKeepsTheTimeOfTheLastChangeOfStatus) {
  EXPECT_EQ(condition_to_write(ConditionState{}, kServes, kNow)->since, kServes.since);
  EXPECT_EQ(condition_to_write(after(kServes), kDrains, kNow)->since, kDrains.since);
  const PodCondition held{false, Reason::kHeld, "", "10:07"};
  EXPECT_EQ(condition_to_write(after(kDrains), held, kNow)->since, kDrains.since);
  EXPECT_EQ(condition_to_write(after(held), kServes, kNow)->since, kServes.since);
}

TEST(PodConditionRule, AWriteThatFailedIsTriedAgainEverMoreSlowly) {
  ConditionState failed;
  ConditionState refused;
  Millis last_failed{0};
  Millis last_refused{0};
  for (int i = 0; i < 20; ++i) {
    failed = condition_ended(condition_sent(failed, kDrains), ConditionWrite::kFailed, kNow);
    refused = condition_ended(condition_sent(refused, kDrains), ConditionWrite::kRefused, kNow);
    EXPECT_GE(failed.next - kNow, last_failed);
    EXPECT_GE(refused.next - kNow, last_refused);
    last_failed = failed.next - kNow;
    last_refused = refused.next - kNow;
    EXPECT_FALSE(condition_to_write(failed, kDrains, failed.next - Millis{1}));
    EXPECT_TRUE(condition_to_write(failed, kDrains, failed.next));
  }
  EXPECT_EQ(last_failed, Millis{60'000});
  EXPECT_EQ(last_refused, Millis{300'000});
  const auto done = condition_ended(condition_sent(failed, kDrains), ConditionWrite::kDone, kNow);
  EXPECT_EQ(done.failures, 0);
  EXPECT_TRUE(condition_to_write(done, kServes, kNow)) << "a change waits for nothing";
}

TEST(PodConditionRule, ThePatchIsJsonWhateverTheMessageSays) {
  EXPECT_EQ(condition_patch({false, Reason::kHeld, "a \"b\" \\ \n\x01", "2026-11-22T10:00:00Z"}),
            R"({"status":{"conditions":[{"type":"starrocks.com/serving","status":"False",)"
            R"("reason":"held","message":"a \"b\" \\ \u000a\u0001",)"
            R"("lastTransitionTime":"2026-11-22T10:00:00Z"}]}})");
  EXPECT_NE(condition_patch(kServes).find(R"("status":"True","reason":"serving")"),
            std::string::npos);
}

TEST(PodConditionRule, ALongMessageIsCutBetweenCharacters) {
  std::string message(1'023, 'x');
  message += "\xC3\xA4 and more";
  const auto patch = condition_patch({false, Reason::kHeld, message, ""});
  EXPECT_NE(patch.find(std::string(1'023, 'x') + "\""), std::string::npos);
}

}  // namespace
}  // namespace sragent
