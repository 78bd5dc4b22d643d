#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/agent_views.h"
#include "config/config.h"
#include "core/result.h"

namespace sragent {

/// A leaving as the running agent tells it in `status -o json`.
struct LeavingView {
  bool in_force = false;  ///< Under way, or over with the server kept down.
  std::string phase{};
  std::string detail{};  ///< What the node does, in words.
  std::string refusal{};
  std::optional<int> running{};
  std::optional<int> cut_off{};
  std::optional<int> tablets{};           ///< For good: left on this BE.
  std::optional<int> tablets_at_begin{};  ///< ...
  std::optional<int> left_ms{};           ///< ... until the last is gone, as far as one can tell.
  bool waits_for_container = false;       ///< Only the server's own container can end the server.
  bool stalled = false;                   ///< ... and they no longer get fewer.
  std::optional<int> result{};            ///< Exit code; nullopt: not over.
  std::vector<std::string> notes{};
};

/// What has to be there before a leaving can begin, or a person starts a server.
struct NodeView {
  bool server_runs = false;  ///< Whoever started it.
  bool row_alive = false;
  bool held = false;
};
/// Errors as ask_leaving.
[[nodiscard]] Result<NodeView> ask_node(const Config& config);

/// nullopt: no leaving was begun since the agent started. Errors as ask_agent; kGarbled: the answer
/// is no status.
[[nodiscard]] Result<std::optional<LeavingView>> ask_leaving(
    const Config& config, Deadline until = Deadline::after(kAgentPatience));

/// What `drain --dry-run` found; empty: not yet. Errors as ask_leaving.
[[nodiscard]] Result<std::vector<std::string>> ask_leaving_plan(const Config& config);

}  // namespace sragent
