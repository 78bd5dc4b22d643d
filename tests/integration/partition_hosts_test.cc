#include <arpa/inet.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>
#include <netdb.h>

#include "bad_input.h"
#include "io/dns.h"
#include "namespace_lab.h"
#include "worker_lab.h"

/// A hosts file with the own name, as the kubelet writes one into every pod: S22, S03.
namespace podlab {
namespace {

using namespace std::chrono_literals;

class S22_BoundHostsFile : public NamespaceTest {};

/// What this process's own libc says, the hosts file first as in any pod; empty: nothing.
std::string libc_address(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  addrinfo* list = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  std::array<char, INET_ADDRSTRLEN> text{};
  const auto* address = reinterpret_cast<const sockaddr_in*>(list->ai_addr);
  return inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
}

/// The kubelet's file, the own address for the own full name and the short one; the headless name
/// as well, which no kubelet writes.
std::string hosts_file(PodNet& net) {
  const auto& pod = net.fe(0);
  auto path = root_of(pod) + "/hosts";
  std::ofstream(path) << "127.0.0.1 localhost\n"
                      << pod.ip() << " " << pod.fqdn() << " " << pod.name() << " "
                      << net.headless("fe") << "\n";
  return path;
}

std::unique_ptr<sragent::Resolver> resolver_for(PodNet& net) {
  sragent::ResolverOptions options;
  options.resolv_conf = "/nonexistent";
  options.servers = {net.dns().address()};
  options.search = std::vector<std::string>{};
  options.ndots = 1;
  options.try_timeout = 300ms;
  auto resolver = sragent::Resolver::start(options);
  EXPECT_TRUE(resolver) << resolver.error().what;
  return resolver ? *std::move(resolver) : nullptr;
}

TEST_F(S22_BoundHostsFile, TheResolverKnowsNothingOfItWhetherTheNameServerIsDeadSilentOrIgnorant) {
  PodNet net;
  const auto name = net.fe(0).fqdn();
  const BoundHosts bound(hosts_file(net));
  ASSERT_EQ(libc_address(name), net.fe(0).ip()) << "the file must be in force";
  const auto resolver = resolver_for(net);
  ASSERT_TRUE(resolver);
  const auto ask = [&](const std::string& asked) {
    return resolver->addresses(asked, sragent::Deadline::after(30s));
  };
  net.dns().stop();
  for (const auto& asked : {name, name + ".", net.fe(0).name(), std::string{"localhost"}}) {
    const auto got = ask(asked);
    EXPECT_EQ(got.outcome, sragent::DnsOutcome::kUnknown) << asked;
    EXPECT_TRUE(got.addresses.empty()) << asked;
  }
  net.dns().start();
  EXPECT_EQ(ask(name + ".").outcome, sragent::DnsOutcome::kAnswer);
  Silence silence;
  const auto server = net.dns().address();
  Silence::between("127.0.0.1", server.substr(0, server.find(':')));
  EXPECT_EQ(ask(name + ".").outcome, sragent::DnsOutcome::kUnknown);
  EXPECT_GT(Silence::vanished(), 0U);
  Silence::end();
  net.serve_name("fe", 0, false);
  EXPECT_TRUE(wait_until([&] { return ask(name + ".").outcome == sragent::DnsOutcome::kAbsent; }));
}

TEST_F(S22_BoundHostsFile, TheAgentTakesItsOwnNameForUnknownWhileTheNameServerIsSilent) {
  PodNet net;
  auto& pod = net.fe(0);
  const BoundHosts bound(hosts_file(net));
  ASSERT_EQ(libc_address(pod.fqdn()), pod.ip()) << "the file must be in force";
  Silence silence;
  const auto server = net.dns().address();
  Silence::between("127.0.0.1", server.substr(0, server.find(':')));
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(pod.wait_reason("dns_not_ready")) << pod.console();
  EXPECT_GT(Silence::vanished(), 0U);
  const auto input = explained(pod)["explain_input"];
  ASSERT_TRUE(input.is_object()) << input;
  EXPECT_EQ(input["seen"]["own_name"], "unknown");
  EXPECT_EQ(input["seen"]["set"]["outcome"], "unknown");
  EXPECT_EQ(input["seen"]["set"]["addresses"].size(), 0U);
  EXPECT_FALSE(std::filesystem::exists(pod.meta() + "/image/ROLE"));
  EXPECT_EQ(pod.server_pid(), 0);
  Silence::end();
  EXPECT_TRUE(net.wait_frontends(3)) << pod.console();
}

}  // namespace
}  // namespace podlab
