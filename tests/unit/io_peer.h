#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "io/event_fd.h"
#include "io/fd.h"

namespace sragent::test {

inline constexpr const char* kHere = "127.0.0.1";

/// A socket of `type` (SOCK_STREAM, SOCK_DGRAM) on a loopback address and a port below 32768, so
/// that no outgoing connection of another test can have it. Streams listen.
struct Bound {
  UniqueFd fd{};
  std::uint16_t port = 0;
};
[[nodiscard]] Bound bind_loopback(int type,
                                  std::uint16_t port = 0,
                                  const std::string& address = kHere);

/// A port that nobody listens on just now.
[[nodiscard]] std::uint16_t closed_port();

/// A TCP server on a loopback address whose every connection runs `script` on a thread of its own.
/// At destruction all connections are shut down, so that scripts that read or write come back, and
/// joined.
class ScriptedPeer {
 public:
  using Script = std::function<void(int fd)>;
  explicit ScriptedPeer(Script script, const std::string& address = kHere, std::uint16_t port = 0);
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;
  ScriptedPeer(ScriptedPeer&&) = delete;
  ScriptedPeer& operator=(ScriptedPeer&&) = delete;
  [[nodiscard]] std::uint16_t port() const { return bound_.port; }
  [[nodiscard]] int connections() const { return count_; }

 private:
  struct Connection {
    UniqueFd fd{};
    std::jthread thread{};
  };
  void run();
  Script script_;
  Bound bound_;
  EventFd stop_;
  std::atomic<int> count_ = 0;
  std::list<Connection> open_{};
  std::jthread thread_{};
};

/// Writes all; false once the other side is gone.
bool send_text(int fd, std::string_view text);
/// Reads until `marker` has come or the other side is done.
std::string receive_until(int fd, std::string_view marker);
/// Reads to the end.
std::string receive_all(int fd);
/// Stays until the other side closes (or the peer is destroyed), reading and forgetting.
void hang(int fd);
/// A connection to 127.0.0.1:`port`; invalid if refused.
[[nodiscard]] UniqueFd connect_loopback(std::uint16_t port);

/// Waits for a condition, with a limit far beyond what it can take.
[[nodiscard]] bool eventually(const std::function<bool()>& condition,
                              std::chrono::milliseconds limit = std::chrono::seconds(30));

/// A folder of its own, removed at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  TempDir(TempDir&&) = delete;
  TempDir& operator=(TempDir&&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Writes a small file plainly.
void put_file(const std::string& path, std::string_view text);

}  // namespace sragent::test
