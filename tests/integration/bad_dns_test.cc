#include <atomic>
#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "io_name_server.h"
#include "worker_lab.h"

/// Name servers that answer too much, or nothing that means anything.
namespace podlab {
namespace {

using namespace sragent::test;
using srsim::SimNode;

/// A scripted name server for the agent: right answers from a table, and for the struck names what
/// `garbage` makes of the question. The simulator has a server of its own.
class BadNames {
 public:
  using Garbage = std::string (*)(const std::string& query, bool tcp);

  using Strikes = std::function<bool(const std::string& name)>;

  BadNames(std::map<std::string, std::vector<std::string>> names, Strikes strikes, Garbage garbage)
      : names_(std::move(names)),
        strikes_(std::move(strikes)),
        garbage_(garbage),
        server_([this](const std::string& query, bool tcp) { return answer(query, tcp); }) {}

  [[nodiscard]] std::string address() const { return server_.address(); }
  void heal() { bad_ = false; }
  /// Questions that got garbage.
  [[nodiscard]] int struck() const { return struck_; }

 private:
  std::string answer(const std::string& query, bool tcp) {
    const auto name = dns_question_name(query);
    if (bad_ && strikes_(name)) {
      ++struck_;
      return garbage_(query, tcp);
    }
    const auto found = names_.find(name);
    if (found == names_.end()) return dns_reply(query, {.rcode = 3});
    DnsReplySpec spec;
    if (dns_question_type(query) == 1) {
      for (const auto& ip : found->second)
        spec.answers.push_back(dns_a(name, 5, ip));
    }
    if (!tcp && spec.answers.size() > 20) spec = {.truncated = true};
    return dns_reply(query, spec);
  }

