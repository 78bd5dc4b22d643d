#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sragent {

/// Monotonic time since an origin that is fixed for one agent process. The core never reads a
/// clock: every instant arrives in an argument.
using Instant = std::chrono::milliseconds;
using Millis = std::chrono::milliseconds;

/// `clusterId` of image/VERSION and ClusterId of SHOW FRONTENDS, as text. Empty: not known.
using ClusterId = std::string;

enum class NodeKind : std::uint8_t { kFe, kBe, kCn };

/// Part of an FE in its group. Leadership is not a role of the metadata: it moves.
enum class FeRole : std::uint8_t { kFollower, kObserver };

enum class HostType : std::uint8_t { kFqdn, kIp };

/// Three-valued outcome of a question. kUnknown is never read as kNo.
enum class Tri : std::uint8_t { kUnknown, kNo, kYes };

[[nodiscard]] std::string_view to_string(NodeKind kind);  ///< "fe", "be", "cn".
[[nodiscard]] std::string_view to_string(FeRole role);    ///< "FOLLOWER", "OBSERVER" as in ROLE.
[[nodiscard]] std::string_view to_string(HostType type);  ///< "FQDN", "IP" as in ROLE.
[[nodiscard]] std::string_view to_string(Tri value);      ///< "unknown", "no", "yes".

/// "host:port", the form of ALTER SYSTEM and --helper; an IPv6 host gets brackets.
[[nodiscard]] std::string host_port(std::string_view host, std::uint16_t port);

}  // namespace sragent
