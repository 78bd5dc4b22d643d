#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "core/exit_codes.h"
#include "core/leaving.h"
#include "core_leaving_case.h"

namespace sragent {
namespace {

using namespace std::chrono_literals;
using enum LeavePhase;
using test::counted;
using test::facts;
using test::kBudget;
using test::kStart;
using test::turn;

std::vector<LeavePhase> all_phases() {
  std::vector<LeavePhase> out;
  out.reserve(kLeavePhaseCount);
  for (int i = 0; i < kLeavePhaseCount; ++i)
    out.push_back(static_cast<LeavePhase>(i));
  return out;
}

std::vector<LeaveEvent> all_events() {
  std::vector<LeaveEvent> out;
  out.reserve(kLeaveEventCount);
  for (int i = 0; i < kLeaveEventCount; ++i)
    out.push_back(static_cast<LeaveEvent>(i));
  return out;
}

TEST(LeavingTable, HasAnEntryForEachPairAndLeadsToTheEnd) {
  for (const auto phase : all_phases()) {
    std::set<LeavePhase> reached{phase};
    for (bool grown = true; grown;) {
      const auto before = reached;
      for (const auto from : before) {
        for (const auto event : all_events())
          reached.insert(next_phase(from, event));
      }
      grown = reached.size() > before.size();
    }
    EXPECT_TRUE(reached.contains(kEnded)) << to_string(phase);
  }
  for (const auto event : all_events())
    EXPECT_EQ(next_phase(kEnded, event), kEnded) << to_string(event);
}

TEST(LeavingTable, GoesBackOnlyToNothing) {
  for (const auto phase : all_phases()) {
    for (const auto event : all_events())
      EXPECT_GE(next_phase(phase, event), phase) << to_string(phase) << ", " << to_string(event);
  }
}

/// Whatever the facts are, once the time is over the next turns end a stop.
TEST(LeavingTable, AStopEndsInsideItsBudgetWhateverTheFactsAre) {
  for (int bits = 0; bits < 256; ++bits) {
    LeaveFacts seen;
    seen.server_running = true;
    seen.looked = (bits & 1) != 0;
    seen.marks_wanted = (bits & 2) != 0;
    seen.marks_over = (bits & 4) != 0;
    seen.work_counts = (bits & 8) != 0;
    seen.marks_left = (bits & 16) != 0;
    if ((bits & 32) != 0) seen.running = 7;
    seen.moves = (bits & 64) != 0;
    seen.drops = (bits & 128) != 0;
    seen.server_stop = 60s;
    auto state = begin_leave(LeaveTrigger::kTerm, kBudget, kStart);
    bool told = false;
    for (auto now = kStart; now <= kStart + kBudget; now += 1s)
      told |= turn(state, seen, now) == LeaveAction::kSignal;
    EXPECT_TRUE(told) << bits;
    EXPECT_TRUE(state.killed) << bits;
    EXPECT_GE(kStart + kBudget - *state.signalled_at, 50s) << bits << ": time for the server";
    seen.server_running = false;
    turn(state, seen, kStart + kBudget);
    EXPECT_EQ(state.phase, kEnded) << bits;
  }
}

TEST(Leaving, GoesThroughItsPhasesInOrder) {
  auto seen = facts();
  seen.looked = false;
  auto state = begin_leave(LeaveTrigger::kTerm, kBudget, kStart);
  EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kLook);
  seen.looked = true;
  EXPECT_EQ(turn(state, seen, kStart + 1s), LeaveAction::kMark);
  seen.marks_over = seen.marks_left = seen.work_kept_away = true;
  EXPECT_EQ(turn(state, seen, kStart + 2s), LeaveAction::kCount);
  seen = counted(seen, 3, kStart + 3s);
  EXPECT_EQ(turn(state, seen, kStart + 3s), LeaveAction::kCount);
  seen = counted(seen, 0, kStart + 4s);
  EXPECT_EQ(turn(state, seen, kStart + 4s), LeaveAction::kCount) << "one zero proves nothing";
  seen = counted(seen, 0, kStart + 5s);
  EXPECT_EQ(turn(state, seen, kStart + 5s), LeaveAction::kSignal);
  EXPECT_EQ(turn(state, seen, kStart + 6s), LeaveAction::kNothing) << "it is told once";
  seen.server_running = false;
  EXPECT_EQ(turn(state, seen, kStart + 7s), LeaveAction::kUnmark);
  seen.unmark_over = true;
  seen.marks_left = false;
  EXPECT_EQ(turn(state, seen, kStart + 8s), LeaveAction::kNothing);
  EXPECT_EQ(state.phase, kEnded);
  EXPECT_EQ(leave_exit_code(state, seen), kExitDone);
}

TEST(Leaving, WithoutMarksTheFirstQuietMomentIsTaken) {
  auto seen = facts();
  seen.marks_wanted = false;
  auto state = begin_leave(LeaveTrigger::kTerm, kBudget, kStart);
  EXPECT_EQ(turn(state, counted(seen, 2, kStart), kStart), LeaveAction::kCount);
  EXPECT_EQ(turn(state, counted(seen, 0, kStart + 1s), kStart + 1s), LeaveAction::kSignal);
}

TEST(Leaving, ACountFromBeforeTheWaitProvesNothing) {
  auto seen = counted(facts(), 0, kStart - 5s);
  seen.marks_wanted = false;
  auto state = begin_leave(LeaveTrigger::kTerm, kBudget, kStart);
  EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kCount);
}

