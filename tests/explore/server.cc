#include <bit>

#include "parts.h"

/// StarRocks: groups, their leaders and the statements. docs/starrocks.md sections 4 and 6.
namespace sragent::explore {

int count_bits(Byte mask) {
  return std::popcount(mask);
}

bool attached(const State& state, const Node& node, Byte group) {
  return node.proc >= Proc::kAttached && node.group == group && node.removed == 0 && group != 0 &&
         has(group_at(state, group).joined, node.host);
}

Byte attached_hosts(const State& state, Byte group) {
  Byte out = 0;
  for (const auto& node : state.node)
    if (attached(state, node, group)) out |= bit(node.host);
  return voters(state, out);
}

bool works(const State& state, Byte group) {
  const auto* g = &group_at(state, group);
  return g != nullptr && g->leader != 0 &&
         most_of(attached_hosts(state, group), voters(state, g->joined));
}

int heartbeat_slot(const World& world, const State& state, int host) {
  const int old = world.old_slot();
  if (old < 0 || at(state.node, old).pod == Pod::kNoSlot || at(state.node, old).host != host)
    return host;
  // A leader keeps a resolved address for a while: the old instance is reached until then, and
  // never again, since its own address is no more in DNS.
  return at(state.node, old).succeeded != 0 ? host : old;
}

void note_successor(const World& world, State& state) {
  const int slot = world.old_slot();
  if (slot < 0 || at(state.node, slot).pod == Pod::kNoSlot) return;
  auto& old = at(state.node, slot);
  const auto& present = at(state.node, old.host);
  if (present.published != 0 && present.pub_age >= kDnsTicks) old.succeeded = 1;
}

bool heartbeat_good(const World& world, const State& state, Byte group, int host) {
  const auto& node = at(state.node, heartbeat_slot(world, state, host));
  return node.proc == Proc::kReady && node.group == group && node.removed == 0;
}

void heartbeat(const World& world, State& state, Byte group, bool misses_count) {
  auto* g = &group_at(state, group);
  Byte good = 0;
  for (int host = 0; host < world.config().nodes; ++host)
    if (has(g->rows, host) && heartbeat_good(world, state, group, host)) good |= bit(host);
  g->alive = misses_count ? good : byte(g->alive | good);
  for (int host = 0; host < world.config().nodes; ++host) {
    // A sealed FE needs no proof of its start, and an old instance's start is not its successor's.
    const bool own = has(good, host) && heartbeat_slot(world, state, host) == host;
    if (own && at(state.node, host).sealed == 0) g->started |= bit(host);
  }
  for (auto& node : state.node)
    if (node.hist == group) node.changed |= byte(good & node.known);
}

void lose_leader(State& state, Byte group) {
  auto* g = &group_at(state, group);
  g->leader = 0;
  g->unstable = 0;
  for (auto& node : state.node) {
    if (node.target == group) node.target = 0;
    if (node.fly_to == group) node.fly = node.fly_to = node.fly_age = 0;
    if (node.hist != group) continue;
    node.hist = node.known = node.changed = node.dead = node.dead_span = 0;
    node.moved = {};
  }
}

void lead(State& state, Byte group, int slot) {
  lose_leader(state, group);
  auto* g = &group_at(state, group);
  auto& node = at(state.node, slot);
  g->leader = byte(slot + 1);
  if (g->acked == 0) g->acked = node.log = 1;  // the founding itself
  g->alive = bit(node.host);  // the others show as dead until their first heartbeat
  g->started |= bit(node.host);
  node.proc = Proc::kReady;
  node.stage = Stage::kReady;
}

namespace {

/// An old instance that joins after its successor has read the row as dead is limit 2: no list that
/// the successor acts on can show it.
void judge_drop(const World& world, State& state, Byte group, int host, Violation& violation) {
  const auto& row_process = at(state.node, heartbeat_slot(world, state, host));
  const bool alive = has(group_at(state, group).alive, host);
  if (!alive && !attached(state, row_process, group)) return;
  violation = Violation::kDropNotDead;
  if (has(group_at(state, group).late, host)) state.limit2 = 1;
}

}  // namespace

void drop_row(State& state, Byte ref, int host) {
  auto* group = &group_at(state, ref);
  const auto keep = byte(~bit(host));
  for (auto* mask : {&group->rows,
                     &group->joined,
                     &group->alive,
                     &group->started,
                     &group->unstable,
                     &group->late})
    *mask &= keep;
  for (auto& node : state.node) {
    if (node.hist == ref) {
      node.known &= keep;
      node.changed &= keep;
      at(node.moved, host) = 0;
      if (node.host == host) node.dead = node.dead_span = 0;
    }
    if (node.pod == Pod::kNoSlot || node.host != host || node.group != ref) continue;
    node.removed = 1;
    if (node.proc >= Proc::kAttached) node.proc = Proc::kAttached;  // it does not exit
  }
}

namespace {

void add_row(const World& world, State& state, Byte ref, int host, Violation& violation) {
  auto& group = group_at(state, ref);
  if (has(group.rows, host)) return;  // "already exists"
  if (has(group.odd_rows, host)) violation = Violation::kTwoRows;
  const auto counted = voters(state, byte(group.rows & ~group.unstable));
  group.rows |= bit(host);
  group.unstable |= voters(state, bit(host));
  if (!most_of(attached_hosts(state, ref), counted)) exit_server(world, state, group.leader - 1);
}

}  // namespace

bool throws_quorum(const State& state, Byte ref, int host, JoinStep step) {
  const auto& group = group_at(state, ref);
  // Who died since the leader last heard of it cannot be known to the agent.
  const auto electorate = voters(state, group.joined);
  const auto living = byte(attached_hosts(state, ref) | (group.alive & electorate));
  if (!most_of(living, electorate) || has(state.observers, host)) return false;
  // Rows that this leader did not add itself count as members while a new one joins.
  if (step == JoinStep::kAdd)
    return !most_of(living, voters(state, byte(group.rows & ~group.unstable)));
  const auto left = byte(electorate & ~bit(host));
  return !most_of(living & left, left);
}

bool execute(
    const World& world, State& state, Byte group, int host, JoinStep step, Violation& violation) {
  if (group == 0) return false;
  if (!works(state, group) && !drops_alone(world, state, group, host, step)) return false;
  if (step == JoinStep::kAdd) {
    add_row(world, state, group, host, violation);
    return group_at(state, group).leader != 0;
  }
  if (!has(group_at(state, group).rows, host)) return true;
  judge_drop(world, state, group, host, violation);
  drop_row(state, group, host);
  if (write_on_nobody(state, group)) violation = Violation::kWriteLost;
  return true;
}

namespace {

void election_moves(const World& world, const State& state, const Emit& emit) {
  for (int g = 1; g <= kMaxGroups; ++g) {
    const auto ref = byte(g);
    const auto& group = group_at(state, ref);
    if (group.rows == 0 || group.leader != 0) continue;
    if (!most_of(attached_hosts(state, ref), voters(state, group.joined))) continue;
    for (int slot = 0; slot < world.slots(); ++slot) {
      const auto& node = at(state.node, slot);
      if (!attached(state, node, ref) || has(state.observers, node.host)) continue;
      if (!elects(state, ref, node)) continue;
      State next = state;
      lead(next, ref, slot);
      emit({What::kElect, byte(slot), ref}, next, leader_lacks(group, node));
    }
  }
}

void heartbeat_moves(const World& world, const State& state, const Emit& emit) {
  for (int g = 1; g <= kMaxGroups; ++g) {
    const auto& group = group_at(state, byte(g));
    if (group.leader == 0) continue;
    State next = state;
    heartbeat(world, next, byte(g), true);
    const auto& after = group_at(next, byte(g));
    if (after.alive != group.alive || after.started != group.started)
      emit({What::kHeartbeat, byte(g - 1), 0}, next);
  }
}

}  // namespace

void server_moves(const World& world, const State& state, const Emit& emit) {
  for (int slot = 0; slot < world.slots(); ++slot)
    boot_moves(world, state, slot, emit);
  election_moves(world, state, emit);
  catch_up_moves(world, state, emit);
  heartbeat_moves(world, state, emit);
  if (!world.config().writes) leader_exits(world, state, emit);
}

void leader_exits(const World& world, const State& state, const Emit& emit) {
  for (int g = 1; g <= kMaxGroups; ++g) {
    const auto& group = group_at(state, byte(g));
    if (group.leader == 0 || works(state, byte(g))) continue;
    State next = state;
    exit_server(world, next, group.leader - 1);
    emit({What::kExit, byte(group.leader - 1), 1}, next);
  }
}

}  // namespace sragent::explore
