#pragma once

#include <string>
#include <vector>

#include "runtime/node_identity.h"

namespace sragent {

/// Environment of the server: our own without what is secret or ours (MYSQL_PWD, FE_PASSWORD and
/// every SR_AGENT_ name), so that no password stands in a child's environment.
[[nodiscard]] std::vector<std::string> server_env(const std::vector<std::string>& own);
/// The environment of this process, "NAME=value" each.
[[nodiscard]] std::vector<std::string> own_env();

}  // namespace sragent
