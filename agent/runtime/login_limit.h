#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "core/types.h"

namespace sragent {

/// Keeps refused logins rare, whatever asks for them: at one FE fewer than ten fail within any
/// minute (S62), so that no lock-out is met and its log stays readable. Any thread.
class LoginLimit {
 public:
  static constexpr std::size_t kMostFailures = 9;
  static constexpr Millis kSpan{60'000};

  /// May a login at `fe` ("address:port") be tried at `now`? If so it counts as failed until
  /// forget() is told.
  [[nodiscard]] bool begin(const std::string& fe, Instant now);
  /// The login begun at `began` was accepted, or never got so far as to be refused.
  void forget(const std::string& fe, Instant began);

 private:
  std::mutex mutex_{};
  std::map<std::string, std::deque<Instant>> failures_{};
};

}  // namespace sragent
