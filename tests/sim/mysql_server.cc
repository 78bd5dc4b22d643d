#include "mysql_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <list>
#include <utility>

#include "mysql_connection.h"

namespace srsim {
namespace {

/// Connections that may be logging in beside the logged-in ones.
constexpr int kLoginSlack = 64;

sockaddr_in address_of(const std::string& ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  return address;
}

std::string text_of(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  return std::string(text.data()) + ":" + std::to_string(ntohs(address.sin_port));
}

sockaddr* generic(sockaddr_in& address) {
  void* raw = &address;
  return static_cast<sockaddr*>(raw);
}

}  // namespace

struct MysqlServer::Impl {
  struct Slot {
    std::unique_ptr<MysqlConnection> connection{};
    std::thread thread{};
  };

  Impl(NodeView& node, Options chosen) : view(node), options(std::move(chosen)) {}

  NodeView& view;
  Options options;
  int listener{-1};
  int wake{-1};
  int port{};
  std::thread acceptor{};
  std::atomic<bool> mute{false};
  std::atomic<bool> draining{false};
  std::atomic<int> connections{0};
  std::uint32_t next_number{1};
  mutable std::mutex mutex;  // guards slots
  std::list<Slot> slots{};

  [[nodiscard]] std::string listen_now();
  void accept_loop();
  void take_connection();
  void reap();
};

std::string MysqlServer::Impl::listen_now() {
  listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return std::strerror(errno);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = address_of(options.ip, options.port);
  socklen_t size = sizeof address;
  if (::bind(listener, generic(address), size) != 0 || ::listen(listener, 256) != 0)
    return std::strerror(errno);
  ::getsockname(listener, generic(address), &size);
  port = ntohs(address.sin_port);
  wake = ::eventfd(0, EFD_CLOEXEC);
  return wake < 0 ? std::strerror(errno) : "";
}

void MysqlServer::Impl::accept_loop() {
  for (;;) {
    std::array<pollfd, 2> waits{{{.fd = listener, .events = POLLIN, .revents = 0},
                                 {.fd = wake, .events = POLLIN, .revents = 0}}};
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    if (waits[0].revents != 0) take_connection();
  }
}

void MysqlServer::Impl::take_connection() {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  const int fd = ::accept4(listener, generic(peer), &size, SOCK_CLOEXEC);
  if (fd < 0) return;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  reap();
  const std::lock_guard lock(mutex);
  if (static_cast<int>(slots.size()) >= options.max_connections + kLoginSlack) {
    ::close(fd);
    return;
  }
  std::uint32_t id = next_number++;
  if (view.profile().fe_id_in_connection_id) id |= static_cast<std::uint32_t>(options.fe_id) << 24;
  Slot& slot = slots.emplace_back();
  slot.connection = std::make_unique<MysqlConnection>(
      fd,
      view,
      MysqlConnection::Place{.id = id,
                             .peer = text_of(peer),
                             .mute = &mute,
                             .draining = &draining,
                             .connections = &connections,
                             .max_connections = options.max_connections,
                             .audit = &options.audit});
  slot.thread = std::thread([connection = slot.connection.get()] { connection->run(); });
}

/// Joins the threads of connections that are over.
void MysqlServer::Impl::reap() {
  std::list<Slot> over;
  {
    const std::lock_guard lock(mutex);
    for (auto slot = slots.begin(); slot != slots.end();) {
      const auto next = std::next(slot);
      if (slot->connection->finished()) over.splice(over.end(), slots, slot);
      slot = next;
    }
  }
  for (Slot& slot : over)
    slot.thread.join();
}

MysqlServer::MysqlServer(NodeView& view, Options options)
    : impl_(std::make_unique<Impl>(view, std::move(options))) {}

MysqlServer::~MysqlServer() {
  stop();
}

std::string MysqlServer::start() {
  std::string error = impl_->listen_now();
  if (error.empty()) impl_->acceptor = std::thread([this] { impl_->accept_loop(); });
  return error;
}

void MysqlServer::stop() {
  if (impl_->wake >= 0) {
    const std::uint64_t one = 1;
    if (::write(impl_->wake, &one, sizeof one) < 0) return;
  }
  if (impl_->acceptor.joinable()) impl_->acceptor.join();
  if (impl_->listener >= 0) ::close(std::exchange(impl_->listener, -1));
  if (impl_->wake >= 0) ::close(std::exchange(impl_->wake, -1));
  std::list<Impl::Slot> all;
  {
    const std::lock_guard lock(impl_->mutex);
    all.splice(all.end(), impl_->slots);
  }
  for (Impl::Slot& slot : all)
    slot.connection->close();
  for (Impl::Slot& slot : all)
    slot.thread.join();
}

int MysqlServer::port() const {
  return impl_->port;
}

void MysqlServer::set_mute(bool mute) {
  impl_->mute = mute;
}

void MysqlServer::set_draining(bool draining) {
  impl_->draining = draining;
}

std::vector<ProcessRow> MysqlServer::processes() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<ProcessRow> rows;
  for (const Impl::Slot& slot : impl_->slots) {
    if (slot.connection->logged_in() && !slot.connection->finished())
      rows.push_back(slot.connection->process());
  }
  return rows;
}

bool MysqlServer::kill(std::uint32_t connection_id) {
  const std::lock_guard lock(impl_->mutex);
  for (Impl::Slot& slot : impl_->slots) {
    if (slot.connection->id() != connection_id || slot.connection->finished()) continue;
    slot.connection->close();
    return true;
  }
  return false;
}

std::size_t MysqlServer::connection_count() const {
  return processes().size();
}

void MysqlServer::close_idle(std::chrono::milliseconds idle) {
  const std::lock_guard lock(impl_->mutex);
  for (Impl::Slot& slot : impl_->slots)
    if (slot.connection->logged_in() && slot.connection->idle() >= idle) slot.connection->close();
}

}  // namespace srsim
