#include "core/disk_trend.h"

namespace sragent {
namespace {

constexpr double kSmoothMs = 3'600'000;
/// Beyond it no forecast is of use.
constexpr double kLongestMs = 30.0 * 86'400'000;

}  // namespace

DiskTrend take_free(DiskTrend trend, std::uint64_t free, Instant at) {
  const bool first = !trend.known;
  const auto span = static_cast<double>((at - trend.at).count());
  if (!first && span <= 0) return trend;
  if (!first) {
    const auto rate = (static_cast<double>(trend.free) - static_cast<double>(free)) / span;
    const auto weight = trend.rated ? span / (span + kSmoothMs) : 1.0;
    trend.rated = true;
    trend.per_ms += weight * (rate - trend.per_ms);
  }
  trend.known = true;
  trend.free = free;
  trend.at = at;
  return trend;
}

std::optional<Millis> time_until(const DiskTrend& trend, std::uint64_t limit) {
  if (!trend.known || trend.per_ms <= 0) return std::nullopt;
  if (trend.free <= limit) return Millis{0};
  const auto left = static_cast<double>(trend.free - limit) / trend.per_ms;
  if (left > kLongestMs) return std::nullopt;
  return Millis{static_cast<std::int64_t>(left)};
}

}  // namespace sragent
