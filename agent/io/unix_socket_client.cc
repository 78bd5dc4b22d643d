#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "io/errno.h"
#include "io/fd.h"
#include "io/side_effect.h"
#include "io/unix_address.h"
#include "io/unix_socket.h"

namespace sragent {
namespace {

/// Waits until `fd` is ready for `events`; false once the deadline has passed.
bool wait_ready(int fd, short events, Deadline until) {
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  while (!until.expired()) {
    if (::poll(&entry, 1, until.poll_timeout()) > 0) return true;
  }
  return false;
}

/// Failures of one call, all with the same beginning.
struct Call {
  std::string what{};
  Deadline until = Deadline::after({});

  [[nodiscard]] Error from_errno(int number) const {
    if (number == EACCES || number == EPERM) {
      return fail(ErrorKind::kRejected, "not permitted: only the agent's own user and root may");
    }
    return errno_error(number, what);
  }
  [[nodiscard]] Error fail(ErrorKind kind, const std::string& why) const {
    return Error{.kind = kind, .what = what + ": " + why};
  }
};

Result<void> send_all(const Call& call, int fd, std::string_view text) {
  while (!text.empty()) {
    if (!wait_ready(fd, POLLOUT, call.until)) {
      return tl::unexpected(call.fail(ErrorKind::kTimeout, "the agent does not read"));
    }
    const ssize_t sent = side_effect("control.question", [&] {
      return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    });
    if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      return tl::unexpected(call.from_errno(errno));
    }
  }
  return {};
}

Result<std::string> read_reply(const Call& call, int fd, std::size_t max_bytes) {
  std::string reply;
  std::array<char, 4096> buffer{};
  while (wait_ready(fd, POLLIN, call.until)) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return tl::unexpected(call.from_errno(errno));
    if (got == 0 && reply.empty()) {
      return tl::unexpected(call.fail(ErrorKind::kUnreachable, "closed without a reply"));
    }
    if (got == 0) return reply;
    reply.append(buffer.data(), static_cast<std::size_t>(got));
    if (reply.size() > max_bytes) {
      return tl::unexpected(call.fail(ErrorKind::kGarbled, "the reply is too long"));
    }
  }
  return tl::unexpected(call.fail(ErrorKind::kTimeout, "no complete reply in time"));
}

}  // namespace

Result<std::string> control_call(const std::string& path,
                                 std::string_view request,
                                 Deadline until,
                                 std::size_t max_bytes) {
  const Call call{.what = "control socket " + path, .until = until};
  const auto address = unix_address(path);
  if (!address) return tl::unexpected(address.error());
  const UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return tl::unexpected(call.from_errno(errno));
  // EAGAIN: its queue of connections is full; that is an agent too busy to answer, no refusal.
  while (::connect(fd.get(), address->get(), address->length) != 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return tl::unexpected(call.from_errno(errno));
    if (until.expired()) return tl::unexpected(call.fail(ErrorKind::kTimeout, "queue full"));
    ::poll(nullptr, 0, std::min(10, until.poll_timeout()));
  }
  std::string line(request);
  line += '\n';
  if (auto sent = send_all(call, fd.get(), line); !sent) return tl::unexpected(sent.error());
  return read_reply(call, fd.get(), max_bytes);
}

pid_t control_listener(const std::string& path) {
  const auto address = unix_address(path);
  const UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!address || !fd || ::connect(fd.get(), address->get(), address->length) != 0) return 0;
  ucred who{};
  socklen_t length = sizeof who;
  const bool told = ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &length) == 0;
  return told ? who.pid : 0;
}

}  // namespace sragent
