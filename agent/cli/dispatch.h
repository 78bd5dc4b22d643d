#pragma once

#include <span>
#include <string_view>

#include "cli/cli.h"

namespace sragent {

/// The function that carries out a verb.
struct VerbHandler {
  std::string_view verb{};
  int (*run)(const Invocation& call){};
};

[[nodiscard]] std::span<const VerbHandler> verb_handlers();

}  // namespace sragent
