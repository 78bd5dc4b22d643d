#include "io_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

namespace sragent::test {
namespace {

sockaddr_in loopback(std::uint16_t port, const std::string& text = kHere) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, text.c_str(), &address.sin_addr);
  return address;
}

std::uint16_t random_port() {
  static std::mt19937 engine{std::random_device{}()};
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  return static_cast<std::uint16_t>(std::uniform_int_distribution<int>(12000, 32000)(engine));
}

/// A stream may be followed by another server at its address: connections that it closed must not
/// keep the port.
bool bind_to(int fd, int type, std::uint16_t port, const std::string& text) {
  const sockaddr_in address = loopback(port, text);
  const int on = type == SOCK_STREAM ? 1 : 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

EventFd new_event() {
  auto event = EventFd::create();
  if (!event) throw std::runtime_error(event.error().what);
  return std::move(*event);
}

}  // namespace

Bound bind_loopback(int type, std::uint16_t port, const std::string& address) {
  for (int attempt = 0; attempt < 200; ++attempt) {
    Bound bound{.fd = UniqueFd{::socket(AF_INET, type | SOCK_CLOEXEC, 0)},
                .port = port != 0 ? port : random_port()};
    if (!bind_to(bound.fd.get(), type, bound.port, address)) continue;
    if (type == SOCK_DGRAM || ::listen(bound.fd.get(), 128) == 0) return bound;
  }
  throw std::runtime_error("no free port");
}

std::uint16_t closed_port() {
  return bind_loopback(SOCK_STREAM).port;
}

ScriptedPeer::ScriptedPeer(Script script, const std::string& address, std::uint16_t port)
    : script_(std::move(script)),
      bound_(bind_loopback(SOCK_STREAM, port, address)),
      stop_(new_event()) {
  thread_ = std::jthread([this] { run(); });
}

ScriptedPeer::~ScriptedPeer() {
  stop_.notify();
  thread_.join();
  for (Connection& connection : open_)
    ::shutdown(connection.fd.get(), SHUT_RDWR);
  for (Connection& connection : open_)
    connection.thread.join();
}

void ScriptedPeer::run() {
  std::array<pollfd, 2> set{pollfd{.fd = bound_.fd.get(), .events = POLLIN, .revents = 0},
                            pollfd{.fd = stop_.fd(), .events = POLLIN, .revents = 0}};
  while (true) {
    ::poll(set.data(), set.size(), -1);
    if (set[1].revents != 0) return;
    UniqueFd fd{::accept4(bound_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!fd) continue;
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection& connection = open_.emplace_back();
    connection.fd = std::move(fd);
    ++count_;
    connection.thread = std::jthread([this, raw = connection.fd.get()] {
      script_(raw);
      ::shutdown(raw, SHUT_RDWR);
    });
  }
}

bool send_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string receive_until(int fd, std::string_view marker) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (text.find(marker) == std::string::npos) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::string receive_all(int fd) {
  return receive_until(fd, std::string_view("\xff\xfe\xfd\0no", 6));
}

void hang(int fd) {
  receive_all(fd);
}

UniqueFd connect_loopback(std::uint16_t port) {
  UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const sockaddr_in address = loopback(port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fd.reset();
  }
  return fd;
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

TempDir::TempDir() {
  std::string pattern = std::filesystem::temp_directory_path() / "sragent-test-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void put_file(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

}  // namespace sragent::test
