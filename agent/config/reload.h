#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"

namespace sragent {

enum class KeyChange : std::uint8_t { kApplied, kRestartNeeded };

/// One key whose value differs. Holds no value: a changed secret may be logged by its name.
struct ChangedKey {
  std::string key{};  ///< "table.key"
  KeyChange change{};
};

/// What a reload (SIGHUP) changes, in the order of the key table.
struct ReloadPlan {
  std::vector<ChangedKey> changes{};
  Config config{};  ///< The running values with every reloadable key taken from the new ones.
};

/// Both must come from a load_config that was ok(). Pure.
[[nodiscard]] ReloadPlan plan_reload(const Config& running, const Config& wanted);

}  // namespace sragent
