#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fe_lab.h"
#include "worker_lab.h"

/// FEs that lost their metadata where somebody remembers the cluster, and what a person orders:
/// S09.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string kReason = "the volume is gone for good";

NetOptions one_fe() {
  NetOptions out;
  out.fe_count = 0;
  out.all_names = false;
  return out;
}

/// FE 0 alone has founded a cluster and is its sealed member.
bool founded_alone(PodNet& net) {
  net.serve_name("fe", 0, true);
  return net.start_frontends(1) && all_sealed(net, 1);
}

std::string log_certificate(const Pod& pod) {
  return pod.home() + "/log/sr-agent.certificate";
}

/// emptyDir everywhere: nothing of FE 0 is left.
void lose_everything(Pod& pod) {
  pod.kill_container();
  pod.lose_volume();
  fs::remove(log_certificate(pod));
}

Json identity(const Pod& pod) {
  auto out = Json::parse(pod.agent("/v1/identity"), nullptr, false);
  return out.is_object() ? out : Json::object();
}

bool remembers(const Pod& pod, const std::string& id) {
  return wait_until([&] {
    const auto told = identity(pod);
    const auto ids = told.value("remembers", Json::array());
    return std::find(ids.begin(), ids.end(), Json(id)) != ids.end();
  });
}

/// The letters that the agent asks for now; empty: none.
std::string challenge(const Pod& pod) {
  const auto status = status_of(pod);
  if (!status.contains("consent") || !status["consent"].is_object()) return {};
  return status["consent"]["challenge"].get<std::string>();
}

std::string wait_challenge(const Pod& pod) {
  static_cast<void>(wait_until([&] { return !challenge(pod).empty(); }, milliseconds(60000)));
  return challenge(pod);
}

std::pair<int, std::string> consent(const Pod& pod, const std::string& letters) {
  return pod.verb({"init", "--consent", letters, "--reason", kReason});
}

bool journaled(const Pod& pod, const std::string& letters) {
  return pod.file("meta/.sr-agent/journal").find(R"("challenge":")" + letters + "\"") !=
         std::string::npos;
}

std::string id_of(PodNet& net) {
  const auto ids = net.cluster_ids_on_disk();
  return ids.size() == 1 ? ids.front() : std::string{};
}

TEST(S09_OthersRemember, TheCertificateBesideTheLogsForbidsFounding) {
  PodNet net{one_fe()};
  ASSERT_TRUE(founded_alone(net)) << net.fe(0).console();
  const auto id = id_of(net);
  net.fe(0).kill_container();
  net.fe(0).lose_volume();
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("cluster_exists")) << net.fe(0).console();
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0)));
  EXPECT_EQ(net.fe(0).server_pid(), 0);
  const auto detail = net.fe(0).status("detail");
  EXPECT_NE(detail.find(id), std::string::npos) << detail;
  EXPECT_NE(detail.find("Bring back"), std::string::npos) << detail;
  EXPECT_NE(detail.find("sr-agent init --consent"), std::string::npos) << detail;
}

class S09_OthersRemember_Worker : public testing::TestWithParam<std::string> {};

TEST_P(S09_OthersRemember_Worker, AnAgentThatKnowsTheClusterIsHeard) {
  const auto& kind = GetParam();
  PodNet net{one_fe()};
  net.serve_name(kind, 0, true);
  ASSERT_TRUE(founded_alone(net)) << net.fe(0).console();
  Pod& worker = kind == "be" ? net.be(0) : net.cn(0);
  worker.start();
  ASSERT_TRUE(net.wait_worker(kind, 0)) << worker.console();
  const auto id = id_of(net);
  ASSERT_TRUE(remembers(worker, id)) << identity(worker);
  const auto since = identity(worker).value("since", "");
  EXPECT_EQ(since.substr(0, 2), "20") << "since when: " << since;
  lose_everything(net.fe(0));
  worker.kill_container();  // a new agent remembers as well
  worker.start();
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("cluster_exists")) << net.fe(0).console();
  const auto detail = net.fe(0).status("detail");
  EXPECT_NE(detail.find(worker.fqdn() + ": " + id + " since " + since), std::string::npos)
      << detail;
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0)));
}

INSTANTIATE_TEST_SUITE_P(Kinds, S09_OthersRemember_Worker, testing::Values("be", "cn"));

