#include <csignal>

#include "core/exit_codes.h"
#include "io/signals.h"
#include "runtime/leaving.h"
#include "runtime/log.h"

/// Leaving: what arrives at the control socket.
namespace sragent {
namespace {

constexpr Millis kPlanPace{250};

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

}  // namespace

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
  if (!again) {  // else a container that is started meanwhile starts its server
    note_ = {std::nullopt, now.count(), why_};
    keep_note();
  }
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
    next_ = now + kPlanPace;
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

}  // namespace sragent
