#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace srsim {

/// A timed mutex for the DDL statements of one FE. Not std::timed_mutex, because the thread
/// sanitizer of GCC 12 does not see its timed lock. Meets Lockable and try_lock_for.
class DdlLock {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    free_.wait(guard, [this] { return !held_; });
    held_ = true;
  }
  bool try_lock() { return try_lock_for(std::chrono::milliseconds(0)); }
  bool try_lock_for(std::chrono::milliseconds time) {
    std::unique_lock guard(mutex_);
    if (!free_.wait_for(guard, time, [this] { return !held_; })) return false;
    held_ = true;
    return true;
  }
  void unlock() {
    {
      const std::lock_guard guard(mutex_);
      held_ = false;
    }
    free_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable free_;
  bool held_{};
};

}  // namespace srsim
