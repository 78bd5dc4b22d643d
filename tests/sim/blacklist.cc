#include "blacklist.h"

namespace srsim {

void HostBlacklist::add(std::int64_t node_id, Millis now) {
  const std::lock_guard lock(mutex_);
  entries_.insert_or_assign(node_id, now);
}

void HostBlacklist::remove(std::int64_t node_id) {
  const std::lock_guard lock(mutex_);
  entries_.erase(node_id);
}

bool HostBlacklist::contains(std::int64_t node_id) const {
  const std::lock_guard lock(mutex_);
  return entries_.contains(node_id);
}

std::vector<HostBlacklist::Entry> HostBlacklist::entries() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> all;
  for (const auto& [id, added] : entries_)
    all.push_back({.node_id = id, .added = added});
  return all;
}

}  // namespace srsim
