#include "io/dns_message.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include <strings.h>

namespace sragent {
namespace {

constexpr std::size_t kHeaderBytes = 12;  // RFC 1035 section 4.1.1.
constexpr std::size_t kAliases = 16;
constexpr std::uint32_t kMaxTtl = 0x7FFFFFFF;  // RFC 2181 section 8: more counts as 0.

struct Record {
  std::string owner{};
  ns_type type = ns_t_invalid;
  std::uint32_t ttl_s = 0;
  std::span<const std::uint8_t> data{};
};

std::string_view trim_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool same_name(std::string_view a, std::string_view b) {
  a = trim_dot(a);
  b = trim_dot(b);
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

DnsAnswer unknown(std::string why) {
  return DnsAnswer{.outcome = DnsOutcome::kUnknown, .why = std::move(why)};
}

/// The records of one section; nullopt if one cannot be read.
std::optional<std::vector<Record>> section(ns_msg& message, ns_sect which) {
  std::vector<Record> records;
  const int count = message._counts[which];
  for (int i = 0; i < count; ++i) {
    ns_rr rr{};
    if (::ns_parserr(&message, which, i, &rr) != 0) return std::nullopt;
    if (rr.rr_class != ns_c_in) continue;
    records.push_back({.owner = rr.name,
                       .type = static_cast<ns_type>(rr.type),
                       .ttl_s = rr.ttl > kMaxTtl ? 0 : rr.ttl,
                       .data = {rr.rdata, rr.rdlength}});
  }
  return records;
}

/// A name inside of record data, which may point back into the message.
std::optional<std::string> name_at(std::span<const std::uint8_t> message,
                                   const std::uint8_t* position) {
  std::array<char, NS_MAXDNAME> text{};
  const std::uint8_t* end = message.data() + message.size();
  if (::ns_name_uncompress(message.data(), end, position, text.data(), text.size()) < 0) {
    return std::nullopt;
  }
  return std::string(trim_dot(text.data()));
}

/// One message while it is read.
class Reading {
 public:
  Reading(std::span<const std::uint8_t> message, DnsType type) : message_(message), type_(type) {}

  DnsAnswer read(std::string_view name) {
    ns_msg parsed{};
    if (::ns_initparse(message_.data(), static_cast<int>(message_.size()), &parsed) != 0) {
      return unknown("garbled answer");
    }
    if (!answers_question(parsed, name)) return unknown("garbled answer (to another question)");
    const auto answers = section(parsed, ns_s_an);
    const auto authority = section(parsed, ns_s_ns);
    if (!answers || !authority) return unknown("garbled answer");
    if (!follow_aliases(name, *answers)) return unknown("garbled answer (alias)");
    for (const Record& record : *answers) {
      if (record.type == wanted() && !take(record)) return unknown("garbled record");
    }
    if (nothing_found()) return absence(*authority);
    if (rcode() == ns_r_nxdomain) return unknown("garbled answer (NXDOMAIN with records)");
    finish();
    return answer_;
  }

 private:
  [[nodiscard]] ns_type wanted() const {
    if (type_ == DnsType::kA) return ns_t_a;
    return type_ == DnsType::kAaaa ? ns_t_aaaa : ns_t_srv;
  }
  [[nodiscard]] int rcode() const { return message_[3] & 0x0F; }
  [[nodiscard]] bool authoritative() const { return (message_[2] & 0x04) != 0; }
  [[nodiscard]] bool nothing_found() const {
    return answer_.addresses.empty() && answer_.services.empty();
  }
  [[nodiscard]] bool is_ours(std::string_view owner) const {
    return std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
      return same_name(name, owner);
    });
  }
  void use_ttl(std::uint32_t ttl_s) { ttl_s_ = std::min(ttl_s, ttl_s_.value_or(ttl_s)); }

  /// c-ares compares the question too; absence is a proof, so nothing is left to it.
  [[nodiscard]] bool answers_question(ns_msg& message, std::string_view name) const {
    ns_rr question{};
    if (message._counts[ns_s_qd] != 1 || ::ns_parserr(&message, ns_s_qd, 0, &question) != 0) {
      return false;
    }
    return question.rr_class == ns_c_in && question.type == wanted() &&
           same_name(question.name, name);
  }

