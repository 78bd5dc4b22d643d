#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "io/dns_channel.h"
#include "io/dns_message.h"
#include "io_dns_wire.h"

namespace sragent {
namespace {

using namespace test;

DnsAnswer parse(const std::string& wire, DnsType type = DnsType::kA, const char* name = "a.b") {
  return parse_dns_message(
      {reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()}, type, name);
}

constexpr unsigned kA = 1;
constexpr unsigned kSrv = 33;

std::string reply(const DnsReplySpec& spec, unsigned type = kA) {
  return dns_reply(dns_query("a.b", type), spec);
}

TEST(DnsMessage, GivesSortedUniqueAddressesAndTheLeastTtl) {
  const auto got = parse(reply({.answers = {dns_a("a.b", 30, "10.0.0.2"),
                                            dns_a("A.B", 20, "10.0.0.1"),
                                            dns_a("a.b", 40, "10.0.0.2")}}));
  EXPECT_EQ(got.outcome, DnsOutcome::kAnswer) << got.why;
  EXPECT_EQ(got.addresses, (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
  EXPECT_EQ(got.ttl_s, 20U);
  EXPECT_EQ(got.name, "a.b");
}

TEST(DnsMessage, ReportsATtlOfZeroAsZero) {
  EXPECT_EQ(parse(reply({.answers = {dns_a("a.b", 0, "10.0.0.1")}})).ttl_s, 0U);
  EXPECT_EQ(parse(reply({.answers = {dns_a("a.b", 0x80000001, "10.0.0.1")}})).ttl_s, 0U);
}

TEST(DnsMessage, FollowsAliasesInAnyOrder) {
  const auto got = parse(reply({.answers = {dns_a("z.b", 50, "10.0.0.1"),
                                            dns_cname("y.b", 9, "z.b"),
                                            dns_cname("a.b", 60, "y.b")}}));
  EXPECT_EQ(got.outcome, DnsOutcome::kAnswer) << got.why;
  EXPECT_EQ(got.ttl_s, 9U) << "the alias limits it";
}

TEST(DnsMessage, IgnoresRecordsOfOthers) {
  const auto got = parse(reply({.answers = {dns_a("other.b", 50, "10.0.0.1")}}));
  EXPECT_EQ(got.outcome, DnsOutcome::kAbsent);
}

TEST(DnsMessage, IsAbsentForNxdomainAndNodata) {
  const auto gone = parse(reply({.rcode = 3, .authority = {dns_soa("b", 300, 7)}}));
  EXPECT_EQ(gone.outcome, DnsOutcome::kAbsent);
  EXPECT_EQ(gone.ttl_s, 7U);
  const auto none = parse(reply({}));
  EXPECT_EQ(none.outcome, DnsOutcome::kAbsent);
  EXPECT_EQ(none.ttl_s, 0U);
}

TEST(DnsMessage, DoesNotTakeAReferralForAbsence) {
  const auto got = parse(reply({.authority = {dns_ns("b", 300, "ns.b")}}));
  EXPECT_EQ(got.outcome, DnsOutcome::kUnknown);
}

TEST(DnsMessage, IsUnknownForEveryOtherCode) {
  for (int rcode = 0; rcode < 16; ++rcode) {
    if (rcode == 0 || rcode == 3) continue;
    EXPECT_EQ(parse(reply({.rcode = rcode})).outcome, DnsOutcome::kUnknown) << rcode;
  }
  EXPECT_EQ(parse(reply({.rcode = 2})).why, "the name server answers SERVFAIL");
}

TEST(DnsMessage, IsUnknownForTheAnswerToAnotherQuestion) {
  EXPECT_EQ(parse(reply({.rcode = 3}), DnsType::kA, "other.b").outcome, DnsOutcome::kUnknown);
  EXPECT_EQ(parse(reply({.rcode = 3}), DnsType::kAaaa).outcome, DnsOutcome::kUnknown);
  std::string none = reply({.rcode = 3});
  none[5] = 0;  // QDCOUNT
  EXPECT_EQ(parse(none).outcome, DnsOutcome::kUnknown);
}

TEST(DnsMessage, IsUnknownForRecordsWithNxdomain) {
  const auto got = parse(reply({.rcode = 3, .answers = {dns_a("a.b", 5, "10.0.0.1")}}));
  EXPECT_EQ(got.outcome, DnsOutcome::kUnknown);
  EXPECT_TRUE(got.addresses.empty());
}

TEST(DnsMessage, IsUnknownWhenTruncated) {
  EXPECT_EQ(parse(reply({.truncated = true, .answers = {dns_a("a.b", 5, "10.0.0.1")}})).outcome,
            DnsOutcome::kUnknown);
}

TEST(DnsMessage, IsUnknownForARecordOfTheWrongSize) {
  EXPECT_EQ(parse(reply({.answers = {dns_record("a.b", 1, 5, "123")}})).outcome,
            DnsOutcome::kUnknown);
  EXPECT_EQ(
      parse(reply({.answers = {dns_record("a.b", kSrv, 5, "123")}}, kSrv), DnsType::kSrv).outcome,
      DnsOutcome::kUnknown);
}

TEST(DnsMessage, GivesUpOnALoopOfManyAliases) {
  std::vector<std::string> chain;
  chain.reserve(40);
  for (int i = 0; i < 40; ++i) {
    chain.push_back(dns_cname(
        i == 0 ? "a.b" : "n" + std::to_string(i) + ".b", 5, "n" + std::to_string(i + 1) + ".b"));
  }
  EXPECT_EQ(parse(reply({.answers = chain})).outcome, DnsOutcome::kUnknown);
  const auto loop = parse(reply({.answers = {dns_cname("a.b", 5, "a.b")}}));
  EXPECT_EQ(loop.outcome, DnsOutcome::kAbsent);
}

TEST(DnsMessage, ReadsServices) {
  const auto got = parse(reply({.answers = {dns_srv("a.b", 5, 10, 2, 9010, "fe-1.b"),
                                            dns_srv("a.b", 8, 1, 0, 9010, "fe-0.b"),
                                            dns_srv("a.b", 8, 1, 0, 0, "")}},
                               kSrv),
                         DnsType::kSrv);
  ASSERT_EQ(got.outcome, DnsOutcome::kAnswer) << got.why;
  ASSERT_EQ(got.services.size(), 2U) << "the target \".\" means none";
  EXPECT_EQ(got.services[0],
            (DnsService{.target = "fe-0.b", .port = 9010, .priority = 1, .weight = 0}));
  EXPECT_EQ(got.services[1].priority, 10);
  EXPECT_EQ(got.ttl_s, 5U);
}

TEST(DnsMessage, NeverReadsBeyondWhatItGot) {
  std::mt19937 random(3);
  const std::string seed = reply({.answers = {dns_cname("a.b", 5, "z.b"),
                                              dns_a("z.b", 5, "10.0.0.1"),
                                              dns_srv("a.b", 5, 1, 1, 1, "t.b")},
                                  .authority = {dns_soa("b", 5, 5)}});
  const std::size_t type_at = 12 + dns_name("a.b").size() + 1;
  for (int round = 0; round < 20'000; ++round) {
    std::string wire = seed;
    wire[type_at] = static_cast<char>(round % 2 == 0 ? kA : kSrv);
    for (int change = 0; change < 3; ++change) {
      wire[random() % wire.size()] = static_cast<char>(random());
    }
    wire.resize(random() % (wire.size() + 1));
    for (const DnsType type : {DnsType::kA, DnsType::kAaaa, DnsType::kSrv}) {
      const auto got = parse(wire, type);
      ASSERT_EQ(got.outcome == DnsOutcome::kAnswer,
                !got.addresses.empty() || !got.services.empty());
    }
  }
}

DnsAnswer part(DnsOutcome outcome, std::vector<std::string> addresses, std::uint32_t ttl) {
  return {.outcome = outcome, .why = "w", .addresses = std::move(addresses), .ttl_s = ttl};
}

TEST(MergeFamilies, FollowsItsTable) {
  const auto found4 = part(DnsOutcome::kAnswer, {"10.0.0.1"}, 30);
  const auto found6 = part(DnsOutcome::kAnswer, {"::1"}, 20);
  const auto absent = part(DnsOutcome::kAbsent, {}, 5);
  const auto failed = part(DnsOutcome::kUnknown, {}, 0);
  const auto both = merge_families(found4, found6);
  EXPECT_EQ(both.outcome, DnsOutcome::kAnswer);
  EXPECT_EQ(both.addresses.size(), 2U);
  EXPECT_EQ(both.ttl_s, 20U);
  EXPECT_EQ(merge_families(found4, absent).outcome, DnsOutcome::kAnswer);
  EXPECT_EQ(merge_families(found4, absent).ttl_s, 30U);
  EXPECT_EQ(merge_families(absent, found6).ttl_s, 20U);
  EXPECT_EQ(merge_families(absent, absent).outcome, DnsOutcome::kAbsent);
  EXPECT_EQ(merge_families(absent, failed).outcome, DnsOutcome::kUnknown);
  EXPECT_EQ(merge_families(failed, failed).outcome, DnsOutcome::kUnknown);
  const auto half = merge_families(found4, failed);
  EXPECT_EQ(half.outcome, DnsOutcome::kUnknown) << "the set may lack members";
  EXPECT_EQ(half.addresses, std::vector<std::string>{"10.0.0.1"});
  EXPECT_EQ(half.why, "AAAA: w");
}

TEST(ResolvConf, ReadsWhatThePodHas) {
  const auto conf = parse_resolv_conf(
      "# comment\n; another\nnameserver 10.96.0.10 # x\nnameserver fd00::a\r\n"
      "domain old.example\nsearch ns.svc.cluster.local svc.cluster.local. cluster.local\n"
      "options ndots:5 timeout:1\nsortlist x\n");
  EXPECT_EQ(conf.servers, (std::vector<std::string>{"10.96.0.10", "fd00::a"}));
  EXPECT_EQ(
      conf.search,
      (std::vector<std::string>{"ns.svc.cluster.local", "svc.cluster.local", "cluster.local"}));
  EXPECT_EQ(conf.ndots, 5);
}

TEST(ResolvConf, HasDefaultsAndLimits) {
  EXPECT_EQ(parse_resolv_conf("").servers, std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(parse_resolv_conf("").ndots, 1);
  EXPECT_EQ(parse_resolv_conf("options ndots:99").ndots, 15);
  EXPECT_EQ(parse_resolv_conf("options ndots:x").ndots, 1);
  EXPECT_EQ(parse_resolv_conf("nameserver").servers.size(), 1U);
}

TEST(NormalServer, HidesNothingBehindANulByte) {
  const auto server = normal_server(std::string("10.0.0.1\0\x1b[2J", 13));
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().what.find("10.0.0.1\\x00\\x1b[2J"), std::string::npos)
      << server.error().what;
}

TEST(CandidateNames, FollowTheSearchList) {
  const std::vector<std::string> search{"s1", "s2"};
  using Names = std::vector<std::string>;
  EXPECT_EQ(candidate_names("a.b.", search, 5), Names{"a.b"});
  EXPECT_EQ(candidate_names("a.b", search, 5), (Names{"a.b.s1", "a.b.s2", "a.b"}));
  EXPECT_EQ(candidate_names("a.b", search, 1), (Names{"a.b", "a.b.s1", "a.b.s2"}));
  EXPECT_EQ(candidate_names("a", {}, 1), Names{"a"});
  EXPECT_EQ(candidate_names("a", {""}, 1), (Names{"a", "a"}));
  EXPECT_TRUE(candidate_names("", search, 1).empty());
}

}  // namespace
}  // namespace sragent
