#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "core/types.h"

namespace sragent {

/// nullopt: neither an argument nor COMPONENT_NAME said what this node is.
[[nodiscard]] std::optional<NodeKind> kind_of(RoleSetting role);

/// What is missing where there is no kind, or no service name; `verb` names who asks.
[[nodiscard]] std::string kind_missing(const char* verb);
[[nodiscard]] std::string service_missing(const char* verb);

/// kind_of, or a line on stderr that tells what is missing.
[[nodiscard]] std::optional<NodeKind> kind_or_complain(const Config& config, const char* verb);

/// False without a service name, after a line on stderr that tells what is missing.
[[nodiscard]] bool service_or_complain(const Config& config, const char* verb);

}  // namespace sragent
