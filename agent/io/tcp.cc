#include "io/tcp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "io/fd.h"

namespace sragent {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<SocketAddress> numeric(const std::string& text, std::uint16_t port) {
  SocketAddress out;
  sockaddr_in v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&out.storage, &v4, sizeof v4);
    out.size = sizeof v4;
    return out;
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) != 1) return std::nullopt;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&out.storage, &v6, sizeof v6);
  out.size = sizeof v6;
  return out;
}

const sockaddr* raw(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr*>(&address.storage);
}

TcpProbe from_errno(int error) {
  return error == ECONNREFUSED ? TcpProbe::kRefused : TcpProbe::kUnknown;
}

TcpProbe await_connect(int fd, Deadline until) {
  pollfd wait{fd, POLLOUT, 0};
  if (::poll(&wait, 1, until.poll_timeout()) != 1) return TcpProbe::kUnknown;
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return TcpProbe::kUnknown;
  return error == 0 ? TcpProbe::kOpen : from_errno(error);
}

}  // namespace

TcpProbe probe_tcp(const std::string& address,
                   std::uint16_t port,
                   const std::string& source,
                   Deadline until) {
  const auto target = numeric(address, port);
  if (!target) return TcpProbe::kUnknown;
  const UniqueFd fd{
      ::socket(target->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return TcpProbe::kUnknown;
  if (!source.empty()) {
    const auto from = numeric(source, 0);
    if (!from || ::bind(fd.get(), raw(*from), from->size) != 0) return TcpProbe::kUnknown;
  }
  if (::connect(fd.get(), raw(*target), target->size) == 0) return TcpProbe::kOpen;
  return errno == EINPROGRESS ? await_connect(fd.get(), until) : from_errno(errno);
}

}  // namespace sragent
