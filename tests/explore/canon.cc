#include <algorithm>
#include <bit>
#include <cstring>

#include "parts.h"

namespace sragent::explore {
namespace {

using Order = std::array<Byte, kMaxNodes>;

void forget_history(Node& node) {
  node.hist = node.known = node.changed = node.dead = node.dead_span = 0;
  node.moved = {};
}

/// What no step will ever look at again.
void forget(Node& node) {
  if (node.pod == Pod::kNoSlot) {
    node = Node{};
    return;
  }
  if (node.sealed != 0) {
    node.remembered = node.open = node.grant = node.grant_to = node.grant_old = 0;
    if (node.run != Run::kNone) node.run = Run::kResume;
    forget_history(node);
    node.census = node.blind = 0;
    node.offer = node.offer_open = node.consent = node.consent_old = node.ordered = 0;
  }
  if (node.stage != Stage::kEmpty) node.sighted = 0;
  if (node.stage >= Stage::kJoined) node.again = 0;
  if (node.proc >= Proc::kAttached) node.helper = 0;
  if (node.proc == Proc::kNone) node.proc_age = 0;
  if (node.phase != Phase::kStatement) node.step = JoinStep::kAdd;
  if (node.phase != Phase::kStatement && node.phase != Phase::kAnswered) node.target = 0;
  if (node.census == 0 && node.phase != Phase::kFoundPending) node.blind = 0;
}

/// Of rows that live and do not lead only the movement is looked at, of the own row only its death.
void forget_rows(const State& state, Node& node) {
  if (node.hist == 0) return;
  const auto& group = at(state.group, node.hist - 1);
  Byte looked_at = group.alive & byte(~bit(node.host));
  if (group.leader != 0) looked_at &= byte(~bit(at(state.node, group.leader - 1).host));
  node.known &= looked_at;
  node.changed &= looked_at;
  for (int host = 0; host < kMaxNodes; ++host)
    if (!has(looked_at, host)) at(node.moved, host) = 0;
  if (node.known == 0 && node.dead == 0) forget_history(node);
}

/// DNS ages are looked at only while a founder may found, or an old instance is still reached.
void forget_ages(const World& world, State& state) {
  bool founds = false;
  for (const auto& node : state.node) {
    if (node.pod == Pod::kNoSlot || node.stage != Stage::kEmpty) continue;
    const auto& self = world.self(node);
    if (self.founder == self.host && node.proc == Proc::kNone) founds = true;
  }
  const int old = world.old_slot();
  if (old >= 0 && at(state.node, old).pod != Pod::kNoSlot) founds = true;
  for (int slot = 0; slot < kMaxNodes; ++slot) {
    auto& node = at(state.node, slot);
    if (!founds && node.published != 0) node.pub_age = kDnsTicks;
    if (node.proc < Proc::kAttached) continue;
    if (group_at(state, node.group).leader != slot + 1) node.proc_age = kSettledTicks;
  }
}

/// Host of the old instance: nobody asks who joined late once it is gone and its row not alive.
Byte hosts_of_old(const World& world, const State& state) {
  const int old = world.old_slot();
  if (old < 0 || at(state.node, old).pod == Pod::kNoSlot) return 0;
  return bit(at(state.node, old).host);
}

/// A write that was on volumes which are all lost is gone: nobody can be asked for it. What remains
/// is told only by its order.
void rank_writes(State& state, int ref) {
  auto& group = at(state.group, ref - 1);
  const auto holds = [ref](const Node& node) { return node.group == ref && node.removed == 0; };
  Byte ranks = 0;
  for (const auto& node : state.node)
    if (holds(node)) ranks |= bit(node.log);
  const auto newest = byte(std::bit_width(ranks) == 0 ? 0 : std::bit_width(ranks) - 1);
  group.acked = std::min(group.acked, newest);
  const auto rank = [ranks](Byte log) {
    return byte(count_bits(ranks & byte((1 << (log + 1)) - 2)));
  };
  for (auto& node : state.node)
    if (holds(node)) node.log = rank(node.log);
  group.acked = rank(group.acked);
}

void forget_writes(const World& world, State& state) {
  for (auto& node : state.node)
    if (!world.config().writes || node.group == 0 || node.removed != 0) node.log = 0;
  for (int ref = 1; ref <= kMaxGroups; ++ref)
    rank_writes(state, ref);
}

void forget_groups(const World& world, State& state) {
  Byte used = 0;
  for (const auto& node : state.node)
    if (node.group != 0) used |= bit(node.group - 1);
  for (int g = 0; g < kMaxGroups; ++g) {
    auto& group = at(state.group, g);
    if (!has(used, g)) group = Group{};
    if (group.leader == 0) group.alive = group.unstable = 0;
    group.late &= byte(group.alive | hosts_of_old(world, state));
    for (int slot = 0; slot < kMaxNodes; ++slot)
      if (at(state.node, slot).sealed != 0) group.started &= byte(~bit(slot));
    for (auto& node : state.node) {
      if (group.leader != 0) continue;
      if (node.target == g + 1) node.target = 0;
      if (node.fly_to == g + 1) node.fly = node.fly_to = node.fly_age = 0;
      if (node.hist == g + 1) forget_history(node);
    }
  }
}

/// Everything of an FE that does not name another FE, a group or an id by its number.
using Signature = std::array<Byte, sizeof(Node) + 8>;

Signature signature(const State& state, int slot) {
  Node node = at(state.node, slot);
  Signature out{};
  const auto moved0 = node.moved.front();
  int moved = 0;
  for (const auto age : node.moved)
    moved += age;
  const auto flat = [](Byte& value) { value = byte(value == 0 ? 0 : 1); };
  node.remembered = byte(count_bits(node.remembered));
  node.known = byte(count_bits(node.known) + (has(node.known, 0) ? 16 : 0));
  node.changed = byte(count_bits(node.changed) + (has(node.changed, 0) ? 16 : 0));
  node.moved = {moved0, byte(moved)};
  node.intent_helper = byte(std::min<int>(node.intent_helper, 2));
  node.helper = byte(std::min<int>(node.helper, 2));
  node.held = byte(std::min<int>(node.held, 2));
  node.grant_to = node.host = 0;
  for (auto* ref : {&node.group,
                    &node.cid,
                    &node.intent_id,
                    &node.cert,
                    &node.member_of,
                    &node.target,
                    &node.hist,
                    &node.fly_to})
    flat(*ref);
  std::memcpy(out.data(), &node, sizeof node);
  auto* const at_end = out.begin() + sizeof(Node);
  for (const auto& group : state.group) {
    Byte masks = 0;
    int index = 0;
    for (const auto mask :
         {group.rows, group.joined, group.alive, group.started, group.unstable, group.odd_rows})
      masks |= byte((has(mask, slot) ? 1 : 0) << index++);
    if (group.leader == slot + 1) masks |= bit(index);
    auto& sum = *(at_end + (group.leader != 0 ? 0 : 1));
    sum = byte(sum + masks);
  }
  return out;
}

Byte move_mask(Byte mask, const Order& went) {
  Byte out = 0;
  for (int i = 0; i < kMaxNodes; ++i)
    if (has(mask, i)) out |= bit(at(went, i));
  return out;
}

void move_refs(Node& node, const Order& went) {
  const auto ref = [&went](Byte& value) {
    if (value != 0) value = byte(at(went, value - 1) + 1);
  };
  ref(node.intent_helper);
  ref(node.helper);
  ref(node.held);
  if (node.grant != 0) node.grant_to = at(went, node.grant_to);
  node.host = at(went, node.host);
  node.known = move_mask(node.known, went);
  node.changed = move_mask(node.changed, went);
  const auto moved = node.moved;
  for (int host = 0; host < kMaxNodes; ++host)
    at(node.moved, at(went, host)) = at(moved, host);
}

void reorder(State& state, const Order& went) {
  const State before = state;
  if (state.paper != 0) state.paper = byte(at(went, state.paper - 1) + 1);
  for (int slot = 0; slot < kMaxNodes; ++slot)
    at(state.node, at(went, slot)) = at(before.node, slot);
  for (auto& node : state.node)
    if (node.pod != Pod::kNoSlot) move_refs(node, went);
  for (auto& group : state.group) {
    if (group.leader != 0) group.leader = byte(at(went, group.leader - 1) + 1);
    for (auto* mask : {&group.rows,
                       &group.odd_rows,
                       &group.joined,
                       &group.alive,
                       &group.started,
                       &group.unstable,
                       &group.late})
      *mask = move_mask(*mask, went);
  }
}

bool symmetric(const Config& config) {
  return !config.ordered && !config.odd_row && config.leavers == 0 && config.observers == 0 &&
         config.members == 0xFF && !config.two_founders && config.nodes > 2 &&
         (config.count == 0 || config.count >= config.nodes);
}

Order sort_followers(const World& world, State& state) {
  Order went{0, 1, 2, 3, 4, 5};
  const int nodes = world.config().nodes;
  if (!symmetric(world.config())) return went;
  std::array<Signature, kMaxNodes> signatures{};
  std::array<Byte, kMaxNodes> order{0, 1, 2, 3, 4, 5};
  for (int slot = 1; slot < nodes; ++slot)
    at(signatures, slot) = signature(state, slot);
  std::stable_sort(order.begin() + 1, order.begin() + nodes, [&](Byte a, Byte b) {
    return at(signatures, a) < at(signatures, b);
  });
  bool moved = false;
  for (int slot = 1; slot < nodes; ++slot) {
    at(went, at(order, slot)) = byte(slot);
    moved = moved || at(order, slot) != slot;
  }
  if (moved) reorder(state, went);
  return went;
}

/// Numbers in order of appearance; values are 1-based, 0 stays.
struct Renumber {
  std::array<Byte, 8> to{};
  Byte next = 0;

