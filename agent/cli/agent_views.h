#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cli/cli.h"
#include "runtime/control.h"

namespace sragent {

/// How long a verb waits for the running agent.
inline constexpr std::chrono::seconds kAgentPatience{10};

/// Why no agent runs in this pod; nullopt: one does, or hangs: two deciders in one pod would send
/// two statements.
[[nodiscard]] std::optional<Error> no_agent(const Config& config);
[[nodiscard]] inline bool agent_runs(const Config& config) {
  return !no_agent(config);
}

/// The running agent's answer to `request`; nullopt: there is none, and that was said.
[[nodiscard]] std::optional<ControlReply> ask_or_complain(
    const Invocation& call,
    const Config& config,
    const std::string& request,
    std::chrono::seconds patience = kAgentPatience);

/// Hands `request` to the running agent and prints the first line of its answer, which `told` gets
/// as well. nullopt: it took it; else the exit code, and why was said.
[[nodiscard]] std::optional<int> hand_over(const Invocation& call,
                                           const Config& config,
                                           const std::string& request,
                                           std::string* told = nullptr);

/// Asks the running agent and prints its answer; complains and returns kExitTryAgain if there is
/// none. A mistake in the configuration is a warning here: it is why people ask. `view`: "status",
/// "peers" or "explain"; JSON is asked for as the call says.
[[nodiscard]] int print_agent_view(const Invocation& call, std::string_view view);

}  // namespace sragent
