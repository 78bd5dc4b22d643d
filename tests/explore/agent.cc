#include "core/first_start.h"
#include "parts.h"
#include "planted.h"

/// What the agent's shell does with the core's decisions: docs/start-rules.md section 3.
namespace sragent::explore {
namespace {

constexpr int kNobody = -1;

int host_in(std::string_view host_and_port) {
  return ordinal_of(host_and_port.substr(0, host_and_port.find(':')));
}

/// The volume is moved aside. True: it was the last one with an acknowledged write.
bool throw_away(State& state, int slot) {
  auto& node = at(state.node, slot);
  const auto group = node.group;
  clear_disk(node);
  return group != 0 && write_on_nobody(state, group);
}

struct Acting {
  const World& world;
  State& state;
  int slot;
  const LookFaults& faults;
  const Gathered& gathered;
  Node& node;
};

bool is_late(const World& world) {
  return world.plants(&Planted::late_certificate);
}

/// With --helper on an empty directory the row must be there: a re-read has shown it.
Violation start_join(const World& world, State& state, int slot, Byte group, int helper) {
  auto& node = at(state.node, slot);
  if (world.plants(&Planted::helper_self)) helper = node.host;
  const auto* g = &group_at(state, group);
  const bool listed = g != nullptr && has(g->rows, node.host);
  node.intent = IntentKind::kJoin;
  node.intent_id = g == nullptr ? node.intent_id : g->cid;
  node.intent_helper = byte(helper + 1);
  node.ended = 0;
  node.again = byte(world.config().writes && g != nullptr && has(g->joined, node.host) ? 1 : 0);
  spawn(state, slot, Run::kHelper, helper);
  return listed ? Violation::kNone : Violation::kJoinWithoutRow;
}

Byte group_led_by(const World& world, const State& state, const Join& join) {
  for (int g = 1; g <= kMaxGroups; ++g) {
    const auto& group = group_at(state, byte(g));
    if (group.leader != 0 && id_text(group.cid) == join.cluster_id &&
        world.self(at(state.node, group.leader - 1)).host == join.leader_host)
      return byte(g);
  }
  return 0;
}

struct Doing {
  Acting& go;

