#include <poll.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "io_peer.h"
#include "io_sql_wire.h"
#include "journal_lines.h"
#include "moments.h"
#include "odd_dns.h"

/// FEs with empty volumes and nobody, or nobody certain, in sight: S01, S03, S04, S06.
namespace podlab {
namespace {

namespace fs = std::filesystem;
namespace wire = sragent::test;

constexpr std::uint16_t kAgentPort = 8099;

int live_status(const Pod& pod) {
  int status = 0;
  static_cast<void>(pod.agent("/livez", &status));
  return status;
}

/// By the FEs' own logs: nobody was added before the founder served, and no joiner's server started
/// before its row was there.
void expect_order_of_joins(PodNet& net, const Pod& joiner) {
  const auto served = stamp_in_log(net.fe(0), "can write now");
  const auto added = stamp_in_audit(net.fe(0), "ADD FOLLOWER \"" + joiner.fqdn());
  const auto started = stamp_in_log(joiner, "StarRocks FE starting");
  ASSERT_FALSE(served.empty() || added.empty() || started.empty()) << joiner.console();
  EXPECT_LE(served, added);
  EXPECT_LE(added, started);
}

/// By the journal on disk: the founding stands on the consent of both others, asked for no more
/// than 5 s before, and the server was started for it.
void expect_fresh_answers(PodNet& net, std::int64_t found_ms) {
  const auto founding = journal_line_with(net.fe(0), "rule", "29");
  std::set<std::string> hosts;
  for (const auto& answer : founding.value("answers", nlohmann::json::array())) {
    EXPECT_EQ(answer["kind"], "empty+consent") << answer;
    EXPECT_LE(answer["asked_at_ms"].get<std::int64_t>(), found_ms) << answer;
    EXPECT_LE(found_ms - answer["asked_at_ms"].get<std::int64_t>(), 5'000) << answer;
    hosts.insert(answer["host"].get<std::string>());
  }
  EXPECT_EQ(hosts, (std::set{net.fe(1).fqdn(), net.fe(2).fqdn()})) << founding;
  const auto outcome = journal_line_with(net.fe(0), "outcome_of", "29 Found").value("outcome", "");
  EXPECT_TRUE(outcome.starts_with("started: ")) << outcome;
}

class S01_FirstInstallCountKnown : public testing::TestWithParam<std::string> {};

TEST_P(S01_FirstInstallCountKnown, PodZeroFoundsAndTheOthersJoin) {
  PodNet net({.version = GetParam()});
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  const auto list = net.frontends();
  EXPECT_EQ(list.rows.size(), 3U);
  EXPECT_EQ(leaders(list), 1);
  EXPECT_EQ(srsim::cell(list.row("IP", net.fe(0).fqdn()), "Role"), "LEADER");
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  // One decision founded, by the count, and no joiner decided before it.
  const auto found_ms = decided_at_ms(net.fe(0), "29 Found");
  ASSERT_GE(found_ms, 0);
  expect_fresh_answers(net, found_ms);
  EXPECT_EQ(helpers_of_starts(net.fe(0)), std::vector<std::string>{""});
  for (int i = 1; i < 3; ++i) {
    EXPECT_GT(decided_at_ms(net.fe(i), "24 Join"), found_ms);
    EXPECT_EQ(net.fe(i).file("meta/.sr-agent/journal").find("Found"), std::string::npos);
    expect_order_of_joins(net, net.fe(i));
  }
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(wait_until([&] { return fs::exists(net.fe(i).state() + "/certificate"); })) << i;
}

INSTANTIATE_TEST_SUITE_P(Versions,
                         S01_FirstInstallCountKnown,
                         testing::Values("3.5.7", "3.3.15", "main"));

TEST(S01_FirstInstallCountKnown_OneMissing, NothingIsFoundedWhileAnOrdinalBelowTheCountIsMissing) {
  PodNet net;
  net.fe(0).start();
  net.fe(1).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers")) << net.fe(0).console();
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0)));
  EXPECT_EQ(net.fe(0).server_pid(), 0);
  net.fe(2).start();
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
  EXPECT_LT(decided_at_ms(net.fe(0), "30 Wait"), decided_at_ms(net.fe(0), "29 Found"));
}

