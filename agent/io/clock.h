#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sragent {

/// The time that decisions are given. Monotonic (CLOCK_MONOTONIC: never set back, starts anew with
/// the machine), multiplied by a scale so that a simulation can run an hour in seconds.
/// Immutable, any thread.
class Clock {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// `scale` > 0: how many of our seconds pass in a real one. 1 outside of simulations.
  explicit Clock(double scale = 1.0) noexcept;

  /// Since an arbitrary origin that is the same for all clocks of one scale on this machine until
  /// it is booted again.
  [[nodiscard]] Milliseconds now() const noexcept;

  /// A moment of the real steady clock (a DnsAnswer's asked_at, for example) on this clock.
  [[nodiscard]] Milliseconds at(std::chrono::steady_clock::time_point moment) const noexcept;

  /// How long to wait really (poll, timers, Deadline) for `scaled` to pass on this clock.
  /// Rounded up, so that a timer never fires early.
  [[nodiscard]] Milliseconds to_real(Milliseconds scaled) const noexcept;

  /// How much passes on this clock in `real`. Rounded down.
  [[nodiscard]] Milliseconds scaled(Milliseconds real) const noexcept {
    return Milliseconds{static_cast<Milliseconds::rep>(static_cast<double>(real.count()) * scale_)};
  }

  [[nodiscard]] double scale() const noexcept { return scale_; }

  /// The real wall clock in UTC, "2026-11-21T10:06:30.042Z". For people; never for intervals.
  [[nodiscard]] static std::string wall();
  /// The same in milliseconds since 1970, for notes that outlive the process.
  [[nodiscard]] static std::int64_t unix_ms();
  /// The same form for a moment that was kept: milliseconds since 1970-01-01 UTC.
  [[nodiscard]] static std::string wall_of(std::int64_t unix_ms);

 private:
  double scale_ = 1.0;
};

}  // namespace sragent
