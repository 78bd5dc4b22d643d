#include "runtime/leaving.h"

#include <algorithm>
#include <csignal>

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

std::string_view phase_detail(LeavePhase phase) {
  switch (phase) {
    case LeavePhase::kLook:
      return "looks what has to be done before the server may stop";
    case LeavePhase::kMark:
      return "tells the FEs to send no more work here";
    case LeavePhase::kWork:
      return "waits for running work";
    case LeavePhase::kSignal:
      return "the server was told to stop";
    case LeavePhase::kKill:
      return "the server is killed";
    case LeavePhase::kUnmark:
      return "takes its marks at the FEs back";
    case LeavePhase::kEnded:
      break;
  }
  return "the server has stopped";
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
      scripts_(config.node.root),
      stop_signal_(SIGTERM) {
  restore();
}

/// The grace period less the reserve, on the agent's clock; less what an earlier process of this
/// pod has used of it (S50).
Millis Leaving::budget(Instant now) const {
  const auto& stop = config_.stop;
  const auto real = std::max(std::chrono::seconds{1}, stop.grace - stop.reserve);
  const auto whole = scaled(real);
  if (!first_sign_ || now - *first_sign_ >= scaled(stop.grace)) return whole;
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
  if (fresh && agent != nullptr) agent->on_stop();
  if (!fresh) log_phase(before);
  if (is_stop(trigger) && !was_stop) {
    note_.stop_began_ms = now.count();
    keep_note();
  }
}

void Leaving::sign_by_signal(int signal, NodeAgent* agent, Instant now) {
  stop_signal_ = signal;
  sign(LeaveTrigger::kTerm, signal_name(signal), agent, now);
}

void Leaving::look_for_stop_script(bool at_once, NodeAgent* agent, Instant now) {
  const bool due = at_once || (server_.running() && now >= next_script_look_);
  if (stops() || !due) return;
  next_script_look_ = now + scaled(kScriptPace);
  const auto script = scripts_.running();
  if (!script.empty()) sign(LeaveTrigger::kStopScript, script, agent, now);
}

std::string Leaving::seconds_text(Millis span) const {
  return std::to_string(clock_.to_real(span).count() / 1'000);
}

void Leaving::turn(NodeAgent* agent, Instant now) {
  next_.reset();
  turn_plan(agent, now);
  if (!in_force() || exit_code_) return;
  server_.look_for_server();
  facts_ = LeaveFacts{};
  facts_.looked = true;
  if (agent != nullptr) facts_ = agent->leave_facts(*state_, now);
  facts_.server_running = server_.running();
  const auto before = state_->phase;
  auto step = advance_leave(*std::move(state_), facts_, now);
  state_ = std::move(step.state);
  if (state_->phase != before) log_phase(before);
  act(step.action, agent, now);
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
      const int wish = agent == nullptr ? SIGTERM : agent->leave_signal(*state_);
      const int signal = wish == SIGTERM ? stop_signal_ : wish;
      log_info("server_told_to_stop", {{"signal", signal_name(signal)}});
      return server_.signal(signal);
    }
    case LeaveAction::kKill:
      return server_.kill();
    case LeaveAction::kLook:
    case LeaveAction::kMark:
    case LeaveAction::kCount:
    case LeaveAction::kUnmark:
      if (agent != nullptr) agent->leave_do(action, *state_, now);
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
  }
  if (state_->refusal || state_->cancelled || state_->again) return stay(agent, now);
  if (!stops()) {
    next_ = state_->began + kDrainHolds;
    if (now >= *next_) stay(agent, now);
    return;
  }
  if (outlives_hook(now)) return;
  const auto status = server_.exit_status();
  const int own = had_server_ && status ? status->to_exit_code() : kExitDone;
  const bool by_term = state_->trigger == LeaveTrigger::kTerm;
  exit_code_ = state_->killed ? kExitKilled : own == kExitDone && by_term ? kExitTerminated : own;
  note_.stop_began_ms.reset();  // a drain before it stays in force in the next container
  keep_note();
}

/// The hook sees that the node is down before its container goes; without a SIGTERM that says so
/// nobody knows when it has.
bool Leaving::outlives_hook(Instant now) {
  if (state_->trigger == LeaveTrigger::kTerm) return false;
  const auto lasts = state_->phase_began + scaled(kOutliveHook);
  const bool script = state_->trigger == LeaveTrigger::kStopScript;
  if (now >= lasts || (script && scripts_.running().empty())) return false;
  next_ = std::min(lasts, now + scaled(kHookPace));
  return true;
}

/// The node serves again: the leaving was refused or taken back, or its time is over.
void Leaving::stay(NodeAgent* agent, Instant now) {
  log_info("leaving_over", {{"serves", "again"}});
  over_ = true;
  next_ = now;
  note_ = {};
  keep_note();
  if (agent != nullptr) agent->on_stay(now);
}

void Leaving::keep_note() const {
  if (note_file_.empty()) return;
  if (note_ != LeaveNote{}) {
    if (auto done = write_atomic(note_file_, to_text(note_), kMode); !done)
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
  const auto now = clock_.now();
  const auto since = [now](const std::optional<std::int64_t>& ms, Millis span) {
    const auto at = ms ? std::optional{Instant{*ms}} : std::nullopt;
    return at && *at <= now && now - *at < span ? at : std::nullopt;
  };
  first_sign_ = since(note->stop_began_ms, scaled(config_.stop.grace));
  if (const auto began = since(note->drain_began_ms, kDrainHolds)) resume_drain(*began, note->why);
}

void Leaving::resume_drain(Instant began, const std::string& why) {
  note_ = {std::nullopt, began.count(), why};
  state_ = begin_leave(LeaveTrigger::kDrain, {}, began);
  state_->phase = LeavePhase::kUnmark;
  state_->phase_began = clock_.now();
  state_->signalled_at = began;
  had_server_ = true;
  why_ = why;
  began_wall_ = Clock::wall();
  log_info("drain_in_force", {{"why", why_}});
}

Millis Leaving::scaled(std::chrono::milliseconds real) const {
  return Millis{static_cast<std::int64_t>(static_cast<double>(real.count()) * clock_.scale())};
}

void Leaving::describe(NodeStatus& status) const {
  status.leaving_plan = plan_;
  if (!state_) return;
  LeavingStatus out;
  out.in_force = in_force();
  out.trigger = to_string(state_->trigger);
  out.phase = to_string(state_->phase);
  out.why = why_;
  out.began = began_wall_;
  out.phase_began = state_->phase_began;
  out.ends = state_->ends;
  out.running = facts_.running;
  out.cut_off = state_->cut_off;
  out.result = result_;
  if (state_->refusal) out.refusal = state_->refusal->detail;
  if (state_->refusal) out.refusal_reason = state_->refusal->reason;
  status.leaving = std::move(out);
  if (!in_force() || !had_server_) return;  // with nothing to stop the part's own reason stays
  const bool drained = !stops() && state_->phase == LeavePhase::kEnded;
  status.phase = drained ? Phase::kHeld : Phase::kStopping;
  status.reason = Reason::kDraining;
  status.detail = drained ? "drained (" + why_ +
                                "); the server stays down until 'sr-agent drain "
                                "--cancel'"
                          : std::string{phase_detail(state_->phase)};
}

}  // namespace sragent
