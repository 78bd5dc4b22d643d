#pragma once

#include <functional>

#include "config/load.h"
#include "core/types.h"

namespace sragent {

/// `sr-agent run`: PID 1 of the container (or a subreaper below another). Starts the server by its
/// rules, forwards signals, reaps, answers probes, and returns the exit status of the container.
/// Blocks until the server has ended for good. Call it before any other thread exists. `reload`
/// reads the configuration again (SIGHUP).
[[nodiscard]] int run_agent(NodeKind kind,
                            const LoadedConfig& loaded,
                            std::function<LoadedConfig()> reload);

}  // namespace sragent
