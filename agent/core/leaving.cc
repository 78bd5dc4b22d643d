#include "core/leaving.h"

#include <algorithm>

#include "core/exit_codes.h"

namespace sragent {
namespace {

using enum LeavePhase;

template <typename Enum>
constexpr std::size_t index(Enum value) {
  return static_cast<std::size_t>(value);
}

constexpr std::array<std::string_view, kLeavePhaseCount> kPhaseWords{
    "look", "move", "mark", "work", "signal", "kill", "drop", "unmark", "ended"};
constexpr std::array<std::string_view, kLeaveEventCount> kEventWords{
    "done", "not needed", "refused", "time up", "hasten", "cancel", "server ended"};

using Row = std::array<LeavePhase, kLeaveEventCount>;

/// A row a phase; a column an event in the order of LeaveEvent. A server that was told to stop
/// cannot be told to go on: what is cancelled then is that it stays down, and that its row goes.
/// One that ends while its tablets move is started again, since they are read from it.
constexpr std::array<Row, kLeavePhaseCount> kTable{
    //   done     not needed refused  time up  hasten   cancel   server ended
    Row{kMove, kMove, kUnmark, kMove, kSignal, kUnmark, kDrop},        // look
    Row{kMark, kMark, kUnmark, kMark, kSignal, kUnmark, kMove},        // move
    Row{kWork, kWork, kUnmark, kWork, kSignal, kUnmark, kDrop},        // mark
    Row{kSignal, kSignal, kUnmark, kSignal, kSignal, kUnmark, kDrop},  // work
    Row{kDrop, kDrop, kSignal, kKill, kKill, kSignal, kDrop},          // signal
    Row{kDrop, kDrop, kKill, kKill, kKill, kKill, kDrop},              // kill
    Row{kUnmark, kUnmark, kUnmark, kUnmark, kUnmark, kUnmark, kDrop},  // drop
    Row{kEnded, kEnded, kUnmark, kEnded, kEnded, kUnmark, kUnmark},    // unmark
    Row{kEnded, kEnded, kEnded, kEnded, kEnded, kEnded, kEnded},       // ended
};

/// What a phase may take of a stop's budget: never more than a sixth of it.
Millis share(const LeaveState& state, Millis span) {
  if (!state.ends) return span;
  return std::min(span, (*state.ends - state.began) / 6);
}

bool over(const LeaveState& state, Millis span, Instant now) {
  return now >= state.phase_began + share(state, span);
}

std::optional<LeaveEvent> judge_look(LeaveState& state, const LeaveFacts& facts, Instant now) {
  if (!facts.server_running && !keeps_server(state)) return LeaveEvent::kServerEnded;
  if (is_stop(state.trigger)) {
    if (facts.looked) return LeaveEvent::kDone;
    return over(state, kLookSpan, now) ? std::optional{LeaveEvent::kTimeUp} : std::nullopt;
  }
  if (!state.force) state.refusal = facts.refusal;
  const bool waits = facts.waits_for_others || state.resumed;
  if (state.force && !facts.looked && over(state, kLookSpan, now)) return LeaveEvent::kTimeUp;
  if (!facts.looked && !state.refusal && !waits && over(state, kDrainLookSpan, now)) {
    state.refusal = LeaveRefusal{kExitUndecidable,
                                 Reason::kFeUnreachable,
                                 "no FE told in time what has to be known before a drain"};
  }
  if (state.refusal) return LeaveEvent::kRefused;
  const bool looked = facts.looked || (state.force && facts.refusal);
  return looked ? std::optional{LeaveEvent::kDone} : std::nullopt;
}

void note_work(LeaveState& state, const LeaveFacts& facts) {
  if (state.trigger != LeaveTrigger::kForGood || !facts.running || !facts.counted_at) return;
  state.work = take_tablets(state.work, *facts.running, *facts.counted_at);
}

/// Only what an FE said ends it: the row's absence, or a no. A stop never begins or awaits it: the
/// tablets of a node that is about to go cannot be read, and who stops it may start it again.
std::optional<LeaveEvent> judge_move(LeaveState& state, const LeaveFacts& facts) {
  const bool held = facts.others_unseen && facts.server_running;
  if (state.trigger != LeaveTrigger::kForGood || !(facts.moves || held))
    return LeaveEvent::kNotNeeded;
  state.refusal = facts.no_leave;
  if (state.refusal) return LeaveEvent::kRefused;
  if (held) return std::nullopt;
  if (facts.row_gone) return LeaveEvent::kDone;
  note_work(state, facts);
  if (facts.tablets && facts.tablets_at)
    state.move = take_tablets(state.move, *facts.tablets, *facts.tablets_at);
  return std::nullopt;
}

/// The container ends in any case, so nothing is waited for beyond its time; a row that stays is a
/// ghost (S42).
std::optional<LeaveEvent> judge_last_drop(const LeaveState& state,
                                          const LeaveFacts& facts,
                                          Instant now) {
  if (facts.row_gone) return LeaveEvent::kDone;
  if (facts.no_leave || facts.server_running) return LeaveEvent::kNotNeeded;
  if (facts.drop_tries >= kDropTries || now >= *state.ends) return LeaveEvent::kTimeUp;
  return std::nullopt;
}

std::optional<LeaveEvent> judge_drop(LeaveState& state, const LeaveFacts& facts, Instant now) {
  const bool last = is_stop(state.trigger) && state.row_goes;
  const bool wanted = state.trigger == LeaveTrigger::kForGood && !state.cancelled;
  if (!facts.drops || !(wanted || last)) return LeaveEvent::kNotNeeded;
  if (last) return judge_last_drop(state, facts, now);
  state.refusal = facts.no_leave;
  if (state.refusal) return LeaveEvent::kRefused;
  return facts.row_gone ? std::optional{LeaveEvent::kDone} : std::nullopt;
}

std::optional<LeaveEvent> judge_mark(const LeaveState& state,
                                     const LeaveFacts& facts,
                                     Instant now) {
  if (!facts.server_running) return LeaveEvent::kServerEnded;
  if (!facts.marks_wanted) return LeaveEvent::kNotNeeded;
  if (facts.marks_over) return LeaveEvent::kDone;
  if (is_stop(state.trigger) && over(state, kMarkSpan, now)) return LeaveEvent::kTimeUp;
  return std::nullopt;
}

/// Without a mark new work may come at any time, so the first quiet moment is as good as a later
/// one; with it, what was on its way when the mark was made has to be seen to be over.
bool quiet(const LeaveState& state, const LeaveFacts& facts) {
  if (!facts.counted_at || *facts.counted_at < state.phase_began || !facts.quiet_since)
    return false;
  return !facts.work_kept_away || *facts.counted_at - *facts.quiet_since >= kQuietSpan;
}

std::optional<LeaveEvent> judge_work(LeaveState& state, const LeaveFacts& facts, Instant now) {
  if (!facts.server_running) return LeaveEvent::kServerEnded;
  if (state.trigger == LeaveTrigger::kForGood && facts.no_leave) {
    state.refusal = facts.no_leave;
    return LeaveEvent::kRefused;
  }
  if (state.trigger == LeaveTrigger::kForGood && facts.others_unseen) return std::nullopt;
  if (!facts.work_counts) return LeaveEvent::kNotNeeded;
  note_work(state, facts);
  if (quiet(state, facts)) return LeaveEvent::kDone;
  const auto last = signal_by(state, facts);
  if (last && now >= *last) return LeaveEvent::kTimeUp;
  return std::nullopt;
}

std::optional<LeaveEvent> judge_unmark(const LeaveState& state,
                                       const LeaveFacts& facts,
                                       Instant now) {
  if (!facts.marks_left && !facts.decommission_left) return LeaveEvent::kNotNeeded;
  if (facts.unmark_over && !facts.decommission_left) return LeaveEvent::kDone;
  if (facts.unmark_must && !state.ends) return std::nullopt;
  const auto ends = state.ends ? *state.ends : state.phase_began + kDrainUnmarkSpan;
  return now >= ends ? std::optional{LeaveEvent::kTimeUp} : std::nullopt;
}

std::optional<LeaveEvent> judge_stop(const LeaveState& state,
                                     const LeaveFacts& facts,
                                     Instant now) {
  if (!facts.server_running) return LeaveEvent::kServerEnded;
  const auto last = kill_at(state, facts);
  if (state.phase == kSignal && last && now >= *last) return LeaveEvent::kTimeUp;
  return std::nullopt;
}

std::optional<LeaveEvent> judge(LeaveState& state, const LeaveFacts& facts, Instant now) {
  switch (state.phase) {
    case kLook:
      return judge_look(state, facts, now);
    case kMove:
      return judge_move(state, facts);
    case kMark:
      return judge_mark(state, facts, now);
    case kWork:
      return judge_work(state, facts, now);
    case kSignal:
    case kKill:
      return judge_stop(state, facts, now);
    case kDrop:
      return judge_drop(state, facts, now);
    case kUnmark:
      return judge_unmark(state, facts, now);
    case kEnded:
      break;
  }
  return std::nullopt;
}

LeaveAction action_in(const LeaveState& state, const LeaveFacts& facts) {
  switch (state.phase) {
    case kLook:
      return LeaveAction::kLook;
    case kMove:
      return LeaveAction::kMove;
    case kMark:
      return LeaveAction::kMark;
    case kWork:
      return LeaveAction::kCount;
    case kSignal:
      return state.signalled_at ? LeaveAction::kNothing : LeaveAction::kSignal;
    case kKill:
      return facts.server_running ? LeaveAction::kKill : LeaveAction::kNothing;
    case kDrop:
      return LeaveAction::kDrop;
    case kUnmark:
      return LeaveAction::kUnmark;
    case kEnded:
      break;
  }
  return LeaveAction::kNothing;
}

void go_to(LeaveState& state, LeavePhase phase, Instant now) {
  if (state.phase == phase) return;
  state.phase = phase;
  state.phase_began = now;
}

/// When the server of a stop is to be down.
Instant server_ends(const LeaveState& state) {
  return *state.ends - (state.row_goes ? share(state, kDropSpan) : Millis{0});
}

/// `event` happened: the phase that the table names, from `now` on.
void enter(LeaveState& state, LeaveEvent event, Instant now) {
  go_to(state, next_phase(state.phase, event), now);
}

/// A stop's clock starts when it takes a drain over, whose work is kept. One that was taken back
/// before the server was told to stop begins anew: the server still has to be told.
void take_over(LeaveState& drain, Millis budget, Instant now) {
  drain.ends = now + budget;
  drain.began = now;
  drain.cancelled = false;
  drain.again = false;
  drain.to_hold = false;
  drain.force = false;
  drain.refusal.reset();
  if (drain.phase >= kUnmark && !drain.signalled_at) return go_to(drain, kLook, now);
  if (drain.phase >= kUnmark && drain.row_goes) go_to(drain, kDrop, now);
}

}  // namespace

std::string_view to_string(LeaveTrigger trigger) {
  constexpr std::array<std::string_view, 5> kWords{
      "drain", "for good", "stop script", "prestop", "TERM"};
  return kWords.at(index(trigger));
}

bool is_stop(LeaveTrigger trigger) {
  return trigger > LeaveTrigger::kForGood;
}

std::string_view to_string(LeavePhase phase) {
  return kPhaseWords.at(index(phase));
}

std::string_view to_string(LeaveEvent event) {
  return kEventWords.at(index(event));
}

LeavePhase next_phase(LeavePhase phase, LeaveEvent event) {
  return kTable.at(index(phase)).at(index(event));
}

bool keeps_server(const LeaveState& state) {
  const auto last = state.ends_with_row ? kLook : kMove;
  const bool stays = state.phase == kUnmark && state.cancelled && !state.signalled_at;
  return state.trigger == LeaveTrigger::kForGood &&
         (state.phase <= last || (stays && !state.ends_with_row));
}

MoveProgress take_tablets(const std::optional<MoveProgress>& before, int tablets, Instant at) {
  if (!before) return {tablets, tablets, at, at, at, 0, 0};
  auto out = *before;
  if (at <= out.seen_at) return out;  // the same look again
  out.seen_at = at;
  if (tablets >= out.least) {
    ++out.still;
    return out;
  }
  constexpr double kWeight = 0.3;  // of the newest
  const auto each = static_cast<double>((at - out.least_at).count()) / (out.least - tablets);
  out.each_ms = out.each_ms == 0 ? each : (1 - kWeight) * out.each_ms + kWeight * each;
  out.least = tablets;
  out.least_at = at;
  out.still = 0;
  return out;
}

bool stands_still(const MoveProgress& progress) {
  return progress.still >= kStallLooks;
}

bool stands_still(const LeaveState& state) {
  const bool waits = state.phase == kMove || state.phase == kWork;
  if (waits && state.work && state.work->least > 0 &&
      state.work->seen_at - state.work->least_at >= kWorkStall)
    return true;
  return state.phase == kMove && state.move && stands_still(*state.move);
}

std::optional<Millis> time_left(const MoveProgress& progress) {
  if (progress.each_ms == 0) return std::nullopt;
  return Millis{static_cast<std::int64_t>(progress.each_ms * progress.least)};
}

LeaveState begin_leave(LeaveTrigger trigger, Millis budget, Instant now) {
  LeaveState out;
  out.trigger = trigger;
  out.began = now;
  out.phase_began = now;
  if (is_stop(trigger)) out.ends = now + budget;
  if (trigger == LeaveTrigger::kStopScript) {
    out.phase = kSignal;
    out.signalled_at = now;
  }
  return out;
}

LeaveState join_leave(LeaveState state, LeaveTrigger trigger, Millis budget, Instant now) {
  if (!is_stop(trigger)) return state;
  if (trigger == LeaveTrigger::kTerm && state.trigger == LeaveTrigger::kTerm) {
    state.hastened_at = now;
    enter(state, LeaveEvent::kHasten, now);
    return state;
  }
  if (!is_stop(state.trigger)) take_over(state, budget, now);
  state.trigger = std::max(state.trigger, trigger);
  if (trigger == LeaveTrigger::kStopScript && !state.signalled_at) {
    state.signalled_at = now;
    go_to(state, kSignal, now);
  }
  return state;
}

LeaveState cancel_leave(LeaveState state, Instant now) {
  if (is_stop(state.trigger)) return state;
  state.cancelled = true;
  state.cancel_owed = state.cancel_owed || state.decided || state.phase == kDrop;
  enter(state, LeaveEvent::kCancel, now);
  return state;
}

LeaveStep advance_leave(LeaveState state, const LeaveFacts& facts, Instant now) {
  while (const auto event = judge(state, facts, now)) {
    const auto from = state.phase;
    if (from == kWork && facts.running && *facts.running > 0) state.cut_off = facts.running;
    enter(state, *event, now);
    if (state.phase == from) break;
  }
  LeaveStep out{std::move(state), {}};
  out.action = action_in(out.state, facts);
  if (out.action == LeaveAction::kSignal) {
    out.state.signalled_at = now;
    out.state.by_us = true;
  }
  if (out.action == LeaveAction::kKill) out.state.killed = true;
  if (out.action == LeaveAction::kMove && !facts.decommissioned_before) out.state.decided = true;
  return out;
}

std::optional<Instant> signal_by(const LeaveState& state, const LeaveFacts& facts) {
  if (!state.ends) return std::nullopt;
  const auto last = server_ends(state);
  return last - std::min(facts.server_stop, (last - state.began) / 2);
}

std::optional<Instant> kill_at(const LeaveState& state, const LeaveFacts& facts) {
  if (state.ends && state.hastened_at)
    return std::min(server_ends(state), *state.hastened_at + kHastenedStop);
  if (state.ends) return server_ends(state);
  if (!state.signalled_at) return std::nullopt;
  return *state.signalled_at + 2 * facts.server_stop + kDrainUnmarkSpan;
}

int leave_exit_code(const LeaveState& state, const LeaveFacts& facts) {
  if (state.refusal) return state.refusal->exit_code;
  const bool rest =
      facts.marks_left || facts.decommission_left || state.killed || state.cut_off.value_or(0) > 0;
  if (rest) return kExitRestAccepted;
  return state.cancelled ? kExitNo : kExitDone;
}

}  // namespace sragent
