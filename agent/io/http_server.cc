#include "io/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <list>
#include <system_error>
#include <thread>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <pthread.h>

#include "io/clock.h"
#include "io/errno.h"
#include "io/event_fd.h"
#include "io/http_request.h"
#include "io/side_effect.h"

namespace sragent {
namespace {

/// RFC 9110 sections 5.6.7 and 6.6.1: agents compare their clocks by it (S66).
std::string http_date() {
  constexpr std::int64_t kSecond = 1'000;
  const std::time_t now = Clock::unix_ms() / kSecond;
  tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 40> text{};
  const auto length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), length};
}

constexpr int kBacklog = 128;
constexpr timeval kAcceptPause{.tv_sec = 0, .tv_usec = 100'000};
constexpr std::chrono::milliseconds kLinger{500};

template <typename T, void (*kFree)(T*)>
struct Freer {
  void operator()(T* object) const { kFree(object); }
};
using Base = std::unique_ptr<event_base, Freer<event_base, &event_base_free>>;
using Event = std::unique_ptr<event, Freer<event, &event_free>>;
using Buffer = std::unique_ptr<bufferevent, Freer<bufferevent, &bufferevent_free>>;
using Listener = std::unique_ptr<evconnlistener, Freer<evconnlistener, &evconnlistener_free>>;

timeval to_timeval(std::chrono::milliseconds span) {
  return {.tv_sec = span.count() / 1000, .tv_usec = (span.count() % 1000) * 1000};
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Result<SocketAddress> parse_address(const std::string& address, std::uint16_t port) {
  SocketAddress result;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&result.storage, &v4, sizeof v4);
    result.length = sizeof v4;
    return result;
  }
  if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&result.storage, &v6, sizeof v6);
    result.length = sizeof v6;
    return result;
  }
  return tl::unexpected(
      Error{.kind = ErrorKind::kBadConfig,
            .what = "http: listen address \"" + address + "\": expected an IPv4 or IPv6 address"});
}

std::string advice(int number) {
  if (number == EADDRINUSE) return " (another process has this port: choose another one)";
  if (number == EADDRNOTAVAIL) return " (no interface of this host has the address)";
  if (number == EACCES) return " (ports below 1024 need privileges)";
  return {};
}

Result<UniqueFd> listen_on(const std::string& address, std::uint16_t port) {
  const auto target = parse_address(address, port);
  if (!target) return tl::unexpected(target.error());
  const std::string what = "http: listen on " + address + " port " + std::to_string(port);
  UniqueFd fd{::socket(target->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return tl::unexpected(errno_error(errno, what));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), target->get(), target->length) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    const int number = errno;
    Error error = errno_error(number, what);
    error.what += advice(number);
    return tl::unexpected(Error{.kind = ErrorKind::kIo, .what = std::move(error.what)});
  }
  return fd;
}

std::uint16_t bound_port(int fd) {
  SocketAddress bound;
  bound.length = sizeof bound.storage;
  if (::getsockname(fd, bound.get(), &bound.length) != 0) return 0;
  if (bound.storage.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(&bound.storage)->sin_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound.storage)->sin6_port);
}

std::string peer_text(const sockaddr* peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = nullptr;
  if (peer->sa_family == AF_INET) {
    address = &reinterpret_cast<const sockaddr_in*>(peer)->sin_addr;
  } else {
    address = &reinterpret_cast<const sockaddr_in6*>(peer)->sin6_addr;
  }
  if (::inet_ntop(peer->sa_family, address, text.data(), text.size()) == nullptr) return {};
  return text.data();
}

/// For whoever asks by hand: what the parser of requests has against it.
std::string refusal_text(int status, const HttpServerLimits& limits) {
  switch (status) {
    case 405:
      return "only GET and HEAD are answered: nothing is changed over HTTP\n";
    case 413:
      return "the body is longer than " + std::to_string(limits.body_bytes) + " bytes\n";
    case 431:
      return "the request line and its fields are longer than " +
             std::to_string(limits.header_bytes) + " bytes\n";
    case 505:
      return "expected HTTP/1.0 or HTTP/1.1\n";
    default:
      return "no HTTP/1.1 request that can be read: expected METHOD TARGET HTTP/1.1, whole fields, "
             "a Host, no Transfer-Encoding\n";
  }
}

}  // namespace

/// All of it belongs to the server's thread once that runs; only `stop` is touched from outside.
struct HttpServer::Impl {
  struct Connection {
    Impl* server = nullptr;
    Buffer buffer{};
    Event timer{};
    std::string peer{};
    std::size_t skip = 0;  ///< Bytes of a body still to come.
    bool closing = false;  ///< The last reply is on its way.
    bool lingering = false;
    bool ended = false;  ///< The client will send no more.
    std::list<Connection>::iterator self{};
  };

