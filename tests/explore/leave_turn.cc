#include "core/fe_good.h"
#include "leave.h"
#include "planted.h"

/// A turn of an FE's leaving: what stands in for runtime/leaving, fe_leave and fe_good around the
/// core's table and rules. Running statements are not in this world.
namespace sragent::explore {
namespace {

/// FeLeave::facts() and FeGood::tell().
LeaveFacts facts_of(const World& world, const Node& node, LeavePhase phase) {
  LeaveFacts out;
  out.server_running = node.proc != Proc::kNone;
  out.waits_for_others = true;
  out.looked = is(node, Leave::kLooked) && is(node, Leave::kGranted);
  if (is(node, Leave::kLooked) && is(node, Leave::kNo)) out.refusal = LeaveRefusal{};
  const bool gone = is(node, Leave::kGone);
  out.moves = !is(node, Leave::kLeads);
  out.drops = true;
  out.row_gone = gone;
  if (is(node, Leave::kLasts)) out.no_leave = LeaveRefusal{};
  out.marks_left = node.left != 0 && !gone;
  out.unmark_must = out.marks_left;
  if (phase > LeavePhase::kWork || out.moves || gone) return out;
  const bool blind = world.plants(&Planted::stops_unseen);
  out.others_unseen = is(node, Leave::kUnseen) && !blind;
  if (phase == LeavePhase::kLook) return out;
  if (out.refusal) out.no_leave = out.refusal;
  out.moves = out.refusal.has_value();
  return out;
}

/// What is known of one that lived a moment ago cannot be newer.
Byte living(const State& state, Byte ref) {
  const auto electorate = voters(state, group_at(state, ref).joined);
  return byte((attached_hosts(state, ref) | state.just_ended) & electorate);
}

bool drop_throws(const State& state, Byte ref, int host) {
  const auto electorate = voters(state, group_at(state, ref).joined);
  const auto left = byte(electorate & ~bit(host));
  return has(electorate, host) && most_of(living(state, ref), electorate) &&
         !most_of(byte(living(state, ref) & left), left);
}

bool stop_throws(const State& state, Byte ref, int host) {
  const auto electorate = voters(state, group_at(state, ref).joined);
  return has(electorate, host) && most_of(living(state, ref), electorate) &&
         !most_of(byte(living(state, ref) & ~bit(host)), electorate);
}

/// Rows whose heartbeats were seen to move; Alive says so for longer.
LeaderHistory history_of(const World& world, const State& state, Byte ref, const FeList& list) {
  LeaderHistory out;
  out.leader = list.asked_host;
  out.start_time = "t";
  out.cluster_id = list.cluster_id;
  const bool any = world.plants(&Planted::alive_is_fresh);
  for (int host = 0; host < world.config().nodes; ++host) {
    RowHistory row;
    const bool fresh =
        any || heartbeat_good(world, state, ref, host) || has(state.just_ended, host);
    if (fresh) row.moved_at = kNow;
    out.rows.emplace(host_port(world.self(at(state.node, host)).host, 9010), row);
  }
  return out;
}

struct Turn {
  const World& world;
  State& state;
  int slot;
  What how;
  Node& node;
  Violation violation = Violation::kNone;

  [[nodiscard]] const Self& me() const { return world.self(node); }

  // --- FeLeave ---
  void look() {
    set(node, Leave::kLooked, node.proc == Proc::kReady);
    if (node.proc != Proc::kReady) return;
    const auto list = told_list(world, state, slot, node);
    FeStopView view;
    view.ready = Tri::kYes;
    view.quorum = quorum_of(list, me().host);
    set(node, Leave::kLeads, view.quorum->leads);
    set(node,
        Leave::kNo,
        refuse_fe_for_good(view).has_value() && !world.plants(&Planted::leaves_unlooked));
    const auto history = history_of(world, state, node.group, list);
    set(node, Leave::kUnseen, !stop_keeps_majority(list, history, me().host, kNow));
    set(node, Leave::kOwnLeads, false);
    set(node, Leave::kOthers);
    if (view.quorum->leads) set(node, Leave::kLasts, false);
  }

  void act(LeaveAction action) {
    switch (action) {
      case LeaveAction::kLook:
        return is(node, Leave::kLooked) && is(node, Leave::kOthers) ? work_on_row(true) : look();
      case LeaveAction::kMove:
        if (is(node, Leave::kLeads) || is(node, Leave::kOwnLeads)) return look();
        return work_on_row(true);
      case LeaveAction::kDrop:
        return work_on_row(true);
      case LeaveAction::kUnmark:
        return work_on_row(false);
      case LeaveAction::kSignal:
        if (node.group != 0 && node.removed == 0 && stop_throws(state, node.group, node.host))
          violation = Violation::kQuorumThrown;
        return;
      case LeaveAction::kKill:
        return end_server(state, slot);
      case LeaveAction::kNothing:
      case LeaveAction::kMark:
      case LeaveAction::kCount:
        return;
    }
  }