TEST(S09_OthersRemember, AMuteWorkerIsNamedAndHindersNobody) {
  PodNet net{one_fe()};
  net.serve_name("be", 0, true);
  // Accepts and never answers: takes as long as a founding may.
  const auto deaf = srsim::listen_on({net.ip_of("be", 0), 8099});
  ASSERT_TRUE(deaf);
  net.serve_name("fe", 0, true);
  net.fe(0).set_env("SR_AGENT_FE__CENSUS_GAP_S", "90");
  net.fe(0).start();
  ASSERT_TRUE(wait_until([&] {
    return net.fe(0).verb({"explain"}).second.find("memory of " + net.ip_of("be", 0)) !=
           std::string::npos;
  })) << net.fe(0).console();
  EXPECT_TRUE(net.wait_frontends(1)) << net.fe(0).console();
}

TEST(S09_OthersRemember, ASettingAndAFileAndFurtherNamesAreHeard) {
  PodNet net{one_fe()};
  net.serve_name("fe", 0, true);
  Pod& fe = net.fe(0);
  fe.set_env("SR_AGENT_FE__CLUSTER_EXISTS", "true");
  fe.start();
  ASSERT_TRUE(fe.wait_reason("cluster_exists")) << fe.console();
  EXPECT_NE(fe.status("detail").find("fe.cluster_exists"), std::string::npos);
  fe.kill_container();

  fe.unset_env("SR_AGENT_FE__CLUSTER_EXISTS");
  const auto file = fe.home() + "/cluster-id";
  fe.set_env("SR_AGENT_FE__CLUSTER_ID_FILE", file);
  fe.start();
  ASSERT_TRUE(fe.wait_reason("waiting_for_peers")) << fe.console();
  ASSERT_TRUE(looks_on(fe));
  EXPECT_NE(fe.status("detail").find(file), std::string::npos) << fe.status("detail");
  { std::ofstream{file} << "4711\n"; }
  ASSERT_TRUE(fe.wait_reason("cluster_exists")) << fe.console();
  EXPECT_NE(fe.status("detail").find("4711"), std::string::npos);
  fe.kill_container();

  fe.unset_env("SR_AGENT_FE__CLUSTER_ID_FILE");
  fe.set_env("SR_AGENT_FE__MEMORY_NAMES", "stores.ns.svc.cluster.local");
  Pod& be = net.be(0);  // not under the name that follows from the FE's
  net.dns().set("stores.ns.svc.cluster.local", {be.ip()});
  std::ofstream{be.home() + "/storage/cluster_id"} << "4712-token";
  be.start();
  ASSERT_TRUE(remembers(be, "4712")) << be.console();
  fe.start();
  ASSERT_TRUE(fe.wait_reason("cluster_exists")) << fe.console();
  EXPECT_NE(fe.status("detail").find("4712"), std::string::npos);
  EXPECT_FALSE(has_metadata(fe));
}

TEST(S09_BirthCertificate, IsWrittenAndTheIdGivenOutOnlyOnceTheFeWasReady) {
  PodNet net{one_fe()};
  net.serve_name("fe", 0, true);
  Pod& fe = net.fe(0);
  fe.set_env("SR_SIM_FE_START_MS", "60000");  // 12 s between its first files and ready
  fe.start();
  ASSERT_TRUE(wait_until([&] { return !net.cluster_ids_on_disk().empty(); }, milliseconds(60000)))
      << fe.console();
  const auto id = id_of(net);
  const auto early = identity(fe);
  if (!fe.sql("SELECT 1").ok) {  // else the machine was slower than the server
    EXPECT_EQ(early.value("cluster_id", "?"), "");
    EXPECT_TRUE(early.value("remembers", Json{"?"}).empty()) << early;
    EXPECT_FALSE(fs::exists(fe.state() + "/certificate"));
    EXPECT_FALSE(fs::exists(log_certificate(fe)));
  }
  ASSERT_TRUE(
      wait_until([&] { return identity(fe).value("cluster_id", "") == id; }, milliseconds(90000)))
      << fe.console();
  EXPECT_TRUE(fe.sql("SELECT 1").ok) << "given out, so it was ready";
  EXPECT_TRUE(fs::exists(fe.state() + "/certificate"));
  EXPECT_TRUE(fs::exists(log_certificate(fe)));
}

TEST(S09_BirthCertificate, AMemberOlderThanTheAgentGetsOne) {
  PodNet net{one_fe()};
  net.serve_name("fe", 0, true);
  {
    srsim::SimNode stock{bare_fe(net, 0)};
    ASSERT_TRUE(found(stock));
  }
  const auto id = id_of(net);
  ASSERT_FALSE(id.empty());
  Pod& fe = net.fe(0);
  fe.start();
  ASSERT_TRUE(all_sealed(net, 1)) << fe.console();
  EXPECT_NE(fe.file("meta/.sr-agent/certificate").find("cluster_id=" + id), std::string::npos);
  fe.kill_container();
  fe.lose_volume();
  fe.start();
  EXPECT_TRUE(fe.wait_reason("cluster_exists")) << fe.console();
}

