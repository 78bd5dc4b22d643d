#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "core/result.h"
#include "core/types.h"

namespace sragent {

/// Links the files of node.config_mount into the server's `conf/` (S68), as planned by
/// starrocks/conf_links.h; may be called at every start. The result is what a person should know: a
/// missing mount, files that are mounts themselves. kIo: a link that is needed cannot be made;
/// the message names path and uid. Nothing is written where everything is right already.
[[nodiscard]] Result<std::vector<std::string>> link_server_conf(const Config& config,
                                                                NodeKind kind);

}  // namespace sragent
