#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "sim_clock.h"

namespace srsim {

using sragent::Error;
using sragent::ErrorKind;
using sragent::Result;

/// Owns one file descriptor; -1 is empty.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// Text a JVM gives for the failure of a socket call; used in error texts of StarRocks.
/// kUnreachable: "java.net.ConnectException: Connection refused" and the like; kTimeout: connect or
/// read timed out.
struct Endpoint {
  std::string ip{};
  std::uint16_t port = 0;
};

/// Listens on ip:port (IPv4 literal), SO_REUSEADDR set. Fails with kIo and the errno text.
[[nodiscard]] Result<Fd> listen_on(const Endpoint& at);

/// Waits for a connection. `peer_ip` receives the caller's address. Invalid when the listener is
/// gone.
[[nodiscard]] Fd accept_from(const Fd& listener, std::string& peer_ip);

/// Connects with the source address `from_ip` (empty: any). kTimeout or kUnreachable with a java
/// text.
[[nodiscard]] Result<Fd> connect_from(const std::string& from_ip,
                                      const Endpoint& to,
                                      milliseconds limit);

/// True if something listens there now (a connect succeeds).
bool port_open(const Endpoint& at);

/// Limits of single reads and writes; zero: none.
void set_io_limit(const Fd& fd, milliseconds limit);

[[nodiscard]] bool write_all(const Fd& fd, std::string_view bytes);

/// A flat message of the simulator's own protocols (ports 9010, 9020, 9050 between simulators).
using Msg = std::map<std::string, std::string>;

std::string encode(const Msg& message);
Msg decode(std::string_view text);
const std::string& get(const Msg& message, const std::string& key);
std::int64_t get_int(const Msg& message, const std::string& key);

/// A list of texts as one text, and back; any bytes are allowed.
std::string join_list(const std::vector<std::string>& items);
std::vector<std::string> split_list(std::string_view text);

/// One frame: 4 bytes length, then encode().
[[nodiscard]] bool send_msg(const Fd& fd, const Msg& message);

/// kTimeout after the I/O limit ("java.net.SocketTimeoutException: Read timed out"), kUnreachable
/// when closed.
[[nodiscard]] Result<Msg> recv_msg(const Fd& fd);

/// One question, one answer on a connection of its own. `limit` bounds connect and read each.
[[nodiscard]] Result<Msg> ask(const std::string& from_ip,
                              const Endpoint& to,
                              const Msg& question,
                              milliseconds limit);

}  // namespace srsim
