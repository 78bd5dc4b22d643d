#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "catalog.h"

namespace srsim {

/// The host blacklist of one FE: in memory, per FE, gone at its restart (docs/starrocks.md
/// section 2.7). Only MANUAL entries are simulated. Thread-safe.
class HostBlacklist {
 public:
  struct Entry {
    std::int64_t node_id{};
    Millis added{};
  };

  void add(std::int64_t node_id, Millis now);
  void remove(std::int64_t node_id);
  [[nodiscard]] bool contains(std::int64_t node_id) const;
  /// By id, ascending.
  [[nodiscard]] std::vector<Entry> entries() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::int64_t, Millis> entries_;
};

}  // namespace srsim
