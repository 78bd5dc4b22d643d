#include "sim_net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace srsim {
namespace {

constexpr std::size_t kMaxFrame = 64U << 20U;

sockaddr_in address_of(const Endpoint& at) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(at.port);
  if (at.ip.empty()) {
    address.sin_addr.s_addr = htonl(INADDR_ANY);
  } else {
    inet_pton(AF_INET, at.ip.c_str(), &address.sin_addr);
  }
  return address;
}

Fd new_socket() {
  return Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

int bind_to(const Fd& fd, const Endpoint& at) {
  sockaddr_in address = address_of(at);
  return bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
}

tl::unexpected<Error> connect_failed(int error) {
  if (error == ETIMEDOUT) {
    return tl::unexpected(
        Error{ErrorKind::kTimeout, "java.net.SocketTimeoutException: Connect timed out"});
  }
  if (error == EHOSTUNREACH || error == ENETUNREACH) {
    return tl::unexpected(
        Error{ErrorKind::kUnreachable, "java.net.NoRouteToHostException: No route to host"});
  }
  if (error == ECONNREFUSED) {
    return tl::unexpected(
        Error{ErrorKind::kUnreachable, "java.net.ConnectException: Connection refused"});
  }
  return tl::unexpected(Error{ErrorKind::kUnreachable,
                              std::string("java.net.ConnectException: ") + std::strerror(error)});
}

int wait_connected(const Fd& fd, milliseconds limit) {
  pollfd waiter{.fd = fd.get(), .events = POLLOUT, .revents = 0};
  const int ready = poll(&waiter, 1, static_cast<int>(limit.count()));
  if (ready <= 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

bool read_exact(const Fd& fd, char* into, std::size_t count, int& error) {
  while (count > 0) {
    const ssize_t got = recv(fd.get(), into, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      error = got == 0 ? 0 : errno;
      return false;
    }
    into += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

tl::unexpected<Error> read_failed(int error) {
  if (error == EAGAIN) {
    return tl::unexpected(
        Error{ErrorKind::kTimeout, "java.net.SocketTimeoutException: Read timed out"});
  }
  if (error == ECONNRESET) {
    return tl::unexpected(
        Error{ErrorKind::kUnreachable, "java.net.SocketException: Connection reset"});
  }
  return tl::unexpected(Error{ErrorKind::kUnreachable, "Socket is closed by peer."});
}

char hex(unsigned value) {
  return "0123456789abcdef"[value & 15U];
}

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' || c == '&' || c == '=' || c == ',' || byte < 32) {
      out += {'%', hex(byte >> 4U), hex(byte)};
    } else {
      out += c;
    }
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const std::string digits(text.substr(i + 1, 2));
      out += static_cast<char>(std::strtoul(digits.c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

Result<Fd> listen_on(const Endpoint& at) {
  Fd fd = new_socket();
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind_to(fd, at) != 0 || listen(fd.get(), 128) != 0) {
    return tl::unexpected(
        Error{ErrorKind::kIo, at.ip + ":" + std::to_string(at.port) + ": " + std::strerror(errno)});
  }
  return fd;
}

Fd accept_from(const Fd& listener, std::string& peer_ip) {
  for (;;) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    Fd fd(accept4(listener.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC));
    if (!fd.valid() && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (!fd.valid() && (errno == EMFILE || errno == ENFILE)) {
      sleep_for(milliseconds(20));
      continue;
    }
    std::array<char, INET_ADDRSTRLEN> text{};
    inet_ntop(AF_INET, &peer.sin_addr, text.data(), text.size());
    peer_ip = text.data();
    const int on = 1;
    if (fd.valid()) setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
  }
}

Result<Fd> connect_from(const std::string& from_ip, const Endpoint& to, milliseconds limit) {
  Fd fd = new_socket();
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!from_ip.empty() && bind_to(fd, {from_ip, 0}) != 0) return connect_failed(errno);
  const int flags = fcntl(fd.get(), F_GETFL);
  fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK);
  sockaddr_in address = address_of(to);
  int error = 0;
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    error = errno == EINPROGRESS ? wait_connected(fd, limit) : errno;
  }
  if (error != 0) return connect_failed(error);
  fcntl(fd.get(), F_SETFL, flags);
  return fd;
}

bool port_open(const Endpoint& at) {
  return connect_from("", at, milliseconds(500)).has_value();
}

void set_io_limit(const Fd& fd, milliseconds limit) {
  timeval time{};
  time.tv_sec = limit.count() / 1000;
  time.tv_usec = (limit.count() % 1000) * 1000;
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

bool write_all(const Fd& fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string encode(const Msg& message) {
  std::string out;
  for (const auto& [key, value] : message) {
    if (!out.empty()) out += '&';
    out += escape(key) + "=" + escape(value);
  }
  return out;
}

Msg decode(std::string_view text) {
  Msg message;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equal = pair.find('=');
    if (equal == std::string_view::npos) continue;
    message[unescape(pair.substr(0, equal))] = unescape(pair.substr(equal + 1));
  }
  return message;
}

const std::string& get(const Msg& message, const std::string& key) {
  static const std::string empty;
  const auto found = message.find(key);
  return found == message.end() ? empty : found->second;
}

std::int64_t get_int(const Msg& message, const std::string& key) {
  return std::strtoll(get(message, key).c_str(), nullptr, 10);
}

std::string join_list(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items)
    out += escape(item) + ",";
  return out;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    items.push_back(unescape(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

bool send_msg(const Fd& fd, const Msg& message) {
  const std::string body = encode(message);
  const std::uint32_t length = htonl(static_cast<std::uint32_t>(body.size()));
  std::string frame(sizeof length, '\0');
  std::memcpy(frame.data(), &length, sizeof length);
  return write_all(fd, frame + body);
}

Result<Msg> recv_msg(const Fd& fd) {
  std::array<char, 4> head{};
  int error = 0;
  if (!read_exact(fd, head.data(), head.size(), error)) return read_failed(error);
  std::uint32_t length = 0;
  std::memcpy(&length, head.data(), sizeof length);
  length = ntohl(length);
  if (length > kMaxFrame) return tl::unexpected(Error{ErrorKind::kGarbled, "frame too large"});
  std::string body(length, '\0');
  if (!read_exact(fd, body.data(), body.size(), error)) return read_failed(error);
  return decode(body);
}

Result<Msg> ask(const std::string& from_ip,
                const Endpoint& to,
                const Msg& question,
                milliseconds limit) {
  auto fd = connect_from(from_ip, to, limit);
  if (!fd) return tl::unexpected(fd.error());
  set_io_limit(*fd, limit);
  if (!send_msg(*fd, question)) return read_failed(ECONNRESET);
  return recv_msg(*fd);
}

}  // namespace srsim
