#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/dns.h"

namespace sragent {

enum class DnsType : std::uint8_t { kA, kAaaa, kSrv };

/// Reads one DNS response (RFC 1035 section 4) to a question of `type` for `name` (no final dot).
/// Follows CNAMEs within the message. A referral (NS without SOA, RFC 2308 section 2.2), the
/// truncation bit, any rcode but NOERROR and NXDOMAIN, records with NXDOMAIN, another question or
/// none, and whatever cannot be read are kUnknown.
/// `asked_at` is left alone. Pure.
[[nodiscard]] DnsAnswer parse_dns_message(std::span<const std::uint8_t> message,
                                          DnsType type,
                                          std::string_view name);

/// A and AAAA answers for one name as one; the rule is at Resolver::addresses. Pure.
[[nodiscard]] DnsAnswer merge_families(DnsAnswer v4, DnsAnswer v6);

/// resolv.conf(5), as far as it is used here. Unknown lines are skipped, as everybody does.
struct ResolvConf {
  std::vector<std::string> servers{};
  std::vector<std::string> search{};
  int ndots = 1;
};
[[nodiscard]] ResolvConf parse_resolv_conf(std::string_view text);

/// The full names to try for `name`, in order, none with a final dot.
[[nodiscard]] std::vector<std::string> candidate_names(std::string_view name,
                                                       const std::vector<std::string>& search,
                                                       int ndots);

}  // namespace sragent