/// The child is down and was never up, and the probes say so.
void expect_nothing_started(Pod& fe) {
  EXPECT_EQ(live_status(fe), 200);
  int ready = 0;
  EXPECT_NE(fe.agent("/readyz", &ready).find("waiting_for_peers"), std::string::npos);
  EXPECT_EQ(ready, 503);
  EXPECT_EQ(fe.server_pid(), 0);
  EXPECT_TRUE(helpers_of_starts(fe).empty());
  EXPECT_FALSE(has_metadata(fe));
}

TEST(S03_SilenceIsNotAbsence, AListedButMutePeerIsNeverTakenForAbsent) {
  PodNet net;
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers"));
  ASSERT_TRUE(looks_on(net.fe(0)));
  expect_nothing_started(net.fe(0));
  const auto explained = net.fe(0).verb({"explain"});
  EXPECT_EQ(explained.first, 0) << explained.second;
  for (int i = 1; i < 3; ++i) {
    const auto peer = net.ip_of("fe", i) + " is unknown";
    EXPECT_NE(explained.second.find(peer), std::string::npos) << explained.second;
    EXPECT_NE(net.fe(0).agent("/readyz?verbose").find(peer), std::string::npos)
        << net.fe(0).agent("/readyz?verbose");
  }
  // The startup probe of the kubelet restarts the container: that proves nothing either.
  net.fe(0).kill_container();
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers"));
  ASSERT_TRUE(looks_on(net.fe(0)));
  expect_nothing_started(net.fe(0));
}

/// What stands at the peer's agent port cannot tell, and notes when it was asked.
TEST(S03_SilenceIsNotAbsence, APeerWithoutAWordIsAskedAgainEveryFiveSecondsWithoutEnd) {
  constexpr double kScale = 20;
  constexpr double kQuickS = 180;  // the first two minutes are quicker
  constexpr std::size_t kAfterwards = 24;
  constexpr std::size_t kInARound = 2;  // before a founding the peers are asked once more
  PodNet net({.time_scale = kScale});
  Moments asked;
  const wire::ScriptedPeer mute(
      [&asked](int fd) {
        const auto text = wire::receive_until(fd, "\r\n\r\n");
        if (text.find("/v1/identity") != std::string::npos) asked.note();
        wire::send_text(fd, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
      },
      net.ip_of("fe", 1),
      kAgentPort);
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers")) << net.fe(0).console();
  std::vector<Moment> late;
  const auto enough = [&] {
    late = asked.all();
    const auto first = late.empty() ? Moment{} : late.front();
    std::erase_if(late, [&](const Moment& at) { return span_s({first, at}, kScale) < kQuickS; });
    return late.size() >= kAfterwards;
  };
  ASSERT_TRUE(wait_until(enough, milliseconds(120000))) << asked.size();
  // Less what a round at the beginning is cut short and one that came late is due.
  const auto rounds = late.size() / kInARound - 2;
  EXPECT_GE(span_s(late, kScale), 5.0 * static_cast<double>(rounds));
  expect_nothing_started(net.fe(0));
}

TEST(S03_SilenceIsNotAbsence, ADeadNameServerIsUnknownAndHealsByItself) {
  PodNet net;
  net.dns().stop();
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(net.fe(0).wait_reason("dns_not_ready"));
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0)));
  EXPECT_EQ(live_status(net.fe(0)), 200);
  net.dns().start();
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
}

TEST(S03_SilenceIsNotAbsence, NamesThatDoNotExistNeverFoundWithAKnownCount) {
  PodNet net({.all_names = false});
  net.serve_name("fe", 0, true);
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers"));
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0)));
  EXPECT_NE(net.fe(0).status("detail").find("kube-fe-1"), std::string::npos);
}

