#pragma once

#include <string>

#include "config/load.h"

namespace sragent {

/// The effective configuration as TOML, secrets left out; `origin`: with where each value was said.
[[nodiscard]] std::string config_text(const LoadedConfig& loaded, bool origin);

}  // namespace sragent
