#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "io/dns_message.h"

namespace sragent {

/// "ip", "ip:port", "ip6" or "[ip6]:port" as "ip:port" or "[ip6]:port" (53 if none is given);
/// kBadConfig for anything else.
[[nodiscard]] Result<std::string> normal_server(const std::string& server);

/// One c-ares channel: asks one record type of one full name at a time, many at once. Knows no
/// search list and no files. One thread.
class DnsChannel {
 public:
  /// Called once for each ask(), also from within ask() and from the destructor (as unknown).
  using Done = std::function<void(DnsAnswer)>;

  [[nodiscard]] static Result<std::unique_ptr<DnsChannel>> open(
      const std::vector<std::string>& servers, std::chrono::milliseconds try_timeout, int tries);
  ~DnsChannel();
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;
  DnsChannel(DnsChannel&&) = delete;
  DnsChannel& operator=(DnsChannel&&) = delete;

  void ask(const std::string& name, DnsType type, Done done);
  /// Questions without an answer yet.
  [[nodiscard]] std::size_t in_flight() const;

  /// Appends the sockets to poll.
  void add_sockets(std::vector<pollfd>& set) const;
  /// `limit`, or less if a time-out of c-ares comes sooner.
  [[nodiscard]] std::chrono::milliseconds next_timeout(std::chrono::milliseconds limit) const;
  /// Handles what poll found, and time-outs. Others' descriptors in `set` are skipped.
  void process(const std::vector<pollfd>& set);

 private:
  struct Impl;
  explicit DnsChannel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sragent
