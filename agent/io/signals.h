#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/result.h"
#include "io/fd.h"

namespace sragent {

struct SignalEvent {
  int number = 0;
  pid_t sender = 0;  ///< 0: the kernel, or a process outside our PID namespace.
  uid_t sender_uid = 0;
};

/// "SIGTERM" for 15; "signal 77" for one without a name.
[[nodiscard]] std::string signal_name(int number);

/// Signals as values (signalfd(2)); no handler exists anywhere. create() blocks TERM, INT, HUP,
/// QUIT, CHLD, USR1, USR2, ALRM, WINCH, CONT and TSTP in the calling thread: call it before any
/// other thread exists, so that all inherit the mask. It also ignores PIPE: a console or a peer
/// that closes is an error of one write. spawn() gives children an empty mask and the defaults. One
/// thread reads.
class SignalFd {
 public:
  [[nodiscard]] static Result<SignalFd> create();
  /// All that wait, in the order of the kernel; empty if none. Several SIGCHLD may have become one:
  /// reap until nothing is left.
  [[nodiscard]] std::vector<SignalEvent> take_all() const;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit SignalFd(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace sragent
