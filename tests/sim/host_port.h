#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "profile.h"

namespace srsim {

struct HostPort {
  std::string host{};  ///< as typed without white space; IP literals normalised since 3.3
  int port{};
};

[[nodiscard]] std::string to_string(const HostPort& address);  ///< host:port, [v6]:port

/// Reason of a refusal as the analyzer words it, still without the analyzer's wrapper.
struct HostPortError {
  std::string reason{};
};

enum class HostPortKind { kFrontend, kBackend, kComputeNode };

/// Parses the string of an ADD, DROP, DECOMMISSION or CANCEL. White space anywhere is removed.
/// Texts by version: docs/starrocks.md section 2.5.
[[nodiscard]] std::variant<HostPort, HostPortError> parse_host_port(const Profile& profile,
                                                                    HostPortKind kind,
                                                                    std::string_view text);

/// Is `text` an IPv4 or IPv6 literal?
[[nodiscard]] bool is_ip_literal(std::string_view text);

}  // namespace srsim
