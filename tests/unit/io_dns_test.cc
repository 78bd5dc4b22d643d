#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "io/dns.h"
#include "io_name_server.h"
#include "io_peer.h"

namespace sragent {
namespace {

using namespace std::chrono_literals;
using namespace test;

ResolverOptions options_for(const NameServer& server) {
  return {.resolv_conf = "/nonexistent/resolv.conf",
          .servers = {server.address()},
          .search = std::vector<std::string>{},
          .ndots = 1,
          .try_timeout = 300ms,
          .tries = 2};
}

std::unique_ptr<Resolver> start(ResolverOptions options) {
  auto resolver = Resolver::start(std::move(options));
  EXPECT_TRUE(resolver) << resolver.error().what;
  return std::move(resolver.value());
}

Deadline soon() {
  return Deadline::after(30s);
}

/// One A record for whatever is asked, no AAAA.
std::string one_address(const std::string& query, bool /*tcp*/) {
  if (dns_question_type(query) != 1) return dns_reply(query, {});
  return dns_reply(query, {.answers = {dns_a(dns_question_name(query), 5, "10.1.2.3")}});
}

TEST(Resolver, GivesAddressesWithTtlAndTheMomentOfAsking) {
  const NameServer server(&one_address);
  const auto resolver = start(options_for(server));
  const auto before = std::chrono::steady_clock::now();
  const auto got = resolver->addresses("fe.ns.svc.", soon());
  ASSERT_EQ(got.outcome, DnsOutcome::kAnswer) << got.why;
  EXPECT_EQ(got.addresses, std::vector<std::string>{"10.1.2.3"});
  EXPECT_EQ(got.ttl_s, 5U);
  EXPECT_EQ(got.name, "fe.ns.svc");
  EXPECT_GE(got.asked_at, before);
  EXPECT_LE(got.asked_at, std::chrono::steady_clock::now());
}

TEST(Resolver, NeverLooksIntoTheHostsFile) {
  const NameServer server([](const std::string&, bool) { return std::string(); });
  const auto resolver = start(options_for(server));
  const auto got = resolver->addresses("localhost", soon());
  EXPECT_EQ(got.outcome, DnsOutcome::kUnknown) << "answered without a name server";
  EXPECT_TRUE(got.addresses.empty());
}

TEST(Resolver, AFailingFamilyMakesItUnknownButKeepsWhatWasFound) {
  const NameServer server([](const std::string& query, bool tcp) {
    return dns_question_type(query) == 1 ? one_address(query, tcp) : dns_reply(query, {.rcode = 2});
  });
  const auto resolver = start(options_for(server));
  const auto got = resolver->addresses("a.b.", soon());
  EXPECT_EQ(got.outcome, DnsOutcome::kUnknown);
  EXPECT_EQ(got.addresses, std::vector<std::string>{"10.1.2.3"});
  EXPECT_TRUE(got.why.starts_with("AAAA: ")) << got.why;
}

TEST(Resolver, TellsAbsentFromFailing) {
  const NameServer server([](const std::string& query, bool) {
    const std::string name = dns_question_name(query);
    if (name == "gone.b") return dns_reply(query, {.rcode = 3, .authority = {dns_soa("b", 60, 9)}});
    if (name == "empty.b") return dns_reply(query, {});
    if (name == "servfail.b") return dns_reply(query, {.rcode = 2});
    if (name == "refused.b") return dns_reply(query, {.rcode = 5});
    if (name == "noise.b") return dns_reply(query, {.answers = {dns_record(name, 1, 5, "x")}});
    return std::string();
  });
  const auto resolver = start(options_for(server));
  const auto outcome = [&](const char* name) { return resolver->addresses(name, soon()).outcome; };
  EXPECT_EQ(outcome("gone.b."), DnsOutcome::kAbsent);
  EXPECT_EQ(resolver->addresses("gone.b.", soon()).ttl_s, 9U);
  EXPECT_EQ(outcome("empty.b."), DnsOutcome::kAbsent);
  EXPECT_EQ(outcome("servfail.b."), DnsOutcome::kUnknown);
  EXPECT_EQ(outcome("refused.b."), DnsOutcome::kUnknown);
  EXPECT_EQ(outcome("noise.b."), DnsOutcome::kUnknown);
  EXPECT_EQ(outcome("silent.b."), DnsOutcome::kUnknown);
  EXPECT_EQ(outcome("bad..name."), DnsOutcome::kUnknown);
  EXPECT_EQ(outcome(""), DnsOutcome::kUnknown);
  EXPECT_EQ(outcome((std::string(70, 'x') + ".b.").c_str()), DnsOutcome::kUnknown);
  EXPECT_EQ(outcome("gone.b."), DnsOutcome::kAbsent) << "it goes on after failures";
}

TEST(Resolver, GarbageIsNoAnswer) {
  const NameServer server(
      [](const std::string& query, bool) { return query.substr(0, 2) + std::string(200, '\xff'); });
  const auto resolver = start(options_for(server));
  EXPECT_EQ(resolver->addresses("a.b.", soon()).outcome, DnsOutcome::kUnknown);
}

TEST(Resolver, AClosedPortIsUnknown) {
  ResolverOptions options = options_for(NameServer(&one_address));  // Gone when this line ends.
  const auto resolver = start(options);
  EXPECT_EQ(resolver->addresses("a.b.", soon()).outcome, DnsOutcome::kUnknown);
}

TEST(Resolver, KeepsTheDeadlineOfASilentServer) {
  const NameServer server([](const std::string&, bool) { return std::string(); });
  ResolverOptions options = options_for(server);
  options.try_timeout = 1h;
  const auto resolver = start(options);
  const auto got = resolver->addresses("a.b.", Deadline::after(50ms));
  EXPECT_EQ(got.outcome, DnsOutcome::kUnknown);
  EXPECT_TRUE(got.why.starts_with("timed out after ")) << got.why;
}

TEST(Resolver, AsksTheSecondServerWhenTheFirstIsDead) {
  const NameServer dead([](const std::string&, bool) { return std::string(); });
  const NameServer alive(&one_address);
  ResolverOptions options = options_for(alive);
  options.servers.insert(options.servers.begin(), dead.address());
  const auto resolver = start(options);
  EXPECT_EQ(resolver->addresses("a.b.", soon()).outcome, DnsOutcome::kAnswer);
}

TEST(Resolver, GetsTwoHundredAddressesOverTcp) {
  const NameServer server([](const std::string& query, bool tcp) {
    if (dns_question_type(query) != 1) return dns_reply(query, {});
    if (!tcp) return dns_reply(query, {.truncated = true});
    DnsReplySpec spec;
    for (int i = 0; i < 200; ++i) {
      spec.answers.push_back(dns_a(dns_question_name(query), 5, "10.0.0." + std::to_string(i)));
    }
    return dns_reply(query, spec);
  });
  const auto resolver = start(options_for(server));
  const auto got = resolver->addresses("a.b.", soon());
  ASSERT_EQ(got.outcome, DnsOutcome::kAnswer) << got.why;
  EXPECT_EQ(got.addresses.size(), 200U);
}

TEST(Resolver, TruncatedOverTcpTooIsUnknown) {
  const NameServer server([](const std::string& query, bool) {
    return dns_reply(
        query, {.truncated = true, .answers = {dns_a(dns_question_name(query), 5, "10.0.0.1")}});
  });
  const auto resolver = start(options_for(server));
  EXPECT_EQ(resolver->addresses("a.b.", soon()).outcome, DnsOutcome::kUnknown);
}

TEST(Resolver, FindsServices) {
  const NameServer server([](const std::string& query, bool) {
    return dns_reply(query,
                     {.answers = {dns_srv("_edit._tcp.fe.ns", 7, 0, 1, 9010, "fe-0.fe.ns")}});
  });
  const auto resolver = start(options_for(server));
  const auto got = resolver->services("_edit._tcp.fe.ns.", soon());
  ASSERT_EQ(got.outcome, DnsOutcome::kAnswer) << got.why;
  ASSERT_EQ(got.services.size(), 1U);
  EXPECT_EQ(got.services[0].target, "fe-0.fe.ns");
  EXPECT_EQ(got.services[0].port, 9010);
  EXPECT_EQ(got.ttl_s, 7U);
}

TEST(Resolver, WalksTheSearchListAndStopsAtAFailure) {
  NameServer server([](const std::string& query, bool tcp) {
    const std::string name = dns_question_name(query);
    if (name == "fe.ns" || name == "odd.ns") return one_address(query, tcp);
    if (name == "odd.fails") return dns_reply(query, {.rcode = 2});
    return dns_reply(query, {.rcode = 3});
  });
  ResolverOptions options = options_for(server);
  options.search = {"fails", "ns"};
  const auto resolver = start(options);
  EXPECT_EQ(resolver->addresses("fe", soon()).name, "fe.ns");
  EXPECT_EQ(resolver->addresses("odd", soon()).outcome, DnsOutcome::kUnknown)
      << "nobody knows whether odd.fails would have come first";
  EXPECT_FALSE(server.names().contains("odd.ns"));
  EXPECT_EQ(resolver->addresses("none", soon()).outcome, DnsOutcome::kAbsent);
  EXPECT_TRUE(server.names().contains("none"));
}

TEST(Resolver, ReadsResolvConfAgainWhenItChanged) {
  const TempDir dir;
  const NameServer server(&one_address);
  ResolverOptions options = options_for(server);
  options.resolv_conf = dir / "resolv.conf";
  options.search.reset();
  const auto resolver = start(options);
  EXPECT_EQ(resolver->addresses("fe", soon()).name, "fe");
  put_file(dir / "resolv.conf", "search ns.svc\n");
  EXPECT_EQ(resolver->addresses("fe", soon()).name, "fe.ns.svc");
  put_file(dir / "resolv.conf", "search other.svc\n");
  EXPECT_EQ(resolver->addresses("fe", soon()).name, "fe.other.svc");
}

TEST(Resolver, AMissingResolvConfIsUnknownUntilItAppears) {
  const TempDir dir;
  const auto resolver =
      start({.resolv_conf = dir / "resolv.conf", .try_timeout = 50ms, .tries = 1});
  const auto got = resolver->addresses("fe", soon());
  EXPECT_EQ(got.outcome, DnsOutcome::kUnknown);
  EXPECT_NE(got.why.find("No such file"), std::string::npos) << got.why;
  EXPECT_NE(resolver->addresses("fe", soon()).why.find("No such file"), std::string::npos);
  put_file(dir / "resolv.conf", "nameserver 127.0.0.254\noptions ndots:1\n");
  EXPECT_EQ(resolver->addresses("fe.", soon()).why.find("No such file"), std::string::npos);
}

TEST(Resolver, HealsWhenTheServerComesBack) {
  std::atomic<bool> broken = true;
  const NameServer server([&](const std::string& query, bool tcp) {
    return broken ? std::string() : one_address(query, tcp);
  });
  ResolverOptions options = options_for(server);
  options.try_timeout = 50ms;
  options.tries = 1;
  const auto resolver = start(options);
  EXPECT_EQ(resolver->addresses("a.b.", soon()).outcome, DnsOutcome::kUnknown);
  broken = false;
  EXPECT_TRUE(eventually(
      [&] { return resolver->addresses("a.b.", soon()).outcome == DnsOutcome::kAnswer; }));
}

TEST(Resolver, ServesSeveralThreads) {
  const NameServer server(&one_address);
  const auto resolver = start(options_for(server));
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 20; ++n) {
          const std::string name = "h" + std::to_string(i * 100 + n) + ".b";
          const auto got = resolver->addresses(name + ".", soon());
          if (got.outcome == DnsOutcome::kAnswer && got.name == name) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 160);
}

TEST(Resolver, EndsWithQuestionsInFlight) {
  const NameServer server([](const std::string&, bool) { return std::string(); });
  ResolverOptions options = options_for(server);
  options.try_timeout = 1h;
  auto resolver = start(options);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(resolver->addresses("a.b.", Deadline::after(10ms)).outcome, DnsOutcome::kUnknown);
  }
  resolver.reset();  // Returns: the test's own time limit watches.
}

TEST(Resolver, RefusesServersThatAreNoAddress) {
  for (const char* server : {"dns.example", "127.0.0.1:", "127.0.0.1:70000", "[::1", "::1:x", ""}) {
    const auto resolver = Resolver::start({.servers = {server}});
    ASSERT_FALSE(resolver) << server;
    EXPECT_EQ(resolver.error().kind, ErrorKind::kBadConfig);
  }
  for (const char* server : {"127.0.0.1", "127.0.0.1:5353", "::1", "[::1]:53"}) {
    EXPECT_TRUE(Resolver::start({.servers = {server}})) << server;
  }
}

}  // namespace
}  // namespace sragent