TEST(S09_Consent, TheRightAnswerFoundsOnceAndIsInTheJournalFirst) {
  PodNet net{one_fe()};
  ASSERT_TRUE(founded_alone(net)) << net.fe(0).console();
  Pod& fe = net.fe(0);
  const auto old_id = id_of(net);
  fe.kill_container();
  fe.lose_volume();
  fe.start();
  const auto letters = wait_challenge(fe);
  ASSERT_EQ(letters.size(), 8U) << fe.console();
  EXPECT_NE(fe.verb({"explain"}).second.find("--consent " + letters), std::string::npos);
  EXPECT_NE(fe.console().find(letters), std::string::npos) << "printed for whoever reads the log";

  EXPECT_EQ(consent(fe, "abcdefgh").first, 1);
  EXPECT_EQ(fe.verb({"init", "--consent", letters}).first, 2) << "without a reason";
  EXPECT_EQ(challenge(fe), letters) << "a wrong answer changes nothing";
  EXPECT_EQ(fe.status("reason"), "cluster_exists");

  const auto done = consent(fe, letters);
  ASSERT_EQ(done.first, 0) << done.second;
  EXPECT_TRUE(journaled(fe, letters));
  EXPECT_NE(fe.file("meta/.sr-agent/journal").find(kReason), std::string::npos);
  ASSERT_TRUE(net.wait_frontends(1)) << fe.console();
  ASSERT_TRUE(all_sealed(net, 1));
  const auto new_id = id_of(net);
  EXPECT_NE(new_id, old_id);
  EXPECT_EQ(consent(fe, letters).first, 1) << "used up";

  // What it remembered of the old cluster is kept aside and speaks no more.
  EXPECT_NE(fe.file("log/sr-agent.certificate").find(new_id), std::string::npos);
  bool kept = false;
  for (const auto& entry : fs::recursive_directory_iterator(fe.state() + "/aside"))
    kept = kept || entry.path().filename() == "certificate";
  EXPECT_TRUE(kept);
}

TEST(S09_Consent, AnOldAnswerIsWorthNothingAfterARestart) {
  PodNet net{one_fe()};
  ASSERT_TRUE(founded_alone(net)) << net.fe(0).console();
  Pod& fe = net.fe(0);
  fe.kill_container();
  fe.lose_volume();
  fe.start();
  const auto before = wait_challenge(fe);
  ASSERT_FALSE(before.empty()) << fe.console();
  fe.kill_container();
  fe.set_env("SR_AGENT_FE__CENSUS_GAP_S", "3600");  // so that it is not used before the end
  fe.start();
  const auto after = wait_challenge(fe);
  ASSERT_FALSE(after.empty()) << fe.console();
  EXPECT_NE(before, after);
  EXPECT_EQ(consent(fe, before).first, 1);
  // A consent that was given and not used dies with the process as well.
  ASSERT_EQ(consent(fe, after).first, 0);
  fe.kill_container();
  fe.start();
  ASSERT_TRUE(fe.wait_reason("cluster_exists")) << fe.console();
  ASSERT_TRUE(looks_on(fe));
  EXPECT_FALSE(has_metadata(fe));
}

TEST(S09_Consent, IsBoundToWhatWasSeen) {
  PodNet net{one_fe()};
  net.serve_name("fe", 0, true);
  Pod& fe = net.fe(0);
  const auto file = fe.home() + "/cluster-id";
  { std::ofstream{file} << "4711"; }
  fe.set_env("SR_AGENT_FE__CLUSTER_ID_FILE", file);
  fe.set_env("SR_AGENT_FE__CENSUS_GAP_S", "3600");
  fe.start();
  const auto first = wait_challenge(fe);
  ASSERT_FALSE(first.empty()) << fe.console();
  { std::ofstream{file, std::ios::trunc} << "4712"; }
  ASSERT_TRUE(wait_until([&] { return !challenge(fe).empty() && challenge(fe) != first; }));
  EXPECT_EQ(consent(fe, first).first, 1) << "it was about another cluster";
  const auto second = challenge(fe);
  ASSERT_EQ(consent(fe, second).first, 0);
  ASSERT_TRUE(fe.wait_reason("waiting_for_peers")) << "the census goes on by its own rules";
  { std::ofstream{file, std::ios::trunc} << "4713"; }
  ASSERT_TRUE(fe.wait_reason("cluster_exists")) << "that cluster was not permitted to be forgotten";
  EXPECT_NE(challenge(fe), second);
  EXPECT_FALSE(has_metadata(fe));
}

