#pragma once

#include <cstdint>

#include "core/types.h"

namespace sragent {

/// Doubling pauses between two bounds. `step` counts failures since the last success.
struct Backoff {
  Millis min{250};
  Millis max{30'000};
};

/// The pause after `step` failures in a row (0: min), spread by `random` in [0, 1): between half
/// of it and all of it. Never above `max`, never below min / 2.
[[nodiscard]] Millis backoff_pause(const Backoff& backoff, int step, double random);

}  // namespace sragent
