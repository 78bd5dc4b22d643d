#pragma once

#include <optional>
#include <string>

#include "io/process.h"
#include "runtime/status.h"

namespace sragent {

/// Last words, shown by Kubernetes as `state.terminated.message`: a short JSON object with reason,
/// phase, exit code and signal. At most 4096 bytes (Kubernetes cuts there).
[[nodiscard]] std::string termination_message(const NodeStatus& status,
                                              int exit_code,
                                              const std::optional<ExitStatus>& server);

/// The same of a start that got no further than its own settings, or of a fault of the agent itself
/// (Reason::kNone): no server.
[[nodiscard]] std::string early_end_message(const std::string& detail,
                                            int exit_code,
                                            Reason reason = Reason::kConfigInvalid);

/// Writes them; a path that does not exist (no Kubernetes) is left alone.
void write_termination_message(const std::string& path, const std::string& message);

}  // namespace sragent
