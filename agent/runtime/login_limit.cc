#include "runtime/login_limit.h"

#include <algorithm>

namespace sragent {

bool LoginLimit::begin(const std::string& fe, Instant now) {
  const std::scoped_lock lock(mutex_);
  auto& failures = failures_[fe];
  while (!failures.empty() && now - failures.front() >= kSpan)
    failures.pop_front();
  if (failures.size() >= kMostFailures) return false;
  failures.push_back(now);
  return true;
}

void LoginLimit::forget(const std::string& fe, Instant began) {
  const std::scoped_lock lock(mutex_);
  const auto of_fe = failures_.find(fe);
  if (of_fe == failures_.end()) return;
  auto& failures = of_fe->second;
  const auto at = std::find(failures.begin(), failures.end(), began);
  if (at != failures.end()) failures.erase(at);
  if (failures.empty()) failures_.erase(of_fe);  // addresses come and go with pods
}

}  // namespace sragent