TEST(S04_RefusedLogin, ProvesAClusterAndTheRightPasswordJoinsWithoutARestart) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  net.fe(0).kill_container();
  ASSERT_TRUE(wait_until([&] { return net.frontends(1).ok && leaders(net.frontends(1)) == 1; }));
  ASSERT_TRUE(wait_until([&] { return net.fe(1).sql("SET PASSWORD = PASSWORD('pw')").ok; }));
  const auto ids = net.cluster_ids_on_disk();
  net.fe(0).lose_volume();
  const auto secret = net.fe(0).home() + "/password";
  net.fe(0).set_env("SR_AGENT_PASSWORD_FILE", secret);
  { std::ofstream{secret} << "wrong\n"; }
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("auth_failed")) << net.fe(0).console();
  EXPECT_FALSE(has_metadata(net.fe(0)));
  const auto pid = net.fe(0).pid();
  { std::ofstream{secret} << "pw\n"; }
  EXPECT_TRUE(wait_until(
      [&] {
        return net.cluster_ids_on_disk().size() == 1 &&
               fs::exists(net.fe(0).meta() + "/image/VERSION");
      },
      milliseconds(90000)))
      << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
  EXPECT_EQ(net.fe(0).pid(), pid);
  EXPECT_TRUE(net.fe(0).running());
}

/// Stands behind the FE service alone: no pod of the set has this address.
constexpr int kBehindTheService = 29;
constexpr std::uint16_t kQueryPort = 9030;

void start_three(PodNet& net) {
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
}

/// FE 0 has decided on `row` and looks on; nothing was founded.
void expect_no_founding(PodNet& net, const std::string& row) {
  ASSERT_TRUE(wait_until([&] { return decided(net.fe(0), row); }, milliseconds(60000)))
      << net.fe(0).console();
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_EQ(decided_at_ms(net.fe(0), "29 Found"), -1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(has_metadata(net.fe(i)));
    EXPECT_TRUE(helpers_of_starts(net.fe(i)).empty()) << "no server was ever started";
  }
}