  // --- FeGood ---
  void work_on_row(bool drop) {
    if (!drop) begin_taking_back(world, node);
    const bool unclaimed = drop && is(node, Leave::kOthers) && !is(node, Leave::kGranted);
    const bool publishes = unclaimed && !is(node, Leave::kYields) && !is(node, Leave::kClaim);
    if (publishes) return set(node, Leave::kClaim);
    if (unclaimed) return ask_claims();
    if (is(node, Leave::kArmed)) return send();
    if (drop && may_send()) return arm();
    read_row();
  }

  void ask_claims() {
    std::vector<ClaimAnswer> answers;
    for (int peer = 0; peer < world.config().nodes; ++peer) {
      if (peer == slot || !has(group_at(state, node.group).rows, peer)) continue;
      answers.push_back(claim_of(peer));
    }
    if (world.plants(&Planted::claims_unasked)) answers.clear();
    const auto verdict = judge_claims(me().host, me().ordinal, answers).verdict;
    set(node, Leave::kYields, verdict == ClaimVerdict::kYields);
    if (is(node, Leave::kYields)) set(node, Leave::kClaim, false);
    set(node, Leave::kGranted, verdict == ClaimVerdict::kGoes && is(node, Leave::kClaim));
    if (!is(node, Leave::kGranted)) return look();  // who is listed is read again at once
    set(node, Leave::kLooked, false);
  }

  [[nodiscard]] ClaimAnswer claim_of(int peer) const {
    const auto& other = at(state.node, peer);
    ClaimAnswer out;
    out.host = world.self(other).host;
    const bool unsettled = is(other, Leave::kNoted) && other.leaving == 0;
    const bool joins = other.sealed == 0 && !world.plants(&Planted::joiner_is_member);
    if (other.pod != Pod::kUp || unsettled || joins) {
      if (!world.plants(&Planted::silence_is_no_claim)) out.why = "not told";
    } else if (is(other, Leave::kClaim) || other.left != 0) {
      out.claim = LeaveClaim{world.self(other).ordinal, "then"};
    }
    return out;
  }

  /// By what was last read.
  [[nodiscard]] bool may_send() const {
    return is(node, Leave::kGranted) && !is(node, Leave::kTakesBack) &&
           !is(node, Leave::kUnanswered) && is(node, Leave::kSendable);
  }

  /// On disk before the statement leaves.
  void arm() {
    for (int other = 0; other < world.config().nodes; ++other) {
      const auto& peer = at(state.node, other);
      if (other == slot || !goes(peer.left) || peer.group != node.group) continue;
      if (has(group_at(state, node.group).rows, other)) violation = Violation::kTwoLeave;
    }
    if (!world.plants(&Planted::no_left_mark)) node.left = kLeft;
    node.drop_open = 1;
    set(node, Leave::kArmed);
  }

  /// Slot of the leader that the other FEs name; -1: none is named.
  int leader_named() {
    int out = -1;
    set(node, Leave::kOwnLeads, false);
    for (int other = 0; other < world.config().nodes; ++other) {
      const auto& peer = at(state.node, other);
      if (other == slot || peer.proc != Proc::kReady || peer.removed != 0) continue;
      if (peer.published == 0 || peer.group != node.group) continue;
      const auto leader = group_at(state, peer.group).leader;
      if (leader == slot + 1) set(node, Leave::kOwnLeads);
      if (leader != 0 && leader != slot + 1) out = leader - 1;
    }
    return out;
  }

  void read_row() {
    set(node, Leave::kSendable, false);
    const int leader = leader_named();
    set(node, Leave::kSilent, leader < 0);
    if (leader < 0) return settle_taking_back(false);
    const auto list = told_list(world, state, leader, node);
    set(node, Leave::kSilent, !word_counts(list));
    if (is(node, Leave::kSilent)) return settle_taking_back(false);
    take_list(list, find_row(list, me().host) == nullptr, false);
  }

