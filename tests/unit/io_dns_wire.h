#pragma once

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// DNS messages for tests, written by hand so that they can be wrong (RFC 1035 section 4).
namespace sragent::test {

inline std::string u16(unsigned value) {
  return {static_cast<char>(value >> 8U & 0xFFU), static_cast<char>(value & 0xFFU)};
}
inline std::string u32(std::uint32_t value) {
  return u16(value >> 16U) + u16(value & 0xFFFFU);
}

inline std::string dns_name(std::string_view name) {
  std::string wire;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('.'), name.size());
    wire += static_cast<char>(end);
    wire += name.substr(0, end);
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return wire + '\0';
}

inline std::string dns_record(std::string_view owner,
                              unsigned type,
                              std::uint32_t ttl,
                              const std::string& data) {
  return dns_name(owner) + u16(type) + u16(1) + u32(ttl) + u16(static_cast<unsigned>(data.size())) +
         data;
}
inline std::string dns_a(std::string_view owner, std::uint32_t ttl, const std::string& address) {
  std::array<char, 4> data{};
  ::inet_pton(AF_INET, address.c_str(), data.data());
  return dns_record(owner, 1, ttl, {data.data(), data.size()});
}
inline std::string dns_cname(std::string_view owner, std::uint32_t ttl, std::string_view target) {
  return dns_record(owner, 5, ttl, dns_name(target));
}
inline std::string dns_ns(std::string_view owner, std::uint32_t ttl, std::string_view target) {
  return dns_record(owner, 2, ttl, dns_name(target));
}
inline std::string dns_soa(std::string_view owner, std::uint32_t ttl, std::uint32_t minimum) {
  return dns_record(
      owner,
      6,
      ttl,
      dns_name("ns.b") + dns_name("x.b") + u32(1) + u32(1) + u32(1) + u32(1) + u32(minimum));
}
inline std::string dns_srv(std::string_view owner,
                           std::uint32_t ttl,
                           unsigned priority,
                           unsigned weight,
                           unsigned port,
                           std::string_view target) {
  return dns_record(owner, 33, ttl, u16(priority) + u16(weight) + u16(port) + dns_name(target));
}

inline std::string dns_query(std::string_view name, unsigned type) {
  return u16(0x1234) + u16(0x0100) + u16(1) + u16(0) + u16(0) + u16(0) + dns_name(name) +
         u16(type) + u16(1);
}

struct DnsReplySpec {
  int rcode = 0;
  bool truncated = false;
  std::vector<std::string> answers{};
  std::vector<std::string> authority{};
};

/// The name that a query asks for.
inline std::string dns_question_name(std::string_view query) {
  std::string name;
  std::size_t at = 12;
  while (at < query.size() && query[at] != '\0') {
    const auto length = static_cast<unsigned char>(query[at]);
    if (!name.empty()) name += '.';
    name += query.substr(at + 1, length);
    at += 1U + length;
  }
  return name;
}
inline unsigned dns_question_type(std::string_view query) {
  const std::size_t at = 12 + dns_name(dns_question_name(query)).size();
  return at + 1 < query.size() ? static_cast<unsigned char>(query[at + 1]) : 0U;
}

/// A reply to `query` (its id and question are kept).
inline std::string dns_reply(std::string_view query, const DnsReplySpec& spec) {
  const unsigned flags =
      0x8180U | (spec.truncated ? 0x0200U : 0U) | static_cast<unsigned>(spec.rcode);
  const std::size_t question = dns_name(dns_question_name(query)).size() + 4;
  std::string wire(query.substr(0, 2));
  wire += u16(flags) + u16(1) + u16(static_cast<unsigned>(spec.answers.size())) +
          u16(static_cast<unsigned>(spec.authority.size())) + u16(0);
  wire += query.substr(12, question);
  for (const std::string& record : spec.answers)
    wire += record;
  for (const std::string& record : spec.authority)
    wire += record;
  return wire;
}

}  // namespace sragent::test