/// A name server that says SERVFAIL answers at once, and knows nothing: of a peer that the set does
/// not list, and of the set.
TEST(S03_SilenceIsNotAbsence, ServfailForAPeerOrForTheSetIsUnknownAndHealsByItself) {
  constexpr std::uint16_t kDnsPort = 5353;
  PodNet net;
  const auto own = net.dns().address();
  OddDns dns(own.substr(0, own.find(':')), kDnsPort + 1, kDnsPort);
  const auto set = net.headless("fe");
  const auto peer = net.fe(2).fqdn();
  net.serve_name("fe", 2, false);
  dns.bend(peer, {OddAnswer::Kind::kServfail});
  for (int i = 0; i < 3; ++i)
    net.fe(i).set_env("SR_AGENT_DNS__SERVERS", dns.address());
  start_three(net);
  expect_no_founding(net, "30 Wait");
  EXPECT_NE(net.fe(0).status("detail").find(peer), std::string::npos) << net.fe(0).status("detail");
  EXPECT_GT(dns.asked(peer), 0);
  expect_nothing_started(net.fe(0));
  dns.bend(set, {OddAnswer::Kind::kServfail});
  net.serve_name("fe", 2, true);
  dns.mend(peer);
  expect_no_founding(net, "28 Wait");
  EXPECT_TRUE(wait_until([&] {
    return net.fe(0).status("detail").find("no usable answer for " + set) != std::string::npos;
  })) << net.fe(0).status("detail");
  EXPECT_EQ(net.fe(0).status("reason"), "waiting_for_peers");
  expect_nothing_started(net.fe(0));
  dns.mend(set);
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
  EXPECT_TRUE(decided(net.fe(0), "29 Found"));
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

TEST(S03_BehindTheService, AnAddressThatAcceptsAndSaysNothingMayBeACluster) {
  PodNet net;
  const auto ip = net.ip_of("fe", kBehindTheService);
  wire::ScriptedPeer mute([](int fd) { wire::hang(fd); }, ip, kQueryPort);
  net.serve_service({ip});
  start_three(net);
  expect_no_founding(net, "28 Wait");
  EXPECT_EQ(net.fe(0).status("reason"), "waiting_for_peers");
  EXPECT_NE(net.fe(0).status("detail").find(ip), std::string::npos) << net.fe(0).status("detail");
  EXPECT_GT(mute.connections(), 0);
  net.serve_service({});
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
  EXPECT_LT(decided_at_ms(net.fe(0), "28 Wait"), decided_at_ms(net.fe(0), "29 Found"));
}

TEST(S03_BehindTheService, AnAddressThatRefusesConnectionsIsNobody) {
  PodNet net;
  net.serve_service({net.ip_of("fe", kBehindTheService)});
  start_three(net);
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
  EXPECT_TRUE(decided(net.fe(0), "29 Found"));
  EXPECT_EQ(explained(net.fe(0))["explain_input"]["seen"]["service"], "refused")
      << "the address was asked before the founding";
}

TEST(S04_BehindTheService, ALoginRefusedThereAloneProvesACluster) {
  PodNet net;
  const auto ip = net.ip_of("fe", kBehindTheService);
  const wire::ScriptedPeer refusing(
      [](int fd) {
        wire::send_text(fd, wire::greeting());
        if (wire::receive_packet(fd).empty()) return;  // a bare connect
        wire::send_text(fd, wire::failure(2, 1045, "28000", "Access denied for user 'root'"));
      },
      ip,
      kQueryPort);
  net.serve_service({ip});
  start_three(net);
  expect_no_founding(net, "14 Wait");
  EXPECT_TRUE(net.fe(0).wait_reason("auth_failed")) << net.fe(0).console();
  EXPECT_NE(net.fe(0).status("detail").find("Access denied"), std::string::npos)
      << net.fe(0).status("detail");
  EXPECT_GT(refusing.connections(), 0);
}

class S06_OrdinalAboveZero : public testing::TestWithParam<std::string> {};

TEST_P(S06_OrdinalAboveZero, WaitsInTheSameProcessAndJoinsWhenFeZeroServes) {
  PodNet net({.version = GetParam()});
  net.fe(1).start();
  net.fe(2).start();
  for (int i = 1; i < 3; ++i)
    ASSERT_TRUE(net.fe(i).wait_reason("waiting_for_peers")) << net.fe(i).console();
  ASSERT_TRUE(looks_on(net.fe(1)));
  EXPECT_FALSE(has_metadata(net.fe(1)));
  const auto pid = net.fe(1).pid();
  net.fe(0).start();
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(1).console();
  EXPECT_EQ(net.fe(1).pid(), pid);
  EXPECT_TRUE(net.fe(1).running());
  EXPECT_EQ(net.fe(1).file("meta/.sr-agent/journal").find("\"Found\""), std::string::npos);
  for (int i = 1; i < 3; ++i) {
    const auto waited_ms = decided_at_ms(net.fe(i), "27 Wait");
    ASSERT_GE(waited_ms, 0);
    EXPECT_LT(waited_ms, decided_at_ms(net.fe(i), "24 Join"));
    EXPECT_LT(waited_ms, decided_at_ms(net.fe(0), "29 Found"));
    EXPECT_EQ(helpers_of_starts(net.fe(i)), std::vector{net.fe(0).fqdn() + ":9010"});
    expect_order_of_joins(net, net.fe(i));
  }
}

INSTANTIATE_TEST_SUITE_P(Versions,
                         S06_OrdinalAboveZero,
                         testing::Values("3.5.7", "3.3.15", "main"));

/// The second cluster: name and suffix. In a namespace of its own its pods have the same names.
class S64_SeveralClusters : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(S64_SeveralClusters, UnderAnotherSuffixNeverMeetAndAskNoApi) {
  const auto& [other, suffix] = GetParam();
  PodNet net({.suffix = "ns.svc.corp.internal", .other_cluster = other, .other_suffix = suffix});
  // An API server is named in every pod, as Kubernetes does; a token is there, too.
  const srsim::Endpoint api{net.ip_of("fe", 29), 6443};
  const auto listener = srsim::listen_on(api);
  ASSERT_TRUE(listener);
  const auto account = net.fe(0).home() + "-account";
  fs::create_directories(account);
  std::ofstream(account + "/token") << "a-token-that-happens-to-exist";
  for (int i = 0; i < 3; ++i) {
    for (Pod* pod : {&net.other_fe(i), &net.fe(i)}) {
      pod->set_env("SR_AGENT_HELPER__ACCOUNT_DIR", account);
      pod->set_env("KUBERNETES_SERVICE_HOST", net.ip_of("fe", 29));
      pod->set_env("KUBERNETES_SERVICE_PORT", "6443");
      pod->start();
    }
  }
  ASSERT_TRUE(net.wait_frontends(3, 0)) << net.fe(0).console();
  const auto id_of = [](Pod& pod) {
    const auto text = pod.file("meta/image/VERSION");
    const auto at = text.find("clusterId=");
    return at == std::string::npos ? std::string{} : text.substr(at, text.find('\n', at) - at);
  };
  ASSERT_TRUE(wait_until([&] { return net.other_fe(0).sql("SHOW FRONTENDS").rows.size() == 3; },
                         milliseconds(90000)))
      << net.other_fe(1).console();
  EXPECT_NE(id_of(net.fe(0)), id_of(net.other_fe(0)));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(net.frontends(0).row("IP", net.fe(i).fqdn()).empty()) << i;
    EXPECT_FALSE(net.other_fe(0).sql("SHOW FRONTENDS").row("IP", net.other_fe(i).fqdn()).empty())
        << i;
    for (int j = 0; j < 3; ++j) {
      EXPECT_TRUE(statements(net.fe(i), net.other_fe(j)).empty()) << "not even asked";
      EXPECT_TRUE(statements(net.other_fe(i), net.fe(j)).empty()) << "not even asked";
    }
  }
  EXPECT_TRUE(net.fe(0).wait_reason("none")) << net.fe(0).console();
  pollfd asked{listener->get(), POLLIN, 0};
  EXPECT_EQ(poll(&asked, 1, 0), 0) << "nobody connects to the API";
}