TEST(S09_Consent, DoesNotSpeakForAPeerThatRemembersToo) {
  auto options = one_fe();
  options.fe_count = 2;
  PodNet net{options};
  ASSERT_TRUE(start_two_members(net)) << net.fe(0).console();
  const auto old_id = id_of(net);
  for (int i = 0; i < 2; ++i) {
    net.fe(i).kill_container();
    net.fe(i).lose_volume();
  }
  for (int i = 0; i < 2; ++i)
    net.fe(i).start();
  ASSERT_EQ(consent(net.fe(0), wait_challenge(net.fe(0))).first, 0) << net.fe(0).console();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers")) << net.fe(0).console();
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0))) << "FE 1 still remembers";
  ASSERT_EQ(consent(net.fe(1), wait_challenge(net.fe(1))).first, 0) << net.fe(1).console();
  ASSERT_TRUE(net.wait_frontends(2)) << net.fe(0).console() << net.fe(1).console();
  const auto ids = net.cluster_ids_on_disk();
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_NE(ids.front(), old_id);
}

TEST(S09_Consent, ALivingMemberEndsIt) {
  PodNet net{one_fe()};
  ASSERT_TRUE(start_two_members(net)) << net.fe(0).console();
  const auto ids = net.cluster_ids_on_disk();
  for (int i = 0; i < 2; ++i)
    net.fe(i).kill_container();
  net.serve_name("fe", 1, false);
  net.fe(0).lose_volume();
  net.fe(0).set_env("SR_AGENT_FE__CENSUS_GAP_S", "3600");
  net.fe(0).start();
  ASSERT_EQ(consent(net.fe(0), wait_challenge(net.fe(0))).first, 0) << net.fe(0).console();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers")) << net.fe(0).console();
  net.fe(1).start();
  net.serve_name("fe", 1, true);
  ASSERT_TRUE(wait_until([&] {
    const auto reason = net.fe(0).status("reason");
    return reason == "no_leader" || reason == "quorum_lost" || reason == "joining";
  })) << net.fe(0).console();
  net.fe(1).kill_container();
  net.serve_name("fe", 1, false);
  ASSERT_TRUE(net.fe(0).wait_reason("cluster_exists")) << "it was not lost: ask again";
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
}

TEST(S09_Consent, IsForOneStartAlone) {
  PodNet net{one_fe()};
  ASSERT_TRUE(start_two_members(net)) << net.fe(0).console();
  for (int i = 0; i < 2; ++i) {
    net.fe(i).kill_container();
    net.fe(i).lose_volume();
  }
  Pod& fe = net.fe(0);
  net.serve_name("fe", 1, false);
  fe.set_env("SR_SIM_FE_START_MS", "120000");  // the founding is under way for 24 s
  fe.start();
  const auto letters = wait_challenge(fe);
  ASSERT_EQ(consent(fe, letters).first, 0) << fe.console();
  ASSERT_TRUE(fe.wait_reason("founding")) << fe.console();

  // A pod that remembers the old cluster comes back: the founding is stopped.
  net.fe(1).start();
  net.serve_name("fe", 1, true);
  ASSERT_TRUE(fe.wait_reason("cluster_exists")) << "the order was for one start: " << fe.console();
  EXPECT_FALSE(has_metadata(fe));
  EXPECT_NE(wait_challenge(fe), letters);
}

TEST(S09_Consent, NobodyIsAskedWhereNothingCanBePermitted) {
  PodNet net{one_fe()};
  ASSERT_TRUE(founded_alone(net)) << net.fe(0).console();
  EXPECT_EQ(consent(net.fe(0), "abcdefgh").first, 1);
  net.fe(0).kill_container();
  EXPECT_EQ(consent(net.fe(0), "abcdefgh").first, 3) << "no agent";
}

TEST(S09_Consent, UnfinishedMetadataThatNobodyExplainsIsMovedAside) {
  PodNet net{one_fe()};
  net.serve_name("fe", 0, true);
  Pod& fe = net.fe(0);
  fs::create_directories(fe.meta() + "/image");
  // What a stock script leaves that was killed early.
  std::ofstream{fe.meta() + "/image/ROLE"}.flush();
  fe.start();
  ASSERT_TRUE(fe.wait_reason("unfinished_meta")) << fe.console();
  ASSERT_EQ(consent(fe, wait_challenge(fe)).first, 0) << fe.console();
  ASSERT_TRUE(net.wait_frontends(1)) << fe.console();
  EXPECT_TRUE(fs::exists(fe.state() + "/aside"));
}

}  // namespace
}  // namespace podlab
