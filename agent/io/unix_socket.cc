#include "io/unix_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <list>
#include <optional>
#include <system_error>
#include <thread>

#include <pthread.h>

#include "io/errno.h"
#include "io/event_fd.h"
#include "io/side_effect.h"
#include "io/unix_address.h"

namespace sragent {
namespace {

constexpr int kBacklog = 32;
constexpr int kAcceptPauseMs = 100;

bool agent_answers(const UnixAddress& address) {
  const UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  // EAGAIN is a full queue: somebody listens.
  return fd && (::connect(fd.get(), address.get(), address.length) == 0 || errno == EAGAIN);
}

void remove_socket(const std::string& path) {
  side_effect("control.remove", [&] { return ::unlink(path.c_str()); });
}

Result<UniqueFd> listen_on(const std::string& path) {
  const auto address = unix_address(path);
  if (!address) return tl::unexpected(address.error());
  const std::string what = "control socket " + path;
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return tl::unexpected(errno_error(errno, what));
  // On Linux the file gets the socket's own mode: it is never there with a wider one.
  if (::fchmod(fd.get(), 0600) != 0) return tl::unexpected(errno_error(errno, what));
  const auto take_name = [&] {
    return side_effect("control.bind",
                       [&] { return ::bind(fd.get(), address->get(), address->length); });
  };
  int failed = take_name();
  if (failed != 0 && errno == EADDRINUSE) {
    if (agent_answers(*address)) {
      return tl::unexpected(
          Error{.kind = ErrorKind::kRejected, .what = what + ": another agent is running here"});
    }
    remove_socket(path);
    failed = take_name();
  }
  if (failed == 0)
    failed = side_effect("control.chmod", [&] { return ::chmod(path.c_str(), 0600); });
  if (failed != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return tl::unexpected(Error{.kind = ErrorKind::kIo, .what = errno_error(errno, what).what});
  }
  return fd;
}

std::optional<ControlPeer> permitted_peer(int fd) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return std::nullopt;
  if (credentials.uid != 0 && credentials.uid != ::geteuid()) return std::nullopt;
  return ControlPeer{.pid = credentials.pid, .uid = credentials.uid};
}

/// Waits for `fd` or the end; false at the deadline or when `stop` says so.
bool wait_ready(int fd, short events, int stop, Deadline until) {
  std::array<pollfd, 2> set{pollfd{.fd = fd, .events = events, .revents = 0},
                            pollfd{.fd = stop, .events = POLLIN, .revents = 0}};
  while (!until.expired()) {
    if (::poll(set.data(), set.size(), until.poll_timeout()) <= 0) continue;
    return set[1].revents == 0;
  }
  return false;
}

}  // namespace

struct ControlServer::Impl {
  struct Connection {
    UniqueFd fd{};
    std::atomic<bool> done = false;
    std::jthread thread{};
  };

  Impl(std::string socket_path, UniqueFd socket, EventFd stop_fd, Handler on_request)
      : path(std::move(socket_path)),
        listener(std::move(socket)),
        stop(std::move(stop_fd)),
        handler(std::move(on_request)) {}

  std::string path;
  UniqueFd listener;
  EventFd stop;  ///< Never drained: once notified, every thread sees it.
  Handler handler;
  ControlLimits limits{};
  struct stat identity {};
  std::list<Connection> connections{};  ///< The accepting thread's own.
  std::jthread thread{};

  void run();
  void accept_one();
  void serve(Connection& connection, const ControlPeer& peer) const;
  [[nodiscard]] std::optional<std::string> read_request(int fd) const;
  void write_reply(int fd, std::string_view reply) const;
  [[nodiscard]] std::string call_handler(const std::string& request, const ControlPeer& peer) const;
};

