#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "core/types.h"
#include "io/supervise.h"

namespace sragent {

/// Recognises the server of this kind; for ServerCommand and forget_stale_pid_file.
[[nodiscard]] std::function<bool(const ProcessInfo&)> is_server_of(NodeKind kind);

/// A server of this node that may be nobody's descendant here: what its pid file names, else a
/// process whose command line names the node's folder `home`; `own` (0: none) is passed over, and
/// so is one of another network namespace, which is another pod's. nullopt: none is seen in this
/// PID namespace. Reads /proc; main thread.
[[nodiscard]] std::optional<ProcessInfo> search_server(NodeKind kind,
                                                       const std::string& home,
                                                       const std::string& pid_file,
                                                       pid_t own);

/// The start scripts take any live process with the number in the pid file for the server and do
/// not start (`kill -0`). A file that outlived its server names a stranger, or a zombie: removed.
void forget_stale_pid_file(const std::string& pid_file,
                           const std::function<bool(const ProcessInfo&)>& is_server);

}  // namespace sragent
