#pragma once

#include <chrono>
#include <mutex>
#include <vector>

/// When something happened, as the one saw it to whom it was done.
namespace podlab {

using Moment = std::chrono::steady_clock::time_point;

/// Thread-safe.
class Moments {
 public:
  void note() {
    const std::scoped_lock lock(mutex_);
    all_.push_back(std::chrono::steady_clock::now());
  }
  /// In order.
  [[nodiscard]] std::vector<Moment> all() const {
    const std::scoped_lock lock(mutex_);
    return all_;
  }
  [[nodiscard]] std::size_t size() const { return all().size(); }

 private:
  mutable std::mutex mutex_{};
  std::vector<Moment> all_{};
};

/// Simulated seconds between the first and the last of them.
[[nodiscard]] inline double span_s(const std::vector<Moment>& moments, double time_scale) {
  const std::chrono::duration<double> real = moments.back() - moments.front();
  return real.count() * time_scale;
}

}  // namespace podlab