  Violation operator()(const Wait& /*unused*/) const { return Violation::kNone; }
  Violation operator()(const Refuse& /*unused*/) const { return Violation::kNone; }
  Violation operator()(const Resume& /*unused*/) const {
    if (is_late(go.world)) at(go.state.node, go.slot).cert = at(go.state.node, go.slot).cid;
    spawn(go.state, go.slot, Run::kResume, kNobody);
    return Violation::kNone;
  }
  Violation operator()(const Finish& finish) const {
    spawn(go.state, go.slot, Run::kHelper, host_in(finish.helper));
    return Violation::kNone;
  }
  Violation operator()(const MoveAside& /*unused*/) const {
    const bool member = go.node.sealed != 0 && go.node.removed == 0;
    if (throw_away(go.state, go.slot)) return Violation::kWriteLost;
    if (go.world.leaves()) forget_mark(go.world, go.node);
    return member ? Violation::kVolumeThrown : Violation::kNone;
  }
  Violation operator()(const Found& found) const {
    note_limits(go.world, go.state, go.slot, found.basis);
    go.node.phase = Phase::kFoundPending;
    go.node.pend_age = byte(static_cast<int>((kNow + kFoundLease - found.until) / kTick));
    if (go.node.pend_age != 0) return Violation::kNone;  // void already; judged at the spawn
    const bool proved =
        found_proved(go.world, go.state, go.slot, go.gathered, go.faults, found.basis);
    return proved ? Violation::kNone : Violation::kFoundUnproved;
  }
  Violation operator()(const Join& join) const {
    const int joins = id_of(join.cluster_id);
    const Byte against = byte(not_permitted(go.node) & ~(joins == 0 ? 0 : bit(joins - 1)));
    if (go.world.config().consent && against != 0) return Violation::kUnpermitted;
    auto group = group_led_by(go.world, go.state, join);
    const bool writes = go.world.config().writes;
    if (writes && group == 0 && join.step == JoinStep::kReuseRow)
      group = at(go.state.node, ordinal_of(join.leader_host)).group;
    if (const int id = id_of(join.cluster_id); id != 0) go.node.remembered |= bit(id - 1);
    const bool joined = group != 0 && has(group_at(go.state, group).joined, go.node.host);
    if (join.step == JoinStep::kReuseRow && joined && !writes) return Violation::kEmptiedVoter;
    if (join.step == JoinStep::kReuseRow)
      return start_join(go.world, go.state, go.slot, group, ordinal_of(join.leader_host));
    go.node.phase = Phase::kStatement;
    go.node.step = join.step;
    go.node.target = group;
    go.node.open = 1;
    const bool thrown = group != 0 && throws_quorum(go.state, group, go.node.host, join.step);
    return thrown ? Violation::kQuorumThrown : Violation::kNone;
  }
};

}  // namespace

Judged decide(const World& world, State& state, int slot, const LookFaults& faults) {
  Judged out{gather(world, state, slot, faults), {}};
  auto me = world.self(at(state.node, slot));
  me.session = session_of(slot);
  const auto* planted = world.planted();
  auto& gathered = out.gathered;
  const LookFacts facts{me, kNow};
  if (planted != nullptr && planted->observe != nullptr)
    planted->observe(facts, gathered.policy, gathered.seen);
  auto memory = gathered.memory;
  if (planted != nullptr && planted->memory != nullptr)
    planted->memory(facts, gathered.seen, memory);
  const auto order = memory.consent;
  out.outcome = decide_start(me, gathered.policy, gathered.seen, std::move(memory), kNow);
  if (planted != nullptr && planted->consent_stays && order && kNow - order->at < kConsentLife)
    out.outcome.memory.consent = order;
  if (planted != nullptr && planted->decision != nullptr)
    planted->decision(facts, gathered.seen, out.outcome.decision);
  return out;
}

namespace {

bool only_waits(const StartAction& action) {
  return std::holds_alternative<Wait>(action) || std::holds_alternative<Refuse>(action);
}

void keep(const World& world, State& state, int slot, const StartMemory& memory) {
  auto& node = at(state.node, slot);
  const bool had_round_one = node.census != 0;
  keep_memory(world, state, node, memory);
  if (!had_round_one)
    node.blind = byte(node.census != 0 && holders_hidden(world, state, slot) ? 1 : 0);
}

/// What is permitted ends with what is seen, and what could be permitted is told.
void mind_order(State& state, int slot, const Judged& decided) {
  end_order(at(state.node, slot), decided.gathered.seen);
  const auto& rule = decided.outcome.decision.rule;
  see_matter(state, slot, consent_matter(decided.gathered.seen, rule, kNow));
}

/// A member starts without asking: with every peer silent the decision is to resume.
bool resumes_unasked(const World& world, const State& state, int slot) {
  State alone = state;
  for (int other = 0; other < world.slots(); ++other) {
    auto& node = at(alone.node, other);
    if (other == slot) continue;
    node.proc = Proc::kNone;
    if (node.pod == Pod::kUp) node.pod = Pod::kDown;
  }
  at(alone.node, slot).published = 0;
  const auto decided = decide(world, alone, slot, {});
  return std::holds_alternative<Resume>(decided.outcome.decision.action);
}

bool certificate_fits(const Node& node) {
  return node.cert == 0 || node.cert == node.cid;
}

}  // namespace

Looked look(const World& world, State& state, int slot, const LookFaults& faults) {
  auto& node = at(state.node, slot);
  if (node.sealed != 0 && node.left == 0 && certificate_fits(node) &&
      !resumes_unasked(world, state, slot))
    return {Violation::kResumeWaits, true};
  const auto decided = decide(world, state, slot, faults);
  if (world.config().consent) mind_order(state, slot, decided);
  node.held = node.held_age = 0;
  keep(world, state, slot, decided.outcome.memory);
  Acting acting{world, state, slot, faults, decided.gathered, node};
  const auto& action = decided.outcome.decision.action;
  if (is(node, Leave::kDropped) && !only_waits(action)) return {Violation::kComesBack, false};
  return {std::visit(Doing{acting}, action), only_waits(action)};
}

void poll(const World& world, State& state, int slot) {
  State next = state;
  const auto decided = decide(world, next, slot, {});
  if (!only_waits(decided.outcome.decision.action)) return;
  if (world.config().consent) mind_order(next, slot, decided);
  keep(world, next, slot, decided.outcome.memory);
  state = next;
}

namespace {

Violation act_found(const World& world, State& state, int slot) {
  auto& node = at(state.node, slot);
  const Found found{FoundBasis::kCounted, kNow + kFoundLease - kTick * node.pend_age};
  const bool lease = lease_valid(found, kNow);
  const bool ignored = world.plants(&Planted::no_lease);
  const bool late = node.pend_age != 0;
  node.phase = Phase::kLook;
  node.pend_age = 0;
  if (node.grant != 0 || (!lease && !ignored)) return Violation::kNone;
  node.intent = IntentKind::kFound;
  const auto order = node.consent;
  spawn(state, slot, Run::kFound, kNobody);
  if (world.plants(&Planted::order_is_kept)) node.consent = order;
  return late ? Violation::kFoundTooOld : Violation::kNone;
}

void answer_missing(const World& world, State& state, int slot) {
  auto& node = at(state.node, slot);
  node.phase = Phase::kLook;
  if (!world.plants(&Planted::no_reread)) {
    node.target = 0;
    return;
  }
  if (node.step == JoinStep::kAdd && node.target != 0) node.phase = Phase::kAnswered;
}

Violation act_statement(const World& world, State& state, int slot, What how) {
  auto& node = at(state.node, slot);
  auto violation = Violation::kNone;
  const bool valid = statement_valid(kNow - kTick * node.pend_age, kNow);
  const bool ignored = world.plants(&Planted::no_statement_lease);
  if (!valid && !ignored) {  // the reading is too old to act on: look again
    node.phase = Phase::kLook;
    node.target = node.open = node.pend_age = 0;
    return violation;
  }
  if (how == What::kStatementDelayed) {
    node.fly = byte(1 + static_cast<int>(node.step));
    node.fly_to = node.target;
    node.fly_age = 0;
    answer_missing(world, state, slot);
    return violation;
  }
  const bool done = how != What::kStatementLost &&
                    execute(world, state, node.target, node.host, node.step, violation);
  if (!done || how == What::kAnswerLost) {
    answer_missing(world, state, slot);
    return violation;
  }
  node.open = 0;
  node.phase = node.step == JoinStep::kAdd ? Phase::kAnswered : Phase::kLook;
  if (node.phase == Phase::kLook) node.target = 0;
  return violation;
}

Violation act_answered(const World& world, State& state, int slot) {
  auto& node = at(state.node, slot);
  const auto* group = group_of(state, node.target);
  const auto target = node.target;
  node.phase = Phase::kLook;
  node.target = 0;
  if (group == nullptr || group->leader == 0) return Violation::kNone;
  const bool listed = has(group->rows, node.host);
  const bool unread = world.plants(&Planted::no_reread);
  if (!listed && !unread) return Violation::kNone;
  return start_join(world, state, slot, target, at(state.node, group->leader - 1).host);
}

}  // namespace

Violation act(const World& world, State& state, int slot, What how) {
  auto& node = at(state.node, slot);
  switch (node.phase) {
    case Phase::kFoundPending:
      return act_found(world, state, slot);
    case Phase::kStatement:
      return act_statement(world, state, slot, how);
    case Phase::kAnswered:
      return act_answered(world, state, slot);
    case Phase::kSealing:
      node.sealed = 1;
      node.intent = IntentKind::kNone;
      node.intent_id = node.intent_helper = node.ended = 0;
      node.phase = Phase::kRunning;
      return Violation::kNone;
    case Phase::kLook:
    case Phase::kRunning:
      break;
  }
  return Violation::kNone;
}

bool agent_busy(const Node& node) {
  return node.phase == Phase::kFoundPending || node.phase == Phase::kStatement ||
         node.phase == Phase::kAnswered || node.phase == Phase::kSealing;
}

void reset_agent(const World& world, State& state, int slot) {
  auto& node = at(state.node, slot);
  forget_order(world, state, slot);
  node.phase = Phase::kLook;
  node.step = JoinStep::kAdd;
  node.target = node.pend_age = node.grant = node.grant_to = node.grant_old = 0;
  node.held = node.held_age = node.census = node.blind = node.sighted = 0;
  node.hist = node.known = node.changed = node.dead = node.dead_span = 0;
  node.moved = {};
  if (node.open != 0) node.open = 1;  // counts from the restart
  if (world.leaves()) recall_leaving(world, node);
  for (auto& other : state.node)
    if (other.grant != 0 && other.grant_to == node.host) other.grant_old = 1;
}

namespace {

FirstStartObservation first_seen(const World& world, State& state, int slot) {
  const auto& node = at(state.node, slot);
  FirstStartObservation seen;
  seen.meta = meta_of(world, node);
  seen.server_ready = node.proc == Proc::kReady;
  seen.up_for = kTick * node.proc_age;
  const auto* group = group_of(state, node.group);
  const bool led = seen.server_ready && group->leader != 0 && node.removed == 0;
  if (led) seen.own_list = list_of(world, state, slot, node);
  seen.own_claims_lead = led && group->leader == slot + 1;
  const auto dns = dns_answer(world, state, {});
  for (int other = 0; other < world.config().nodes; ++other) {
    const auto& leader = at(state.node, other);
    const auto* led_group = group_of(state, leader.group);
    if (other != slot && has(dns, other) && led_group != nullptr && led_group->leader == other + 1)
      seen.leader_list = list_of(world, state, other, node);
  }
  seen.peers = ask_peers(world, state, slot, dns, {}, false);
  return seen;
}

bool another_id_in_sight(const World& world, const State& state, int slot) {
  const auto& me = at(state.node, slot);
  for (int other = 0; other < world.config().nodes; ++other) {
    const auto& node = at(state.node, other);
    if (other == slot || node.published == 0 || node.pod != Pod::kUp) continue;
    if (node.sealed != 0 && node.cid != me.cid) return true;
  }
  return false;
}

struct Watching {
  const World& world;
  State& state;
  int slot;

