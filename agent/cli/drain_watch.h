#pragma once

#include <chrono>
#include <optional>

#include "cli/cli.h"

namespace sragent {

/// Follows the leaving of the running agent to its end: on a terminal one line that is written
/// anew, else a JSON object a line for each change. Returns its exit code; kExitTimeOver once
/// `limit` is over and work was still ending, kExitStalled if none had ended for a while: the drain
/// goes on in both cases.
[[nodiscard]] int watch_leaving(const Invocation& call,
                                const Config& config,
                                std::optional<std::chrono::seconds> limit);

}  // namespace sragent
