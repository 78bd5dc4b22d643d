#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "io/fd.h"

namespace sragent::fuzz {

/// A server on 127.0.0.1 that serves one connection after the other on a thread of its own. It
/// says its lines in turn: one at once, each further one when something was received or
/// the client has nothing to say. Then it ends
/// its side, so that no client waits, and leaves when the client does. Resets the connection at the
/// end, so that no port stays taken.
class TcpPeer {
 public:
  TcpPeer();
  ~TcpPeer();
  TcpPeer(const TcpPeer&) = delete;
  TcpPeer& operator=(const TcpPeer&) = delete;
  TcpPeer(TcpPeer&&) = delete;
  TcpPeer& operator=(TcpPeer&&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// What the next connection is told. Not while one is open.
  void say(std::vector<std::string> lines) { lines_ = std::move(lines); }
  /// Waits until the last connection is gone: say() may follow.
  void finish();

 private:
  void run();
  void serve(int fd) const;

  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::vector<std::string> lines_{};
  std::atomic<int> served_ = 0;
  int finished_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_{};
};

}  // namespace sragent::fuzz
