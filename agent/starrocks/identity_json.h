#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/peer.h"
#include "core/result.h"

/// The question between FE agents and its answer on the wire: GET /v1/identity. Pure.
namespace sragent {

/// Bounds of what is taken from a peer.
struct IdentityLimits {
  std::size_t body = 65'536;
  std::size_t id = 64;       ///< Characters of a cluster id or session.
  std::size_t members = 64;  ///< Entries of a list.
  std::size_t host = 253;    ///< Characters of a host, address or headless name.
};
inline constexpr IdentityLimits kIdentityLimits{};

[[nodiscard]] std::string to_json(const Identity& identity);

/// kGarbled: no JSON object, a needed field missing, of another type, too long, a name that is not
/// printable ASCII, or a word that is none. Unknown fields are ignored.
[[nodiscard]] Result<Identity> parse_identity(std::string_view body);

/// "/v1/identity" or "/v1/identity?host=...&session=...&consent=1".
[[nodiscard]] std::string question_path(const PeerQuestion& question);
/// From decoded query parameters; what is too long counts as not given.
[[nodiscard]] PeerQuestion question_from(
    const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace sragent
