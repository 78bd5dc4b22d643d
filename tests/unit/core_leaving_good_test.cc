#include <set>

#include <gtest/gtest.h>

#include "core/exit_codes.h"
#include "core_leaving_case.h"

/// Leaving for good.
namespace sragent {
namespace {

using namespace std::chrono_literals;
using enum LeavePhase;
using test::counted;
using test::facts;
using test::kBudget;
using test::kStart;
using test::turn;

/// A BE or CN whose FEs answer.
LeaveFacts good(bool moves) {
  auto out = facts();
  out.marks_wanted = out.work_counts = false;
  out.moves = moves;
  out.drops = !moves;
  return out;
}

TEST(ForGood, ABackendServesUntilItsRowIsGoneAndIsStoppedThen) {
  auto seen = good(true);
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kMove);
  EXPECT_TRUE(state.decided);
  EXPECT_TRUE(keeps_server(state));
  EXPECT_EQ(turn(state, seen, kStart + 100h), LeaveAction::kMove) << "no time-out ends it";
  seen.tablets = 0;
  seen.tablets_at = kStart + 100h;
  EXPECT_EQ(turn(state, seen, kStart + 100h), LeaveAction::kMove) << "an empty row is still a row";
  seen.row_gone = true;
  EXPECT_EQ(turn(state, seen, kStart + 101h), LeaveAction::kSignal);
  EXPECT_FALSE(keeps_server(state));
  seen.server_running = false;
  EXPECT_EQ(turn(state, seen, kStart + 102h), LeaveAction::kNothing);
  EXPECT_EQ(state.phase, kEnded);
  EXPECT_EQ(leave_exit_code(state, seen), kExitDone);
}

TEST(ForGood, AServerThatEndsWhileItsTabletsMoveChangesNothing) {
  auto seen = good(true);
  seen.server_running = false;
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kMove);
  EXPECT_TRUE(keeps_server(state)) << "so it is started again";
}

TEST(ForGood, AComputeNodeIsDroppedOnlyOnceItsServerIsDown) {
  auto seen = good(false);
  seen.work_counts = true;
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  EXPECT_EQ(turn(state, counted(seen, 1, kStart), kStart), LeaveAction::kCount);
  EXPECT_EQ(turn(state, counted(seen, 0, kStart + 1s), kStart + 1s), LeaveAction::kSignal);
  EXPECT_EQ(turn(state, seen, kStart + 2s), LeaveAction::kNothing);
  seen.server_running = false;
  EXPECT_EQ(turn(state, seen, kStart + 3s), LeaveAction::kDrop);
  EXPECT_EQ(turn(state, seen, kStart + 300h), LeaveAction::kDrop) << "until an FE shows it gone";
  seen.row_gone = true;
  turn(state, seen, kStart + 301h);
  EXPECT_EQ(state.phase, kEnded);
  EXPECT_EQ(leave_exit_code(state, seen), kExitDone);
}

TEST(ForGood, OnlyItMovesAndDrops) {
  for (const auto trigger : {LeaveTrigger::kDrain,
                             LeaveTrigger::kStopScript,
                             LeaveTrigger::kPrestop,
                             LeaveTrigger::kTerm}) {
    for (const bool moves : {true, false}) {
      auto seen = good(moves);
      auto state = begin_leave(trigger, kBudget, kStart);
      std::set<LeaveAction> done;
      for (auto now = kStart; now < kStart + kBudget; now += 1s) {
        done.insert(turn(state, seen, now));
        seen.server_running = !state.signalled_at;
      }
      EXPECT_FALSE(done.contains(LeaveAction::kMove)) << to_string(trigger);
      EXPECT_FALSE(done.contains(LeaveAction::kDrop)) << to_string(trigger);
      EXPECT_EQ(state.phase, kEnded) << to_string(trigger);
    }
  }
}

TEST(ForGood, AnFesNoEndsItAndTheNodeServesOn) {
  auto seen = good(true);
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  turn(state, seen, kStart);
  seen.no_leave = LeaveRefusal{kExitReplicas, Reason::kNone, "the table d.t requires 3 replicas"};
  EXPECT_EQ(turn(state, seen, kStart + 1s), LeaveAction::kNothing);
  EXPECT_EQ(state.phase, kEnded);
  EXPECT_FALSE(state.signalled_at);
  EXPECT_EQ(leave_exit_code(state, seen), kExitReplicas);
}

TEST(ForGood, ALeaderIsNotToldToStopBeforeTheOthersAreSeenToLive) {
  auto seen = good(false);
  seen.marks_wanted = false;
  seen.work_counts = false;  // its exit is graceful: nothing else is waited for
  seen.others_unseen = true;
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kMove);
  EXPECT_EQ(turn(state, seen, kStart + 300h), LeaveAction::kMove);
  seen.others_unseen = false;
  EXPECT_EQ(turn(state, seen, kStart + 301h), LeaveAction::kSignal);
}

