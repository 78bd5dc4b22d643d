#include "dns_promises.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace sragent::fuzz {
namespace {

bool is_address(const std::string& text, DnsType type) {
  std::array<unsigned char, sizeof(in6_addr)> binary{};
  return ::inet_pton(type == DnsType::kA ? AF_INET : AF_INET6, text.c_str(), binary.data()) == 1;
}

template <typename T, typename Less>
bool sorted_and_unique(const std::vector<T>& list, const Less& less) {
  return std::adjacent_find(list.begin(), list.end(), [&](const T& a, const T& b) {
           return !less(a, b);
         }) == list.end();
}

void require_records(const DnsAnswer& answer, DnsType type) {
  const bool services = type == DnsType::kSrv;
  require(answer.addresses.empty() == services, "addresses for a question about addresses");
  require(answer.services.empty() != services, "services for a question about services");
  require(sorted_and_unique(answer.addresses, std::less<>{}), "addresses are sorted and unique");
  for (const auto& address : answer.addresses)
    require(is_address(address, type), "an address is one of the family that was asked for");
  const auto tied = [](const DnsService& s) {
    return std::tie(s.target, s.port, s.priority, s.weight);
  };
  require(sorted_and_unique(
              answer.services,
              [&](const DnsService& a, const DnsService& b) { return tied(a) < tied(b); }),
          "services are sorted and unique");
  for (const auto& service : answer.services) {
    require(!service.target.empty(), "a service has a target");
    require_printable(service.target, "the target of a service");
  }
}

}  // namespace

std::string_view asked_name(std::uint8_t choice) {
  constexpr std::array<std::string_view, 4> kNames{
      "a.b", "fe-0.search.ns.svc.cluster.local", "_fe._tcp.search.ns", "x"};
  return kNames.at(choice % kNames.size());
}

DnsType asked_type(std::uint8_t choice) {
  constexpr std::array kTypes{DnsType::kA, DnsType::kAaaa, DnsType::kSrv};
  return kTypes.at(choice % kTypes.size());
}

void require_dns_promises(const DnsAnswer& answer, DnsType type, std::string_view name) {
  require_printable(answer.why, "why there is no answer");
  require(answer.ttl_s <= 0x7FFFFFFF, "a TTL has 31 bits (RFC 2181 section 8)");
  if (answer.outcome == DnsOutcome::kAnswer) {
    require(answer.why.empty(), "an answer is no error");
    require(answer.name == name, "an answer is for the name that was asked for");
    return require_records(answer, type);
  }
  require(!answer.why.empty(), "without an answer there is a reason");
  require(answer.addresses.empty() && answer.services.empty(), "an error has no records");
  if (answer.outcome == DnsOutcome::kAbsent)
    require(answer.name == name, "absent is what was asked for");
}

}  // namespace sragent::fuzz
