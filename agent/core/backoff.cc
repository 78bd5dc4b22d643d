#include "core/backoff.h"

#include <algorithm>

namespace sragent {

Millis backoff_pause(const Backoff& backoff, int step, double random) {
  constexpr int kMaxDoublings = 20;
  const auto doublings = std::clamp(step, 0, kMaxDoublings);
  const auto full = std::min(backoff.max, backoff.min * (std::int64_t{1} << doublings));
  const double spread = 0.5 + 0.5 * std::clamp(random, 0.0, 1.0);
  return Millis{static_cast<std::int64_t>(static_cast<double>(full.count()) * spread)};
}

}  // namespace sragent
