#pragma once

#include "config/load.h"

namespace sragent::fuzz {

/// What holds for every outcome of load_config: messages are printable, every key has an origin,
/// and an accepted configuration is accepted again, and alike, as `config show` writes it.
void require_config_promises(const LoadedConfig& loaded);

}  // namespace sragent::fuzz
