#include "leave.h"
#include "planted.h"

/// What an FE's agent keeps of its leaving: in the process, in its pod, on its volume.
namespace sragent::explore {
namespace {

void clear(Node& node, Leave first, Leave end) {
  for (auto one = static_cast<int>(first); one < static_cast<int>(end); ++one)
    set(node, static_cast<Leave>(one), false);
}

void forget_notes(Node& node) {
  clear(node, Leave::kNoted, kOfProcess);
}

/// A new process reads its disk: a mark was granted before it was written.
void read_marks(Node& node) {
  clear(node, kOfProcess, Leave::kCount);
  set(node, Leave::kGranted, node.left != 0);
  set(node, Leave::kUnanswered, node.left != 0 && node.drop_open != 0);
}

}  // namespace

LeaveState state_of(const Node& node) {
  LeaveState out;
  out.trigger = LeaveTrigger::kForGood;
  out.phase = static_cast<LeavePhase>(node.leaving - 1);
  out.began = out.phase_began = kNow;
  out.ends_with_row = true;
  out.resumed = true;  // no look of this world takes 30 s
  out.cancelled = is(node, Leave::kCancelled);
  if (is(node, Leave::kSignalled)) out.signalled_at = kNow;
  if (is(node, Leave::kRefused)) out.refusal = LeaveRefusal{};
  return out;
}

void keep_state(Node& node, const LeaveState& state) {
  node.leaving = byte(1 + static_cast<int>(state.phase));
  set(node, Leave::kCancelled, state.cancelled);
  set(node, Leave::kRefused, state.refusal.has_value());
  set(node, Leave::kSignalled, state.signalled_at.has_value());
}

void end_leaving(Node& node) {
  node.leaving = 0;
  forget_notes(node);
  clear(node, kOfProcess, Leave::kCount);
}

void stay(State& state, int slot) {
  auto& node = at(state.node, slot);
  end_leaving(node);
  if (node.proc != Proc::kNone && node.left == 0) return;
  if (node.proc != Proc::kNone) end_server(state, slot);
  node.phase = Phase::kLook;
}

void begin_taking_back(const World& world, Node& node) {
  const bool sends = world.plants(&Planted::sends_after_all);
  if (!sends) set(node, Leave::kArmed, false);
  set(node, Leave::kTakesBack);
  if (node.left == kLeft) node.left = kLeftTakenBack;
}

void begin_leaving(Node& node) {
  node.leaving = 1;
  read_marks(node);
}

void go_on(Node& node) {
  const bool was_down = is(node, Leave::kNotedDown) && is(node, Leave::kNotedGranted);
  begin_leaving(node);
  if (was_down) set(node, Leave::kGranted);
  set(node, Leave::kClaim, is(node, Leave::kGranted));
  if (!is(node, Leave::kNotedCancelled)) return;
  keep_state(node, cancel_leave(state_of(node), kNow));
}

bool goes_on(const Node& node) {
  return node.leaving == 0 && is(node, Leave::kNoted) && node.proc != Proc::kNone;
}

bool settles_mark(const Node& node) {
  return node.leaving == 0 && node.left != 0 && node.proc == Proc::kNone && node.group != 0 &&
         node.phase == Phase::kLook;
}

bool kept_down(const Node& node) {
  return node.leaving != 0 && !keeps_server(state_of(node));
}

void recall_leaving(const World& world, Node& node) {
  node.leaving = 0;
  if (node.drop_open != 0) node.drop_open = 1;  // counts from the restart
  read_marks(node);
  if (world.plants(&Planted::note_forgotten)) forget_notes(node);
  const bool down = is(node, Leave::kNotedDown) || goes(node.left);
  if (!is(node, Leave::kNoted) || is(node, Leave::kNotedCancelled) || !down) return;
  node.leaving = byte(1 + static_cast<int>(LeavePhase::kDrop));
  if (is(node, Leave::kNotedGranted)) set(node, Leave::kGranted);
  set(node, Leave::kSignalled);
  set(node, Leave::kClaim, is(node, Leave::kGranted));
}

void forget_leaving(Node& node) {
  node.leaving = 0;
  forget_notes(node);
  set(node, Leave::kDropped, false);
  read_marks(node);
}

void forget_mark(const World& world, Node& node) {
  node.open = node.drop_open;  // the same note on disk
  node.drop_open = 0;
  set(node, Leave::kToldGone, false);
  recall_leaving(world, node);
}

}  // namespace sragent::explore
