#pragma once

#include <optional>
#include <string>

#include "cli/cli.h"
#include "runtime/membership_statement.h"
#include "runtime/node_tools.h"

namespace sragent {

/// Prints what came of `register` or `offline` and returns its exit code.
[[nodiscard]] int print_once(const Invocation& call, const OnceResult& result);

/// Loads the configuration and sees that it tells the kind of node; else complains, as JSON where
/// that is asked for, and returns the exit code.
[[nodiscard]] std::optional<int> lacks_kind(const Invocation& call, LoadedConfig& out);
/// The same for the name of the FE service.
[[nodiscard]] std::optional<int> lacks_service(const Invocation& call, const Config& config);

/// The same for a refusal by a rule of the verb itself.
[[nodiscard]] int print_refusal(const Invocation& call, int code, const std::string& why);

}  // namespace sragent
