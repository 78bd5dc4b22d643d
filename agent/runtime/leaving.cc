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

std::vector<std::string> plan_lines(const LeaveFacts& facts,
                                    const std::string& signal,
                                    const std::vector<std::string>& notes) {
  if (facts.refusal) return {"refused: " + facts.refusal->detail};
  if (!facts.looked) return {"refused: no FE told in time what has to be known before a drain"};
  std::vector<std::string> out{"not ready at once (draining); no statement for the membership"};
  for (const auto& note : notes)
    out.push_back("seen: " + note);
  if (facts.marks_wanted) out.emplace_back("blacklisted at each FE that can be told");
  out.emplace_back(facts.work_counts ? "running work is waited for, without limit"
                                     : "the server waits for its own work, up to its limit");
  out.push_back("the server is told to stop by " + signal + " and has " +
                std::to_string(facts.server_stop.count() / 1'000) + " s to do so");
  out.emplace_back(
      "then it stays down: probes on StarRocks' own port fail, so under the official operator the "
      "kubelet restarts the container after 15 s, and the drain stays in force in it");
  return out;
}

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
  keep_note();
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
    keep_note();
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
  forget_note();
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
  forget_note();
  if (agent != nullptr) agent->on_stay(now);
}

void Leaving::keep_note() const {
  if (note_file_.empty()) return;
  const LeaveNote note{is_stop(state_->trigger), state_->began.count(), why_};
  if (auto done = write_atomic(note_file_, to_text(note), kMode); !done)
    log_warn("mark_not_written", {{"error", done.error().what}});
}

void Leaving::forget_note() const {
  if (note_file_.empty()) return;
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
  const Instant began{note->began_ms};
  const auto now = clock_.now();
  const Millis grace = scaled(config_.stop.grace);
  if (began > now || now - began >= (note->stop ? grace : kDrainHolds)) return forget_note();
  if (note->stop) {
    first_sign_ = began;
    return;
  }
  state_ = begin_leave(LeaveTrigger::kDrain, {}, began);
  state_->phase = LeavePhase::kUnmark;
  state_->phase_began = now;
  state_->signalled_at = began;
  had_server_ = true;
  why_ = note->why;
  began_wall_ = Clock::wall();
  log_info("drain_in_force", {{"why", why_}});
}

Millis Leaving::scaled(std::chrono::milliseconds real) const {
  return Millis{static_cast<std::int64_t>(static_cast<double>(real.count()) * clock_.scale())};
}

std::optional<ControlReply> Leaving::command(const std::string& line,
                                             NodeAgent* agent,
                                             Instant now) {
  if (line == "prestop") {
    sign(LeaveTrigger::kPrestop, "sr-agent prestop", agent, now);
    return ControlReply{kExitDone, "the node stops\n"};
  }
  if (line == "drain cancel") return cancel(agent, now);
  if (line == "drain plan") return plan(agent, now);
  if (line == "drain" || line.starts_with("drain "))
    return drain(line.substr(5), false, agent, now);
  if (line == "transfer-leader") return drain("sr-agent transfer-leader", true, agent, now);
  const bool drained = in_force() && !stops() && state_->phase == LeavePhase::kEnded;
  if (line != "register" || !drained) return std::nullopt;
  stay(agent, now);
  return ControlReply{kExitDone, "the drain is taken back; the server is started again\n"};
}

ControlReply Leaving::drain(std::string_view why, bool again, NodeAgent* agent, Instant now) {
  if (agent == nullptr)
    return {kExitTryAgain, "the node is held or still being set up; 'sr-agent status' tells why\n"};
  if (stops()) return {kExitBusy, "busy: a stop is under way (" + why_ + ")\n"};
  if (in_force() && state_->again != again) return {kExitBusy, "busy: " + why_ + " is under way\n"};
  if (in_force()) return {kExitDone, "a drain is under way already (" + why_ + ")\n"};
  if (!server_.running()) return {kExitNo, "no server runs here: there is nothing to drain\n"};
  while (why.starts_with(' '))
    why.remove_prefix(1);
  sign(LeaveTrigger::kDrain, why.empty() ? "sr-agent drain" : why, agent, now);
  state_->again = again;
  if (again) forget_note();  // a container that is started meanwhile starts its server
  return {kExitDone, "the node drains\n"};
}

ControlReply Leaving::plan(NodeAgent* agent, Instant now) {
  if (agent == nullptr || !server_.running())
    return {kExitNo, "no server runs here: there is nothing to drain\n"};
  if (in_force()) return {kExitBusy, "busy: " + why_ + " is under way\n"};
  agent->forget_leave();
  planned_ = begin_leave(LeaveTrigger::kDrain, {}, now);
  plan_.clear();
  return {kExitDone, "looks what a drain would do; nothing is changed\n"};
}

/// The look of a drain, and in words what would come of it.
void Leaving::turn_plan(NodeAgent* agent, Instant now) {
  if (!planned_) return;
  if (agent == nullptr || in_force()) return planned_.reset();
  const auto facts = agent->leave_facts(*planned_, now);
  if (!facts.looked && !facts.refusal && now - planned_->began < kDrainLookSpan) {
    agent->leave_do(LeaveAction::kLook, *planned_, now);
    next_ = now + kTurnPace;
    return;
  }
  NodeStatus seen;
  agent->describe(seen);
  plan_ = plan_lines(facts, signal_name(agent->leave_signal(*planned_)), seen.leaving_notes);
  planned_.reset();
  agent->forget_leave();
}

ControlReply Leaving::cancel(NodeAgent* agent, Instant now) {
  if (!in_force()) return {kExitDone, "no drain is under way\n"};
  if (stops()) return {kExitBusy, "busy: a stop is under way, which cannot be taken back\n"};
  log_info("drain_cancelled", {{"phase", std::string{to_string(state_->phase)}}});
  if (state_->phase == LeavePhase::kEnded) {
    stay(agent, now);
    return {kExitDone, "the server had stopped; it is started again\n"};
  }
  const auto before = state_->phase;
  state_ = cancel_leave(*std::move(state_), now);
  log_phase(before);
  if (state_->signalled_at)
    return {kExitDone, "the server was told to stop already; it is started again afterwards\n"};
  return {kExitDone, "the node goes on serving; its marks are taken back\n"};
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