INSTANTIATE_TEST_SUITE_P(Places,
                         S64_SeveralClusters,
                         testing::Values(std::pair{"other", ""},
                                         std::pair{"kube", "ns2.svc.corp.internal"}));

/// In place of the other cluster's pods stand sockets that see who connects.
TEST_P(S64_SeveralClusters, NobodyOfTheOtherIsAskedWhoHeIs) {
  const auto& [other, suffix] = GetParam();
  PodNet net({.suffix = "ns.svc.corp.internal", .other_cluster = other, .other_suffix = suffix});
  std::vector<srsim::Fd> sockets;
  std::vector<pollfd> asked;
  for (int i = 0; i < 3; ++i) {
    for (const auto port : std::array<std::uint16_t, 3>{8099, 8030, 9030}) {
      auto socket = srsim::listen_on({net.other_fe(i).ip(), port});
      ASSERT_TRUE(socket) << port;
      asked.push_back({socket->get(), POLLIN, 0});
      sockets.push_back(std::move(*socket));
    }
  }
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(net.wait_frontends(3, 0)) << net.fe(0).console();
  EXPECT_EQ(poll(asked.data(), asked.size(), 0), 0);
}

// A full volume cannot be had without a mount; a state folder that went away fails the same writes.
TEST(S65_StateNotWritable, AFounderSaysSoOnceAndGoesOnWhenTheFolderCanBeWritten) {
  PodNet net;
  Pod& fe = net.fe(0);
  fe.start();
  ASSERT_TRUE(fe.wait_reason("waiting_for_peers")) << fe.console();
  fs::rename(fe.state(), fe.home() + "/away");
  net.fe(1).start();
  net.fe(2).start();
  ASSERT_TRUE(fe.wait_reason("path_not_writable")) << fe.console();
  EXPECT_NE(fe.status("detail").find(fe.state() + "/intent"), std::string::npos);
  const auto says_other = [&] { return fe.status("reason") != "path_not_writable"; };
  EXPECT_FALSE(wait_until(says_other, milliseconds(4000))) << fe.status("reason");
  EXPECT_EQ(srsim::count_of(fe.console(), "outcome of="), 1U) << fe.console();
  EXPECT_EQ(fe.server_pid(), 0);
  fs::rename(fe.home() + "/away", fe.state());
  EXPECT_TRUE(net.wait_frontends(3)) << fe.console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

}  // namespace
}  // namespace podlab