void ControlServer::Impl::run() {
  std::array<pollfd, 2> set{pollfd{.fd = listener.get(), .events = POLLIN, .revents = 0},
                            pollfd{.fd = stop.fd(), .events = POLLIN, .revents = 0}};
  while (true) {
    if (::poll(set.data(), set.size(), -1) < 0 && errno != EINTR) return;
    if (set[1].revents != 0) return;
    connections.remove_if([](const Connection& connection) { return connection.done.load(); });
    if (set[0].revents != 0) accept_one();
  }
}

void ControlServer::Impl::accept_one() {
  UniqueFd fd{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!fd && (errno == EMFILE || errno == ENFILE)) {
    ::poll(nullptr, 0, kAcceptPauseMs);  // The queue stays readable: pause instead of spinning.
  }
  if (!fd || connections.size() >= limits.connections) return;
  const auto peer = permitted_peer(fd.get());
  if (!peer) return;
  Connection& connection = connections.emplace_back();
  connection.fd = std::move(fd);
  try {
    connection.thread = std::jthread([this, &connection, peer = *peer] {
      serve(connection, peer);
      ::shutdown(connection.fd.get(), SHUT_RDWR);  // Closed when the list lets it go.
      connection.done = true;
    });
  } catch (const std::system_error&) {
    connections.pop_back();
  }
}

void ControlServer::Impl::serve(Connection& connection, const ControlPeer& peer) const {
  const auto request = read_request(connection.fd.get());
  if (request) write_reply(connection.fd.get(), call_handler(*request, peer));
}

std::string ControlServer::Impl::call_handler(const std::string& request,
                                              const ControlPeer& peer) const {
  try {
    return handler(request, peer);
  } catch (...) {  // The contract forbids it; a thread that throws would end the program.
    return "internal error\n";
  }
}

std::optional<std::string> ControlServer::Impl::read_request(int fd) const {
  const Deadline until = Deadline::after(limits.read_timeout);
  std::string request;
  std::array<char, 4096> buffer{};
  while (wait_ready(fd, POLLIN, stop.fd(), until)) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return std::nullopt;
    request.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t end = request.find('\n');
    if (end != std::string::npos) return request.substr(0, end);
    if (request.size() > limits.bytes) return std::nullopt;
  }
  return std::nullopt;
}

void ControlServer::Impl::write_reply(int fd, std::string_view reply) const {
  const Deadline until = Deadline::after(limits.write_timeout);
  while (!reply.empty() && wait_ready(fd, POLLOUT, stop.fd(), until)) {
    const ssize_t sent = side_effect(
        "control.answer", [&] { return ::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL); });
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return;
    if (sent > 0) reply.remove_prefix(static_cast<std::size_t>(sent));
  }
}

Result<std::unique_ptr<ControlServer>> ControlServer::start(const std::string& path,
                                                            Handler handler,
                                                            ControlLimits limits) {
  auto socket = listen_on(path);
  if (!socket) return tl::unexpected(socket.error());
  auto stop = EventFd::create();
  if (!stop) return tl::unexpected(stop.error());
  auto impl =
      std::make_unique<Impl>(path, std::move(*socket), std::move(*stop), std::move(handler));
  impl->limits = limits;
  ::stat(path.c_str(), &impl->identity);
  try {
    impl->thread = std::jthread([server = impl.get()] { server->run(); });
  } catch (const std::system_error& failure) {
    return tl::unexpected(Error{.kind = ErrorKind::kIo,
                                .what = std::string("control socket: thread: ") + failure.what()});
  }
  ::pthread_setname_np(impl->thread.native_handle(), "sra-control");
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ControlServer::~ControlServer() {
  impl_->stop.notify();
  impl_->thread.join();
  impl_->connections.clear();  // Joins their threads.
  // Only our own file: another agent may have replaced it meanwhile.
  struct stat now {};
  const bool ours = ::stat(impl_->path.c_str(), &now) == 0 &&
                    now.st_ino == impl_->identity.st_ino && now.st_dev == impl_->identity.st_dev;
  if (ours) remove_socket(impl_->path);
}

}  // namespace sragent
