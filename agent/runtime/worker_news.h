#pragma once

#include <cstdint>
#include <variant>

#include "runtime/ghost_watch.h"
#include "runtime/worker_leave.h"
#include "runtime/worker_look.h"

namespace sragent {

/// What a worker thread brings back to the part of a BE or CN. `ticket` tells an answer from that
/// of a job that was given up.
struct WorkerNews {
  std::uint64_t ticket = 0;
  std::variant<FeNames, PortsResult, ReadResult, AddResult, HealthResult, LeaveNews, GhostNews>
      what{};
};

}  // namespace sragent
