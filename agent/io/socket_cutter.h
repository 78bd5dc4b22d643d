#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "io/deadline.h"
#include "io/fd.h"

namespace sragent {

/// Shuts a socket down at a deadline, for calls of libraries that block in it whatever they were
/// told: MariaDB Connector/C makes its TLS handshake with blocking reads, also in its non-blocking
/// API. One short-lived thread; gone at once where the object goes earlier.
class SocketCutter {
 public:
  /// `socket` stays the caller's and may be closed before the object goes.
  SocketCutter(int socket, Deadline until);
  ~SocketCutter() = default;
  SocketCutter(const SocketCutter&) = delete;
  SocketCutter& operator=(const SocketCutter&) = delete;
  SocketCutter(SocketCutter&&) = delete;
  SocketCutter& operator=(SocketCutter&&) = delete;

 private:
  void wait(const std::stop_token& stop, Deadline until);

  UniqueFd socket_;  ///< Of our own, so that no later file of that number is hit.
  std::mutex mutex_{};
  std::condition_variable_any gone_{};
  std::jthread thread_{};
};

}  // namespace sragent
