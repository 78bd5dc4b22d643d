#include <algorithm>

#include "parts.h"

/// What may go wrong. Each step here costs one of the faults that a walk may spend.
namespace sragent::explore {

LookFaults::LookFaults(const Step& step) {
  if (step.what < What::kLookPeerLost) return;
  const bool by_peer = step.what != What::kLookDnsOld && step.what != What::kLookDnsUnknown;
  push({step.what, by_peer ? step.b : -1});
  for (const auto code : step.also)
    if (code != 0) push(LookFault::of_code(code));
}

bool LookFaults::any(What what, int peer) const {
  return std::find(all_.begin(), all_.end(), LookFault{what, peer}) != all_.end();
}

Step LookFaults::step(int slot) const {
  const auto& [one, two, three] = all_;
  return {one.what,
          byte(slot),
          byte(std::max(one.peer, 0)),
          {count_ > 1 ? two.code() : byte(0), count_ > 2 ? three.code() : byte(0)}};
}

namespace {

void kill_container(const World& world, State& state, int slot) {
  end_server(state, slot);
  reset_agent(world, state, slot);
  auto& node = at(state.node, slot);
  node.pod = Pod::kDown;
  if (slot == world.old_slot()) node = Node{};
}

void lose_volume(const World& world, Node& node) {
  clear_disk(node);
  node.remembered = node.open = node.drop_open = 0;
  if (!world.config().log_volume) node.cert = node.member_of = 0;
}

void delete_pod(const World& world, State& state, int slot) {
  kill_container(world, state, slot);
  auto& node = at(state.node, slot);
  if (node.pod == Pod::kNoSlot) return;
  node.pod = Pod::kGone;
  node.published = node.pub_age = 0;
  if (!world.config().claims) lose_volume(world, node);
  if (world.leaves()) forget_leaving(node);
}

/// The old instance goes on, on its own volume, while its successor begins with an empty one.
void force_delete(const World& world, State& state, int slot) {
  auto& old = at(state.node, world.old_slot());
  auto& node = at(state.node, slot);
  old = node;
  old.published = old.pub_age = 0;
  const bool decided = old.phase == Phase::kFoundPending || old.phase == Phase::kStatement;
  if (decided) old.pend_age = kLeaseTicks;  // no new pod is up within a lease
  node = Node{};
  node.pod = Pod::kGone;
  node.host = byte(slot);
  node.cert = old.cert;
  node.member_of = old.member_of;
  lose_volume(world, node);
  for (auto& group : state.group)
    if (group.leader == slot + 1) group.leader = byte(world.old_slot() + 1);
  for (auto& other : state.node)
    if (other.grant != 0 && other.grant_to == slot) other.grant_old = 1;
}

/// A scale-in: mark, DROP by another leader where that keeps the majority, pod gone; the claim is
/// kept, and the pod that is made next is a scale-out. Cut: killed between mark and DROP.
void leave(const World& world, const State& state, int slot, const Emit& emit) {
  const auto& node = at(state.node, slot);
  const bool member = node.sealed != 0 && node.left == 0 && node.proc == Proc::kReady;
  if (!world.config().scale_in || !member || !works(state, node.group)) return;
  if (group_at(state, node.group).leader == slot + 1) return;
  if (throws_quorum(state, node.group, node.host, JoinStep::kDropOwnRow)) return;
  State next = state;
  const auto group = node.group;
  at(next.node, slot).left = 1;
  delete_pod(world, next, slot);
  emit({What::kLeaveCut, byte(slot), 0}, next);
  group_at(next, group).alive &= byte(~bit(node.host));
  auto violation = Violation::kNone;
  if (!works(next, group)) return;
  (void)execute(world, next, group, node.host, JoinStep::kDropOwnRow, violation);
  emit({What::kLeave, byte(slot), 0}, next, violation);
}

void pod_faults(const World& world, const State& state, int slot, const Emit& emit) {
  const auto& node = at(state.node, slot);
  const auto step = [slot](What what) { return Step{what, byte(slot), 0}; };
  State next = state;
  if (node.pod == Pod::kUp || node.pod == Pod::kPaused) {
    kill_container(world, next, slot);
    emit(step(What::kCrash), next);
    if (node.stage == Stage::kJdb && node.proc == Proc::kBoot) {
      at(next.node, slot).bad_log = 1;
      emit(step(What::kCrashBadLog), next);
    }
  }
  if (node.proc != Proc::kNone && node.run == Run::kHelper && node.sealed == 0) {
    next = state;
    kill_container(world, next, slot);
    at(next.node, slot).ended = 1;
    emit(step(What::kServerKilled), next);
  }
  if (slot >= world.config().nodes) return;
  if (node.pod >= Pod::kDown) {
    next = state;
    delete_pod(world, next, slot);
    emit(step(What::kPodDeleted), next);
  }
  if (node.stage != Stage::kEmpty || node.remembered != 0) {
    next = state;
    lose_volume(world, at(next.node, slot));
    delete_pod(world, next, slot);
    emit(step(What::kVolumeLost), next);
  }
  leave(world, state, slot, emit);
  const int old = world.old_slot();
  if (old >= 0 && node.pod >= Pod::kUp && at(state.node, old).pod == Pod::kNoSlot) {
    next = state;
    force_delete(world, next, slot);
    emit(step(What::kForcedDelete), next);
  }
}

void schedule_slowly(const World& world, const State& state, int slot, const Emit& emit) {
  const auto& node = at(state.node, slot);
  if (slot >= world.config().nodes || node.pod < Pod::kDown || node.published == 0) return;
  if (node.pub_age != 0 || node.phase != Phase::kLook || node.proc != Proc::kNone) return;
  State next = state;  // the pod is new and DNS does not show it yet
  at(next.node, slot).published = 0;
  emit({What::kSlowDns, byte(slot), 0}, next);
}

void agent_faults(const World& world, const State& state, int slot, const Emit& emit) {
  const auto& node = at(state.node, slot);
  const bool leaves = is(node, Leave::kArmed);
  if (node.pod != Pod::kUp || !(agent_busy(node) || leaves)) return;
  State next = state;
  at(next.node, slot).pod = Pod::kPaused;
  emit({What::kPause, byte(slot), 0}, next);
  if (node.phase != Phase::kStatement && !leaves) return;
  for (const auto what : {What::kStatementLost, What::kAnswerLost, What::kStatementDelayed}) {
    next = state;
    const auto violation =
        leaves ? leave_turn(world, next, slot, what) : act(world, next, slot, what);
    emit({what, byte(slot), 0}, next, violation);
  }
}

void hold_answer(const World& world, const State& state, int slot, int peer, const Emit& emit) {
  if (at(state.node, slot).held != 0) return;
  State next = state;
  const auto gathered = gather(world, next, slot, {});
  for (const auto& answer : gathered.seen.peers) {
    if (answer.host != world.self(at(state.node, peer)).host) continue;
    if (answer.kind != PeerKind::kEmptyConsent) continue;
    at(next.node, slot).held = byte(peer + 1);
    emit({What::kLookHeld, byte(slot), byte(peer)}, next);
  }
}

/// What may go wrong in a look of the agent at `slot`, one by one.
std::vector<LookFault> look_faults_of(const World& world, const State& state, int slot) {
  std::vector<LookFault> out;
  const auto& node = at(state.node, slot);
  const auto& self = world.self(node);
  if (self.founder == self.host && node.stage == Stage::kEmpty)
    out.assign({{What::kLookDnsOld, -1}, {What::kLookDnsUnknown, -1}});
  const auto dns = dns_answer(world, state, {});
  for (int peer = 0; peer < world.config().nodes; ++peer) {
    if (peer == slot || !has(dns, peer)) continue;
    out.push_back({What::kLookForeign, peer});
    const bool heard =
        node.held == peer + 1;  // the answer that is held back is the one that counts
    if (at(state.node, peer).pod == Pod::kUp && !heard) out.push_back({What::kLookPeerLost, peer});
    if (at(state.node, peer).proc == Proc::kReady) out.push_back({What::kLookListLost, peer});
  }
  return out;
}

/// A look with some of `singles`, and what came of the looks with fewer.
class LookWalk {
 public:
  LookWalk(const World& world, const State& state, int slot, const Emit& emit)
      : world_(world), state_(state), slot_(slot), emit_(emit) {
    State plain = state;
    (void)look(world, plain, slot, {});
    known_.push_back(canonical(plain));
  }
  /// Each choice of `count` of them, those from `first` on.
  void choose(const std::vector<LookFault>& singles, std::size_t first, int count) {
    if (count == 0) return try_it();
    for (auto i = first; i < singles.size(); ++i) {
      faults_.push(singles[i]);
      choose(singles, i + 1, count - 1);
      faults_.pop();
    }
  }

