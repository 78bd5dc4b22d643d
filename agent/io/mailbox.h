#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "io/event_fd.h"

namespace sragent {

/// Results from workers to the one thread that reads them. Shared by shared_ptr, so a late worker
/// writes into memory that still exists. fd() is readable while something waits.
template <typename T>
class Mailbox {
 public:
  explicit Mailbox(EventFd event) : event_(std::move(event)) {}

  /// Any thread.
  void push(T item) {
    {
      const std::scoped_lock lock(mutex_);
      items_.push_back(std::move(item));
    }
    event_.notify();
  }

  /// Everything that waits, in order of arrival; empty if nothing does.
  [[nodiscard]] std::vector<T> take_all() {
    event_.drain();
    const std::scoped_lock lock(mutex_);
    return std::exchange(items_, {});
  }

  [[nodiscard]] int fd() const noexcept { return event_.fd(); }

 private:
  std::mutex mutex_{};
  std::vector<T> items_{};
  EventFd event_;
};

}  // namespace sragent
