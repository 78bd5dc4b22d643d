// A DNS response. Two bytes choose type and name of the question, the rest is the message.

#include "io/dns_message.h"

#include <algorithm>

#include "dns_promises.h"
#include "fuzz.h"

namespace sragent::fuzz {
namespace {

constexpr std::size_t kHeader = 12;

/// Nothing at all follows from a message for a name that it does not hold.
void require_silence_about_others(Bytes message, DnsType type) {
  constexpr std::string_view kOther = "somebody-else";
  if (text_of(message).find("omebody-els") != std::string_view::npos) return;
  const auto answer = parse_dns_message(message, type, kOther);
  require(answer.outcome == DnsOutcome::kUnknown, "nothing follows for a name that was not asked");
}

void require_merged(const DnsAnswer& v4, const DnsAnswer& v6) {
  const auto both = merge_families(v4, v6);
  const bool failed = v4.outcome == DnsOutcome::kUnknown || v6.outcome == DnsOutcome::kUnknown;
  require((both.outcome == DnsOutcome::kUnknown) == failed, "one failed family makes an unknown");
  require(both.addresses.size() == v4.addresses.size() + v6.addresses.size(), "nothing gets lost");
  require((both.outcome == DnsOutcome::kAnswer) == (!failed && !both.addresses.empty()),
          "an answer has addresses");
  require(std::is_sorted(both.addresses.begin(), both.addresses.end()), "both are sorted");
}

}  // namespace

void dns_message(Bytes data) {
  if (data.size() < 2) return;
  const auto type = asked_type(data[0]);
  const auto name = asked_name(data[1]);
  const auto message = data.subspan(2);
  const auto answer = parse_dns_message(message, type, name);
  require_dns_promises(answer, type, name);
  require(answer.addresses.size() * sizeof(std::uint32_t) <= message.size(), "as many as fit");
  if (answer.outcome != DnsOutcome::kUnknown) {
    require(message.size() > kHeader, "a message has a header");
    const int rcode = message[3] & 0x0F;
    require(rcode == 0 || rcode == 3, "an error of the server is neither answer nor absence");
    require(rcode == 0 || answer.outcome == DnsOutcome::kAbsent, "NXDOMAIN is no answer");
  }
  require_silence_about_others(message, type);
  require_merged(parse_dns_message(message, DnsType::kA, name),
                 parse_dns_message(message, DnsType::kAaaa, name));
}

}  // namespace sragent::fuzz
