#include "runtime/leaving.h"
#include "runtime/log.h"

/// Leaving: what is different for a sidecar (docs/sidecar.md), whose server may outlive the agent,
/// be started by others, or not be seen.
namespace sragent {

/// A sidecar's server runs although it was down, or was taken for down: an earlier agent ended
/// before it had told it, or its container has a start command that does not ask. An FE
/// whose DROP is not known to be done is a voter until its row is gone.
void Leaving::stop_again(NodeAgent* agent, Instant now) {
  const bool down = state_->phase > LeavePhase::kKill;
  const bool ends = state_->refusal || state_->cancelled || state_->again;
  if (server_.beside() == nullptr || config_.node.until_drained) return;
  if (stops() || ends || !down || !server_.running()) return;
  log_warn("server_runs", {{"phase", std::string{to_string(state_->phase)}}});
  const bool votes = for_good() && agent != nullptr && agent->leave_part().votes_still();
  state_->phase = votes ? LeavePhase::kMove : LeavePhase::kSignal;
  state_->phase_began = now;
  state_->signalled_at.reset();
  result_.reset();
}

/// A sidecar's drain whose agent ended before the server was told begins anew once its row is
/// known.
bool Leaving::begins_again(NodeAgent& agent, Instant now) {
  if (server_.beside() == nullptr || !server_.running() || note_.down || for_good()) return false;
  state_.reset();
  resume_ = true;
  agent.on_stay(now);
  return true;
}

/// What the next agent beside the same server has to know of a drain: whether its server was told,
/// and that a drain which is refused or taken back is none.
void Leaving::keep_drain() {
  if (server_.beside() == nullptr || !note_.drain_began_ms || for_good()) return;
  const bool over = state_->refusal || state_->cancelled;
  const bool down = state_->phase >= LeavePhase::kSignal;
  if (!over && note_.down == down) return;
  if (over) {
    note_ = {};
  } else {
    note_.down = down;
  }
  keep_note();
}

/// Nothing is left to do here before the server's own container is told to end.
bool Leaving::waits_for_container() const {
  if (server_.beside() == nullptr || !in_force()) return false;
  const bool told = state_->phase == LeavePhase::kSignal || state_->phase == LeavePhase::kKill;
  const bool seen = server_.can_signal() || server_.beside()->shares_processes();
  return told && server_.running() && !seen;
}

}  // namespace sragent