  Violation operator()(const KeepWatching& /*unused*/) const { return Violation::kNone; }
  Violation operator()(const Seal& seal) const {
    auto& node = at(state.node, slot);
    if (node.proc != Proc::kReady || node.stage != Stage::kReady) return Violation::kSealedEarly;
    const bool blind = node.run == Run::kFound && another_id_in_sight(world, state, slot);
    node.member_of = byte(id_of(seal.cluster_id));
    if (!is_late(world)) node.cert = node.member_of;
    node.phase = Phase::kSealing;
    return blind ? Violation::kSealedBlind : Violation::kNone;
  }
  Violation operator()(const StopServer& stop) const {
    end_server(state, slot);
    auto& node = at(state.node, slot);
    node.phase = Phase::kLook;
    const bool lost = stop.aside && throw_away(state, slot);
    return lost ? Violation::kWriteLost : Violation::kNone;
  }
};

}  // namespace

Violation watch(const World& world, State& state, int slot) {
  const auto me = world.self(at(state.node, slot));
  const auto seen = first_seen(world, state, slot);
  if (world.config().consent) {
    StartObservation sight;
    sight.peers = seen.peers;
    end_order(at(state.node, slot), sight);
  }
  auto decision = watch_first_start(me, seen, kNow);
  const auto* planted = world.planted();
  if (planted != nullptr && planted->first != nullptr) planted->first(me, seen, decision);
  return std::visit(Watching{world, state, slot}, decision.action);
}

void agent_moves(const World& world, const State& state, const Emit& emit) {
  for (int slot = 0; slot < world.slots(); ++slot) {
    const auto& node = at(state.node, slot);
    if (node.pod != Pod::kUp || !agent_busy(node)) continue;
    State next = state;
    const auto violation = act(world, next, slot, What::kAct);
    emit({What::kAct, byte(slot), byte(static_cast<int>(node.phase))}, next, violation);
  }
  for (int slot = 0; slot < world.slots(); ++slot) {
    const auto& node = at(state.node, slot);
    if (node.pod != Pod::kUp) continue;
    State next = state;
    if ((node.held != 0 && node.held_age == 0) || kept_down(node)) continue;
    if (node.phase == Phase::kLook) {
      const auto looked = look(world, next, slot, {});
      emit.acting = emit.acting || (!looked.waits && node.held == 0);
      emit({What::kLook, byte(slot), 0}, next, looked.violation);
    } else if (node.phase == Phase::kRunning && node.sealed == 0) {
      const auto violation = watch(world, next, slot);
      emit({What::kWatch, byte(slot), 0}, next, violation);
    }
  }
  for (int slot = 0; slot < world.slots(); ++slot) {
    const auto& node = at(state.node, slot);
    if (node.fly == 0) continue;
    State next = state;
    auto violation = Violation::kNone;
    if (node.fly == kFlyLeave) {
      (void)execute_leave(world, next, node.fly_to, node.host, violation);
    } else {
      const auto step = static_cast<JoinStep>(node.fly - 1);
      (void)execute(world, next, node.fly_to, node.host, step, violation);
    }
    auto& after = at(next.node, slot);
    after.fly = after.fly_to = after.fly_age = 0;
    emit({What::kLate, byte(slot), 0}, next, violation);
  }
}

}  // namespace sragent::explore
