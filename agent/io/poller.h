#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "core/result.h"
#include "io/fd.h"

namespace sragent {

/// timerfd(2) on CLOCK_MONOTONIC, in real milliseconds. One thread.
class TimerFd {
 public:
  [[nodiscard]] static Result<TimerFd> create();
  /// Fires once `first` from now (at once if not positive), then each `interval` if that is not 0.
  void arm(std::chrono::milliseconds first, std::chrono::milliseconds interval = {}) const;
  void disarm() const;
  /// Whether it had fired; fd() is not readable afterwards.
  bool drain() const noexcept;  // NOLINT(modernize-use-nodiscard): mostly only emptied
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit TimerFd(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

/// poll(2) over a handful of descriptors (signalfd, timerfd, eventfd, pipes). One thread. It owns
/// none of them: forget() a descriptor before it is closed.
class Poller {
 public:
  /// Watches for readable, hang-up and error.
  void watch(int fd);
  void forget(int fd);
  /// Descriptors with something to say, in the order of watch(). Empty: `limit` passed (rounded up
  /// never beyond INT_MAX ms), or a signal interrupted. Negative `limit`: no limit.
  [[nodiscard]] std::vector<int> wait(std::chrono::milliseconds limit) const;

 private:
  std::vector<int> fds_{};
};

}  // namespace sragent