TEST(ForGood, ALeadersWorkThatEndedDoesNotStopItOnAnOldSightOfTheOthers) {
  auto seen = good(false);
  seen.marks_wanted = false;
  seen.work_counts = true;
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kCount);
  seen.others_unseen = true;
  seen.work_counts = false;  // as after a look that had no answer
  EXPECT_EQ(turn(state, counted(seen, 0, kStart + 1s), kStart + 1s), LeaveAction::kCount);
  seen.server_running = false;
  EXPECT_EQ(turn(state, seen, kStart + 2s), LeaveAction::kDrop) << "its server ended by itself";
}

TEST(ForGood, AStopInTheMiddleNeitherMovesNorDrops) {
  auto seen = good(true);
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  turn(state, seen, kStart);
  state = join_leave(state, LeaveTrigger::kTerm, kBudget, kStart + 1s);
  EXPECT_EQ(turn(state, seen, kStart + 1s), LeaveAction::kSignal);
  EXPECT_FALSE(keeps_server(state));
}

TEST(ForGood, WhatIsTakenBackWaitsForTheDecommissionToGo) {
  auto seen = good(true);
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  turn(state, seen, kStart);
  state = cancel_leave(state, kStart + 1s);
  seen.decommission_left = true;
  EXPECT_EQ(turn(state, seen, kStart + 1s), LeaveAction::kUnmark);
  EXPECT_TRUE(keeps_server(state)) << "it serves on, and is started should it end";
  seen.unmark_must = true;
  EXPECT_EQ(turn(state, seen, kStart + 3600s), LeaveAction::kUnmark) << "nobody else would do it";
  EXPECT_TRUE(cancel_leave(state, kStart + 3600s).cancel_owed) << "said once or twice";
  EXPECT_EQ(leave_exit_code(state, seen), kExitRestAccepted);
  seen.decommission_left = false;
  turn(state, seen, kStart + 2s);
  EXPECT_EQ(state.phase, kEnded);
  EXPECT_EQ(leave_exit_code(state, seen), kExitNo) << "taken back is not done";
}

TEST(ForGood, AnAdminsOwnDecommissionIsNotOurs) {
  auto seen = good(true);
  seen.decommissioned_before = true;
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  EXPECT_EQ(turn(state, seen, kStart), LeaveAction::kMove);
  EXPECT_FALSE(state.decided);
}

TEST(ForGood, OneThatAnEarlierProcessBeganIsNotRefusedForSilence) {
  auto seen = good(true);
  seen.looked = false;
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  state.resumed = true;
  EXPECT_EQ(turn(state, seen, kStart + 10 * kDrainLookSpan), LeaveAction::kLook);
}

TEST(ForGood, S35_WorkThatNeverEndsStandsStillAndIsWaitedForAllTheSame) {
  auto seen = good(false);
  seen.work_counts = true;
  seen.running = 2;
  auto state = begin_leave(LeaveTrigger::kForGood, kBudget, kStart);
  state.phase = LeavePhase::kWork;
  for (auto now = kStart; now <= kStart + kWorkStall; now += 10s) {
    EXPECT_FALSE(stands_still(state));
    seen.counted_at = now;
    seen.running = now == kStart ? 3 : 2;
    turn(state, seen, now);
  }
  seen.counted_at = kStart + 10s + kWorkStall;
  turn(state, seen, *seen.counted_at);
  EXPECT_TRUE(stands_still(state));
  EXPECT_EQ(state.phase, LeavePhase::kWork);
  seen.counted_at = *seen.counted_at + 1s;
  seen.running = 1;
  turn(state, seen, *seen.counted_at);
  EXPECT_FALSE(stands_still(state)) << "one less";
}

TEST(Tablets, ARateComesOfThoseThatWentAndAStandstillOfLooksWithoutAny) {
  auto move = take_tablets(std::nullopt, 100, kStart);
  EXPECT_FALSE(time_left(move));
  move = take_tablets(move, 90, kStart + 10s);
  EXPECT_EQ(time_left(move), Millis{90s});
  move = take_tablets(move, 90, kStart + 10s);
  EXPECT_EQ(move.still, 0) << "the same look again";
  for (int i = 1; i < kStallLooks; ++i)
    move = take_tablets(move, 95, kStart + 10s + i * 5s);
  EXPECT_FALSE(stands_still(move));
  move = take_tablets(move, 90, kStart + 1h);
  EXPECT_TRUE(stands_still(move));
  move = take_tablets(move, 89, kStart + 2h);
  EXPECT_FALSE(stands_still(move));
  EXPECT_EQ(move.first, 100);
}

}  // namespace
}  // namespace sragent
