#include <algorithm>
#include <stdexcept>

#include "parts.h"

/// StarRocks: from the directory of one FE to a server that is ready. docs/starrocks.md section 4.
namespace sragent::explore {
namespace {

Byte used_ids(const State& state) {
  Byte used = state.be_id == 0 ? byte(0) : bit(state.be_id - 1);
  const auto mark = [&used](Byte id) {
    if (id != 0) used |= bit(id - 1);
  };
  for (const auto& node : state.node) {
    mark(node.cid);
    mark(node.cert);
    mark(node.member_of);
    mark(node.intent_id);
    used |= byte((node.remembered | node.offer | node.consent | node.ordered) & 0x3F);
  }
  for (const auto& group : state.group)
    mark(group.cid);
  used |= byte(state.paper_says & 0x3F);
  return used;
}

Byte new_id(const State& state) {
  const Byte used = used_ids(state);
  for (int id = 0; id < kMaxIds; ++id)
    if (!has(used, id)) return byte(id + 1);
  throw std::logic_error("more cluster ids than the model has room for");
}

Byte new_group(State& state, const Node& founder) {
  for (int g = 0; g < kMaxGroups; ++g) {
    auto& group = at(state.group, g);
    if (group.rows != 0) continue;
    group = Group{};
    group.cid = founder.cid;
    group.rows = group.joined = bit(founder.host);
    return byte(g + 1);
  }
  throw std::logic_error("more replication groups than the model has room for");
}

enum class Boot { kNothing, kStep, kExit };

Boot founding_step(State& state, int slot) {
  auto& node = at(state.node, slot);
  switch (node.stage) {
    case Stage::kEmpty:
      node.stage = Stage::kRoleEmpty;
      return Boot::kStep;
    case Stage::kRoleEmpty:
      node.cid = new_id(state);
      node.stage = Stage::kRoleVersion;
      return Boot::kStep;
    case Stage::kRoleVersion:
      node.group = new_group(state, node);
      node.stage = Stage::kJdb;
      return Boot::kStep;
    case Stage::kJdb:
    case Stage::kJoined:
    case Stage::kReady:
      lead(state, node.group, slot);
      return Boot::kStep;
  }
  return Boot::kNothing;
}

/// Half-made metadata started alone: a group of its own under the same cluster id.
Boot fork(State& state, int slot) {
  auto& node = at(state.node, slot);
  node.group = new_group(state, node);
  lead(state, node.group, slot);
  return Boot::kStep;
}

void note_late(const World& world, State& state, const Node& node) {
  const int old = world.old_slot();
  if (old >= 0 && &node == &at(state.node, old)) group_at(state, node.group).late |= bit(node.host);
}

Boot attach(const World& world, State& state, Node& node) {
  const auto* group = group_of(state, node.group);
  if (group == nullptr || !has(group->joined, node.host)) return Boot::kExit;
  note_late(world, state, node);
  node.proc = Proc::kAttached;
  return Boot::kStep;
}

Boot resume_step(const World& world, State& state, int slot) {
  auto& node = at(state.node, slot);
  switch (node.stage) {
    case Stage::kEmpty:
      return founding_step(state, slot);
    case Stage::kRoleEmpty:
      return Boot::kExit;  // exactly one of ROLE and VERSION
    case Stage::kRoleVersion:
      return fork(state, slot);
    case Stage::kJdb:
      if (group_at(state, node.group).joined == bit(node.host)) return Boot::kExit;
      return fork(state, slot);
    case Stage::kJoined:
    case Stage::kReady:
      return attach(world, state, node);
  }
  return Boot::kNothing;
}

/// ROLE, VERSION and the log are made one after the other once the helper knows this host.
Boot first_files(State& state, Node& node, const Node& helper) {
  const bool answers = helper.proc == Proc::kReady && helper.removed == 0 && helper.group != 0;
  if (!answers || !has(group_at(state, helper.group).rows, node.host)) return Boot::kNothing;
  if (node.stage == Stage::kEmpty) {
    node.stage = Stage::kRoleEmpty;
  } else if (node.stage == Stage::kRoleEmpty) {
    node.stage = Stage::kRoleVersion;
    node.cid = helper.cid;
  } else {
    if (node.cid != helper.cid) return Boot::kExit;
    node.stage = Stage::kJdb;
    node.group = helper.group;
  }
  return Boot::kStep;
}

bool joined_elsewhere(const State& state, const Node& node) {
  return std::any_of(state.node.begin(), state.node.end(), [&](const Node& other) {
    return &other != &node && other.pod != Pod::kNoSlot && other.host == node.host &&
           other.group == node.group && other.removed == 0 && other.stage >= Stage::kJoined;
  });
}

Boot enter_group(
    const World& world, State& state, Node& node, const Node& helper, Violation& violation) {
  auto* group = group_of(state, node.group);
  const bool foreign = helper.proc == Proc::kReady && helper.group != node.group;
  if (foreign || !has(group->rows, node.host)) return Boot::kExit;
  if (helper.proc != Proc::kReady && node.proc_age >= kSettledTicks) return Boot::kExit;  // 3 tries
  if (helper.proc != Proc::kReady) return Boot::kNothing;
  // Where the group knows this host as its member, the helper alone lets it in again.
  const bool again = node.again != 0 && has(group->joined, node.host);
  if (!again && !works(state, node.group)) return Boot::kNothing;
  // "Ids were equal. But names": the group knows this name from another instance.
  if (joined_elsewhere(state, node)) return Boot::kExit;
  if (has(voters(state, group->joined), node.host) && node.again == 0) {
    violation = Violation::kEmptiedVoter;
    if (world.old_slot() >= 0) state.limit2 = 1;  // an old instance joined after the decision
  }
  note_late(world, state, node);
  // A new member votes with the log that it was given; one that comes back emptied votes at once.
  if (!has(group->joined, node.host)) node.log = at(state.node, group->leader - 1).log;
  group->joined |= bit(node.host);
  group->unstable &= byte(~bit(node.host));
  node.stage = Stage::kJoined;
  node.proc = Proc::kAttached;
  return Boot::kStep;
}

Boot helper_step(const World& world, State& state, int slot, Violation& violation) {
  auto& node = at(state.node, slot);
  const auto& helper = at(state.node, node.helper - 1);
  if (node.helper == node.host + 1) return Boot::kExit;  // "Do not specify the helper node to ..."
  if (node.stage < Stage::kJdb) return first_files(state, node, helper);
  if (node.stage == Stage::kJdb) return enter_group(world, state, node, helper, violation);
  return attach(world, state, node);
}

Boot boot(const World& world, State& state, int slot, Violation& violation) {
  auto& node = at(state.node, slot);
  if (node.proc == Proc::kAttached) {
    const auto* group = group_of(state, node.group);
    if (node.removed != 0 || group == nullptr || !works(state, node.group)) return Boot::kNothing;
    if (node.log < at(state.node, group->leader - 1).log) return Boot::kNothing;
    node.proc = Proc::kReady;
    node.stage = Stage::kReady;
    return Boot::kStep;
  }
  if (node.proc != Proc::kBoot || node.proc_age < kBootTicks) return Boot::kNothing;
  if (node.stage >= Stage::kJdb && (node.bad_log != 0 || node.removed != 0)) return Boot::kExit;
  if (node.run == Run::kFound) return founding_step(state, slot);
  if (node.run == Run::kResume) return resume_step(world, state, slot);
  return helper_step(world, state, slot, violation);
}

}  // namespace

void exit_server(const World& world, State& state, int slot) {
  auto& node = at(state.node, slot);
  if (node.run == Run::kHelper) node.ended = 1;
  end_server(state, slot);
  reset_agent(world, state, slot);
  node.pod = Pod::kDown;
  if (slot == world.old_slot()) node = Node{};
}

void end_server(State& state, int slot) {
  auto& node = at(state.node, slot);
  if (node.proc >= Proc::kAttached) state.just_ended |= bit(node.host);
  node.proc = Proc::kNone;
  node.run = Run::kNone;
  node.proc_age = node.helper = 0;
  for (int g = 1; g <= kMaxGroups; ++g)
    if (group_at(state, byte(g)).leader == slot + 1) lose_leader(state, byte(g));
}

void spawn(State& state, int slot, Run run, int helper_host) {
  auto& node = at(state.node, slot);
  node.proc = Proc::kBoot;
  node.run = run;
  node.proc_age = 0;
  node.helper = byte(run == Run::kHelper ? helper_host + 1 : 0);
  node.phase = Phase::kRunning;
  node.census = node.blind = node.held = node.held_age = node.sighted =
      0;                                               // nothing is decided while it runs
  node.consent = node.consent_old = node.ordered = 0;  // an order is used once
  node.hist = node.known = node.changed = node.dead = node.dead_span = node.target = 0;
  node.moved = {};
  for (auto& group : state.group)
    group.started &= byte(~bit(node.host));
}

void clear_disk(Node& node) {
  node.stage = Stage::kEmpty;
  node.bad_log = node.removed = node.group = node.cid = node.log = node.again = 0;
  node.intent = IntentKind::kNone;
  node.intent_id = node.intent_helper = node.ended = node.sealed = node.left = 0;
}

bool boots_unseen(const World& world, const State& state, int slot) {
  const auto& node = at(state.node, slot);
  if (node.proc != Proc::kBoot || node.run == Run::kResume || node.stage > Stage::kRoleVersion)
    return false;
  State next = state;
  auto violation = Violation::kNone;
  return boot(world, next, slot, violation) == Boot::kStep;
}

void boot_moves(const World& world, const State& state, int slot, const Emit& emit) {
  if (at(state.node, slot).proc == Proc::kNone) return;
  State next = state;
  auto violation = Violation::kNone;
  const auto result = boot(world, next, slot, violation);
  if (result == Boot::kStep) emit({What::kBoot, byte(slot), 0}, next, violation);
  if (result != Boot::kExit) return;
  next = state;
  exit_server(world, next, slot);
  emit({What::kExit, byte(slot), 0}, next);
}

}  // namespace sragent::explore