  void take_list(const FeList& list, bool gone, bool answered) {
    if (is(node, Leave::kGoneOnce) && gone) set(node, Leave::kGone);
    if (!gone) set(node, Leave::kGone, false);
    set(node, Leave::kGoneOnce, gone);
    const bool certain = gone && (answered || is(node, Leave::kGone));
    if (certain) set(node, Leave::kToldGone);
    const bool noted =
        !world.plants(&Planted::no_left_mark) && !world.plants(&Planted::gone_forgotten);
    if (certain && noted) node.left = is(node, Leave::kTakesBack) ? kLeftDroppedBack : kLeftDropped;
    if (!gone && node.left == kLeftDropped) node.left = kLeft;
    if (is(node, Leave::kGone)) set(node, Leave::kUnanswered, false);
    if (!is(node, Leave::kUnanswered)) node.drop_open = 0;
    const bool judged = !world.plants(&Planted::drops_unjudged);
    const bool no = judged && !gone && refuse_fe_drop(list, me().host).has_value();
    set(node, Leave::kNoDrop, no);
    if (!no) set(node, Leave::kLasts, false);
    set(node, Leave::kOthers, is(node, Leave::kGranted));
    const auto history = history_of(world, state, node.group, list);
    const bool keeps = !judged || bears_fe_drop(list, history, me().host, kNow);
    set(node, Leave::kSendable, !gone && !no && keeps);
    settle_taking_back(!gone);
  }

  void settle_taking_back(bool listed) {
    const bool open = is(node, Leave::kUnanswered) && !world.plants(&Planted::answer_not_awaited);
    const bool leads = is(node, Leave::kOwnLeads) && node.proc != Proc::kNone &&
                       !world.plants(&Planted::own_lead_unseen);
    if (!is(node, Leave::kTakesBack) || node.left == 0 || open || !(listed || leads)) return;
    if (!world.plants(&Planted::mark_stays)) node.left = 0;
  }

  void send() {
    set(node, Leave::kArmed, false);
    const int leader = leader_named();
    set(node, Leave::kSilent, leader < 0);
    set(node, Leave::kSendable, false);
    if (leader < 0) return;
    const auto list = told_list(world, state, leader, node);
    const bool gone = find_row(list, me().host) == nullptr;
    const bool no =
        refuse_fe_drop(list, me().host).has_value() && !world.plants(&Planted::drops_unjudged);
    if (!word_counts(list) || gone || no) return;
    set(node, Leave::kUnanswered);
    const auto ref = at(state.node, leader).group;
    if (is(node, Leave::kTakesBack)) violation = Violation::kDropUnasked;
    if (drop_throws(state, ref, node.host)) violation = Violation::kQuorumThrown;
    if (how == What::kStatementDelayed) {
      node.fly = kFlyLeave;
      node.fly_to = ref;
      node.fly_age = 0;
      return;
    }
    if (how == What::kStatementLost) return;
    const bool done = execute_leave(world, state, ref, node.host, violation);
    if (how == What::kAnswerLost) return;
    set(node, Leave::kUnanswered, false);
    if (done) take_list(list, true, true);
  }

  // --- Leaving ---
  void keep_note() {
    set(node, Leave::kNotedGranted, is(node, Leave::kGranted));
    const bool back = is(node, Leave::kCancelled) || is(node, Leave::kRefused);
    const bool stopped = node.leaving > static_cast<int>(LeavePhase::kSignal);
    if (back) set(node, Leave::kDropped, false);  // it is to serve again
    set(node, Leave::kNotedDown, (stopped || goes(node.left)) && !back);
  }

  void run() {
    auto step = advance_leave(state_of(node), facts_of(world, node, state_of(node).phase), kNow);
    keep_state(node, step.state);
    keep_note();
    act(step.action);
    keep_note();
    const bool over = step.state.phase == LeavePhase::kEnded;
    if (over && (step.state.cancelled || step.state.refusal)) stay(state, slot);
  }
};

}  // namespace

bool execute_leave(
    const World& /*world*/, State& state, Byte group, int host, Violation& violation) {
  if (group == 0 || !works(state, group)) return false;
  if (!has(group_at(state, group).rows, host)) return true;
  auto& node = at(state.node, host);
  const bool member = node.stage >= Stage::kJoined && node.removed == 0;
  if (member && node.left == 0) violation = Violation::kDropUnasked;
  drop_row(state, group, host);
  set(node, Leave::kDropped, is(node, Leave::kNoted) && !is(node, Leave::kNotedCancelled));
  return true;
}

Violation leave_turn(const World& world, State& state, int slot, What how) {
  auto& node = at(state.node, slot);
  Turn turn{world, state, slot, how, node};
  if (goes_on(node)) {
    go_on(node);
  } else if (settles_mark(node)) {
    turn.work_on_row(goes(node.left));
  } else {
    turn.run();
  }
  return turn.violation;
}

}  // namespace sragent::explore
