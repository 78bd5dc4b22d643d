#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/types.h"

/// A member whose server sees no leader: have the others any chance to come? Source: S11 of
/// docs/scenarios.md. Pure. Any thread.
namespace sragent {

struct NamedMembers {
  std::vector<std::string>
      electable{};                    ///< Hosts of the last list but its observers, own included.
  std::vector<std::string> absent{};  ///< Those whose names the name servers say do not exist.
  std::optional<Instant> absent_since{};  ///< Since when too few are left.
};

/// Too few electable members have a name to make a majority.
[[nodiscard]] bool majority_unnamed(const NamedMembers& seen);

/// That, for as long as a DNS lag may take: who is missing and what a person can do. Empty: nothing
/// to tell.
[[nodiscard]] std::string tell_majority_unnamed(const NamedMembers& seen, Instant now);

}  // namespace sragent
