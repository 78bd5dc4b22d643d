#include <gtest/gtest.h>

#include "core/leaving.h"

/// A stop of a node whose name never comes back: S36.
namespace sragent {
namespace {

using namespace std::chrono_literals;
using enum LeavePhase;

constexpr Instant kStart{1'000'000};
constexpr Millis kBudget = 60s;

/// A CN whose server has ended after its signal, in the budget.
LeaveState stopped(bool row_goes) {
  auto out = begin_leave(LeaveTrigger::kTerm, kBudget, kStart);
  out.row_goes = row_goes;
  out.phase = kSignal;
  out.signalled_at = kStart;
  return out;
}

LeaveFacts cn_facts() {
  LeaveFacts out;
  out.looked = true;
  out.drops = true;
  out.server_stop = 10s;
  return out;
}

TEST(RowGoes, S36_IsDroppedOnceTheServerIsDownAndTheStopEndsWithItsAbsence) {
  auto facts = cn_facts();
  auto state = stopped(true);
  facts.server_running = true;
  EXPECT_EQ(advance_leave(state, facts, kStart + 1s).action, LeaveAction::kNothing);
  facts.server_running = false;
  auto step = advance_leave(state, facts, kStart + 2s);
  EXPECT_EQ(step.action, LeaveAction::kDrop);
  facts.row_gone = true;
  step = advance_leave(step.state, facts, kStart + 3s);
  EXPECT_EQ(step.state.phase, kEnded);
}

TEST(RowGoes, S36_AStopOfANameThatComesBackDropsNothing) {
  const auto step = advance_leave(stopped(false), cn_facts(), kStart + 2s);
  EXPECT_EQ(step.state.phase, kEnded);
}

TEST(RowGoes, S36_ThreeTriesOrTheEndOfTheBudgetAreEnough) {
  auto facts = cn_facts();
  facts.drop_tries = kDropTries - 1;
  EXPECT_EQ(advance_leave(stopped(true), facts, kStart + 2s).action, LeaveAction::kDrop);
  facts.drop_tries = kDropTries;
  EXPECT_EQ(advance_leave(stopped(true), facts, kStart + 2s).state.phase, kEnded);
  facts.drop_tries = 0;
  EXPECT_EQ(advance_leave(stopped(true), facts, kStart + kBudget - 1ms).action, LeaveAction::kDrop);
  EXPECT_EQ(advance_leave(stopped(true), facts, kStart + kBudget).state.phase, kEnded);
}

TEST(RowGoes, S36_AnFesNoEndsTheStopAndNotTheContainersEnd) {
  auto facts = cn_facts();
  facts.no_leave = LeaveRefusal{30, Reason::kPrivilegeDenied, "no"};
  const auto step = advance_leave(stopped(true), facts, kStart + 2s);
  EXPECT_EQ(step.state.phase, kEnded);
  EXPECT_FALSE(step.state.refusal) << "a refused drain serves again, a stop does not";
}

TEST(RowGoes, S36_AStopAfterADrainThatHasEndedDropsTheRowToo) {
  auto state = begin_leave(LeaveTrigger::kDrain, {}, kStart);
  state.row_goes = true;
  state.phase = kEnded;
  state.signalled_at = kStart + 1s;
  state = join_leave(state, LeaveTrigger::kTerm, kBudget, kStart + 10s);
  EXPECT_EQ(advance_leave(state, cn_facts(), kStart + 11s).action, LeaveAction::kDrop);
}

TEST(RowGoes, S36_ARowIsNotDroppedBesideARunningServer) {
  auto facts = cn_facts();
  facts.server_running = true;
  auto state = stopped(true);
  state.phase = kDrop;
  EXPECT_NE(advance_leave(state, facts, kStart + 2s).action, LeaveAction::kDrop);
}

TEST(RowGoes, S36_TheServerLeavesTimeForTheDrop) {
  auto facts = cn_facts();
  facts.server_running = true;
  EXPECT_EQ(*kill_at(stopped(false), facts), kStart + kBudget);
  EXPECT_EQ(*kill_at(stopped(true), facts), kStart + kBudget - kDropSpan);
  EXPECT_EQ(*signal_by(stopped(true), facts), kStart + kBudget - kDropSpan - facts.server_stop);
  auto hasty = begin_leave(LeaveTrigger::kTerm, 12s, kStart);
  hasty.row_goes = true;
  EXPECT_EQ(*kill_at(hasty, facts), kStart + 10s) << "a sixth of a short budget";
}

}  // namespace
}  // namespace sragent