TEST(Leaving, AStopLeavesTheServerItsTimeAndSaysWhatWasCutOff) {
  auto seen = facts();
  seen.marks_wanted = false;
  auto state = begin_leave(LeaveTrigger::kTerm, kBudget, kStart);
  EXPECT_EQ(turn(state, counted(seen, 2, kStart + 79s), kStart + 79s), LeaveAction::kCount);
  seen = counted(seen, 2, kStart + 80s);
  EXPECT_EQ(turn(state, seen, kStart + 80s), LeaveAction::kSignal);
  EXPECT_EQ(state.cut_off, 2);
  EXPECT_EQ(turn(state, seen, kStart + 99s), LeaveAction::kNothing);
  EXPECT_EQ(turn(state, seen, kStart + 100s), LeaveAction::kKill);
  EXPECT_EQ(leave_exit_code(state, seen), kExitRestAccepted);
}

TEST(Leaving, ADrainWaitsForItsWorkWithoutLimit) {
  auto state = begin_leave(LeaveTrigger::kDrain, kBudget, kStart);
  const auto seen = counted(facts(), 1, kStart + 10h);
  auto marked = seen;
  marked.marks_over = true;
  EXPECT_EQ(turn(state, marked, kStart + 10h), LeaveAction::kCount);
  EXPECT_FALSE(state.signalled_at);
}

TEST(Leaving, ADrainThatIsRefusedEndsWithoutASignal) {
  auto state = begin_leave(LeaveTrigger::kDrain, kBudget, kStart);
  auto seen = facts();
  seen.looked = false;
  seen.refusal = LeaveRefusal{kExitQuorum, Reason::kQuorumRisk, "one of three is down"};
  EXPECT_EQ(turn(state, seen, kStart + 1s), LeaveAction::kNothing);
  EXPECT_EQ(state.phase, kEnded);
  EXPECT_FALSE(state.signalled_at);
  EXPECT_EQ(leave_exit_code(state, seen), kExitQuorum);
}

TEST(Leaving, ADrainWithoutAnswersIsUndecidable) {
  auto state = begin_leave(LeaveTrigger::kDrain, kBudget, kStart);
  auto seen = facts();
  seen.looked = false;
  EXPECT_EQ(turn(state, seen, kStart + kDrainLookSpan - 1ms), LeaveAction::kLook);
  EXPECT_EQ(turn(state, seen, kStart + kDrainLookSpan), LeaveAction::kNothing);
  EXPECT_EQ(leave_exit_code(state, seen), kExitUndecidable);
}

