#pragma once

#include "cli/cli.h"

namespace sragent {

/// `sr-agent init --consent LETTERS --reason TEXT`: hands a person's order to the running agent.
/// An exit code of the verb init.
[[nodiscard]] int give_consent(const Invocation& call, const Config& config);

}  // namespace sragent
