#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "io/deadline.h"

namespace sragent {

/// What one question to the name servers gave. Silence is not evidence: only a name server that
/// says so makes a name absent.
enum class DnsOutcome : std::uint8_t {
  kAnswer,   ///< Records, complete as the server that answered sees them.
  kAbsent,   ///< The server says that there are none: NXDOMAIN, or NODATA (RFC 2308 section 2).
  kUnknown,  ///< Anything else: time-out, refused, SERVFAIL, garbled, truncated over TCP too.
};
[[nodiscard]] std::string_view to_string(DnsOutcome outcome);

/// One SRV record (RFC 2782). `target` without a final dot.
struct DnsService {
  std::string target{};
  std::uint16_t port = 0;
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  bool operator==(const DnsService&) const = default;
};

/// `addresses` and `services` are sorted and unique. For an unknown of addresses() `addresses` may
/// hold what one family gave while the other failed: good for connecting to, never the whole set.
struct DnsAnswer {
  DnsOutcome outcome = DnsOutcome::kUnknown;
  std::string why{};                     ///< For absent and unknown, in words.
  std::string name{};                    ///< The full name that was answered, no final dot.
  std::vector<std::string> addresses{};  ///< Text, IPv4 and IPv6.
  std::vector<DnsService> services{};
  /// Seconds: the least of the records used; for absent the negative TTL (RFC 2308 section 5) or 0
  /// if the server gave none. 0 is reported as 0; judging it is the caller's business.
  std::uint32_t ttl_s = 0;
  /// When the question was sent (not when the answer came): age counts from here.
  std::chrono::steady_clock::time_point asked_at{};
};

struct ResolverOptions {
  /// Read at start and again whenever it changed or a query failed (resolv.conf(5)).
  std::string resolv_conf = "/etc/resolv.conf";
  /// "ip", "ip:port", "[ip6]:port". Empty: those of resolv.conf.
  std::vector<std::string> servers{};
  /// Unset: those of resolv.conf. Empty: none.
  std::optional<std::vector<std::string>> search{};
  std::optional<int> ndots{};
  /// First time-out for each server; c-ares doubles it with each of the `tries`.
  std::chrono::milliseconds try_timeout{500};
  int tries = 2;
};

/// Asks the name servers, and only those: never the hosts file (the kubelet writes the pod's own
/// name there), no cache of its own. One thread owns the c-ares channel; the channel is replaced
/// after a failure and when resolv.conf changes, so a dead one heals by itself.
///
/// A name with a final dot is asked as it is. Otherwise the search list applies as in
/// resolv.conf(5): with at least ndots dots the name itself first, else last. The first name that
/// exists wins; a failure on the way makes the whole question unknown, since nobody can tell what
/// would have come first. Prefer a final dot: ndots is 5 in pods.
///
/// addresses() and services() may be called from several threads; each blocks its caller until an
/// answer or the deadline. The destructor ends pending questions as unknown and does not hang;
/// callers must have returned before it runs.
class Resolver {
 public:
  /// kIo if a thread or descriptor cannot be had, kBadConfig for a server that is no address.
  /// A missing resolv.conf is no error here: questions are unknown until it appears.
  [[nodiscard]] static Result<std::unique_ptr<Resolver>> start(ResolverOptions options);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  Resolver(Resolver&&) = delete;
  Resolver& operator=(Resolver&&) = delete;

  /// A and AAAA together. kAnswer if each family has records or none (NODATA) and at least one has
  /// some; kAbsent if both are absent; kUnknown if either failed, whatever the other said.
  [[nodiscard]] DnsAnswer addresses(std::string_view name, Deadline until);
  /// SRV records of `name` ("_fe._tcp.headless.ns.svc.cluster.local.").
  [[nodiscard]] DnsAnswer services(std::string_view name, Deadline until);

 private:
  struct Impl;
  explicit Resolver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sragent