TEST(Leaving, AStopIsNeverRefused) {
  auto seen = facts();
  seen.refusal = LeaveRefusal{kExitQuorum, Reason::kQuorumRisk, "one of three is down"};
  for (const auto trigger : {LeaveTrigger::kPrestop, LeaveTrigger::kTerm}) {
    auto state = begin_leave(trigger, kBudget, kStart);
    EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kMark) << to_string(trigger);
    EXPECT_FALSE(state.refusal);
  }
}

TEST(Leaving, ASecondTermSkipsTheWaitsAndAThirdKills) {
  auto seen = counted(facts(), 1, kStart);
  auto state = begin_leave(LeaveTrigger::kTerm, kBudget, kStart);
  turn(state, seen, kStart);
  state = join_leave(state, LeaveTrigger::kTerm, kBudget, kStart + 1s);
  EXPECT_EQ(turn(state, seen, kStart + 1s), LeaveAction::kSignal);
  state = join_leave(state, LeaveTrigger::kTerm, kBudget, kStart + 2s);
  EXPECT_EQ(turn(state, seen, kStart + 2s), LeaveAction::kKill);
}

TEST(Leaving, AHastenedServerGetsLittleTime) {
  auto seen = counted(facts(), 1, kStart);
  auto state = begin_leave(LeaveTrigger::kTerm, kBudget, kStart);
  state = join_leave(state, LeaveTrigger::kTerm, kBudget, kStart + 1s);
  EXPECT_EQ(turn(state, seen, kStart + 1s), LeaveAction::kSignal);
  EXPECT_EQ(turn(state, seen, kStart + 1s + kHastenedStop - 1ms), LeaveAction::kNothing);
  EXPECT_EQ(turn(state, seen, kStart + 1s + kHastenedStop), LeaveAction::kKill);
}

TEST(Leaving, TheTermAfterPrestopGetsWhatIsLeft) {
  auto seen = counted(facts(), 1, kStart);
  auto state = begin_leave(LeaveTrigger::kPrestop, kBudget, kStart);
  turn(state, seen, kStart);
  state = join_leave(state, LeaveTrigger::kTerm, kBudget, kStart + 50s);
  EXPECT_EQ(state.ends, kStart + kBudget);
  EXPECT_EQ(turn(state, seen, kStart + 50s), LeaveAction::kCount) << "one TERM is no haste";
}

TEST(Leaving, AStopTakesADrainOver) {
  auto seen = counted(facts(), 1, kStart);
  seen.marks_over = true;
  auto state = begin_leave(LeaveTrigger::kDrain, kBudget, kStart);
  EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kCount);
  state = join_leave(state, LeaveTrigger::kTerm, kBudget, kStart + 1h);
  EXPECT_EQ(state.ends, kStart + 1h + kBudget);
  EXPECT_EQ(turn(state, seen, kStart + 1h), LeaveAction::kCount);
  EXPECT_EQ(turn(state, seen, kStart + 1h + 80s), LeaveAction::kSignal);
}

TEST(Leaving, AStopThatFindsADrainTakenBackBeginsAnew) {
  auto seen = facts();
  seen.marks_over = seen.marks_left = true;
  auto state = begin_leave(LeaveTrigger::kDrain, kBudget, kStart);
  turn(state, counted(seen, 1, kStart), kStart);
  state = cancel_leave(state, kStart + 1s);
  state = join_leave(state, LeaveTrigger::kTerm, kBudget, kStart + 2s);
  EXPECT_EQ(turn(state, counted(seen, 0, kStart + 2s), kStart + 2s), LeaveAction::kSignal);
}

