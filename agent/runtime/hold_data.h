#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "config/config.h"
#include "core/types.h"
#include "runtime/server_beside.h"

/// What a hold compares at its begin and at its end (S71): the node's data, and whose servers run;
/// and how a sidecar recognises its server, hold or not.
/// Reads files and /proc; changes nothing.
namespace sragent {

/// The place in a cluster that the data on disk stands for: an FE's cluster, name and role, a BE's
/// cluster. Of metadata that is not whole, or that no conf file leads to: empty. The conf file is
/// read where it will be linked from, since a hold comes before the links.
[[nodiscard]] std::string data_seal(const Config& config, NodeKind kind);

/// "pid 17 (java)": a server of this node beside `own` (0: none), by its pid file or by a command
/// line that names the node's folder. Empty: none.
[[nodiscard]] std::string strange_server(const Config& config, NodeKind kind, pid_t own);

/// How a sidecar recognises the server of the container beside; `address` is the pod's.
[[nodiscard]] ServerBeside::Marks server_marks(const Config& config,
                                               NodeKind kind,
                                               const std::string& address);

/// The port on which the server answers HTTP: 8030 for an FE and 8040 for others unless its conf
/// file, read as above, says otherwise.
[[nodiscard]] std::uint16_t health_port(const Config& config, NodeKind kind);

}  // namespace sragent
