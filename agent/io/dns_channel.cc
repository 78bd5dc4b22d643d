#include "io/dns_channel.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>
#include <vector>

#include <ares.h>

#include "core/printable.h"
#include "core/text.h"

namespace sragent {
namespace {

using std::chrono::milliseconds;

struct Server {
  std::string ip{};
  std::string port = "53";
  bool v6 = false;
};

bool is_address(int family, const std::string& text) {
  if (text.find('\0') != std::string::npos) return false;  // inet_pton would not see the rest.
  std::array<std::uint8_t, sizeof(in6_addr)> binary{};
  return ::inet_pton(family, text.c_str(), binary.data()) == 1;
}

bool is_port(const std::string& text) {
  return whole_number<std::uint16_t>(text).value_or(0) > 0;
}

Server split_server(const std::string& text) {
  if (is_address(AF_INET6, text)) return {.ip = text, .v6 = true};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return {.ip = text};
  Server server{.ip = text.substr(0, colon), .port = text.substr(colon + 1)};
  if (server.ip.starts_with('[') && server.ip.ends_with(']')) {
    server.ip = server.ip.substr(1, server.ip.size() - 2);
    server.v6 = true;
  }
  return server;
}

int type_code(DnsType type) {
  if (type == DnsType::kA) return ns_t_a;
  return type == DnsType::kAaaa ? ns_t_aaaa : ns_t_srv;
}

int init_library() {
  static std::once_flag once;
  static int status = ARES_SUCCESS;
  std::call_once(once, [] { status = ::ares_library_init(ARES_LIB_INIT_ALL); });
  return status;
}

Error ares_error(int status) {
  return Error{.kind = ErrorKind::kIo, .what = std::string("dns: ") + ::ares_strerror(status)};
}

}  // namespace

struct DnsChannel::Impl {
  /// What a callback gets: lives in `questions` until it was called, which ares_destroy also does.
  struct Question {
    Impl* owner = nullptr;
    std::string name{};
    DnsType type = DnsType::kA;
    Done done{};
  };

  ares_channel handle = nullptr;
  std::vector<std::unique_ptr<Question>> questions{};

  static void on_answer(void* argument, int status, int timeouts, unsigned char* data, int length);
};

Result<std::string> normal_server(const std::string& server) {
  const Server parts = split_server(server);
  if (!is_address(parts.v6 ? AF_INET6 : AF_INET, parts.ip) || !is_port(parts.port)) {
    return tl::unexpected(Error{
        .kind = ErrorKind::kBadConfig,
        .what = "name server \"" + printable(server) + "\": expected ip, ip:port, or [ip6]:port"});
  }
  return (parts.v6 ? "[" + parts.ip + "]" : parts.ip) + ":" + parts.port;
}

void DnsChannel::Impl::on_answer(
    void* argument, int status, int /*timeouts*/, unsigned char* data, int length) {
  auto* question = static_cast<Question*>(argument);
  DnsAnswer answer;
  if (data != nullptr && length > 0) {
    answer =
        parse_dns_message({data, static_cast<std::size_t>(length)}, question->type, question->name);
  } else {
    answer.why = ::ares_strerror(status);
  }
  const Done done = std::move(question->done);
  auto& all = question->owner->questions;
  std::erase_if(all, [&](const auto& entry) { return entry.get() == question; });

  done(std::move(answer));
}

Result<std::unique_ptr<DnsChannel>> DnsChannel::open(const std::vector<std::string>& servers,
                                                     milliseconds try_timeout,
                                                     int tries) {
  if (const int status = init_library(); status != ARES_SUCCESS) {
    return tl::unexpected(ares_error(status));
  }
  std::string list;
  for (const std::string& server : servers)
    list += (list.empty() ? "" : ",") + server;
  // c-ares reads nothing by itself: no hosts file (lookups "b" would be enough for that), no
  // resolv.conf, which it would read only once.
  std::string lookups = "b";
  std::string no_file = "/dev/null";
  ares_options options{};
  options.flags = 0;
  options.timeout = static_cast<int>(try_timeout.count());
  options.tries = tries;
  options.ndots = 0;
  options.ndomains = 0;
  options.lookups = lookups.data();
  options.resolvconf_path = no_file.data();
  constexpr int kMask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
                        ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_RESOLVCONF;
  auto impl = std::make_unique<Impl>();
  int status = ::ares_init_options(&impl->handle, &options, kMask);
  if (status != ARES_SUCCESS) return tl::unexpected(ares_error(status));
  std::unique_ptr<DnsChannel> channel(new DnsChannel(std::move(impl)));
  status = ::ares_set_servers_ports_csv(channel->impl_->handle, list.c_str());
  if (status != ARES_SUCCESS) return tl::unexpected(ares_error(status));
  return channel;
}

DnsChannel::DnsChannel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

DnsChannel::~DnsChannel() {
  ::ares_destroy(impl_->handle);
}

void DnsChannel::ask(const std::string& name, DnsType type, Done done) {
  auto question = std::make_unique<Impl::Question>();
  Impl::Question* argument = question.get();
  *argument = {.owner = impl_.get(), .name = name, .type = type, .done = std::move(done)};
  impl_->questions.push_back(std::move(question));
  // With the final dot, or c-ares 1.18 would read an empty name as the root.
  const std::string full = name + ".";
  ::ares_query(impl_->handle, full.c_str(), ns_c_in, type_code(type), &Impl::on_answer, argument);
}

std::size_t DnsChannel::in_flight() const {
  return impl_->questions.size();
}

void DnsChannel::add_sockets(std::vector<pollfd>& set) const {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const auto bits = static_cast<unsigned>(
      ::ares_getsock(impl_->handle, sockets.data(), static_cast<int>(sockets.size())));
  for (unsigned i = 0; i < sockets.size(); ++i) {
    const bool reads = (bits & (1U << i)) != 0;
    const bool writes = (bits & (1U << (i + ARES_GETSOCK_MAXNUM))) != 0;
    if (!reads && !writes) continue;
    const int events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0);
    set.push_back({.fd = sockets[i], .events = static_cast<short>(events), .revents = 0});
  }
}

milliseconds DnsChannel::next_timeout(milliseconds limit) const {
  timeval buffer{};
  const timeval* next = ::ares_timeout(impl_->handle, nullptr, &buffer);
  if (next == nullptr) return limit;
  const milliseconds wait{next->tv_sec * 1000 + next->tv_usec / 1000 + 1};
  return std::min(limit, wait);
}

void DnsChannel::process(const std::vector<pollfd>& set) {
  std::vector<pollfd> own;
  add_sockets(own);
  for (const pollfd& entry : set) {
    const bool mine = std::any_of(
        own.begin(), own.end(), [&](const pollfd& socket) { return socket.fd == entry.fd; });
    if (!mine || entry.revents == 0) continue;
    const bool reads = (entry.revents & (POLLIN | POLLHUP | POLLERR)) != 0;
    const bool writes = (entry.revents & POLLOUT) != 0;
    ::ares_process_fd(
        impl_->handle, reads ? entry.fd : ARES_SOCKET_BAD, writes ? entry.fd : ARES_SOCKET_BAD);
  }
  // Time-outs are only looked at in a pass; this one has no sockets.
  ::ares_process_fd(impl_->handle, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

}  // namespace sragent
