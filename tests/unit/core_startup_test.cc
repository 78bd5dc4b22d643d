#include <gtest/gtest.h>

#include "core/advice.h"
#include "core/startup.h"

namespace sragent {
namespace {

constexpr Instant kBegan{1'000'000};
constexpr Millis kLimit{300'000};

/// A server that was started at kBegan and runs.
StartFacts starting(NodeKind kind = NodeKind::kFe) {
  StartFacts out;
  out.kind = kind;
  out.server_running = true;
  out.stall_limit = kLimit;
  begin_start(out.progress, kBegan);
  return out;
}

StartSign at_entry(Millis after, std::int64_t position, std::int64_t target = 0) {
  StartSign out;
  out.at = kBegan + after;
  out.stage = "replays the journal";
  out.position = position;
  if (target > 0) out.target = target;
  return out;
}

StartSign at_bytes(Millis after, std::uint64_t bytes) {
  StartSign out;
  out.at = kBegan + after;
  out.bytes = bytes;
  return out;
}

TEST(S56_Startup, AReplayOfTwentyMinutesNeverStalls) {
  auto facts = starting();
  for (int second = 0; second <= 1200; second += 2) {
    const Millis after{second * 1000};
    add_sign(facts.progress, at_entry(after, 100 + second * 50));
    const auto verdict = judge_start(facts, kBegan + after);
    ASSERT_EQ(verdict.state, StartState::kMoving) << second;
    ASSERT_EQ(verdict.reason, Reason::kReplaying);
  }
}

TEST(S56_Startup, TellsPositionRateAndTimeToGo) {
  auto facts = starting();
  add_sign(facts.progress, at_entry(Millis{2'000}, 1'000, 11'000));
  add_sign(facts.progress, at_entry(Millis{4'000}, 2'000, 11'000));
  const auto verdict = judge_start(facts, kBegan + Millis{4'000});
  ASSERT_TRUE(verdict.eta);
  EXPECT_EQ(*verdict.eta, Millis{18'000});
  EXPECT_EQ(verdict.detail,
            "replays the journal: entry 2000 of 11000, 500 entries/s, 18 s to go, moved 0 s ago, "
            "started 4 s ago");
}

TEST(S56_Startup, SaysWhatItDoesNotKnow) {
  auto facts = starting(NodeKind::kBe);
  EXPECT_EQ(judge_start(facts, kBegan + Millis{1'000}).detail,
            "no sign of it yet: 0 bytes, rate not known yet, time to go not known, moved 1 s ago, "
            "started 1 s ago");
  add_sign(facts.progress, at_entry(Millis{2'000}, 5));
  add_sign(facts.progress, at_entry(Millis{4'000}, 9));
  EXPECT_FALSE(judge_start(facts, kBegan + Millis{4'000}).eta) << "no target, no time to go";
}

TEST(S56_Startup, StallsOnlyOnceNothingHasMovedForTheLimit) {
  auto facts = starting();
  add_sign(facts.progress, at_entry(Millis{2'000}, 7));
  add_sign(facts.progress, at_entry(Millis{10'000}, 8));
  for (int second = 12; second < 310; second += 2) {
    add_sign(facts.progress, at_entry(Millis{second * 1000}, 8));
    ASSERT_EQ(judge_start(facts, kBegan + Millis{second * 1000}).state, StartState::kMoving);
  }
  add_sign(facts.progress, at_entry(Millis{310'000}, 8));
  const auto stalled = judge_start(facts, kBegan + Millis{310'000});
  EXPECT_EQ(stalled.state, StartState::kStalled);
  EXPECT_EQ(stalled.reason, Reason::kStalled);
  add_sign(facts.progress, at_entry(Millis{312'000}, 9));
  EXPECT_EQ(judge_start(facts, kBegan + Millis{312'000}).state, StartState::kMoving);
}

TEST(S56_Startup, AServerOfWhichNothingIsSeenStallsToo) {
  const auto facts = starting();
  EXPECT_EQ(judge_start(facts, kBegan + kLimit - Millis{1}).state, StartState::kMoving);
  EXPECT_EQ(judge_start(facts, kBegan + kLimit).state, StartState::kStalled);
}

TEST(S56_Startup, EachKindOfMovementCounts) {
  const auto moved = [](const StartSign& next) {
    StartProgress progress;
    begin_start(progress, kBegan);
    auto first = at_entry(Millis{1'000}, 5);
    first.mark = "1795248960041";
    first.bytes = 100;
    add_sign(progress, first);
    add_sign(progress, next);
    return progress.moved == next.at;
  };
  auto next = at_entry(Millis{9'000}, 5);
  next.mark = "1795248960041";
  next.bytes = 100;
  EXPECT_FALSE(moved(next));
  auto mark = next;
  mark.mark = "1795248960042";
  EXPECT_TRUE(moved(mark));
  auto bytes = next;
  bytes.bytes = 101;
  EXPECT_TRUE(moved(bytes));
  bytes.bytes = 99;
  EXPECT_FALSE(moved(bytes)) << "a file that went is no progress";
  auto stage = next;
  stage.stage = "takes its role";
  EXPECT_TRUE(moved(stage));
  auto read = next;
  read.read = std::uint64_t{1} << 20U;
  EXPECT_TRUE(moved(read));
  --read.read;
  EXPECT_FALSE(moved(read)) << "so little are heartbeats";
}

TEST(S56_Startup, ALeaderThatReadsAndTellsNothingMovesAndOneThatHearsHeartbeatsAloneStalls) {
  const auto state_with = [](std::uint64_t bytes_a_second) {
    auto facts = starting();
    auto last = StartState::kMoving;
    for (int second = 0; second <= 1200; second += 2) {
      auto sign = at_entry(Millis{second * 1000}, 5, 4'000'000);
      sign.read = bytes_a_second * static_cast<std::uint64_t>(second);
      add_sign(facts.progress, sign);
      last = judge_start(facts, sign.at).state;
      if (last == StartState::kStalled) break;
    }
    return last;
  };
  EXPECT_EQ(state_with(10'000), StartState::kMoving);
  EXPECT_EQ(state_with(100), StartState::kStalled);
}

TEST(S56_Startup, ALogThatRolledOnTakesNothingBackAndMovesNothing) {
  auto facts = starting();
  add_sign(facts.progress, at_entry(Millis{2'000}, 500));
  StartSign blind;
  blind.at = kBegan + Millis{4'000};
  add_sign(facts.progress, blind);
  add_sign(facts.progress, at_entry(Millis{6'000}, 500));
  EXPECT_EQ(facts.progress.moved, kBegan);
  EXPECT_EQ(facts.progress.last.position, 500);
}

StartSign at_read(Millis after, std::uint64_t read) {
  StartSign out;
  out.at = kBegan + after;
  out.read = read;
  out.read_within = Millis{60'000};
  return out;
}

TEST(S56_Startup, ABesNextStepMovesAndOneThatItsLogRolledAwayFromDoesNot) {
  auto facts = starting(NodeKind::kBe);
  const auto add = [&](int second, const std::string& step) {
    auto sign = at_read(Millis{second * 1000}, 0);
    sign.step = step;
    add_sign(facts.progress, sign);
  };
  add(2, "start step 1: daemon");
  add(4, "start step 2: storage");
  add(6, "");
  add(8, "start step 2: storage");
  EXPECT_EQ(facts.progress.moved, kBegan + Millis{4'000});
  EXPECT_NE(judge_start(facts, kBegan + Millis{9'000}).detail.find(", start step 2: storage: "),
            std::string::npos);
}

TEST(S56_Startup, ABeThatOpensManySmallFilesMoves) {
  auto facts = starting(NodeKind::kBe);
  for (int second = 0; second <= 1'200; second += 2) {
    auto sign = at_read(Millis{second * 1000}, 100 * static_cast<std::uint64_t>(second));
    sign.reads = 50 * static_cast<std::uint64_t>(second);
    add_sign(facts.progress, sign);
    ASSERT_EQ(judge_start(facts, sign.at).state, StartState::kMoving) << second;
  }
}

TEST(S56_Startup, NoStallOfABeIsShorterThanTheTimeThatItsReadingIsGiven) {
  auto facts = starting(NodeKind::kBe);
  facts.stall_limit = Millis{10'000};
  add_sign(facts.progress, at_read(Millis{2'000}, 0));
  EXPECT_EQ(judge_start(facts, kBegan + Millis{59'000}).state, StartState::kMoving);
  EXPECT_EQ(judge_start(facts, kBegan + Millis{60'000}).state, StartState::kStalled);
}

TEST(S56_Startup, ABeCountsWhatItReads) {
  auto facts = starting(NodeKind::kBe);
  add_sign(facts.progress, at_read(Millis{2'000}, 1'000));
  add_sign(facts.progress, at_read(Millis{4'000}, 21'000));
  const auto verdict = judge_start(facts, kBegan + Millis{4'000});
  EXPECT_EQ(verdict.reason, Reason::kLoading);
  EXPECT_NE(verdict.detail.find("21000 bytes, 10000 bytes/s"), std::string::npos) << verdict.detail;
}

/// Of another user's process only the log is seen.
TEST(S56_Startup, ABeWhoseReadingIsNotSeenCountsItsLog) {
  auto facts = starting(NodeKind::kBe);
  add_sign(facts.progress, at_bytes(Millis{2'000}, 1'000));
  add_sign(facts.progress, at_bytes(Millis{4'000}, 1'100));
  EXPECT_EQ(facts.progress.moved, kBegan + Millis{4'000});
}

/// What hangs in its storage goes on reading its machine's counters, a few KiB every 15 s.
TEST(S56_Startup, ABeThatReadsItsOwnCountersAloneStallsAndOneThatLoadsDoesNot) {
  const auto state_with = [](std::uint64_t bytes_a_round) {
    auto facts = starting(NodeKind::kBe);
    auto last = StartState::kMoving;
    for (int second = 0; second <= 7'200; second += 15) {
      const auto rounds = static_cast<std::uint64_t>(second) / 15;
      add_sign(facts.progress, at_read(Millis{second * 1000}, bytes_a_round * rounds));
      last = judge_start(facts, kBegan + Millis{second * 1000}).state;
      if (last == StartState::kStalled) break;
    }
    return last;
  };
  EXPECT_EQ(state_with(100'000), StartState::kStalled);
  EXPECT_EQ(state_with(500'000), StartState::kMoving);
}

TEST(S56_Startup, IsUpFromTheFirstSignOfLifeOnAndDownWithoutAServer) {
  auto facts = starting();
  facts.progress.up = kBegan + Millis{5'000};
  EXPECT_EQ(judge_start(facts, kBegan + 2 * kLimit).state, StartState::kUp);
  facts.server_running = false;
  facts.server_detail = "exited with 255";
  auto down = judge_start(facts, kBegan + 2 * kLimit);
  EXPECT_EQ(down.state, StartState::kDown);
  EXPECT_EQ(down.reason, Reason::kServerDown);
  EXPECT_EQ(down.detail, "exited with 255");
  facts.under_way = Reason::kHeld;
  down = judge_start(facts, kBegan + 2 * kLimit);
  EXPECT_EQ(down.reason, Reason::kHeld);
}

TEST(S57_Advice, ComesOnlyInPodsOfTheOperator) {
  EXPECT_TRUE(probe_advice({false, 15, Millis{900'000}}).empty());
  EXPECT_TRUE(probe_advice({true, std::nullopt, std::nullopt}).empty());
}

TEST(S57_Advice, ReadinessMustFailBeforeTheFeStopsAccepting) {
  const auto stock = probe_advice({true, 15, std::nullopt});
  ASSERT_EQ(stock.size(), 1U);
  EXPECT_EQ(stock[0].field, "readinessProbeFailureSeconds");
  EXPECT_EQ(stock[0].value, "10");
  EXPECT_EQ(probe_advice({true, 6, std::nullopt}).at(0).value, "5");
  EXPECT_EQ(probe_advice({true, 3, std::nullopt}).at(0).value, "5") << "one period is the least";
  EXPECT_TRUE(probe_advice({true, 25, std::nullopt}).empty()) << "the chart's value suits";
}

TEST(S57_Advice, ALongStartWantsTwiceItsTime) {
  EXPECT_TRUE(probe_advice({true, std::nullopt, Millis{180'000}}).empty());
  const auto advice = probe_advice({true, std::nullopt, Millis{200'000}});
  ASSERT_EQ(advice.size(), 2U);
  EXPECT_EQ(advice[0].field, "startupProbeFailureSeconds");
  EXPECT_EQ(advice[1].field, "livenessProbeFailureSeconds");
  EXPECT_EQ(advice[0].value, "420");
  EXPECT_EQ(advice[1].value, "420");
}

}  // namespace
}  // namespace sragent
