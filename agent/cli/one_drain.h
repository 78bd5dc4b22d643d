#pragma once

#include <optional>

#include "cli/cli.h"

namespace sragent {

/// Where no agent runs in this pod: starts one for one drain, as a sidecar of the server that runs,
/// and waits until it knows that server and its row. nullopt: an agent answers; else the exit code,
/// and why was said. The agent outlives the caller and ends by itself.
[[nodiscard]] std::optional<int> start_for_one_drain(const Invocation& call, const Config& config);

}  // namespace sragent
