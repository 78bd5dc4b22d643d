#pragma once

#include <cstdint>
#include <optional>

#include "core/types.h"

/// How fast the room of a volume goes (S67). Pure. Any thread.
namespace sragent {

struct DiskTrend {
  std::uint64_t free = 0;  ///< Bytes at the last reading.
  Instant at{};
  bool known = false;  ///< There was a reading.
  bool rated = false;  ///< ... and another one before it.
  double per_ms = 0;   ///< Smoothed bytes that go; negative: room is made.
};

/// Another reading. The rate is smoothed over about an hour, so that a log that is rotated or a
/// checkpoint does not turn it.
[[nodiscard]] DiskTrend take_free(DiskTrend trend, std::uint64_t free, Instant at);

/// Until only `limit` bytes are free, by that rate; nullopt: the room does not go, or no rate is
/// known yet. Nothing left: 0.
[[nodiscard]] std::optional<Millis> time_until(const DiskTrend& trend, std::uint64_t limit);

}  // namespace sragent
