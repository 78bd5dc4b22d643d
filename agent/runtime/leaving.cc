#include "runtime/leaving.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "core/exit_codes.h"
#include "io/files.h"
#include "io/signals.h"
#include "runtime/log.h"
#include "starrocks/state_file.h"

namespace sragent {
namespace {

constexpr mode_t kMode = 0600;
constexpr std::size_t kMaxBytes = std::size_t{1} << 16U;
/// The hook has to see that the node is down before its container goes (S45).
constexpr Millis kOutliveHook{5'000};
constexpr Millis kHookPace{250};
constexpr Millis kTurnPace{250};
constexpr Millis kScriptPace{1'000};
/// A drain by hand that nobody takes back holds its pod so long (S51).
constexpr Millis kDrainHolds{4 * 3'600'000};

/// A sidecar without a common PID namespace.
constexpr std::string_view kNotVisible =
    "no process of the server is visible here (shareProcessNamespace: true makes it so): the "
    "SIGTERM of its own container has to stop it";

std::string_view phase_detail(const LeaveState& state, const LeaveFacts& facts) {
  if (facts.waits_for_others) return "waits until no other FE is about to leave";
  const bool waits_for_work = state.phase == LeavePhase::kWork && facts.running.value_or(0) > 0;
  if (facts.others_unseen && facts.server_running && state.phase <= LeavePhase::kWork &&
      !waits_for_work)
    return "it leads: waits until the heartbeats of the other FEs are seen to move";
  if (state.ends_with_row && state.phase == LeavePhase::kMove)
    return "waits for running statements, then the leader drops its row";
  switch (state.phase) {
    case LeavePhase::kLook:
      return "looks what has to be done before the server may stop";
    case LeavePhase::kMove:
      return "waits until its tablets have moved away and its row is gone";
    case LeavePhase::kMark:
      return "tells the FEs to send no more work here";
    case LeavePhase::kWork:
      return "waits for running work";
    case LeavePhase::kSignal:
      return "the server was told to stop";
    case LeavePhase::kKill:
      return "the server is killed";
    case LeavePhase::kDrop:
      return "takes its row out of the member list";
    case LeavePhase::kUnmark:
      return "takes its marks at the FEs back";
    case LeavePhase::kEnded:
      break;
  }
  return "the server has stopped";
}

void log_row_stays(const LeaveFacts& facts) {
  const auto why = facts.no_leave ? facts.no_leave->detail
                   : facts.drops  ? std::string{"no FE dropped it in time"}
                                  : std::string{"it was not seen with this server"};
  log_warn("row_stays", {{"why", why + "; this address may never come back"}});
}

std::string end_detail(bool good, const std::string& why) {
  if (good)
    return "left the cluster for good (" + why + "): its row is gone, and this pod may be deleted";
  return "drained (" + why + "); the server stays down until 'sr-agent drain --cancel'";
}

}  // namespace

Leaving::Leaving(const Config& config,
                 const Clock& clock,
                 ServerProcess& server,
                 std::string note_file)
    : config_(config),
      clock_(clock),
      server_(server),
      note_file_(std::move(note_file)),
      scripts_(config.node.root) {
  restore();
}

/// The grace period less the reserve, on the agent's clock; less what an earlier process of this
/// pod has used of it (S50).
Millis Leaving::budget(Instant now) const {
  const auto whole = clock_.scaled(config_.stop.budget());
  if (!first_sign_ || now - *first_sign_ >= clock_.scaled(config_.stop.grace)) return whole;
  return std::clamp(*first_sign_ + whole - now, Millis{0}, whole);
}

void Leaving::sign(LeaveTrigger trigger, std::string_view why, NodeAgent* agent, Instant now) {
  const bool fresh = !in_force();
  const bool was_stop = stops();
  const auto before = fresh ? LeavePhase::kLook : state_->phase;
  state_ = fresh ? begin_leave(trigger, budget(now), now)
                 : join_leave(*std::move(state_), trigger, budget(now), now);
  over_ = false;
  if (fresh) facts_ = {};  // of the last one
  if (fresh) rest_.clear();
  if (fresh) asked_id_ = note_.ask_id;
  if (fresh && agent != nullptr) state_->ends_with_row = agent->leave_part().ends_with_row();
  if (fresh && agent != nullptr) state_->row_goes = agent->leave_part().row_goes();
  if (fresh) had_server_ = server_.running() || trigger == LeaveTrigger::kStopScript;
  if (fresh || !was_stop) {
    why_ = why;
    began_wall_ = Clock::wall();
    result_.reset();
  }
  log_info(fresh ? "leaving" : "leaving_joined",
           {{"trigger", std::string{to_string(trigger)}},
            {"why", std::string{why}},
            {"phase", std::string{to_string(state_->phase)}},
            {"budget_s", state_->ends ? seconds_text(*state_->ends - now) : "none"}});
  if (fresh) told_ = false;
  if (fresh && agent != nullptr) agent->leave_part().begin_anew();
  if (fresh && agent != nullptr && keeps_server()) agent->on_leave();
  tell(agent);
  if (!fresh) log_phase(before);
  if (is_stop(trigger) && !was_stop) {
    note_.stop_began_ms = now.count();
    keep_note();
  }
}

/// What the part finds on its volume may be newer than the note: an FE that is marked as leaving
/// must not be started, or it would join again.
void Leaving::adopt(NodeAgent& agent) {
  if (resume_ && note_.cancelled) agent.leave_part().recall(note_);
  if (resume_ && !note_.cancelled) {
    auto found = note_;
    agent.leave_part().keep(found);
    if (found.down && !server_.running()) resume_drain(found);
  }
  if (!in_force()) return;
  state_->ends_with_row = agent.leave_part().ends_with_row();
  state_->row_goes = agent.leave_part().row_goes();
  if (!note_.row_id.empty()) agent.leave_part().recall(note_);
  agent.on_stop();  // a drain of an earlier container: no server
}

/// From here on the server is no longer kept running.
void Leaving::tell(NodeAgent* agent) {
  if (told_ || agent == nullptr || keeps_server()) return;
  told_ = true;
  if (!note_.row_id.empty()) agent->leave_part().recall(note_);
  agent->on_stop();
}

void Leaving::sign_by_signal(int signal, NodeAgent* agent, Instant now) {
  stop_signal_ = signal;
  sign(LeaveTrigger::kTerm, signal_name(signal), agent, now);
}

void Leaving::look_for_stop_script(bool at_once, NodeAgent* agent, Instant now) {
  const bool due = at_once || (server_.running() && now >= next_script_look_);
  if (stops() || !due) return;
  next_script_look_ = now + clock_.scaled(kScriptPace);
  const auto script = scripts_.stopping();
  if (!script.empty()) sign(LeaveTrigger::kStopScript, script, agent, now);
}

std::string Leaving::seconds_text(Millis span) const {
  return std::to_string(clock_.to_real(span).count() / 1'000);
}

void Leaving::turn(NodeAgent* agent, Instant now) {
  next_.reset();
  turn_plan(agent, now);
  resume(agent, now);
  if (!in_force() || exit_code_) return;
  // Only the node's part knows whether the row is gone, and a sidecar's server may still run.
  const bool needs_part = for_good() || (server_.beside() != nullptr && server_.running());
  if (agent == nullptr && !stops() && needs_part && state_->phase < LeavePhase::kEnded) {
    next_ = now + kTurnPace;
    return;
  }
  if (agent != nullptr && std::exchange(restored_, false) && begins_again(*agent, now)) return;
  stop_again(agent, now);
  server_.look_for_server();
  facts_ = LeaveFacts{};
  facts_.looked = true;
  if (agent != nullptr) facts_ = agent->leave_part().facts(*state_);
  facts_.server_running = server_.running();
  const auto before = state_->phase;
  auto step = advance_leave(*std::move(state_), facts_, now);
  state_ = std::move(step.state);
  if (state_->phase != before) log_phase(before);
  tell(agent);
  keep_step(agent);
  act(step.action, agent, now);
  keep_drain();
  if (state_->phase == LeavePhase::kSignal && untold_ && server_.can_signal())
    act(LeaveAction::kSignal, agent, now);
  if (state_->phase == LeavePhase::kEnded) return on_ended(agent, now);
  next_ = now + kTurnPace;
  for (const auto& at : {state_->ends, signal_by(*state_, facts_), kill_at(*state_, facts_)})
    if (at && *at > now) next_ = std::min(*next_, *at);
}

void Leaving::act(LeaveAction action, NodeAgent* agent, Instant now) {
  switch (action) {
    case LeaveAction::kNothing:
      return;
    case LeaveAction::kSignal: {
      const int wish = agent == nullptr ? SIGTERM : agent->leave_part().signal();
      const int signal = wish == SIGTERM ? stop_signal_ : wish;
      untold_ = !server_.can_signal();
      if (untold_) {
        log_warn("server_not_told_to_stop", {{"why", std::string{kNotVisible}}});
        return;
      }
      log_info("server_told_to_stop", {{"signal", signal_name(signal)}});
      return server_.signal(signal);
    }
    case LeaveAction::kKill:
      if (!server_.can_signal()) state_->killed = false;
      return server_.kill();
    case LeaveAction::kLook:
    case LeaveAction::kMove:
    case LeaveAction::kDrop:
    case LeaveAction::kMark:
    case LeaveAction::kCount:
    case LeaveAction::kUnmark:
      if (agent != nullptr) agent->leave_part().act(action, *state_, now);
  }
}

void Leaving::log_phase(LeavePhase before) const {
  if (state_->phase == before) return;
  if (state_->phase == LeavePhase::kKill)
    log_warn("server_killed", {{"why", "it did not stop in its time, or nobody waits any longer"}});
  log_info(
      "leaving_phase",
      {{"from", std::string{to_string(before)}}, {"to", std::string{to_string(state_->phase)}}});
}

/// After a stop the container ends: 143 if the server ended in time with 0 or 143, 137 if it had to
/// be killed, else its own status. After a drain it stays, with the server down.
void Leaving::on_ended(NodeAgent* agent, Instant now) {
  if (!result_) {
    result_ = leave_exit_code(*state_, facts_);
    log_info("leaving_ended", {{"code", std::to_string(*result_)}});
    if (facts_.decommission_left && facts_.no_leave)
      rest_ = "the decommission is not taken back: " + facts_.no_leave->detail;
    if (state_->trigger == LeaveTrigger::kForGood && !asked_id_.empty() &&
        asked_id_ == answered_id_)
      answer_ = Answer{*result_, state_->refusal.value_or(LeaveRefusal{})};
    if (stops() && state_->row_goes && !facts_.row_gone) log_row_stays(facts_);
  }
  const bool stays = state_->refusal || state_->cancelled || state_->again || state_->to_hold;
  if (stays) return stay(agent, now);
  if (!stops()) {
    if (for_good()) return;  // until a person or another pod
    next_ = state_->began + kDrainHolds;
    if (now >= *next_) stay(agent, now);
    return;
  }
  if (outlives_hook(now)) return;
  const auto status = server_.exit_status();
  const int own = had_server_ && status ? status->to_exit_code() : kExitDone;
  const bool by_term = state_->trigger == LeaveTrigger::kTerm;
  exit_code_ = state_->killed ? kExitKilled : own == kExitDone && by_term ? kExitTerminated : own;
  const bool taken_back = note_.cancelled && !state_->ends_with_row && !facts_.decommission_left;
  if (taken_back) note_ = {};
  note_.stop_began_ms.reset();  // a drain before it stays in force in the next container
  keep_note();
}

/// The hook sees that the node is down before its container goes; without a SIGTERM that says so
/// nobody knows when it has.
bool Leaving::outlives_hook(Instant now) {
  if (state_->trigger == LeaveTrigger::kTerm) return false;
  const auto lasts = state_->phase_began + clock_.scaled(kOutliveHook);
  const bool script = state_->trigger == LeaveTrigger::kStopScript;
  if (now >= lasts || (script && scripts_.running().empty())) return false;
  next_ = std::min(lasts, now + clock_.scaled(kHookPace));
  return true;
}

/// The node serves again: the leaving was refused or taken back, or its time is over.
void Leaving::stay(NodeAgent* agent, Instant now) {
  log_info("leaving_over", {{"serves", "again"}});
  over_ = true;
  resume_ = false;
  next_ = now;
  if (rest_.empty()) note_ = {};  // else the next try takes it back, or the next container
  keep_note();
  if (agent == nullptr) return;
  agent->leave_part().begin_anew();
  agent->on_stay(now);
}

void Leaving::keep_note() const {
  if (note_file_.empty()) return;
  auto note = note_;
  note.answered_id = answered_id_;
  if (answer_) {
    note.answer = answer_->result;
    note.answer_reason = to_string(answer_->refusal.reason);
    note.answer_text = answer_->refusal.detail;
  }
  if (note != LeaveNote{}) {
    if (auto done = write_atomic(note_file_, to_text(note), kMode); !done)
      log_warn("mark_not_written", {{"error", done.error().what}});
    return;
  }
  auto done = remove_file(note_file_);
  if (!done && done.error().kind != ErrorKind::kNotFound)
    log_warn("mark_not_removed", {{"error", done.error().what}});
}

/// An earlier process of this pod was leaving when it ended. A stop: the pod's clock has run since.
/// A drain: it stays in force, the server is down already.
void Leaving::restore() {
  if (note_file_.empty()) return;
  const auto note = read_file(note_file_, kMaxBytes).and_then([](const std::string& text) {
    return parse_leave(text);
  });
  if (!note) return;
  answered_id_ = note->answered_id;
  if (note->answer && !answered_id_.empty()) {
    const auto reason = reason_from(note->answer_reason).value_or(Reason::kNone);
    answer_ = Answer{static_cast<int>(*note->answer), {0, reason, note->answer_text}};
  }
  const auto now = clock_.now();
  const auto since = [now](const std::optional<std::int64_t>& ms, Millis span) {
    const auto at = ms ? std::optional{Instant{*ms}} : std::nullopt;
    return at && *at <= now && now - *at < span ? at : std::nullopt;
  };
  first_sign_ = since(note->stop_began_ms, clock_.scaled(config_.stop.grace));
  if (note->for_good || since(note->drain_began_ms, kDrainHolds)) resume_drain(*note);
}

void Leaving::resume_drain(const LeaveNote& note) {
  note_ = note;
  note_.answer.reset();
  note_.answer_reason.clear();
  note_.answer_text.clear();
  note_.stop_began_ms.reset();
  why_ = note.why;
  began_wall_ = Clock::wall();
  const bool joined = note.for_good && note.ask_id.empty() && !note.answer;
  asked_id_ = joined ? note.answered_id : note.ask_id;
  resume_ = note.for_good && (!note.down || note.cancelled);
  const std::string_view goes_on =
      note.cancelled ? "leaving_is_taken_back" : "leaving_for_good_goes_on";
  log_info(resume_ ? goes_on : "drain_in_force", {{"why", why_}});
  if (resume_) return;  // once the server runs, whose tablets are read from it
  restored_ = true;
  const auto trigger = note.for_good ? LeaveTrigger::kForGood : LeaveTrigger::kDrain;
  const Instant began{note.drain_began_ms.value_or(0)};
  state_ = begin_leave(trigger, {}, began);
  state_->phase = note.for_good ? LeavePhase::kDrop : LeavePhase::kUnmark;
  state_->phase_began = clock_.now();
  state_->signalled_at = began;
  had_server_ = true;
}

/// What an earlier agent had begun beside a server that runs.
void Leaving::resume(NodeAgent* agent, Instant now) {
  if (!resume_ || in_force() || agent == nullptr) return;
  if (!server_.running() || !agent->leave_part().settled()) return;
  go_on(*agent, now);
}

void Leaving::go_on(NodeAgent& agent, Instant now) {
  resume_ = false;
  if (!for_good()) return sign(LeaveTrigger::kDrain, std::string{note_.why}, &agent, now);
  sign(LeaveTrigger::kForGood, note_.why, &agent, now);
  agent.leave_part().recall(note_);
  state_->resumed = true;
  state_->decided = note_.decided;
  if (note_.cancelled) state_ = cancel_leave(*std::move(state_), now);
}

/// What the next process of this pod has to know is on disk before the step is done.
void Leaving::keep_step(NodeAgent* agent) {
  if (!for_good() || agent == nullptr || state_->trigger != LeaveTrigger::kForGood) return;
  auto note = note_;
  note.decided = state_->decided;
  note.down = state_->phase >= LeavePhase::kSignal;
  agent->leave_part().keep(note);
  note.down = note.down && !state_->cancelled && !state_->refusal;
  if (note == note_) return;
  note_ = std::move(note);
  keep_note();
}

/// Of an earlier container.
LeavingStatus Leaving::answered() const {
  LeavingStatus out;
  out.trigger = to_string(LeaveTrigger::kForGood);
  out.phase = to_string(LeavePhase::kEnded);
  out.why = "annotation leave: " + answered_id_;
  out.ask_id = answered_id_;
  out.phase_began = clock_.now();
  out.result = answer_->result;
  out.refusal_reason = answer_->refusal.reason;
  out.refusal = answer_->refusal.detail;
  return out;
}

void Leaving::describe(NodeStatus& status) const {
  status.leaving_plan = plan_;
  if (!unbegun_.empty()) status.warnings.push_back(unbegun_);
  if (!state_ && answer_) status.leaving = answered();
  if (!state_) return;
  LeavingStatus out;
  out.in_force = in_force();
  out.trigger = to_string(state_->trigger);
  out.phase = to_string(state_->phase);
  out.why = why_;
  out.ask_id = state_->trigger == LeaveTrigger::kForGood ? asked_id_ : std::string{};
  out.began = began_wall_;
  out.phase_began = state_->phase_began;
  out.ends = state_->ends;
  out.running = facts_.running;
  out.cut_off = state_->cut_off;
  out.result = result_;
  if (state_->move) out.move = *state_->move;
  const bool stalled = stands_still(*state_);
  out.stalled = stalled;
  if (state_->refusal) out.refusal = state_->refusal->detail;
  if (state_->refusal) out.refusal_reason = state_->refusal->reason;
  out.waits_for_container = waits_for_container();
  if (out.waits_for_container) status.leaving_notes.emplace_back(kNotVisible);
  status.leaving = std::move(out);
  if (!rest_.empty()) status.leaving_notes.push_back(rest_);
  if (stalled) {
    for (const auto& blocker : facts_.blockers)
      status.leaving_notes.push_back("stands still: " + blocker);
  }
  if (!in_force() || !had_server_) return;  // with nothing to stop the part's own reason stays
  const bool drained = !stops() && state_->phase == LeavePhase::kEnded;
  const bool good = state_->trigger == LeaveTrigger::kForGood;
  status.phase = drained ? Phase::kHeld : Phase::kStopping;
  const bool moves = state_->phase == LeavePhase::kMove && !state_->ends_with_row;
  status.reason = stalled                   ? Reason::kStalled
                  : facts_.waits_for_others ? Reason::kQuorumRisk
                  : moves                   ? Reason::kDecommissioning
                  : good && !drained        ? Reason::kLeaving
                  : good                    ? Reason::kDropped
                                            : Reason::kDraining;
  status.detail = drained ? end_detail(good, why_) : std::string{phase_detail(*state_, facts_)};
}

}  // namespace sragent
