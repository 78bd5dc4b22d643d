#pragma once

#include <functional>
#include <string>

#include "config/load.h"
#include "core/types.h"

namespace sragent {

/// How to read the configuration again: at SIGHUP, and when the file has changed.
struct ReloadSource {
  std::string file{};  ///< Watched; empty: none.
  std::function<LoadedConfig()> read{};
};

/// `sr-agent run`: PID 1 of the container (or a subreaper below another). Starts the server by its
/// rules, forwards signals, reaps, answers probes, and returns the exit status of the container.
/// Where another agent runs with the same node.runtime_dir, nothing is started: kExitBusy.
/// Blocks until the server has ended for good. Call it before any other thread exists.
[[nodiscard]] int run_agent(NodeKind kind, const LoadedConfig& loaded, ReloadSource reload);

}  // namespace sragent