  Impl(EventFd stop_fd, Handler on_request, HttpServerLimits given)
      : stop(std::move(stop_fd)), handler(std::move(on_request)), limits(given) {}

  EventFd stop;
  Handler handler;
  HttpServerLimits limits;
  std::uint16_t port = 0;
  Base base{};
  Listener listener{};
  Event stop_event{};
  Event resume_event{};
  std::list<Connection> connections{};  ///< The one that has waited longest is first.
  std::jthread thread{};                ///< Last: joined before the rest goes.

  [[nodiscard]] Result<void> set_up(UniqueFd socket);
  void accept(int fd, const sockaddr* peer);
  void on_input(Connection& connection);
  void begin_linger(Connection& connection) const;
  void answer(Connection& connection, HttpHead& head);
  static void write_out(const Connection& connection, const std::string& wire);
  void refuse(Connection& connection, int status) const;
  static void restart_timer(const Connection& connection, std::chrono::milliseconds span);
  [[nodiscard]] HttpReply call_handler(const HttpQuery& query) const;
  void drop(Connection& connection) { connections.erase(connection.self); }

  static Connection& of(void* argument) { return *static_cast<Connection*>(argument); }
  static void on_accept(evconnlistener* /*listener*/,
                        evutil_socket_t fd,
                        sockaddr* peer,
                        int /*length*/,
                        void* server) {
    static_cast<Impl*>(server)->accept(fd, peer);
  }
  static void on_accept_error(evconnlistener* listener, void* server) {
    // Out of descriptors: the queue stays readable, so pause instead of spinning.
    ::evconnlistener_disable(listener);
    ::event_add(static_cast<Impl*>(server)->resume_event.get(), &kAcceptPause);
  }
  static void on_resume(evutil_socket_t /*fd*/, short /*what*/, void* server) {
    ::evconnlistener_enable(static_cast<Impl*>(server)->listener.get());
  }
  static void on_stop(evutil_socket_t /*fd*/, short /*what*/, void* server) {
    ::event_base_loopbreak(static_cast<Impl*>(server)->base.get());
  }
  static void on_timer(evutil_socket_t /*fd*/, short /*what*/, void* argument) {
    of(argument).server->drop(of(argument));
  }
  static void on_read(bufferevent* /*buffer*/, void* argument) {
    of(argument).server->on_input(of(argument));
  }
  static void on_written(bufferevent* /*buffer*/, void* argument) {
    Connection& connection = of(argument);
    if (connection.ended) return connection.server->drop(connection);
    if (connection.closing) return connection.server->begin_linger(connection);
    connection.server->on_input(connection);
  }
  static void on_event(bufferevent* /*buffer*/, short what, void* argument) {
    Connection& connection = of(argument);
    evbuffer* output = ::bufferevent_get_output(connection.buffer.get());
    // A client that has only closed its sending side still gets its reply.
    connection.ended = (what & BEV_EVENT_EOF) != 0 && ::evbuffer_get_length(output) > 0;
    if (!connection.ended) connection.server->drop(connection);
  }
};

Result<void> HttpServer::Impl::set_up(UniqueFd socket) {
  port = bound_port(socket.get());
  base.reset(::event_base_new());
  if (!base) {
    return tl::unexpected(Error{.kind = ErrorKind::kIo, .what = "http: no event loop to be had"});
  }
  stop_event.reset(::event_new(base.get(), stop.fd(), EV_READ | EV_PERSIST, &Impl::on_stop, this));
  resume_event.reset(::event_new(base.get(), -1, 0, &Impl::on_resume, this));
  listener.reset(::evconnlistener_new(base.get(),
                                      &Impl::on_accept,
                                      this,
                                      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                                      0,
                                      socket.get()));
  if (!listener || !stop_event || !resume_event) {
    return tl::unexpected(Error{.kind = ErrorKind::kIo, .what = "http: out of memory"});
  }
  (void)socket.release();  // The listener closes it.
  ::evconnlistener_set_error_cb(listener.get(), &Impl::on_accept_error);
  ::event_add(stop_event.get(), nullptr);
  return {};
}

