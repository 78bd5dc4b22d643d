#include <gtest/gtest.h>

#include "runtime/work_count.h"

namespace sragent {
namespace {

Result<int> failed(ErrorKind kind) {
  return tl::unexpected(Error{kind, "why"});
}

LeaveFacts told(const WorkCount& count) {
  LeaveFacts out;
  count.tell(out);
  return out;
}

TEST(WorkCount, S60_WhatTheUserMayNotSeeCountsAsQuietUntilHeMay) {
  WorkCount count;
  count.take(3, Instant{500});
  count.take(failed(ErrorKind::kPrivilege), Instant{1'000});
  EXPECT_EQ(told(count).running, std::nullopt);
  EXPECT_EQ(told(count).counted_at, Instant{1'000});
  EXPECT_EQ(told(count).quiet_since, Instant{1'000});
  EXPECT_TRUE(count.idle_or_unknown());
  EXPECT_EQ(count.why(), "why");
  count.take(2, Instant{1'500});
  EXPECT_EQ(told(count).running, 2);
  EXPECT_EQ(told(count).quiet_since, std::nullopt);
  EXPECT_FALSE(count.idle_or_unknown());
}

TEST(WorkCount, AStopDoesNotWaitForWhatNobodyCanTellAndADrainDoes) {
  const LeaveState stop{.trigger = LeaveTrigger::kTerm};
  const LeaveState drain{.trigger = LeaveTrigger::kDrain};
  WorkCount count;
  for (int i = 0; i < kCountTries; ++i) {
    EXPECT_TRUE(count.can_be_had(stop));
    count.take(failed(ErrorKind::kTimeout), Instant{500});
  }
  EXPECT_FALSE(count.can_be_had(stop));
  EXPECT_TRUE(count.can_be_had(drain));
  EXPECT_EQ(told(count).quiet_since, std::nullopt);
}

}  // namespace
}  // namespace sragent