 private:
  [[nodiscard]] State canonical(State state) const {
    canonicalise(world_, state);
    return state;
  }
  void try_it() {
    State next = state_;
    const auto violation = look(world_, next, slot_, faults_).violation;
    const auto same = canonical(next);
    const bool seen = std::find(known_.begin(), known_.end(), same) != known_.end();
    if (seen && violation == Violation::kNone) return;
    if (!seen) known_.push_back(same);
    emit_(faults_.step(slot_), next, violation);
  }

  const World& world_;
  const State& state_;
  int slot_;
  const Emit& emit_;
  LookFaults faults_{};
  std::vector<State> known_{};
};

void look_faults(const World& world, const State& state, int slot, int faults, const Emit& emit) {
  const auto& node = at(state.node, slot);
  if (node.pod != Pod::kUp || node.phase != Phase::kLook || kept_down(node)) return;
  if (node.sealed != 0 && node.left == 0) return;
  if (node.held != 0 && node.held_age == 0) return;  // this look goes on
  LookWalk walk(world, state, slot, emit);
  const auto singles = look_faults_of(world, state, slot);
  for (int count = 1; count <= std::min(faults, LookFaults::kMost); ++count)
    walk.choose(singles, 0, count);
  const auto dns = dns_answer(world, state, {});
  for (int peer = 0; peer < world.config().nodes; ++peer)
    if (peer != slot && has(dns, peer)) hold_answer(world, state, slot, peer, emit);
}

void outage(const World& world, const State& state, const Emit& emit) {
  State next = state;
  for (int slot = 0; slot < world.slots(); ++slot) {
    delete_pod(world, next, slot);
    if (slot == world.old_slot()) at(next.node, slot) = Node{};
  }
  emit({What::kOutage, 0, 0}, next);
}

void group_faults(const World& world, const State& state, const Emit& emit) {
  outage(world, state, emit);
  if (state.leader_moved != 0) return;
  for (int g = 1; g <= kMaxGroups; ++g) {
    const auto& group = group_at(state, byte(g));
    if (group.leader == 0) continue;
    State next = state;
    next.leader_moved = 1;
    kill_container(world, next, group.leader - 1);
    if (!most_of(attached_hosts(next, byte(g)), voters(next, group.joined))) continue;
    for (int slot = 0; slot < world.slots(); ++slot) {
      const auto& heir = at(next.node, slot);
      if (!attached(next, heir, byte(g)) || has(next.observers, heir.host)) continue;
      if (!elects(next, byte(g), heir)) continue;
      State led = next;
      lead(led, byte(g), slot);
      const auto lost = leader_lacks(group_at(next, byte(g)), heir);
      emit({What::kLeaderChange, byte(g - 1), byte(slot)}, led, lost);
    }
  }
}

}  // namespace

void local_faults(const World& world, const State& state, int slot, const Emit& emit) {
  pod_faults(world, state, slot, emit);
  agent_faults(world, state, slot, emit);
  outage(world, state, emit);
}

void fault_moves(const World& world, const State& state, int faults, const Emit& emit) {
  for (int slot = 0; slot < world.slots(); ++slot) {
    if (at(state.node, slot).pod == Pod::kNoSlot) continue;
    pod_faults(world, state, slot, emit);
    schedule_slowly(world, state, slot, emit);
    agent_faults(world, state, slot, emit);
    look_faults(world, state, slot, faults, emit);
  }
  group_faults(world, state, emit);
}

}  // namespace sragent::explore
