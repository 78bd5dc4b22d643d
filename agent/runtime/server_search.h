#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "core/types.h"
#include "io/supervise.h"

namespace sragent {

/// A server of this node that may be nobody's descendant here: what its pid file names, else a
/// process whose command line names the node's folder `home`; `own` (0: none) is passed over.
/// nullopt: none is seen in this PID namespace. Reads /proc; main thread.
[[nodiscard]] std::optional<ProcessInfo> search_server(NodeKind kind,
                                                       const std::string& home,
                                                       const std::string& pid_file,
                                                       pid_t own);

}  // namespace sragent
