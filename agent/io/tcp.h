#pragma once

#include <cstdint>
#include <string>

#include "io/deadline.h"

namespace sragent {

/// What a bare TCP connect showed. Refused is an answer of the host itself (RST); everything else
/// that is not open says nothing.
enum class TcpProbe : std::uint8_t { kOpen, kRefused, kUnknown };

/// Connects and closes at once, without sending a byte. `address` is numeric; `source` too, or
/// empty. Any thread.
[[nodiscard]] TcpProbe probe_tcp(const std::string& address,
                                 std::uint16_t port,
                                 const std::string& source,
                                 Deadline until);

}  // namespace sragent
