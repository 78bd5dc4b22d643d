#pragma once

#include <span>
#include <string_view>

#include "world.h"

namespace sragent::explore {

/// The worlds of the default run.
[[nodiscard]] std::span<const Config> default_configs();

/// nullptr: no world has this name.
[[nodiscard]] const Config* find_config(std::string_view name);

}  // namespace sragent::explore
