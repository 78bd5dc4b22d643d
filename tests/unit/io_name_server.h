#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "io_dns_wire.h"
#include "io_peer.h"

namespace sragent::test {

/// A name server on a loopback address, UDP and TCP, that answers by a function; an empty reply is
/// silence.
class NameServer {
 public:
  using Answer = std::function<std::string(const std::string& query, bool tcp)>;

  explicit NameServer(Answer answer, const std::string& ip = kHere)
      : answer_(std::move(answer)), ip_(ip), tcp_([this](int fd) { serve_tcp(fd); }, ip) {
    udp_ = bind_loopback(SOCK_DGRAM, tcp_.port(), ip);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve_udp(stop); });
  }
  [[nodiscard]] std::string address() const { return ip_ + ":" + std::to_string(tcp_.port()); }
  [[nodiscard]] int questions() const { return questions_; }
  std::set<std::string> names() {
    const std::scoped_lock lock(mutex_);
    return names_;
  }

 private:
  std::string reply(const std::string& query, bool tcp) {
    ++questions_;
    {
      const std::scoped_lock lock(mutex_);
      names_.insert(dns_question_name(query));
    }
    return answer_(query, tcp);
  }
  void serve_udp(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd entry{.fd = udp_.fd.get(), .events = POLLIN, .revents = 0};
      if (::poll(&entry, 1, 20) <= 0) continue;
      std::array<char, 1024> buffer{};
      sockaddr_storage from{};
      socklen_t length = sizeof from;
      auto* peer = reinterpret_cast<sockaddr*>(&from);
      const ssize_t got = ::recvfrom(udp_.fd.get(), buffer.data(), buffer.size(), 0, peer, &length);
      if (got <= 0) continue;
      const std::string text = reply({buffer.data(), static_cast<std::size_t>(got)}, false);
      if (!text.empty()) ::sendto(udp_.fd.get(), text.data(), text.size(), 0, peer, length);
    }
  }
  void serve_tcp(int fd) {
    std::string input;
    std::array<char, 1024> buffer{};
    while (true) {
      const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) return;
      input.append(buffer.data(), static_cast<std::size_t>(got));
      while (input.size() > 2) {
        const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(input[0]))
                                       << 8U |
                                   static_cast<unsigned char>(input[1]);
        if (input.size() < 2 + length) break;
        const std::string text = reply(input.substr(2, length), true);
        input.erase(0, 2 + length);
        if (!text.empty()) send_text(fd, u16(static_cast<unsigned>(text.size())) + text);
      }
    }
  }

  Answer answer_;
  std::string ip_;
  std::atomic<int> questions_ = 0;
  std::mutex mutex_{};
  std::set<std::string> names_{};
  ScriptedPeer tcp_;
  Bound udp_{};
  std::jthread thread_{};
};

}  // namespace sragent::test
