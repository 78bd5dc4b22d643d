#pragma once

#include "core/result.h"
#include "io/fd.h"

namespace sragent {

/// eventfd(2): wakes the thread that polls fd(). notify() from any thread; drain() from the reader.
class EventFd {
 public:
  [[nodiscard]] static Result<EventFd> create();
  /// Makes fd() readable until drained. Never blocks.
  void notify() const noexcept;
  /// Whether it had been notified; fd() is not readable afterwards.
  bool drain() const noexcept;  // NOLINT(modernize-use-nodiscard): mostly only emptied
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit EventFd(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace sragent