  void see(Byte value) {
    if (value != 0 && at(to, value) == 0) at(to, value) = ++next;
  }
  [[nodiscard]] Byte of(Byte value) const { return at(to, value); }
};

void renumber_groups(State& state) {
  Renumber numbers;
  for (const auto& node : state.node)
    numbers.see(node.group);
  std::array<Group, kMaxGroups> groups{};
  for (int g = 1; g <= kMaxGroups; ++g)
    if (numbers.of(byte(g)) != 0) at(groups, numbers.of(byte(g)) - 1) = at(state.group, g - 1);
  state.group = groups;
  for (auto& node : state.node) {
    for (auto* ref : {&node.group, &node.target, &node.fly_to, &node.hist})
      *ref = numbers.of(*ref);
  }
}

void renumber_ids(State& state) {
  Renumber numbers;
  for (const auto& node : state.node) {
    for (const auto id : {node.cid, node.cert, node.member_of, node.intent_id})
      numbers.see(id);
  }
  for (const auto& group : state.group)
    numbers.see(group.cid);
  numbers.see(state.be_id);
  const auto see_mask = [&numbers](Byte mask) {
    for (int id = 0; id < kMaxIds; ++id)
      if (has(mask, id)) numbers.see(byte(id + 1));
  };
  for (const auto& node : state.node) {
    for (const auto mask : {node.remembered, node.offer, node.consent, node.ordered})
      see_mask(mask);
  }
  see_mask(state.paper_says);
  const auto renumber = [&numbers](Byte& mask) {
    auto out = byte(mask & 0xC0);  // the kind of an order
    for (int id = 0; id < kMaxIds; ++id)
      if (has(mask, id)) out |= bit(numbers.of(byte(id + 1)) - 1);
    mask = out;
  };
  renumber(state.paper_says);
  for (auto& node : state.node) {
    for (auto* ref : {&node.cid, &node.cert, &node.member_of, &node.intent_id})
      *ref = numbers.of(*ref);
    for (auto* mask : {&node.remembered, &node.offer, &node.consent, &node.ordered})
      renumber(*mask);
  }
  for (auto& group : state.group)
    group.cid = numbers.of(group.cid);
  state.be_id = numbers.of(state.be_id);
}

}  // namespace

namespace {

/// An old instance has no name any more, so with nothing on disk it waits for ever (row 15) and is
/// asked by nobody: as good as ended.
void forget_idle_old(const World& world, State& state) {
  const int slot = world.old_slot();
  if (slot < 0) return;
  auto& old = at(state.node, slot);
  const bool idle = old.stage == Stage::kEmpty && old.proc == Proc::kNone && old.fly == 0 &&
                    old.phase == Phase::kLook && old.intent == IntentKind::kNone;
  if (idle) old = Node{};
}

}  // namespace

std::array<Byte, kMaxNodes> canonicalise(const World& world, State& state) {
  forget_idle_old(world, state);
  if (!world.leaves()) state.just_ended = 0;
  for (auto& node : state.node)
    forget(node);
  forget_groups(world, state);
  forget_writes(world, state);
  for (auto& node : state.node)
    forget_rows(state, node);
  forget_ages(world, state);
  const auto went = sort_followers(world, state);
  renumber_groups(state);
  renumber_ids(state);
  return went;
}

}  // namespace sragent::explore
