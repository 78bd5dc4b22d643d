#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "io/clock.h"
#include "io/http_server.h"
#include "runtime/status.h"

/// Readiness as the loop publishes it and as `/readyz` tells it (S55).
namespace sragent {

/// Fills in what every kind of node has: kind, limits, phase, server, own names, the time of this
/// copy. Call it when the rest of `status` is complete.
void complete_ready(NodeStatus& status, const Config& config, const Clock& clock);

/// 200 "ok", or 503 and a line "CHECK: REASON" for each failed check. `?verbose`: one line a check,
/// as the Kubernetes API server writes them. `?exclude=CHECK`, repeatable: that check cannot fail
/// the answer; a name that is no check of this node is told by a warning line of `?verbose` and
/// changes nothing. Judged from `status` alone; any thread.
[[nodiscard]] HttpReply ready_reply(const HttpQuery& query, const NodeStatus& status, Instant now);

}  // namespace sragent
