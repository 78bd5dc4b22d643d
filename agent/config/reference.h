#pragma once

#include <string>

namespace sragent {

/// config/sr-agent.toml: every key with meaning and default, commented out.
/// `sr-agent config show --default` prints it.
[[nodiscard]] std::string reference_toml();

/// docs/configuration.md: precedence and a table for each table of keys.
/// `sr-agent config show --reference` prints it.
[[nodiscard]] std::string reference_markdown();

}  // namespace sragent
