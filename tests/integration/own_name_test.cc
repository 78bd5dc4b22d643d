#include <string>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "odd_dns.h"
#include "worker_lab.h"

/// Nodes whose own name the name servers do not give yet: S22.
namespace podlab {
namespace {

constexpr std::uint16_t kDnsPort = 5353;
constexpr double kScale = 5;
constexpr double kPaceS = 5;

std::string ip_of_dns(PodNet& net) {
  const auto own = net.dns().address();
  return own.substr(0, own.find(':'));
}

TEST(S22_OwnNameNotServed, AFirstStartWaitsUntilTheNameServersKnowTheOwnName) {
  PodNet net;
  net.serve_name("fe", 0, false);
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(net.fe(0).wait_reason("dns_not_ready")) << net.fe(0).console();
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_TRUE(net.fe(0).running());
  EXPECT_FALSE(has_metadata(net.fe(0)));
  EXPECT_NE(net.fe(0).status("detail").find("publishNotReadyAddresses"), std::string::npos);
  net.serve_name("fe", 0, true);
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
}

TEST(S22_OwnNameNotServed, AMemberStartsAtOnceWithoutItsName) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(wait_until([&] { return net.fe(2).status("meta") == "sealed"; }));
  net.fe(2).kill_container();
  net.serve_name("fe", 2, false);
  net.fe(2).start();
  EXPECT_TRUE(wait_until([&] { return net.fe(2).server_pid() != 0; })) << net.fe(2).console();
  ASSERT_TRUE(net.fe(2).wait_reason("dns_not_ready")) << net.fe(2).console();
  EXPECT_NE(net.fe(2).status("detail").find(net.fe(2).fqdn()), std::string::npos);
  const auto server = net.fe(2).server_pid();
  EXPECT_NE(server, 0) << "it only says so";
  net.serve_name("fe", 2, true);
  EXPECT_TRUE(net.wait_frontends(3, 0)) << net.fe(2).console();
  EXPECT_TRUE(net.fe(2).wait_reason("none")) << net.fe(2).console();
  EXPECT_EQ(net.fe(2).server_pid(), server);
}

/// Simulated seconds that `count` questions take at least, less what one that came late is due.
double least_s(std::size_t count) {
  return static_cast<double>(count - 2) * kPaceS;
}

TEST(S22_OwnNameNotServed, TheNameServersAreAskedAtFiveSecondsOrMoreAndAfterAMinuteTheHintIsThere) {
  constexpr std::size_t kQuestions = 15;
  PodNet net({.time_scale = kScale});
  net.serve_name("fe", 0, false);
  OddDns dns(ip_of_dns(net), kDnsPort + 1, kDnsPort);
  Pod& fe = net.fe(0);
  fe.set_env("SR_AGENT_DNS__SERVERS", dns.address());
  fe.start();
  const auto pid = fe.pid();
  ASSERT_TRUE(fe.wait_reason("dns_not_ready")) << fe.console();
  ASSERT_TRUE(
      wait_until([&] { return dns.moments(fe.fqdn()).size() >= kQuestions; }, milliseconds(120000)))
      << dns.asked(fe.fqdn());
  const auto asked = dns.moments(fe.fqdn());
  ASSERT_GE(least_s(kQuestions), 60);
  EXPECT_GE(span_s(asked, kScale), least_s(asked.size()));
  for (const std::string hint : {"selector", "publishNotReadyAddresses"})
    EXPECT_TRUE(wait_probe(fe, "/readyz?verbose", 503, hint)) << fe.agent("/readyz?verbose");
  EXPECT_TRUE(wait_probe(fe, "/readyz", 503, "dns_not_ready"));
  EXPECT_EQ(fe.pid(), pid);
  EXPECT_TRUE(fe.running());
  EXPECT_TRUE(helpers_of_starts(fe).empty()) << "no server was ever started";
  EXPECT_FALSE(has_metadata(fe));
}

/// Its own name is the only one that is not served.
class S22_WorkerNameNotServed : public testing::TestWithParam<std::string> {};

TEST_P(S22_WorkerNameNotServed, TheServerStartsAtOnceAndOnlyTheAddWaits) {
  const bool is_be = GetParam() == "be";
  PodNet net;
  srsim::SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  net.serve_name(GetParam(), 0, false);
  Pod& node = is_be ? net.be(0) : net.cn(0);
  node.start();
  EXPECT_TRUE(wait_healthy(node)) << node.console();
  ASSERT_TRUE(node.wait_reason("dns_not_ready")) << node.console();
  ASSERT_TRUE(looks_on(node));
  EXPECT_TRUE(alter_statements(net.fe(0), node).empty());
  EXPECT_TRUE(fe.sql(is_be ? kBackends : kComputeNodes).rows.empty());
  net.serve_name(GetParam(), 0, true);
  EXPECT_TRUE(net.wait_worker(GetParam(), 0)) << node.console();
  const std::string words = is_be ? "BACKEND" : "COMPUTE NODE";
  EXPECT_EQ(alter_statements(net.fe(0), node),
            std::vector{"ALTER SYSTEM ADD " + words + " \"" + node.fqdn() + ":9050\""});
  EXPECT_EQ(server_starts(node), 1);
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         S22_WorkerNameNotServed,
                         testing::Values("be", "cn"),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace podlab
