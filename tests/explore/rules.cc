#include <algorithm>

#include "core/leaving.h"
#include "parts.h"

/// Invariants, judged by the world itself: what the agents believe is not asked.
namespace sragent::explore {
namespace {

bool serves(const Node& node) {
  return node.proc == Proc::kReady && node.group != 0 && node.removed == 0;
}

bool holds_volume(const Node& node) {
  return node.pod != Pod::kNoSlot && node.stage >= Stage::kJoined && node.group != 0 &&
         node.removed == 0;
}

bool consented(const World& world, const Node& node, const Self& me) {
  return node.pod == Pod::kUp && node.stage == Stage::kEmpty && not_permitted(node) == 0 &&
         node.phase == Phase::kLook && world.self(node).founder == me.host && node.grant == 1 &&
         node.grant_old == 0 && node.grant_to == ordinal_of(me.host);
}

/// A peer that DNS did not show was not asked: nothing went wrong there.
bool source_failed(const LookFaults& faults, const State& state, int slot, Byte asked) {
  if (faults.any(What::kLookDnsUnknown) || at(state.node, slot).published == 0) return true;
  for (int peer = 0; peer < kMaxNodes; ++peer) {
    const bool failed =
        faults.any(What::kLookForeign, peer) || faults.any(What::kLookPeerLost, peer);
    if (failed && has(asked, peer)) return true;
  }
  return false;
}

}  // namespace

Byte not_permitted(const Node& node) {
  const Byte member_of = node.member_of == 0 ? byte(0) : bit(node.member_of - 1);
  return byte((node.remembered | member_of) & ~node.ordered);
}

Violation World::check(const State& state) {
  Byte serving = 0;
  for (const auto& node : state.node)
    if (serves(node)) serving |= bit(node.group - 1);
  return count_bits(serving) > 1 ? Violation::kTwoGroups : Violation::kNone;
}

bool found_proved(const World& world,
                  const State& state,
                  int slot,
                  const Gathered& gathered,
                  const LookFaults& faults,
                  FoundBasis basis) {
  const auto& config = world.config();
  const auto& node = at(state.node, slot);
  const auto& me = world.self(node);
  if (source_failed(faults, state, slot, gathered.dns) || !has(gathered.dns, slot)) return false;
  if (me.founder != me.host || not_permitted(node) != 0) return false;
  if (config.bes && state.be_id != 0 && !has(node.ordered, state.be_id - 1)) return false;
  if (config.told || config.dead_source || me.role == FeRole::kObserver) return false;
  const bool strict = config.bootstrap == Bootstrap::kStrict || config.old_set;
  if (strict && config.count == 0) return false;
  Byte proved = bit(slot);
  for (int peer = 0; peer < config.nodes; ++peer) {
    if (peer == slot || !has(gathered.dns, peer)) continue;
    if (!consented(world, at(state.node, peer), me)) return false;
    proved |= bit(peer);
  }
  if (basis == FoundBasis::kCensus) {
    const auto& first = gathered.memory.census_first;
    return config.count < 2 && first && kNow - *first >= kCensusGap;
  }
  for (int ordinal = 0; ordinal < config.count; ++ordinal)
    if (!has(proved, ordinal)) return false;
  return true;
}

bool holders_hidden(const World& world, const State& state, int but_slot) {
  for (int slot = 0; slot < world.config().nodes; ++slot) {
    const auto& node = at(state.node, slot);
    if (slot == but_slot || !holds_volume(node)) continue;
    if (node.pod > Pod::kGone && node.published != 0 && node.pub_age >= kDnsTicks) return false;
  }
  return true;
}

void note_limits(const World& world, State& state, int slot, FoundBasis basis) {
  const int old = world.old_slot();
  const bool old_runs = old >= 0 && (at(state.node, old).stage != Stage::kEmpty ||
                                     at(state.node, old).phase == Phase::kRunning);
  const bool hidden = holders_hidden(world, state, slot);
  const bool was_hidden = at(state.node, slot).blind != 0;
  if (old_runs && hidden) state.limit2 = 1;
  for (int other = 0; other < world.config().nodes; ++other) {
    if (other == slot || !holds_volume(at(state.node, other))) continue;
    if (basis == FoundBasis::kCensus && hidden && was_hidden) state.limit1 = 1;
  }
}

namespace {

/// What was taken back or refused is not over yet.
bool hangs(const Node& node) {
  return node.leaving != 0 && (is(node, Leave::kCancelled) || is(node, Leave::kRefused));
}

bool member_serves(const State& state, const Node& node) {
  return !hangs(node) && node.pod == Pod::kUp && serves(node) && node.sealed != 0 &&
         group_at(state, node.group).leader != 0;
}

/// It left for good, and waits for its pod to be deleted.
bool left_for_good(const State& state, const Node& node) {
  const bool ended = node.leaving == 1 + static_cast<int>(LeavePhase::kEnded);
  return ended && node.proc == Proc::kNone && node.group != 0 &&
         !has(group_at(state, node.group).rows, node.host);
}

/// Hosts whose volume still is a member's; of one that is down on its way out only a person, who
/// takes that back, gets the vote (docs/leaving.md).
Byte complete_hosts(const State& state, Byte group) {
  Byte out = 0;
  for (const auto& node : state.node) {
    const bool whole = holds_volume(node) && !kept_down(node) && node.left != kLeft;
    if (whole && node.group == group && has(group_at(state, group).joined, node.host))
      out |= bit(node.host);
  }
  return out;
}

Byte ids_known(const State& state) {
  Byte out = state.be_id == 0 ? byte(0) : bit(state.be_id - 1);
  for (const auto& node : state.node) {
    out |= node.remembered;
    if (node.cert != 0) out |= bit(node.cert - 1);
    if (node.sealed != 0) out |= bit(node.cid - 1);
  }
  return out;
}

/// No election is possible any more, or nobody is left to hold one while somebody remembers.
/// Candidate row 20b: a group of two heals while the process of the other member lives.
bool can_heal(const World& world, const State& state, Byte group, Byte complete) {
  const auto& members = group_at(state, group);
  const bool two = count_bits(voters(state, members.rows)) == 2 &&
                   count_bits(voters(state, members.joined)) == 2;
  if (!world.config().heals || !two) return false;
  return std::any_of(state.node.begin(), state.node.end(), [&](const Node& node) {
    return has(complete, node.host) && node.group == group && serves(node);
  });
}

bool volumes_lost(const World& world, const State& state) {
  bool any = false;
  for (int g = 1; g <= kMaxGroups; ++g) {
    const auto complete = complete_hosts(state, byte(g));
    if (complete == 0) continue;
    any = true;
    const auto joined = voters(state, group_at(state, byte(g)).joined);
    if (most_of(voters(state, complete), joined)) continue;
    if (!can_heal(world, state, byte(g), complete)) return true;
  }
  return !any && ids_known(state) != 0;
}

bool bad_order(const World& world, const State& state) {
  const auto& config = world.config();
  if (!config.ordered) return false;
  const bool missing = std::any_of(state.node.begin(), state.node.end(), [](const Node& node) {
    return node.pod == Pod::kGone;
  });
  return missing;
}

bool badly_configured(const World& world) {
  const auto& config = world.config();
  return config.count > config.nodes || config.bootstrap == Bootstrap::kNever || config.told ||
         config.dead_source || has(config.observers, 0) ||
         ((config.bootstrap == Bootstrap::kStrict || config.old_set) && config.count == 0);
}

/// A leaving was taken back while no leader told that its DROP had come through: the member starts,
/// and is none any more.
bool left_blind(const State& state) {
  return std::any_of(state.node.begin(), state.node.end(), [](const Node& node) {
    return is(node, Leave::kBlindBack) && node.removed != 0;
  });
}

/// A scale-in that was cut short before its DROP: whoever ordered it orders it again.
bool leaves_half(const State& state) {
  return std::any_of(state.node.begin(), state.node.end(), [&](const Node& node) {
    return node.left != 0 && node.removed == 0;
  });
}

}  // namespace

bool World::at_rest(const State& state) const {
  int serving = 0;
  for (int slot = 0; slot < config_.nodes; ++slot) {
    const auto& node = at(state.node, slot);
    if (member_serves(state, node) || left_for_good(state, node)) ++serving;
  }
  if (serving == config_.nodes) return true;
  if (config_.odd_row && serving == config_.nodes - 1) return true;  // wrong_role
  if (left_blind(state)) return true;
  if (state.limit1 != 0 || state.limit2 != 0 || count_bits(ids_known(state)) > 1) return true;
  if ((!leaves() && leaves_half(state)) || volumes_lost(*this, state) || bad_order(*this, state))
    return true;
  const bool none = ids_known(state) == 0;
  return none && (config_.two_founders || badly_configured(*this));
}

std::string_view to_string(Violation violation) {
  switch (violation) {
    case Violation::kNone:
      return "none";
    case Violation::kTwoGroups:
      return "two replication groups serve";
    case Violation::kFoundUnproved:
      return "founds although something is unknown or speaks against it";
    case Violation::kFoundTooOld:
      return "founds on a proof that is older than its lease";
    case Violation::kDropNotDead:
      return "a row is dropped whose process lives";
    case Violation::kTwoRows:
      return "two rows for one host";
    case Violation::kResumeWaits:
      return "a sealed member waits for silent peers";
    case Violation::kQuorumThrown:
      return "a statement costs a working group its majority";
    case Violation::kEmptiedVoter:
      return "an emptied volume votes as the member that it was";
    case Violation::kJoinWithoutRow:
      return "a joiner is started before its row was read";
    case Violation::kSealedEarly:
      return "a certificate is written before the server was ready";
    case Violation::kVolumeThrown:
      return "a member's volume is moved aside";
    case Violation::kSealedBlind:
      return "a founding is sealed although another id is in sight";
    case Violation::kUnpermitted:
      return "a node acts against its memory and nobody ordered it";
    case Violation::kTwoLeave:
      return "two members are on their way out at once";
    case Violation::kDropUnasked:
      return "a row is dropped whose disk does not say that it leaves";
    case Violation::kComesBack:
      return "an FE that left for good is started again by the same pod";
    case Violation::kWriteLost:
      return "an acknowledged write is lost";
    case Violation::kStuck:
      return "no progress although the faults are over";
  }
  return "invalid";
}

}  // namespace sragent::explore