void HttpServer::Impl::accept(int fd, const sockaddr* peer) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connections.size() >= limits.connections) connections.pop_front();
  Connection& connection = connections.emplace_back();
  connection.self = std::prev(connections.end());
  connection.server = this;
  connection.peer = peer_text(peer);
  connection.buffer.reset(::bufferevent_socket_new(base.get(), fd, BEV_OPT_CLOSE_ON_FREE));
  connection.timer.reset(::event_new(base.get(), -1, 0, &Impl::on_timer, &connection));
  if (!connection.buffer) ::evutil_closesocket(fd);
  if (!connection.buffer || !connection.timer) return drop(connection);
  ::bufferevent_setcb(
      connection.buffer.get(), &Impl::on_read, &Impl::on_written, &Impl::on_event, &connection);
  // A little more than the largest head, so that one that is too large shows as that.
  ::bufferevent_setwatermark(
      connection.buffer.get(), EV_READ, 0, limits.header_bytes + limits.body_bytes + 64);
  ::bufferevent_enable(connection.buffer.get(), EV_READ | EV_WRITE);
  restart_timer(connection, limits.exchange);
}

void HttpServer::Impl::restart_timer(const Connection& connection, std::chrono::milliseconds span) {
  const timeval when = to_timeval(span);
  ::event_add(connection.timer.get(), &when);
}

HttpReply HttpServer::Impl::call_handler(const HttpQuery& query) const {
  try {
    return handler(query);
  } catch (...) {  // The contract forbids it; libevent's C frames must not see it.
    return {.status = 500, .body = "internal error\n"};
  }
}

void HttpServer::Impl::write_out(const Connection& connection, const std::string& wire) {
  side_effect("http.answer", [&] {
    return ::bufferevent_write(connection.buffer.get(), wire.data(), wire.size());
  });
}

void HttpServer::Impl::answer(Connection& connection, HttpHead& head) {
  head.query.peer = connection.peer;
  HttpReply reply = call_handler(head.query);
  reply.date = http_date();
  const std::string wire = render_http_reply(reply, head.head_only, head.keep_alive);
  connection.closing = !head.keep_alive;
  connection.skip = head.body_bytes;
  write_out(connection, wire);
  restart_timer(connection, limits.exchange);
  connections.splice(connections.end(), connections, connection.self);
}

void HttpServer::Impl::refuse(Connection& connection, int status) const {
  const auto body = refusal_text(status, limits);
  const HttpReply reply{.status = status, .body = body, .date = http_date()};
  const std::string wire = render_http_reply(reply, false, false);
  connection.closing = true;
  write_out(connection, wire);
}

/// A close with unread input resets the connection, and the peer may lose the reply: say that
/// nothing more comes, and throw away what it still sends.
void HttpServer::Impl::begin_linger(Connection& connection) const {
  if (connection.lingering) return;
  connection.lingering = true;
  ::shutdown(::bufferevent_getfd(connection.buffer.get()), SHUT_WR);
  restart_timer(connection, std::min(kLinger, limits.exchange));
}

void HttpServer::Impl::on_input(Connection& connection) {
  evbuffer* input = ::bufferevent_get_input(connection.buffer.get());
  const evbuffer* output = ::bufferevent_get_output(connection.buffer.get());
  if (connection.closing) {
    ::evbuffer_drain(input, ::evbuffer_get_length(input));
    return;
  }
  // One reply at a time: a client that sends much and reads nothing fills no memory.
  while (!connection.closing && ::evbuffer_get_length(output) == 0) {
    const std::size_t skipped = std::min(connection.skip, ::evbuffer_get_length(input));
    ::evbuffer_drain(input, skipped);
    connection.skip -= skipped;
    const std::size_t length = ::evbuffer_get_length(input);
    if (length == 0 || connection.skip > 0) return;
    const auto* data = reinterpret_cast<const char*>(::evbuffer_pullup(input, -1));
    HttpHead head = parse_http_head({data, length}, limits);
    if (head.state == HttpHead::State::kIncomplete) return;
    if (head.state == HttpHead::State::kRefused) return refuse(connection, head.status);
    ::evbuffer_drain(input, head.bytes);
    answer(connection, head);
  }
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& address,
                                                      std::uint16_t port,
                                                      Handler handler,
                                                      HttpServerLimits limits) {
  auto socket = listen_on(address, port);
  if (!socket) return tl::unexpected(socket.error());
  auto stop = EventFd::create();
  if (!stop) return tl::unexpected(stop.error());
  auto impl = std::make_unique<Impl>(std::move(*stop), std::move(handler), limits);
  if (auto ready = impl->set_up(std::move(*socket)); !ready) return tl::unexpected(ready.error());
  try {
    impl->thread = std::jthread([loop = impl->base.get()] { ::event_base_dispatch(loop); });
  } catch (const std::system_error& failure) {
    return tl::unexpected(
        Error{.kind = ErrorKind::kIo, .what = std::string("http: thread: ") + failure.what()});
  }
  ::pthread_setname_np(impl->thread.native_handle(), "sra-http");
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  impl_->stop.notify();
  impl_->thread.join();
}

std::uint16_t HttpServer::port() const {
  return impl_->port;
}

}  // namespace sragent