  /// Collects the names that the question stands for, in whatever order the CNAMEs come.
  bool follow_aliases(std::string_view name, const std::vector<Record>& answers) {
    names_.assign(1, std::string(trim_dot(name)));
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_.size() > kAliases) return false;
      for (const Record& record : answers) {
        if (record.type != ns_t_cname || !same_name(record.owner, names_[i])) continue;
        const auto target = name_at(message_, record.data.data());
        if (!target) return false;
        use_ttl(record.ttl_s);
        if (!is_ours(*target)) names_.push_back(*target);
      }
    }
    return true;
  }

  bool take(const Record& record) {
    if (!is_ours(record.owner)) return true;
    use_ttl(record.ttl_s);
    return type_ == DnsType::kSrv ? take_service(record) : take_address(record);
  }

  bool take_address(const Record& record) {
    const bool v4 = type_ == DnsType::kA;
    if (record.data.size() != (v4 ? sizeof(in_addr) : sizeof(in6_addr))) return false;
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(v4 ? AF_INET : AF_INET6, record.data.data(), text.data(), text.size());
    answer_.addresses.emplace_back(text.data());
    return true;
  }

  bool take_service(const Record& record) {
    constexpr std::size_t kFixed = 6;  // priority, weight, port: RFC 2782.
    if (record.data.size() <= kFixed) return false;
    const auto target = name_at(message_, record.data.data() + kFixed);
    if (!target) return false;
    const auto number = [&](std::size_t at) {
      return static_cast<std::uint16_t>(record.data[at] << 8U | record.data[at + 1]);
    };
    // A target of "." says that the service is decidedly not there.
    if (target->empty()) return true;
    answer_.services.push_back(
        {.target = *target, .port = number(4), .priority = number(0), .weight = number(2)});
    return true;
  }

  /// No record of ours: says the server so (RFC 2308 section 2), or did it only not know?
  DnsAnswer absence(const std::vector<Record>& authority) {
    const auto has = [&](ns_type type) {
      return std::find_if(authority.begin(), authority.end(), [&](const Record& record) {
        return record.type == type;
      });
    };
    const auto soa = has(ns_t_soa);
    const bool no_soa = soa == authority.end();
    if (rcode() == ns_r_noerror && no_soa && has(ns_t_ns) != authority.end() && !authoritative()) {
      return unknown("the name server only refers to others");
    }
    answer_.outcome = DnsOutcome::kAbsent;
    answer_.why = rcode() == ns_r_nxdomain ? "no such name (NXDOMAIN)" : "no such record (NODATA)";
    answer_.name = names_.front();
    answer_.ttl_s = no_soa ? 0 : std::min(soa->ttl_s, soa_minimum(*soa));
    return answer_;
  }

  static std::uint32_t soa_minimum(const Record& soa) {
    if (soa.data.size() < 4) return 0;
    std::uint32_t value = 0;
    for (const std::uint8_t byte : soa.data.last(4))
      value = value << 8U | byte;
    return value > kMaxTtl ? 0 : value;
  }

  void finish() {
    const auto by_value = [](const DnsService& a, const DnsService& b) {
      return std::tie(a.target, a.port, a.priority, a.weight) <
             std::tie(b.target, b.port, b.priority, b.weight);
    };
    auto& addresses = answer_.addresses;
    auto& services = answer_.services;
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    std::sort(services.begin(), services.end(), by_value);
    services.erase(std::unique(services.begin(), services.end()), services.end());
    answer_.outcome = DnsOutcome::kAnswer;
    answer_.name = names_.front();
    answer_.ttl_s = ttl_s_.value_or(0);
  }

  std::span<const std::uint8_t> message_;
  DnsType type_;
  DnsAnswer answer_{};
  std::vector<std::string> names_{};
  std::optional<std::uint32_t> ttl_s_{};
};

std::string rcode_text(int rcode) {
  static constexpr std::array<const char*, 6> kNames{
      "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
  const auto index = static_cast<std::size_t>(rcode);
  if (index < kNames.size()) return kNames[index];
  return "rcode " + std::to_string(rcode);
}

}  // namespace

std::string_view to_string(DnsOutcome outcome) {
  switch (outcome) {
    case DnsOutcome::kAnswer:
      return "answer";
    case DnsOutcome::kAbsent:
      return "absent";
    case DnsOutcome::kUnknown:
      return "unknown";
  }
  return "unknown";
}

DnsAnswer parse_dns_message(std::span<const std::uint8_t> message,
                            DnsType type,
                            std::string_view name) {
  if (message.size() < kHeaderBytes) return unknown("garbled answer (no header)");
  const bool is_response = (message[2] & 0x80) != 0;
  if (!is_response) return unknown("garbled answer (not a response)");
  const bool truncated = (message[2] & 0x02) != 0;
  if (truncated) return unknown("truncated answer");
  const int rcode = message[3] & 0x0F;
  if (rcode != ns_r_noerror && rcode != ns_r_nxdomain) {
    return unknown("the name server answers " + rcode_text(rcode));
  }
  return Reading(message, type).read(name);
}

DnsAnswer merge_families(DnsAnswer v4, DnsAnswer v6) {
  DnsAnswer both;
  both.name = v4.name.empty() ? v6.name : v4.name;
  both.addresses = std::move(v4.addresses);
  both.addresses.insert(both.addresses.end(), v6.addresses.begin(), v6.addresses.end());
  std::sort(both.addresses.begin(), both.addresses.end());
  const bool v4_failed = v4.outcome == DnsOutcome::kUnknown;
  if (v4_failed || v6.outcome == DnsOutcome::kUnknown) {
    both.why = v4_failed ? "A: " + v4.why : "AAAA: " + v6.why;
    return both;
  }
  const bool v4_absent = v4.outcome == DnsOutcome::kAbsent;
  const bool v6_absent = v6.outcome == DnsOutcome::kAbsent;
  both.outcome = v4_absent && v6_absent ? DnsOutcome::kAbsent : DnsOutcome::kAnswer;
  if (both.outcome == DnsOutcome::kAbsent) both.why = std::move(v4.why);
  // A family without records limits nothing: the TTL is that of what was found.
  both.ttl_s = std::min(v4.ttl_s, v6.ttl_s);
  if (v4_absent != v6_absent) both.ttl_s = v4_absent ? v6.ttl_s : v4.ttl_s;
  return both;
}

}  // namespace sragent
