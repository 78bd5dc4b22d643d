#include "parts.h"

namespace sragent::explore {
namespace {

bool acts_unseen(const Node& node) {
  if (node.pod != Pod::kUp) return false;
  if (node.phase == Phase::kSealing || node.phase == Phase::kAnswered) return true;
  return node.phase == Phase::kLook && node.sealed != 0 && node.left == 0 && node.held == 0 &&
         !kept_down(node);
}

}  // namespace

int local_slot(const World& world, const State& state) {
  for (int slot = 0; slot < world.slots(); ++slot)
    if (acts_unseen(at(state.node, slot)) || boots_unseen(world, state, slot)) return slot;
  return -1;
}

void local_moves(const World& world, const State& state, int slot, const Emit& emit) {
  const auto& node = at(state.node, slot);
  State next = state;
  if (!acts_unseen(node)) {
    boot_moves(world, state, slot, emit);
    return;
  }
  const bool looks = node.phase == Phase::kLook;
  const auto violation =
      looks ? look(world, next, slot, {}).violation : act(world, next, slot, What::kAct);
  emit({looks ? What::kLook : What::kAct, byte(slot), byte(static_cast<int>(node.phase))},
       next,
       violation);
}

}  // namespace sragent::explore
