// A name server that answers what it likes, through c-ares. Three bytes: type, name, and what of
// the query the server repeats (bit 0 its id, bit 1 header and question; then the data follow
// behind). Behind the data comes a SERVFAIL, so that a reply that c-ares drops ends the question
// too.

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <optional>

#include "dns_promises.h"
#include "fuzz.h"
#include "io/dns_channel.h"
#include "io/fd.h"

namespace sragent::fuzz {
namespace {

constexpr std::size_t kHeader = 12;

class Server {
 public:
  Server() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    for (int port = 20'053; port < 32'000; ++port) {
      address.sin_port = ::htons(static_cast<std::uint16_t>(port));
      if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        continue;
      where_ = "127.0.0.1:" + std::to_string(port);
      return;
    }
    require(false, "a free port");
  }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& where() const { return where_; }

  /// Answers what has come.
  void serve(std::uint8_t repeats, Bytes data) const {
    std::array<char, 512> query{};
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const auto got = ::recvfrom(
        fd_.get(), query.data(), query.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < static_cast<ssize_t>(kHeader)) return;
    const std::string asked(query.data(), static_cast<std::size_t>(got));
    for (const auto& reply : {made(repeats, data, asked), failure(asked)}) {
      ::sendto(fd_.get(),
               reply.data(),
               reply.size(),
               0,
               reinterpret_cast<const sockaddr*>(&from),
               length);
    }
  }

 private:
  /// The query without its OPT record, as a response with `rcode` and one answer announced.
  static std::string head(const std::string& asked, char rcode, char answers) {
    const std::size_t name = asked.find('\0', kHeader);
    std::string out = asked.substr(0, std::min(name + 5, asked.size()));
    out[2] = static_cast<char>(0x81);
    out[3] = static_cast<char>(0x80 | rcode);
    out[7] = answers;
    out[9] = out[11] = '\0';
    return out;
  }
  static std::string failure(const std::string& asked) { return head(asked, 2, 0); }
  static std::string made(std::uint8_t repeats, Bytes data, const std::string& asked) {
    std::string out{text_of(data)};
    if ((repeats & 2U) != 0) {
      const char answers = out.empty() ? '\0' : out.front();
      return head(asked, 0, answers) + (out.empty() ? out : out.substr(1));
    }
    if ((repeats & 1U) != 0 && out.size() >= 2) out.replace(0, 2, asked.substr(0, 2));
    return out;
  }

  UniqueFd fd_;
  std::string where_{};
};

}  // namespace

void dns_server(Bytes data) {
  static const Server server;
  constexpr std::chrono::milliseconds kTry{2'000};
  if (data.size() < 3) return;
  const auto type = asked_type(data[0]);
  const auto name = asked_name(data[1]);
  const auto channel = DnsChannel::open({server.where()}, kTry, 1);
  require(channel.has_value(), "a channel");
  std::optional<DnsAnswer> answer;
  (*channel)->ask(std::string{name}, type, [&](DnsAnswer given) {
    require(!answer, "one answer to one question");
    answer = std::move(given);
  });
  while ((*channel)->in_flight() > 0) {
    std::vector<pollfd> set{{.fd = server.fd(), .events = POLLIN, .revents = 0}};
    (*channel)->add_sockets(set);
    const auto wait = (*channel)->next_timeout(kTry);
    ::poll(set.data(), set.size(), static_cast<int>(wait.count()));
    if (set[0].revents != 0) server.serve(data[2], data.subspan(3));
    (*channel)->process(set);
  }
  require(answer.has_value(), "every question ends");
  require_dns_promises(*answer, type, name);
}

}  // namespace sragent::fuzz
