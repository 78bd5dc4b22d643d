#include "io/clock.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "io/deadline.h"

namespace sragent {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

Clock::Clock(double scale) noexcept : scale_(scale > 0 ? scale : 1.0) {}

milliseconds Clock::now() const noexcept {
  return at(steady_clock::now());
}

milliseconds Clock::at(steady_clock::time_point moment) const noexcept {
  // libstdc++'s steady clock is CLOCK_MONOTONIC, so its epoch is the machine's boot.
  const duration<double, std::milli> real = moment.time_since_epoch();
  return milliseconds{static_cast<milliseconds::rep>(real.count() * scale_)};
}

milliseconds Clock::to_real(milliseconds scaled) const noexcept {
  return milliseconds{
      static_cast<milliseconds::rep>(std::ceil(static_cast<double>(scaled.count()) / scale_))};
}

std::string Clock::wall() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  constexpr std::int64_t kSecond = 1'000;
  return wall_of(now.tv_sec * kSecond + now.tv_nsec / 1'000'000);
}

std::string Clock::wall_of(std::int64_t unix_ms) {
  constexpr std::int64_t kSecond = 1'000;
  const std::time_t seconds = unix_ms / kSecond;
  tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(unix_ms % kSecond));
  return std::string(text.data(), length) + fraction.data();
}

std::int64_t Clock::unix_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return duration_cast<milliseconds>(since).count();
}

Deadline Deadline::after(milliseconds span) noexcept {
  const auto now = steady_clock::now();
  // A caller's "for ever" must not overflow into the past.
  const auto room = duration_cast<milliseconds>(TimePoint::max() - now) - milliseconds{1};
  return Deadline{now + std::clamp(span, milliseconds{0}, room)};
}

milliseconds Deadline::remaining() const noexcept {
  const auto left = moment_ - steady_clock::now();
  return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(left));
}

int Deadline::poll_timeout() const noexcept {
  return static_cast<int>(std::min<milliseconds::rep>(remaining().count(), INT_MAX));
}

bool Deadline::expired() const noexcept {
  return steady_clock::now() >= moment_;
}

Deadline Deadline::cut(milliseconds span) const noexcept {
  return cut(after(span));
}

Deadline Deadline::cut(Deadline other) const noexcept {
  return moment_ <= other.moment_ ? *this : other;
}

}  // namespace sragent
