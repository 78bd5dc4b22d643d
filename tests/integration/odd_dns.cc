#include "odd_dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "io_dns_wire.h"

namespace podlab {
namespace {

constexpr unsigned kTypeA = 1;
constexpr int kServfail = 2;
constexpr int kNxdomain = 3;
constexpr int kTurnMs = 100;
constexpr int kBehindMs = 2000;

sockaddr_in socket_address(const std::string& ip, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  inet_pton(AF_INET, ip.c_str(), &out.sin_addr);
  return out;
}

const sockaddr* plain(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

bool readable(int fd, int ms) {
  pollfd one{fd, POLLIN, 0};
  return poll(&one, 1, ms) == 1;
}

std::string addresses_reply(const std::string& query, const OddAnswer& odd) {
  sragent::test::DnsReplySpec spec;
  const auto name = sragent::test::dns_question_name(query);
  if (sragent::test::dns_question_type(query) == kTypeA) {
    for (const auto& ip : odd.ips)
      spec.answers.push_back(sragent::test::dns_a(name, odd.ttl, ip));
  }
  if (spec.answers.empty()) spec.authority = {sragent::test::dns_soa("local", 5, 5)};
  return sragent::test::dns_reply(query, spec);
}

std::string failure(const std::string& query, int rcode) {
  sragent::test::DnsReplySpec spec;
  spec.rcode = rcode;
  if (rcode == kNxdomain) spec.authority = {sragent::test::dns_soa("local", 5, 5)};
  return sragent::test::dns_reply(query, spec);
}

}  // namespace

OddDns::OddDns(const std::string& ip, std::uint16_t port, std::uint16_t behind)
    : ip_(ip), address_(ip + ":" + std::to_string(port)), behind_(behind) {
  socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto own = socket_address(ip, port);
  if (socket_ < 0 || bind(socket_, plain(own), sizeof own) != 0)
    throw std::runtime_error("cannot listen on udp " + address_);
  thread_ = std::thread([this] { serve(); });
}

OddDns::~OddDns() {
  over_ = true;
  thread_.join();
  close(socket_);
}

void OddDns::bend(const std::string& name, OddAnswer answer) {
  const std::scoped_lock lock(mutex_);
  bent_[name] = std::move(answer);
}

void OddDns::mend(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  bent_.erase(name);
}

int OddDns::asked(const std::string& name) {
  return static_cast<int>(moments(name).size());
}

std::vector<Moment> OddDns::moments(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  return asked_[name].all();
}

void OddDns::serve() {
  std::array<char, 4096> bytes{};
  while (!over_) {
    if (!readable(socket_, kTurnMs)) continue;
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto got =
        recvfrom(socket_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 12) continue;  // shorter than a DNS header
    const auto reply = answer({bytes.data(), static_cast<std::size_t>(got)});
    if (reply.empty()) continue;
    static_cast<void>(sendto(socket_, reply.data(), reply.size(), 0, plain(from), size));
  }
}

std::string OddDns::answer(const std::string& query) {
  const auto name = sragent::test::dns_question_name(query);
  OddAnswer odd;
  int turn = 0;
  {
    const std::scoped_lock lock(mutex_);
    auto& asked = asked_[name];
    if (sragent::test::dns_question_type(query) == kTypeA) asked.note();
    turn = static_cast<int>(asked.size());
    const auto found = bent_.find(name);
    if (found == bent_.end()) return ask_behind(query);
    odd = found->second;
  }
  switch (odd.kind) {
    case OddAnswer::Kind::kSilence:
      return {};
    case OddAnswer::Kind::kServfail:
      return failure(query, kServfail);
    case OddAnswer::Kind::kAbsent:
      return failure(query, kNxdomain);
    case OddAnswer::Kind::kInTurns:
      if (turn % 2 == 0) return ask_behind(query);
      [[fallthrough]];
    case OddAnswer::Kind::kAddresses:
      return addresses_reply(query, odd);
  }
  return {};
}

std::string OddDns::ask_behind(const std::string& query) const {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto server = socket_address(ip_, behind_);
  std::array<char, 4096> bytes{};
  std::string out;
  if (connect(fd, plain(server), sizeof server) == 0 &&
      send(fd, query.data(), query.size(), 0) > 0 && readable(fd, kBehindMs)) {
    const auto got = recv(fd, bytes.data(), bytes.size(), 0);
    if (got > 0) out.assign(bytes.data(), static_cast<std::size_t>(got));
  }
  close(fd);
  return out;
}

}  // namespace podlab