TEST(Leaving, ADrainRequestDuringAStopChangesNothing) {
  const auto stop = begin_leave(LeaveTrigger::kTerm, kBudget, kStart);
  const auto joined = join_leave(stop, LeaveTrigger::kDrain, kBudget, kStart + 1s);
  EXPECT_EQ(joined.trigger, LeaveTrigger::kTerm);
  EXPECT_EQ(cancel_leave(joined, kStart + 2s).phase, kLook);
  EXPECT_FALSE(cancel_leave(joined, kStart + 2s).cancelled);
}

TEST(Leaving, AStopScriptsSignalIsNotRepeated) {
  auto state = begin_leave(LeaveTrigger::kStopScript, kBudget, kStart);
  auto seen = facts();
  EXPECT_EQ(turn(state, seen, kStart + 1s), LeaveAction::kNothing);
  EXPECT_EQ(turn(state, seen, kStart + kBudget), LeaveAction::kKill);
  auto drain = begin_leave(LeaveTrigger::kDrain, kBudget, kStart);
  seen.marks_over = true;
  turn(drain, seen, kStart);
  drain = join_leave(drain, LeaveTrigger::kStopScript, kBudget, kStart + 1s);
  EXPECT_EQ(turn(drain, seen, kStart + 1s), LeaveAction::kNothing);
  EXPECT_EQ(drain.phase, kSignal);
}

TEST(Leaving, ACancelledDrainTakesItsMarksBackAndNeverSignals) {
  auto seen = facts();
  seen.marks_over = seen.marks_left = true;
  auto state = begin_leave(LeaveTrigger::kDrain, kBudget, kStart);
  EXPECT_EQ(turn(state, counted(seen, 1, kStart), kStart), LeaveAction::kCount);
  state = cancel_leave(state, kStart + 1s);
  EXPECT_EQ(turn(state, seen, kStart + 1s), LeaveAction::kUnmark);
  seen.marks_left = false;
  EXPECT_EQ(turn(state, seen, kStart + 2s), LeaveAction::kNothing);
  EXPECT_EQ(state.phase, kEnded);
  EXPECT_TRUE(state.cancelled);
  EXPECT_FALSE(state.signalled_at);
}

TEST(Leaving, WhatCannotBeTakenBackIsGoneThroughToItsEnd) {
  auto seen = counted(facts(), 0, kStart);
  seen.marks_wanted = false;
  auto state = begin_leave(LeaveTrigger::kDrain, kBudget, kStart);
  EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kSignal);
  state = cancel_leave(state, kStart + 1s);
  EXPECT_EQ(state.phase, kSignal);
  EXPECT_TRUE(state.cancelled) << "the server is started again afterwards";
}

TEST(Leaving, MarksThatCannotBeTakenBackAreARestThatIsTold) {
  auto seen = facts();
  seen.server_running = false;
  seen.marks_left = true;
  auto state = begin_leave(LeaveTrigger::kDrain, kBudget, kStart);
  EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kUnmark);
  EXPECT_EQ(turn(state, seen, kStart + kDrainUnmarkSpan), LeaveAction::kNothing);
  EXPECT_EQ(leave_exit_code(state, seen), kExitRestAccepted);
}

TEST(Leaving, AServerThatIgnoresADrainIsKilled) {
  auto seen = counted(facts(), 0, kStart);
  seen.marks_wanted = false;
  auto state = begin_leave(LeaveTrigger::kDrain, kBudget, kStart);
  turn(state, seen, kStart);
  EXPECT_EQ(turn(state, seen, *kill_at(state, seen) - 1ms), LeaveAction::kNothing);
  EXPECT_EQ(turn(state, seen, *kill_at(state, seen)), LeaveAction::kKill);
}

TEST(Leaving, TheDiagramNamesEachPhaseAndEachEvent) {
  const auto text = leave_diagram();
  for (const auto phase : all_phases())
    EXPECT_NE(text.find("| `" + std::string{to_string(phase)} + "` |"), std::string::npos);
  for (const auto event : all_events())
    EXPECT_NE(text.find(std::string{to_string(event)}), std::string::npos);
}

}  // namespace
}  // namespace sragent
