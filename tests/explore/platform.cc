#include <algorithm>

#include "parts.h"
#include "planted.h"

/// StatefulSet, kubelet, name servers and the clock.
namespace sragent::explore {
namespace {

bool pod_ready(const Node& node) {
  return node.pod >= Pod::kUp && node.proc == Proc::kReady;
}

bool may_schedule(const World& world, const State& state, int slot) {
  if (at(state.node, slot).pod != Pod::kGone) return false;
  if (!world.config().ordered) return true;
  for (int lower = 0; lower < slot; ++lower)
    if (!pod_ready(at(state.node, lower))) return false;
  return true;
}

void schedule(State& state, int slot, bool published) {
  auto& node = at(state.node, slot);
  node.pod = Pod::kUp;
  node.published = byte(published ? 1 : 0);
  node.pub_age = 0;
}

void register_moves(const World& world, const State& state, const Emit& emit) {
  if (!world.config().bes || state.be_id != 0) return;
  for (const auto& group : state.group) {
    if (group.leader == 0) continue;
    State next = state;
    next.be_id = group.cid;
    emit({What::kRegister, 0, 0}, next);
    return;
  }
}

}  // namespace

void platform_moves(const World& world, const State& state, const Emit& emit) {
  for (int slot = 0; slot < world.slots(); ++slot) {
    const auto& node = at(state.node, slot);
    State next = state;
    auto& changed = at(next.node, slot);
    if (node.pod == Pod::kDown) {
      changed.pod = Pod::kUp;
      emit({What::kRestart, byte(slot), 0}, next);
    } else if (node.pod == Pod::kPaused) {
      changed.pod = Pod::kUp;
      // The agent sees how old its list is.
      set(changed, Leave::kSendable, false);
      const bool any_age = world.plants(&Planted::drop_never_old);
      if (!any_age) set(changed, Leave::kArmed, false);
      emit({What::kContinue, byte(slot), 0}, next);
    } else if (slot < world.config().nodes && may_schedule(world, state, slot)) {
      schedule(next, slot, true);
      emit({What::kSchedule, byte(slot), 0}, next);
    } else if (node.pod >= Pod::kDown && node.published == 0 && slot < world.config().nodes) {
      changed.published = 1;
      emit({What::kPublish, byte(slot), 0}, next);
    }
  }
  register_moves(world, state, emit);
}

namespace {

/// Takes less than a tick where nothing hinders it; what hinders is a fault, a crash or a pause.
bool prompt(What what) {
  return what == What::kBoot || what == What::kElect || what == What::kAct ||
         what == What::kWatch || what == What::kCatchUp || what == What::kLeaving;
}

bool looks(const Node& node) {
  return node.pod == Pod::kUp && node.phase == Phase::kLook && node.held == 0 && !kept_down(node);
}

/// Has decided and not acted yet: what it knows grows old.
bool decided(const Node& node) {
  return node.phase == Phase::kFoundPending || node.phase == Phase::kStatement;
}

void reading_timers(const World& world, const State& state, const Node& node, Clock& clock) {
  for (int g = 1; g <= kMaxGroups; ++g) {
    const auto& group = group_at(state, byte(g));
    if (group.leader == 0) continue;
    for (int host = 0; host < world.config().nodes; ++host) {
      if (!has(group.alive, host) || host == node.host) continue;
      if (at(state.node, group.leader - 1).host == host) continue;
      if (at(node.moved, host) == 0 && heartbeat_good(world, state, byte(g), host))
        clock.timer(0, 1);
    }
    const bool dead_row = has(group.rows, node.host) && !has(group.alive, node.host);
    if (!dead_row) continue;
    if (node.dead == 0) clock.timer(at(state.node, group.leader - 1).proc_age, kSettledTicks);
    if (node.dead == 0 && node.hist == 0) clock.timer(0, 1);
  }
  if (node.dead != 0) clock.timer(node.dead - 1, kDeadTicks);
}

void node_timers(const World& world, const State& state, const Node& node, Clock& clock) {
  const bool looks = node.pod >= Pod::kUp && node.phase == Phase::kLook;
  if (node.grant != 0) clock.timer(node.grant - 1, kGrantTicks);
  if (node.open != 0) clock.timer(node.open - 1, kStatementTicks);
  if (node.fly != 0) clock.timer(node.fly_age, kStatementTicks);
  time_refusal(node, clock);
  if (is(node, Leave::kUnanswered)) clock.timer(node.drop_open - 1, kStatementTicks);
  if (node.held != 0) clock.timer(node.held_age, kGrantTicks);
  if (looks && node.census != 0) clock.timer(node.census - 1, kGapTicks);
  if (looks && node.sealed == 0) reading_timers(world, state, node, clock);
  if (decided(node)) clock.timer(node.pend_age, kLeaseTicks);
  if (node.proc != Proc::kBoot) return;
  clock.timer(node.proc_age, kBootTicks);
  const bool loops = node.run == Run::kHelper && node.stage < Stage::kJdb;
  if (loops) clock.timer(node.proc_age, kLoopTicks);
  if (node.run == Run::kHelper && !loops) clock.timer(node.proc_age, kSettledTicks);
}

/// Ages that nobody waits for, but that a fault may meet young or old.
void passive_timers(const State& state, Clock& clock) {
  for (const auto& node : state.node) {
    if (node.proc != Proc::kNone) clock.timer(node.proc_age, kSettledTicks);
    if (node.published != 0) clock.timer(node.pub_age, kDnsTicks);
    if (decided(node)) clock.timer(node.pend_age, kGrantTicks);
  }
}

Byte older(Byte age, int by, int end) {
  return byte(std::min(age + by, end));
}

/// For values that are 1 + age and 0 once over.
Byte expire(Byte value, int by, int end) {
  if (value == 0 || value - 1 + by >= end) return 0;
  return byte(value + by);
}

void grow_older(const State& state, Node& node, int by) {
  if (node.published != 0) node.pub_age = older(node.pub_age, by, kDnsTicks);
  if (node.proc != Proc::kNone) node.proc_age = older(node.proc_age, by, kSettledTicks);
  if (decided(node)) node.pend_age = older(node.pend_age, by, kGrantTicks);
  if (node.held != 0) node.held_age = older(node.held_age, by, kGrantTicks);
  node.grant = expire(node.grant, by, kGrantTicks);
  if (node.grant == 0) node.grant_to = node.grant_old = 0;
  node.open = expire(node.open, by, kStatementTicks);
  if (is(node, Leave::kUnanswered)) node.drop_open = expire(node.drop_open, by, kStatementTicks);
  if (node.drop_open == 0) set(node, Leave::kUnanswered, false);
  age_refusal(state, node, by);
  if (node.census != 0) node.census = older(node.census, by, 1 + kGapTicks);
  if (node.dead != 0) node.dead = older(node.dead, by, 1 + kDeadTicks);
  for (auto& moved : node.moved)
    moved = expire(moved, by, 1 + static_cast<int>(kFreshSpan / kTick));
  if (node.fly == 0) return;
  node.fly_age = byte(node.fly_age + by);
  if (node.fly_age >= kStatementTicks) node.fly = node.fly_to = node.fly_age = 0;
}

}  // namespace

void time_move(const World& world, const State& state, const Emit& emit) {
  if (emit.acting) return;
  for (const auto& done : emit.out)
    if (prompt(done.step.what)) return;
  Clock clock;
  for (const auto& node : state.node)
    if (node.pod != Pod::kNoSlot) node_timers(world, state, node, clock);
  if (clock.due == Clock::kNever) passive_timers(state, clock);
  if (clock.due == Clock::kNever) return;
  constexpr int kMissesTicks = 4;  // the fourth miss in a row shows as Alive = false
  State next = state;
  for (auto& node : next.node)
    grow_older(next, node, clock.due);
  note_successor(world, next);
  next.just_ended = 0;
  for (int g = 1; g <= kMaxGroups; ++g) {
    if (group_at(next, byte(g)).leader != 0)
      heartbeat(world, next, byte(g), clock.due >= kMissesTicks);
  }
  for (int slot = 0; slot < world.slots(); ++slot)
    if (looks(at(next.node, slot))) poll(world, next, slot);
  emit({What::kTime, byte(clock.due), 0}, next);
}

}  // namespace sragent::explore
