#pragma once

#include <string>

#include "config/config.h"
#include "core/host_check.h"
#include "starrocks/conf_file.h"

/// Reads what the host checks judge (core/host_check.h). Small files of /proc and /sys, the
/// server's conf file and the sizes of its volumes; nothing is written, nobody is asked.
namespace sragent {

/// The container's memory and swap, by the control group of this process: version 1, 2, or both at
/// once. `root` stands before each path; empty outside of tests. kNotFound: no limit is visible.
[[nodiscard]] Result<HostCgroup> read_memory_limit(const std::string& root);
/// May this container use the node's swap?
[[nodiscard]] Tri read_swap_use(const std::string& root);

/// The volumes that the server and the agent write to; what moves their wanted room goes to
/// `wants`.
[[nodiscard]] std::vector<HostDisk> read_disks(const Config& config,
                                               const ConfContext& context,
                                               HostWants& wants);

/// `root` stands before the paths of /proc, /sys and /.dockerenv, not before those of volumes.
[[nodiscard]] HostSeen read_host(const Config& config,
                                 const ConfContext& context,
                                 const std::string& root = {});

}  // namespace sragent
