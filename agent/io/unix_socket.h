#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "io/deadline.h"

namespace sragent {

/// Who asks, as the kernel vouches (SO_PEERCRED, unix(7)).
struct ControlPeer {
  pid_t pid = 0;
  uid_t uid = 0;
};

struct ControlLimits {
  std::size_t bytes = std::size_t{64} << 10U;     ///< Of a request.
  std::size_t connections = 16;                   ///< At once; further ones are closed.
  std::chrono::milliseconds read_timeout{2000};   ///< For the request line to arrive.
  std::chrono::milliseconds write_timeout{2000};  ///< For the reply to be taken.
};

/// The agent's control socket: stream, mode 0600, only our own user and root. One request line, one
/// reply (any text), then the connection is closed. Each connection has a thread of its own, so a
/// slow handler (`explain`) or a silent client delays nobody.
class ControlServer {
 public:
  /// Called on a connection's thread, several at once; must not throw. The request has no newline.
  using Handler = std::function<std::string(const std::string& request, const ControlPeer& peer)>;

  /// Listens when it returns. A socket file that nobody answers is replaced; kRejected if another
  /// agent answers; kBadConfig if the path is too long (107 bytes); kIo otherwise.
  [[nodiscard]] static Result<std::unique_ptr<ControlServer>> start(const std::string& path,
                                                                    Handler handler,
                                                                    ControlLimits limits = {});
  /// Closes all connections, waits for running handlers and removes the socket file.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ControlServer(ControlServer&&) = delete;
  ControlServer& operator=(ControlServer&&) = delete;

 private:
  struct Impl;
  explicit ControlServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Sends `request` (without newline) and reads the reply up to its end, at most `max_bytes`.
/// kNotFound: no socket file, so no agent here; kUnreachable: a socket but nobody listens, or
/// closed without a reply; kRejected: not permitted; kTimeout; kGarbled: too long.
[[nodiscard]] Result<std::string> control_call(const std::string& path,
                                               std::string_view request,
                                               Deadline until,
                                               std::size_t max_bytes = std::size_t{4} << 20U);

/// Who listens at `path`, as the kernel vouches: told also where that process is stopped and
/// answers nobody. 0: nobody does, or it is not visible here.
[[nodiscard]] pid_t control_listener(const std::string& path);

}  // namespace sragent
