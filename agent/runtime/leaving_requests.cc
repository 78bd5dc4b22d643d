#include <csignal>

#include "core/exit_codes.h"
#include "io/signals.h"
#include "runtime/leaving.h"
#include "runtime/log.h"

/// Leaving: what arrives at the control socket.
namespace sragent {
namespace {

constexpr Millis kPlanPace{250};
constexpr std::string_view kNotSettled =
    "the server has started, and no leader's list that shows this node's row was read yet\n";

/// What is special about a node that leaves for good.
std::vector<std::string> good_lines(const LeaveFacts& facts, bool fe) {
  if (fe) {
    return {"each other FE's agent is asked whether its FE leaves as well: two never go together",
            facts.moves ? "running statements are waited for, then the leader drops this FE's row, "
                          "and its server is stopped"
                        : "it leads: its server stops first, and the next leader drops the row",
            "the mark 'left' is written before: metadata stays, and is moved aside should this pod "
            "start again"};
  }
  if (facts.moves) {
    return {
        "ALTER SYSTEM DECOMMISSION BACKEND with the row's own text; the FE refuses it where the "
        "tables want more replicas than BEs stay",
        "the server serves until its tablets have moved and the FE has dropped the row"};
  }
  return {"once the server has stopped, ALTER SYSTEM DROP COMPUTE NODE in the row's warehouse"};
}

std::vector<std::string> plan_lines(const LeaveState& planned,
                                    const LeaveFacts& facts,
                                    const std::string& signal,
                                    const std::vector<std::string>& notes) {
  if (facts.refusal) return {"refused: " + facts.refusal->detail};
  if (!facts.looked) return {"refused: no FE told in time what has to be known before a drain"};
  std::vector<std::string> out{
      planned.trigger == LeaveTrigger::kForGood
          ? "not ready at once (draining); its row is not added again"
          : "not ready at once (draining); no statement for the membership"};
  for (const auto& note : notes)
    out.push_back("seen: " + note);
  if (planned.trigger == LeaveTrigger::kForGood) {
    for (const auto& line : good_lines(facts, planned.ends_with_row))
      out.push_back(line);
  }
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

/// What a person is told who takes a leaving back too late.
std::string gone_text(bool fe) {
  return std::string{"the row is gone, which cannot be taken back: "} +
         (fe ? "the FE joins again as a new member\n"
             : "the server goes on or is started again, and 'sr-agent register' adds a new row\n");
}

/// A reason is any text, so no word of a request may stand where one could.
std::pair<std::string_view, std::string_view> first_word(std::string_view line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto rest = std::min(line.find_first_not_of(' ', end), line.size());
  return {line.substr(0, end), line.substr(rest)};
}

}  // namespace

std::optional<ControlReply> Leaving::command(const std::string& line,
                                             NodeAgent* agent,
                                             Instant now) {
  if (line == "prestop") {
    sign(LeaveTrigger::kPrestop, "sr-agent prestop", agent, now);
    return ControlReply{kExitDone, "the node stops\n"};
  }
  const auto [word, rest] = first_word(line);
  if (word == "drain-cancel") return cancel(agent, now);
  if (word == "drain-plan") return plan(LeaveTrigger::kDrain, agent, now);
  if (word == "leave-plan") return plan(LeaveTrigger::kForGood, agent, now);
  if (word == "drain") return drain(LeaveTrigger::kDrain, rest, false, agent, now);
  if (word == "leave") return drain(LeaveTrigger::kForGood, rest, false, agent, now);
  if (word == "transfer-leader")
    return drain(LeaveTrigger::kDrain, "sr-agent transfer-leader", true, agent, now);
  const bool drained = in_force() && !stops() && state_->phase == LeavePhase::kEnded;
  if (line != "register" || !drained) return std::nullopt;
  stay(agent, now);
  return ControlReply{kExitDone, "the drain is taken back; the server is started again\n"};
}

ControlReply Leaving::drain(
    LeaveTrigger trigger, std::string_view why, bool again, NodeAgent* agent, Instant now) {
  const bool good = trigger == LeaveTrigger::kForGood;
  if (agent == nullptr)
    return {kExitTryAgain, "the node is held or still being set up; 'sr-agent status' tells why\n"};
  if (stops()) return {kExitBusy, "busy: a stop is under way (" + why_ + ")\n"};
  if (taken_back()) {
    return {kExitBusy,
            "busy: an earlier drain (" + why_ + ") is being taken back; ask again once it is\n"};
  }
  if (resume_) return {kExitDone, "it goes on once the server runs (" + why_ + ")\n"};
  if (in_force() && (state_->again != again || state_->trigger != trigger))
    return {kExitBusy, "busy: " + why_ + " is under way\n"};
  if (in_force()) return {kExitDone, "a drain is under way already (" + why_ + ")\n"};
  if (!server_.running()) return {kExitNo, "no server runs here: there is nothing to drain\n"};
  if (again && !server_.can_signal())
    return {kExitNo, "the server cannot be told: no process of it is visible here\n"};
  const std::string_view verb = good ? "sr-agent drain --for-good" : "sr-agent drain";
  sign(trigger, why.empty() ? verb : why, agent, now);
  state_->again = again;
  if (!again) {  // else a container that is started meanwhile starts its server
    note_ = {};
    note_.drain_began_ms = now.count();
    note_.why = why_;
    note_.for_good = good;
    keep_note();
  }
  return {kExitDone, good ? "the node leaves for good\n" : "the node drains\n"};
}

/// What was begun is being undone, by a person's wish or because it was refused.
bool Leaving::taken_back() const {
  if (in_force()) return state_->cancelled || state_->refusal.has_value();
  return resume_ && note_.cancelled;
}

void Leaving::follow(const std::string& id, NodeAgent* agent, Instant now) {
  if (id.empty()) unbegun_.clear();
  if (id == answered_id_ || stops()) return;
  if (id.empty()) return withdraw(agent, now);
  const bool begun = note_.for_good && (in_force() || resume_) && !taken_back();
  if (!begun) {
    const bool early = agent != nullptr && server_.running() && !agent->leave_part().settled();
    answered_id_ = id;  // written with the note of the leaving that begins
    answer_.reset();
    const auto reply =
        early ? ControlReply{kExitTryAgain, std::string{kNotSettled}}
              : drain(LeaveTrigger::kForGood, "annotation leave: " + id, false, agent, now);
    if (reply.code != kExitDone) {  // asked for again
      answered_id_.clear();
      unbegun_ = "annotation leave: " + id + " has begun nothing: " + reply.text;
      return;
    }
    note_.ask_id = id;
  }
  answered_id_ = id;
  answer_.reset();
  asked_id_ = id;
  unbegun_.clear();
  // One that a person began is a person's to take back.
  if (!note_.ask_id.empty()) note_.ask_id = id;
  keep_note();
}

/// What is done stays done: an operator may tidy its annotation up before it deletes the pod.
void Leaving::withdraw(NodeAgent* agent, Instant now) {
  const bool own = !note_.ask_id.empty() && (in_force() || resume_);
  if (own && in_force() && state_->phase == LeavePhase::kEnded) return;
  if (own) {
    log_info("leave_withdrawn", {{"id", answered_id_}});
    if (cancel(agent, now).code != kExitDone) return;
    note_.ask_id.clear();
  }
  answered_id_.clear();
  answer_.reset();
  keep_note();
}

void Leaving::stop_to_hold(const std::string& why, bool force, NodeAgent& agent, Instant now) {
  sign(LeaveTrigger::kDrain, "hold: " + why, &agent, now);
  state_->to_hold = true;
  state_->force = force;
}

void Leaving::force_hold() {
  const bool looks = in_force() && state_->to_hold && state_->phase == LeavePhase::kLook;
  if (looks) state_->force = true;
}

std::string Leaving::refusal() const {
  return state_ && state_->refusal ? state_->refusal->detail : std::string{};
}

ControlReply Leaving::plan(LeaveTrigger trigger, NodeAgent* agent, Instant now) {
  if (agent == nullptr || !server_.running())
    return {kExitNo, "no server runs here: there is nothing to drain\n"};
  if (in_force() || resume_) return {kExitBusy, "busy: " + why_ + " is under way\n"};
  agent->leave_part().begin_anew();
  planned_ = begin_leave(trigger, {}, now);
  planned_->plan = true;
  planned_->ends_with_row = agent->leave_part().ends_with_row();
  plan_.clear();
  return {kExitDone, "looks what a drain would do; nothing is changed\n"};
}

/// The look of a drain, and in words what would come of it.
void Leaving::turn_plan(NodeAgent* agent, Instant now) {
  if (!planned_) return;
  if (agent == nullptr || in_force()) return planned_.reset();
  const auto facts = agent->leave_part().facts(*planned_);
  if (!facts.looked && !facts.refusal && now - planned_->began < kDrainLookSpan) {
    agent->leave_part().act(LeaveAction::kLook, *planned_, now);
    next_ = now + kPlanPace;
    return;
  }
  NodeStatus seen;
  agent->describe(seen);
  plan_ =
      plan_lines(*planned_, facts, signal_name(agent->leave_part().signal()), seen.leaving_notes);
  planned_.reset();
  agent->leave_part().begin_anew();
}

ControlReply Leaving::cancel(NodeAgent* agent, Instant now) {
  if (resume_ && agent == nullptr) return {kExitTryAgain, "the node is still being set up\n"};
  if (resume_) go_on(*agent, now);
  if (!in_force()) {
    if (agent == nullptr)
      return {kExitTryAgain, "no drain is under way; the node is still being set up\n"};
    if (!rest_.empty()) {
      go_on(*agent, now);
      return {kExitDone, "it is tried again to take the decommission back\n"};
    }
    return agent->leave_part().take_mark_back().value_or(
        ControlReply{kExitDone, "no drain is under way\n"});
  }
  if (stops()) return {kExitBusy, "busy: a stop is under way, which cannot be taken back\n"};
  log_info("drain_cancelled", {{"phase", std::string{to_string(state_->phase)}}});
  const auto row_gone = state_->trigger == LeaveTrigger::kForGood && facts_.row_gone
                            ? gone_text(state_->ends_with_row)
                            : std::string{};
  if (state_->phase == LeavePhase::kEnded) {
    const bool good = state_->trigger == LeaveTrigger::kForGood;
    const bool fe = state_->ends_with_row;
    stay(agent, now);
    return {kExitDone, good ? gone_text(fe) : "the server had stopped; it is started again\n"};
  }
  const auto before = state_->phase;
  if (waits_for_container()) {  // nobody has told the server anything
    state_->phase = LeavePhase::kUnmark;
    state_->phase_began = now;
    state_->signalled_at.reset();
  }
  state_ = cancel_leave(*std::move(state_), now);
  if (for_good()) {
    note_.cancelled = true;
    keep_note();
  }
  log_phase(before);
  if (!row_gone.empty()) return {kExitDone, row_gone};
  if (state_->signalled_at)
    return {kExitDone, "the server was told to stop already; it is started again afterwards\n"};
  return {kExitDone, "the node goes on serving; its marks are taken back\n"};
}

}  // namespace sragent
