#pragma once

#include "config/config.h"
#include "io/http_server.h"
#include "runtime/status.h"

/// The start of the server as `/startupz` tells it (S56), and advice that follows from it (S57).
namespace sragent {

[[nodiscard]] StartVerdict start_verdict(const NodeStatus& status, Instant now);

/// 200 "ok" from the server's first sign of life on; before that 503 and "startup: REASON", whose
/// word is `stalled` once nothing has moved for startup.stall_s. `?verbose` adds stage, position,
/// rate and time to go. Judged from `status` alone; any thread.
[[nodiscard]] HttpReply startup_reply(const HttpQuery& query,
                                      const NodeStatus& status,
                                      Instant now);

/// What the operator's fields should be, if they should be others. Fills in `status.advice`.
void complete_advice(NodeStatus& status, const Config& config);

}  // namespace sragent
