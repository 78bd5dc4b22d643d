#include "tcp_peer.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "fuzz.h"

namespace sragent::fuzz {
namespace {

/// A client that got half a packet says nothing: then the next line follows all the same. What is
/// said too early waits in the client's socket, so a slow machine changes no outcome.
constexpr int kTurnMs = 10;

/// False: the client is done.
bool receive_some(int fd) {
  std::array<char, 4096> buffer{};
  return ::recv(fd, buffer.data(), buffer.size(), 0) > 0;
}

/// False: the client is done. True: it spoke, or has nothing to say.
bool await_turn(int fd) {
  pollfd set{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&set, 1, kTurnMs) == 0 || receive_some(fd);
}

bool send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

TcpPeer::TcpPeer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  for (std::uint16_t port = 21'000; port < 32'000 && port_ == 0; ++port) {
    address.sin_port = ::htons(port);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      port_ = port;
  }
  require(port_ != 0 && ::listen(listener_.get(), 4) == 0, "a free port");
  thread_ = std::thread([this] { run(); });
}

TcpPeer::~TcpPeer() {
  stop_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
}

void TcpPeer::run() {
  while (!stop_) {
    const UniqueFd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!fd) continue;
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    serve(fd.get());
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ++served_;
    served_.notify_all();
  }
}

void TcpPeer::serve(int fd) const {
  bool first = true;
  for (const auto& line : lines_) {
    if (!first && !await_turn(fd)) break;
    if (!send_all(fd, line)) break;
    first = false;
  }
  ::shutdown(fd, SHUT_WR);
  while (receive_some(fd)) {
  }
}

void TcpPeer::finish() {
  served_.wait(finished_);
  ++finished_;
}

}  // namespace sragent::fuzz
