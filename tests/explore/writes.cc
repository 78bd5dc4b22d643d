#include <algorithm>

#include "parts.h"

/// Writes that clients were told are stored: on whose volumes they are, and who may lead by that.
/// A log is a rank: who has a later write has every earlier one.
namespace sragent::explore {

bool elects(const State& state, Byte ref, const Node& candidate) {
  Byte out = 0;
  for (const auto& node : state.node)
    if (attached(state, node, ref) && node.log <= candidate.log) out |= bit(node.host);
  return most_of(voters(state, out), voters(state, group_at(state, ref).joined));
}

Violation leader_lacks(const Group& group, const Node& node) {
  return node.log < group.acked ? Violation::kWriteLost : Violation::kNone;
}

bool write_on_nobody(const State& state, Byte ref) {
  const auto acked = group_at(state, ref).acked;
  return acked != 0 && std::none_of(state.node.begin(), state.node.end(), [&](const Node& node) {
           return node.group == ref && node.removed == 0 && node.log >= acked;
         });
}

/// A leader takes the DROP of a member without which those that are left are a majority.
bool drops_alone(const World& world, const State& state, Byte ref, int host, JoinStep step) {
  if (!world.config().writes || step != JoinStep::kDropOwnRow) return false;
  const auto& group = group_at(state, ref);
  const auto keep = byte(~bit(host));
  return group.leader != 0 &&
         most_of(attached_hosts(state, ref) & keep, voters(state, group.joined) & keep);
}

/// What is acknowledged reaches the members that lag.
void catch_up_moves(const World& world, const State& state, const Emit& emit) {
  for (int slot = 0; slot < world.slots(); ++slot) {
    const auto& node = at(state.node, slot);
    const auto* group = group_of(state, node.group);
    if (group == nullptr || group->leader == 0 || !attached(state, node, node.group)) continue;
    const auto newest = at(state.node, group->leader - 1).log;
    if (node.log >= newest) continue;
    State next = state;
    at(next.node, slot).log = newest;
    emit({What::kCatchUp, byte(slot), 0}, next);
  }
}

namespace {

void commit(const State& state, Byte ref, Byte slots, const Emit& emit) {
  State next = state;
  auto& group = group_at(next, ref);
  group.acked = byte(group.acked + 1);
  for (int slot = 0; slot < kMaxNodes; ++slot)
    if (has(slots, slot)) at(next.node, slot).log = group.acked;
  emit({What::kCommit, byte(ref - 1), slots}, next);
}

}  // namespace

/// A write is acknowledged by the leader and just enough others, whichever they are.
void commit_moves(const World& world, const State& state, const Emit& emit) {
  if (!world.config().writes) return;
  for (int g = 1; g <= kMaxGroups; ++g) {
    const auto ref = byte(g);
    const auto& group = group_at(state, ref);
    if (!works(state, ref)) continue;
    const int needed = count_bits(voters(state, group.joined)) / 2 + 1;
    const int all = 1 << world.slots();
    for (int slots = 1; slots < all; ++slots) {
      if (count_bits(byte(slots)) != needed || !has(byte(slots), group.leader - 1)) continue;
      Byte acks = 0;
      for (int slot = 0; slot < world.slots(); ++slot) {
        if (has(byte(slots), slot) && attached(state, at(state.node, slot), ref))
          acks |= bit(at(state.node, slot).host);
      }
      if (count_bits(voters(state, acks)) == needed) commit(state, ref, byte(slots), emit);
    }
  }
}

}  // namespace sragent::explore
