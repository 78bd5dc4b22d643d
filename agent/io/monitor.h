#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "io/deadline.h"

namespace sragent {

/// A lock together with waiting for what it guards: several threads change something, one waits for
/// it. lock() and unlock() make it usable with std::scoped_lock. Any thread.
class Monitor {
 public:
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

  /// To be called after a change, with or without the lock.
  void notify_all();
  /// Waits until `done`, which is asked under the lock at once and after each notify_all(), or
  /// until the deadline. The caller holds the lock, before and after.
  void wait_until(Deadline until, const std::function<bool()>& done);

 private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
};

}  // namespace sragent
