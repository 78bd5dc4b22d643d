#pragma once

#include <string>

#include "config/config.h"
#include "core/types.h"
#include "starrocks/start_command.h"

namespace sragent {

/// Where the server's data and logs are, as far as its conf file tells.
struct ServerPlaces {
  std::string conf{};
  std::string conf_text{};  ///< Empty: cannot be read.
  std::string data{};       ///< meta_dir of an FE, the first storage root of a BE.
  LogFiles logs{};
};

/// Reads the conf file. Any thread.
[[nodiscard]] ServerPlaces server_places(const Config& config, NodeKind kind);

}  // namespace sragent
