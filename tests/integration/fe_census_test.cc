#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fe_lab.h"
#include "journal_lines.h"
#include "odd_dns.h"

/// First install with an unknown number of FEs: S02, and how the number can be told.
namespace podlab {
namespace {

namespace fs = std::filesystem;

constexpr std::uint16_t kDnsPort = 5353;
const std::string kRoundOne = "round 1 of 2";

NetOptions unknown_count(bool all_names = true) {
  NetOptions out;
  out.fe_count = 0;
  out.all_names = all_names;
  return out;
}

bool wait_round_one(const Pod& pod) {
  return wait_until([&] { return pod.status("detail").find(kRoundOne) != std::string::npos; },
                    milliseconds(60000));
}

/// A gap that no test outlives: what happens meanwhile happens between the two readings.
void never_second_round(Pod& pod) {
  pod.set_env("SR_AGENT_FE__CENSUS_GAP_S", "3600");
}

/// Milliseconds of protocol time between the first reading that passed and the founding.
long gap_before_founding(const Pod& pod) {
  long first = -1;
  for (const auto& json : journal_lines(pod)) {
    const auto rule = json.value("rule", "");
    if (rule == "32") first = json["at_ms"].get<long>();
    if (rule == "33") return first < 0 ? -1 : json["at_ms"].get<long>() - first;
  }
  return -1;
}

TEST(S02_CountNotKnown, ThreeEmptyFesFoundOneClusterAfterTwoReadings) {
  PodNet net{unknown_count()};
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  EXPECT_EQ(leaders(net.frontends()), 1);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  EXPECT_TRUE(decided(net.fe(0), "32 Wait"));
  EXPECT_TRUE(decided(net.fe(0), "33 Found"));
  EXPECT_GE(gap_before_founding(net.fe(0)), 35'000);
  for (int i = 1; i < 3; ++i) {
    EXPECT_FALSE(decided(net.fe(i), "33 Found")) << i;
    EXPECT_FALSE(decided(net.fe(i), "32 Wait")) << i << ": only the founder takes a census";
  }
  EXPECT_NE(net.fe(0).agent("/v1/status").find("none of whose pods exists"), std::string::npos)
      << "the limit of the proof is told";
}

class S02_CountNotKnown_OneFe : public testing::TestWithParam<int> {};

/// A template may say 1 where the set has 3, so a count of 1 proves no more than none.
TEST_P(S02_CountNotKnown_OneFe, FoundsAloneByTheCensus) {
  auto options = unknown_count(false);
  options.fe_count = GetParam();
  PodNet net{options};
  net.serve_name("fe", 0, true);
  ASSERT_TRUE(net.start_frontends(1)) << net.fe(0).console();
  EXPECT_TRUE(decided(net.fe(0), "33 Found"));
  EXPECT_GE(gap_before_founding(net.fe(0)), 35'000);
}

INSTANTIATE_TEST_SUITE_P(Count, S02_CountNotKnown_OneFe, testing::Values(0, 1));

TEST(S02_CountNotKnown, APodThatComesLateJoins) {
  PodNet net{unknown_count(false)};
  net.serve_name("fe", 0, true);
  net.fe(0).start();
  ASSERT_TRUE(net.wait_frontends(1)) << net.fe(0).console();
  const auto ids = net.cluster_ids_on_disk();
  for (int i = 1; i < 3; ++i) {
    net.serve_name("fe", i, true);
    net.fe(i).start();
  }
  ASSERT_TRUE(net.wait_frontends(3, 0)) << net.fe(1).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
}

TEST(S02_CountNotKnown, AnAddressThatDoesNotAnswerIsNoEmptyPeer) {
  PodNet net{unknown_count(false)};
  net.serve_name("fe", 0, true);
  net.serve_name("fe", 1, true);
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers"));
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_NE(net.fe(0).status("detail").find(net.ip_of("fe", 1)), std::string::npos);
  EXPECT_FALSE(decided(net.fe(0), "32 Wait"));
  EXPECT_FALSE(has_metadata(net.fe(0)));
  net.fe(1).start();
  EXPECT_TRUE(net.wait_frontends(2)) << net.fe(0).console();
}

TEST(S02_CountNotKnown, APeerThatFallsSilentBetweenTheReadingsBeginsTheCensusAnew) {
  PodNet net{unknown_count(false)};
  net.serve_name("fe", 0, true);
  net.serve_name("fe", 1, true);
  net.fe(0).set_env("SR_AGENT_FE__CENSUS_GAP_S", "60");
  net.fe(0).start();
  net.fe(1).start();
  ASSERT_TRUE(wait_round_one(net.fe(0))) << net.fe(0).console();
  net.fe(1).kill_container();
  ASSERT_TRUE(wait_until([&] {
    return net.fe(0).status("detail").find(net.ip_of("fe", 1)) != std::string::npos;
  })) << net.fe(0).console();
  EXPECT_FALSE(has_metadata(net.fe(0)));
  net.fe(1).start();
  ASSERT_TRUE(net.wait_frontends(2)) << net.fe(0).console();
  EXPECT_GE(gap_before_founding(net.fe(0)), 60'000) << "counted from the second beginning";
}

TEST(S02_CountNotKnown, AMemberThatComesUpBetweenTheReadingsIsJoined) {
  PodNet net{unknown_count(false)};
  ASSERT_TRUE(start_two_members(net)) << net.fe(0).console();
  const auto ids = net.cluster_ids_on_disk();
  for (int i = 0; i < 2; ++i) {
    net.fe(i).kill_container();
    net.serve_name("fe", i, false);
  }
  // A third pod that knows nothing of them, under the founder's name.
  net.fe(0).lose_volume();
  fs::remove(net.fe(0).home() + "/log/sr-agent.certificate");
  never_second_round(net.fe(0));
  net.serve_name("fe", 0, true);
  net.fe(0).start();
  ASSERT_TRUE(wait_round_one(net.fe(0))) << net.fe(0).console();
  net.serve_name("fe", 1, true);
  net.fe(1).start();
  ASSERT_TRUE(wait_until([&] {
    const auto reason = net.fe(0).status("reason");
    return reason == "no_leader" || reason == "quorum_lost" || reason == "joining";
  })) << net.fe(0).console();
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(decided(net.fe(0), "33 Found"));
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
}

class S02_CountNotKnown_Dns : public testing::TestWithParam<OddAnswer::Kind> {};

TEST_P(S02_CountNotKnown_Dns, AnAnswerThatProvesNothingStopsTheCensusUntilItHeals) {
  PodNet net{unknown_count(false)};
  net.serve_name("fe", 0, true);
  const auto own = net.dns().address();
  OddDns dns(own.substr(0, own.find(':')), kDnsPort + 1, kDnsPort);
  net.fe(0).set_env("SR_AGENT_DNS__SERVERS", dns.address());
  const auto set = net.headless("fe");
  OddAnswer odd{GetParam(), {}, 5};
  if (odd.kind == OddAnswer::Kind::kAddresses) odd = {odd.kind, {net.ip_of("fe", 0)}, 0};
  if (odd.kind == OddAnswer::Kind::kInTurns)
    odd.ips = {net.ip_of("fe", 0), net.ip_of("fe", 1)};  // a pod that one server knows
  dns.bend(set, odd);
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers")) << net.fe(0).console();
  const int asked = dns.asked(set);
  ASSERT_TRUE(wait_until([&] { return dns.asked(set) > asked + 6; }, milliseconds(90000)));
  EXPECT_FALSE(decided(net.fe(0), "32 Wait")) << net.fe(0).console();
  EXPECT_NE(net.fe(0).status("detail").find(set), std::string::npos) << net.fe(0).status("detail");
  EXPECT_FALSE(has_metadata(net.fe(0)));
  dns.mend(set);
  EXPECT_TRUE(net.wait_frontends(1)) << net.fe(0).console();
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         S02_CountNotKnown_Dns,
                         testing::Values(OddAnswer::Kind::kSilence,
                                         OddAnswer::Kind::kServfail,
                                         OddAnswer::Kind::kAbsent,
                                         OddAnswer::Kind::kAddresses,
                                         OddAnswer::Kind::kInTurns));

TEST(S02_CountNotKnown, ACachedAnswerWithoutAMemberIsCorrectedBeforeTheSecondReading) {
  PodNet net{unknown_count(false)};
  ASSERT_TRUE(start_two_members(net)) << net.fe(0).console();
  const auto ids = net.cluster_ids_on_disk();
  for (int i = 0; i < 2; ++i)
    net.fe(i).kill_container();
  net.fe(0).lose_volume();
  fs::remove(net.fe(0).home() + "/log/sr-agent.certificate");
  // FE 1 runs with its volume; a cache still says that there is nobody but FE 0.
  const auto own = net.dns().address();
  OddDns dns(own.substr(0, own.find(':')), kDnsPort + 1, kDnsPort);
  net.fe(0).set_env("SR_AGENT_DNS__SERVERS", dns.address());
  never_second_round(net.fe(0));
  dns.bend(net.headless("fe"), {OddAnswer::Kind::kAddresses, {net.ip_of("fe", 0)}, 5});
  net.fe(1).start();
  net.fe(0).start();
  ASSERT_TRUE(wait_round_one(net.fe(0))) << net.fe(0).console();
  dns.mend(net.headless("fe"));
  ASSERT_TRUE(wait_until([&] {
    const auto reason = net.fe(0).status("reason");
    return reason == "no_leader" || reason == "quorum_lost" || reason == "joining";
  })) << net.fe(0).console();
  EXPECT_FALSE(decided(net.fe(0), "33 Found"));
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
}

struct Told {
  std::string name{};
  std::map<std::string, std::string> env{};
  std::vector<std::string> flags{};
  std::string file{};
};

class S02_CountToldBy : public testing::TestWithParam<Told> {};

/// A count turns the census into a proof at one reading: with this gap nothing else could found.
TEST_P(S02_CountToldBy, TheClusterIsFoundedWithoutACensus) {
  PodNet net{unknown_count()};
  const auto& told = GetParam();
  for (int i = 0; i < 3; ++i) {
    Pod& pod = net.fe(i);
    never_second_round(pod);
    for (const auto& [name, value] : told.env)
      pod.set_env(name, value);
    std::vector<std::string> words{"run", "fe", "kube-fe-service.ns.svc.cluster.local"};
    words.insert(words.end(), told.flags.begin(), told.flags.end());
    if (!told.file.empty()) {
      const auto path = pod.home() + "/sr-agent.toml";
      std::ofstream{path} << told.file;
      words.insert(words.end(), {"--config", path});
    }
    pod.start(words);
  }
  ASSERT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
  EXPECT_TRUE(decided(net.fe(0), "29 Found"));
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Sources,
                         S02_CountToldBy,
                         testing::Values(Told{"environment", {{"SR_AGENT_FE_COUNT", "3"}}, {}, {}},
                                         Told{"arguments", {}, {"--fe-count", "3"}, {}},
                                         Told{"file", {}, {}, "[fe]\ncount = 3\n"}),
                         [](const auto& told) { return told.param.name; });

}  // namespace
}  // namespace podlab
