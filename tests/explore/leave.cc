#include "leave.h"

#include <algorithm>

/// FEs that leave for good: their turns, time, and the people who order it.
namespace sragent::explore {
namespace {

/// Something speaks against the leaving, or keeps what was taken back from being so.
bool spoken_against(const Node& node) {
  if (is(node, Leave::kOwnLeads) || is(node, Leave::kUnanswered)) return false;
  const bool silent = is(node, Leave::kSilent);
  if (is(node, Leave::kTakesBack))
    return silent && node.left == kLeftTakenBack && node.proc == Proc::kNone;
  return node.leaving != 0 && (is(node, Leave::kNoDrop) || (silent && node.left == 0));
}

bool takes_turns(const Node& node) {
  return node.pod == Pod::kUp && (node.leaving != 0 || goes_on(node) || settles_mark(node));
}

}  // namespace

void leave_moves(const World& world, const State& state, const Emit& emit) {
  if (!world.leaves()) return;
  for (int slot = 0; slot < world.config().nodes; ++slot) {
    const auto& node = at(state.node, slot);
    if (!takes_turns(node)) continue;
    State next = state;
    const auto violation = leave_turn(world, next, slot, What::kLeaving);
    emit({What::kLeaving, byte(slot), node.leaving}, next, violation);
  }
  for (int slot = 0; slot < world.config().nodes; ++slot) {
    const auto& node = at(state.node, slot);
    if (!is(node, Leave::kSignalled) || node.proc == Proc::kNone) continue;
    State next = state;
    end_server(next, slot);
    at(next.node, slot).phase = Phase::kLook;
    emit({What::kStops, byte(slot), 0}, next);
  }
}

void time_refusal(const Node& node, Clock& clock) {
  if (spoken_against(node)) clock.timer(node.against, kSettledTicks);
}

void age_refusal(const State& state, Node& node, int by) {
  node.against = byte(spoken_against(node) ? std::min(node.against + by, kSettledTicks) : 0);
  if (node.against < kSettledTicks) return;
  if (is(node, Leave::kTakesBack)) {
    node.left = 0;
    const bool gone = !has(group_at(state, node.group).rows, node.host);
    set(node, Leave::kBlindBack, gone && !is(node, Leave::kToldGone));
  } else {
    set(node, Leave::kLasts);
  }
  node.against = 0;
}

void order_moves(const World& world, const State& state, const Emit& emit) {
  if (!world.leaves()) return;
  for (int slot = 0; slot < world.config().nodes; ++slot) {
    const auto& node = at(state.node, slot);
    if (node.pod != Pod::kUp) continue;
    State next = state;
    auto& changed = at(next.node, slot);
    const bool may = has(world.config().leavers, slot);
    if (may && !is(node, Leave::kAsked) && node.proc != Proc::kNone && node.sealed != 0) {
      begin_leaving(changed);
      set(changed, Leave::kAsked);
      set(changed, Leave::kNoted);
      emit({What::kOrder, byte(slot), 0}, next);
    }
    // Of a pod that is gone: by a person who has seen that the row is still there.
    const bool listed = node.group != 0 && has(group_at(state, node.group).rows, node.host);
    if (settles_mark(node) && node.left == kLeft && !is(node, Leave::kNoted) && listed) {
      begin_taking_back(world, changed);
      emit({What::kTakeBack, byte(slot), 0}, next);
    }
    if (!is(node, Leave::kNoted) || is(node, Leave::kNotedCancelled)) continue;
    next = state;
    if (node.leaving == 0) go_on(changed);
    set(changed, Leave::kDropped, false);
    if (changed.leaving == 1 + static_cast<int>(LeavePhase::kEnded)) {
      stay(next, slot);
    } else {
      keep_state(changed, cancel_leave(state_of(changed), kNow));
      set(changed, Leave::kNotedCancelled);
    }
    emit({What::kTakeBack, byte(slot), 0}, next);
  }
}

}  // namespace sragent::explore
