#pragma once

#include "cli/cli.h"
#include "runtime/membership_statement.h"
#include "runtime/node_tools.h"

namespace sragent {

/// Prints what came of `register` or `offline` and returns its exit code.
[[nodiscard]] int print_once(const Invocation& call, const OnceResult& result);

/// The same for a refusal by a rule of the verb itself.
[[nodiscard]] int print_refusal(const Invocation& call, int code, const std::string& why);

}  // namespace sragent
