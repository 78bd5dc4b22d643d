#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sragent {

/// True if `table`, the text of /proc/net/tcp or /proc/net/tcp6 (proc(5)), has a socket that
/// listens on one of `ports` at `address` or at every address. `address` is numeric. Pure.
[[nodiscard]] bool listens_in(std::string_view table,
                              std::string_view address,
                              std::span<const std::uint16_t> ports);

/// The same for the own network namespace, without a connection to anybody. False also if the
/// tables cannot be read. Any thread.
[[nodiscard]] bool listens(std::string_view address, std::span<const std::uint16_t> ports);

}  // namespace sragent
