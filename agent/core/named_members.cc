#include "core/named_members.h"

#include <algorithm>

#include "core/start.h"

namespace sragent {

bool majority_unnamed(const NamedMembers& seen) {
  const auto& all = seen.electable;
  const auto missing =
      static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const std::string& host) {
        return std::find(seen.absent.begin(), seen.absent.end(), host) != seen.absent.end();
      }));
  return all.size() - missing < all.size() / 2 + 1;
}

std::string tell_majority_unnamed(const NamedMembers& seen, Instant now) {
  const bool lasts = seen.absent_since && now - *seen.absent_since >= kAbsentHint;
  if (seen.electable.empty() || !lasts || !majority_unnamed(seen)) return {};
  std::string out = "this member alone can elect no leader, and the names of";
  for (const auto& host : seen.absent)
    out += " " + host;
  return out +
         " do not exist: those pods are not there. A StatefulSet with podManagementPolicy "
         "OrderedReady (operator 1.5 or older) starts them only once this one is ready: make it "
         "anew as Parallel (kubectl delete statefulset --cascade=orphan, then create it again)";
}

}  // namespace sragent
