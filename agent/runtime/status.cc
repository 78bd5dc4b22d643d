#include "runtime/status.h"

namespace sragent {

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::kDeciding:
      return "deciding";
    case Phase::kHeld:
      return "held";
    case Phase::kStarting:
      return "starting";
    case Phase::kRunning:
      return "running";
    case Phase::kStopping:
      return "stopping";
    case Phase::kEnded:
      return "ended";
  }
  return "invalid";
}

void StatusBoard::publish(NodeStatus status) {
  const std::scoped_lock lock(mutex_);
  status.sequence = ++sequence_;
  status_ = std::make_shared<const NodeStatus>(std::move(status));
}

std::shared_ptr<const NodeStatus> StatusBoard::read() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

void StatusBoard::beat(Instant now) {
  const std::scoped_lock lock(mutex_);
  beat_ = now;
}

Instant StatusBoard::last_beat() const {
  const std::scoped_lock lock(mutex_);
  return beat_;
}

}  // namespace sragent
