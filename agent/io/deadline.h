#pragma once

#include <chrono>

namespace sragent {

/// The moment by which something has to be over, on the real steady clock. It is handed down and
/// cut on the way; nothing below invents a time-out of its own. A value, any thread.
class Deadline {
 public:
  using Milliseconds = std::chrono::milliseconds;
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Over in `span` from now; at once if `span` is not positive.
  [[nodiscard]] static Deadline after(Milliseconds span) noexcept;
  [[nodiscard]] static Deadline at(TimePoint moment) noexcept { return Deadline{moment}; }

  /// What is left, rounded up; 0 once it is over.
  [[nodiscard]] Milliseconds remaining() const noexcept;
  /// The same for poll(2): 0 to INT_MAX.
  [[nodiscard]] int poll_timeout() const noexcept;
  [[nodiscard]] bool expired() const noexcept;

  /// The earlier of this one and `span` from now.
  [[nodiscard]] Deadline cut(Milliseconds span) const noexcept;
  /// The earlier of the two.
  [[nodiscard]] Deadline cut(Deadline other) const noexcept;

  [[nodiscard]] TimePoint moment() const noexcept { return moment_; }

 private:
  explicit Deadline(TimePoint moment) noexcept : moment_(moment) {}
  TimePoint moment_{};
};

}  // namespace sragent