  std::map<std::string, std::vector<std::string>> names_;
  Strikes strikes_;
  Garbage garbage_;
  std::atomic<bool> bad_ = true;
  std::atomic<int> struck_ = 0;
  NameServer server_;
};

/// The names of a namespace with 3 FE and 3 BE.
std::map<std::string, std::vector<std::string>> right_names(PodNet& net) {
  std::map<std::string, std::vector<std::string>> out;
  for (const std::string kind : {"fe", "be"}) {
    for (int i = 0; i < 3; ++i) {
      const auto ip = net.ip_of(kind, i);
      out[net.headless(kind)].push_back(ip);
      out["kube-" + kind + "-" + std::to_string(i) + "." + net.headless(kind)] = {ip};
    }
  }
  return out;
}

std::string wrong_id(const std::string& query, bool /*tcp*/) {
  auto out = dns_reply(query, {.answers = {dns_a(dns_question_name(query), 5, "127.0.0.2")}});
  out[0] = static_cast<char>(out[0] ^ 0x55);
  return out;
}
std::string random_bytes(const std::string& query, bool /*tcp*/) {
  return query.substr(0, 2) + std::string("\x81\x80\x00\x01\x00\x63", 6) + std::string(300, '\xa7');
}
std::string truncated(const std::string& query, bool /*tcp*/) {
  return dns_reply(
      query, {.truncated = true, .answers = {dns_a(dns_question_name(query), 5, "127.0.0.2")}});
}
std::string cut_short(const std::string& query, bool /*tcp*/) {
  const auto whole =
      dns_reply(query, {.answers = {dns_a(dns_question_name(query), 5, "127.0.0.2")}});
  return whole.substr(0, whole.size() - 3);
}
/// An owner name that points at itself.
std::string pointer_loop(const std::string& query, bool /*tcp*/) {
  const auto at = static_cast<unsigned>(dns_reply(query, {}).size());
  const auto record = u16(0xC000U | at) + u16(1) + u16(1) + u32(5) + u16(4) + u32(0x7F000002);
  return dns_reply(query, {.answers = {record}});
}

struct BadDns {
  std::string name{};
  BadNames::Garbage garbage{};
};
void PrintTo(const BadDns& value, std::ostream* out) {
  *out << value.name;
}

class BadInput_Dns : public testing::TestWithParam<BadDns> {};

TEST_P(BadInput_Dns, AnswersToAllNamesKeepAnEmptyFeWaitingForItsOwnName) {
  PodNet net;
  BadNames server(
      right_names(net), [](const std::string&) { return true; }, GetParam().garbage);
  Pod& fe = net.fe(0);
  fe.set_env("SR_AGENT_DNS__SERVERS", server.address());
  fe.set_env("SR_AGENT_DNS__TIMEOUT_MS", "200");
  fe.start();
  expect_waits(fe, "15", "dns_not_ready", {});
  EXPECT_GT(server.struck(), 0);
  server.heal();
  EXPECT_TRUE(fe.wait_reason("waiting_for_peers")) << fe.console();
  expect_ends_on_term(fe, "waiting_for_peers");
}

TEST_P(BadInput_Dns, AnswersToTheHeadlessNameAloneAreNoCensusAndTheRightOnesAre) {
  PodNet net;
  const auto set = net.headless("fe");
  BadNames server(
      right_names(net), [set](const std::string& name) { return name == set; }, GetParam().garbage);
  for (int i = 0; i < 3; ++i) {
    net.fe(i).set_env("SR_AGENT_DNS__SERVERS", server.address());
    net.fe(i).set_env("SR_AGENT_DNS__TIMEOUT_MS", "200");
    net.fe(i).start();
  }
  expect_waits(net.fe(0), "28", "waiting_for_peers", {});
  EXPECT_NE(net.fe(0).status("detail").find("no usable answer for " + set), std::string::npos)
      << net.fe(0).status("detail");
  EXPECT_GT(server.struck(), 0);
  server.heal();
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  expect_stops(net.fe(2));
}

TEST_P(BadInput_Dns, ABeServesAllTheSameAndRegistersOnceTheyAreRight) {
  PodNet net;
  SimNode cluster(bare_fe(net, 0));
  ASSERT_TRUE(found(cluster));
  BadNames server(
      right_names(net), [](const std::string&) { return true; }, GetParam().garbage);
  Pod& be = net.be(0);
  be.set_env("SR_AGENT_DNS__SERVERS", server.address());
  be.set_env("SR_AGENT_DNS__TIMEOUT_MS", "200");
  be.start();
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  // For 35 s it waits for its own name alone (dns_not_ready); then for any FE, without end.
  ASSERT_TRUE(be.wait_reason("fe_unreachable")) << be.console();
  ASSERT_TRUE(looks_on(be));
  EXPECT_EQ(be.status("reason"), "fe_unreachable");
  const auto decided = status_of(be)["decisions"].back();
  EXPECT_EQ(decided["rule"], "membership") << decided;
  EXPECT_EQ(decided["action"], "stay") << decided;
  EXPECT_EQ(decided["reason"], "fe_unreachable") << decided;
  EXPECT_TRUE(detail_has(be, "no address of an FE is known")) << be.status("detail");
  EXPECT_EQ(probe(be, "/livez"), 200);
  EXPECT_EQ(rows(net, kBackends, be.fqdn()), 0);
  server.heal();
  EXPECT_TRUE(net.wait_worker("be", 0)) << be.console();
  EXPECT_EQ(server_starts(be), 1);
  expect_stops(be);
}

INSTANTIATE_TEST_SUITE_P(Garbage,
                         BadInput_Dns,
                         testing::Values(BadDns{"wrong_id", wrong_id},
                                         BadDns{"random_bytes", random_bytes},
                                         BadDns{"truncated", truncated},
                                         BadDns{"cut_short", cut_short},
                                         BadDns{"pointer_loop", pointer_loop}),
                         [](const auto& param) { return param.param.name; });

/// 199 addresses at which nobody listens, all before `last` in the agent's order.
std::vector<std::string> two_hundred(const std::string& last) {
  std::vector<std::string> out;
  for (int i = 1; i < 200; ++i)
    out.push_back("127.0.7." + std::to_string(i));
  out.push_back(last);
  return out;
}

TEST(BadInput_DnsWith200Addresses, AnFeFoundsNothingWhileOneOfThemIsUnknown) {
  PodNet net;
  auto names = right_names(net);
  names[net.headless("fe")] = two_hundred(net.ip_of("fe", 0));
  const BadNames server(
      names, [](const std::string&) { return false; }, nullptr);
  Pod& fe = net.fe(0);
  fe.set_env("SR_AGENT_DNS__SERVERS", server.address());
  fe.start();
  expect_waits(fe, "28", "waiting_for_peers", {});
  EXPECT_NE(fe.status("detail").find("127.0.7.1 is unknown"), std::string::npos)
      << fe.status("detail");
  // Each of them is a peer that was asked.
  const auto facts = explained(fe)["facts"].dump();
  for (int i = 1; i < 200; ++i)
    EXPECT_NE(facts.find("peer 127.0.7." + std::to_string(i) + "\""), std::string::npos) << i;
  expect_ends_on_term(fe, "waiting_for_peers");
}

TEST(BadInput_DnsWith200Addresses, AnFeJoinsTheLeaderAmongThem) {
  PodNet net;
  SimNode cluster(bare_fe(net, 0));
  ASSERT_TRUE(found(cluster));
  auto names = right_names(net);
  names[net.headless("fe")] = two_hundred(net.ip_of("fe", 0));
  const BadNames server(
      names, [](const std::string&) { return false; }, nullptr);
  Pod& fe = net.fe(1);
  fe.set_env("SR_AGENT_DNS__SERVERS", server.address());
  fe.start();
  EXPECT_TRUE(wait_until(
      [&] {
        const auto row = cluster.sql("SHOW FRONTENDS").row("IP", fe.fqdn());
        return srsim::cell(row, "Join") == "true" && srsim::cell(row, "Alive") == "true";
      },
      milliseconds(90000)))
      << fe.console();
  EXPECT_TRUE(decided(fe, "24 Join")) << fe.console();
  EXPECT_TRUE(fe.wait_reason("none")) << fe.console();
  expect_stops(fe);
}

TEST(BadInput_DnsWith200Addresses, ABeFindsTheOneFeAmongThemAndTellsTheError) {
  PodNet net;
  auto names = right_names(net);
  names[net.headless("fe")] = two_hundred(net.ip_of("fe", 0));
  const BadNames server(
      names, [](const std::string&) { return false; }, nullptr);
  Pod& be = net.be(0);
  be.set_env("SR_AGENT_DNS__SERVERS", server.address());
  be.start();
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  ASSERT_TRUE(be.wait_reason("fe_unreachable")) << be.console();
  const auto told = [&](const std::string& ip) {
    const auto facts = status_of(be).value("facts", nlohmann::json::array());
    for (const auto& fact : facts) {
      if (fact["name"] == "fe " + ip + ":9030")
        return fact["why_unknown"].dump().find("refused") != std::string::npos;
    }
    return false;
  };
  // The last one is tried as the first is.
  EXPECT_TRUE(wait_until([&] { return told("127.0.7.1") && told(net.ip_of("fe", 0)); }));
  EXPECT_LT(be.status("detail").size(), 2000U) << be.status("detail");
  SimNode cluster(bare_fe(net, 0));
  ASSERT_TRUE(found(cluster));
  EXPECT_TRUE(net.wait_worker("be", 0)) << be.console();
  EXPECT_EQ(rows(net, kBackends, be.fqdn()), 1);
  expect_stops(be);
}

}  // namespace
}  // namespace podlab
