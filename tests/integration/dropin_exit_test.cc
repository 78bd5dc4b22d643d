#include <chrono>
#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// The exit status of the wrappers' containers: docs/drop-in.md section 10.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

constexpr int kTimeScale = 5;  ///< Of an OperatorNet.

Pod& pod_of(OperatorNet& net, const std::string& kind) {
  auto& out = kind == "fe" ? net.fe(0) : kind == "be" ? net.be(0) : net.cn(0);
  as_operator(out);
  return out;
}

bool serves(const Pod& pod, const std::string& kind) {
  return wait_healthy(pod, kind == "fe" ? 8030 : 8040) &&
         wait_until([&] { return pod.server_pid() > 0; });
}

nlohmann::json last_words(const Pod& pod) {
  auto out = nlohmann::json::parse(pod.termination_message(), nullptr, false);
  return out.is_object() ? out : nlohmann::json::object();
}

TEST(DropIn_Exit, IsTheServersOwnStatus) {
  for (const std::string kind : {"fe", "be", "cn"}) {
    OperatorNet net;
    auto& pod = pod_of(net, kind);
    start_as_operator(pod, kind);
    ASSERT_TRUE(serves(pod, kind)) << pod.console();
    control(pod, "/exit?code=7");
    EXPECT_EQ(pod.wait_exit(), 7) << pod.console();
    EXPECT_EQ(last_words(pod)["exit"], 7) << pod.termination_message();
  }
}

TEST(DropIn_Exit, Is128AndTheNumberOfASignal) {
  for (const std::string kind : {"fe", "be", "cn"}) {
    OperatorNet net;
    auto& pod = pod_of(net, kind);
    start_as_operator(pod, kind);
    ASSERT_TRUE(serves(pod, kind)) << pod.console();
    ::kill(pod.server_pid(), SIGSEGV);
    EXPECT_EQ(pod.wait_exit(), 139) << pod.console();
    EXPECT_EQ(last_words(pod)["exit"], 139) << pod.termination_message();
    EXPECT_EQ(last_words(pod)["signal"], "SIGSEGV") << pod.termination_message();
  }
}

TEST(DropIn_Exit, Is143AfterTermOfEachKind) {
  for (const std::string kind : {"fe", "be", "cn"}) {
    OperatorNet net;
    auto& pod = pod_of(net, kind);
    start_as_operator(pod, kind);
    ASSERT_TRUE(serves(pod, kind)) << pod.console();
    const auto server = pod.server_pid();
    pod.signal(SIGTERM);
    EXPECT_EQ(pod.wait_exit(), 143) << pod.console();
    EXPECT_NE(::kill(server, 0), 0) << "the server has ended before its container";
  }
}

TEST(DropIn_Exit, NoTimeWithoutALeaderEndsAContainer) {
  OperatorNet net{2};
  auto& fe = net.fe(1);
  as_operator(fe);
  auto& be = pod_of(net, "be");
  auto& cn = pod_of(net, "cn");
  start_as_operator(fe, "fe");
  start_as_operator(be, "be");
  start_as_operator(cn, "cn");
  ASSERT_TRUE(fe.wait_reason("waiting_for_peers")) << fe.console();
  ASSERT_TRUE(be.wait_reason("fe_unreachable")) << be.console();
  ASSERT_TRUE(cn.wait_reason("fe_unreachable")) << cn.console();
  // Longer than the stock scripts' 120 s, by the clock of agents and servers.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(125) / kTimeScale;
  ASSERT_TRUE(wait_until([&] { return std::chrono::steady_clock::now() > until; }));
  for (auto* pod : {&fe, &be, &cn}) {
    EXPECT_TRUE(pod->running()) << pod->console();
    EXPECT_EQ(probe(*pod, "/livez"), 200);
    EXPECT_EQ(probe(*pod, "/readyz"), 503);
  }
  EXPECT_FALSE(has_metadata(fe));
}

/// A node that is not started as it is, with the reason and the exit status where refusals exit.
struct Refusal {
  std::string kind{};
  void (*spoil)(Pod&) = nullptr;
  std::string reason{};
  int code = 0;
};

void damaged(Pod& fe) {
  fs::create_directories(fe.meta() + "/image");
  write_text(fe.meta() + "/image/ROLE",
             "role=FOLLOWER\nhostType=FQDN\nname=" + fe.fqdn() + "_9010_1700000000000\n");
}

void of_another_host(Pod& fe) {
  damaged(fe);
  fs::create_directories(fe.meta() + "/bdb");
  write_text(fe.meta() + "/bdb/00000000.jdb", "log");
  write_text(fe.meta() + "/image/VERSION", "clusterId=4711\ntoken=t\n");
  write_text(fe.meta() + "/image/ROLE",
             "role=FOLLOWER\nhostType=FQDN\nname=other-fe-0.x.y_9010_1700000000000\n");
}

void without_a_path(Pod& be) {
  be.set_env("CONFIGMAP_MOUNT_PATH", config_map(be, {{"hadoop_env.sh", "export X=1\n"}}));
  fs::create_directories(be.home() + "/conf/hadoop_env.sh");
  fs::create_directories(be.home() + "/conf/hadoop_env.sh.bak");
}

void too_large(Pod& be) {
  be.set_env("SR_AGENT_HOST_CHECKS", "strict");
  be.add_conf("mem_limit = 900000T");
}

const std::vector<Refusal>& refusals() {
  static const std::vector<Refusal> all{
      {"fe", [](Pod& fe) { fe.add_conf("query_port = none"); }, "config_invalid", 70},
      {"be", [](Pod& be) { be.add_conf("be_http_port ="); }, "config_invalid", 70},
      {"fe", &damaged, "meta_damaged", 71},
      {"fe", &of_another_host, "host_mismatch", 72},
      {"be", &without_a_path, "path_not_writable", 73},
      {"be", &too_large, "host_check", 74}};
  return all;
}

TEST(DropIn_Exit, ARefusalHoldsTheNodeWithItsReason) {
  for (const auto& refusal : refusals()) {
    OperatorNet net;
    auto& pod = pod_of(net, refusal.kind);
    refusal.spoil(pod);
    start_as_operator(pod, refusal.kind);
    EXPECT_TRUE(pod.wait_reason(refusal.reason)) << refusal.reason << pod.console();
    EXPECT_EQ(probe(pod, "/livez"), 200);
    EXPECT_EQ(probe(pod, "/readyz"), 503);
    EXPECT_EQ(pod.server_pid(), 0);
    pod.signal(SIGTERM);
    EXPECT_EQ(pod.wait_exit(), 143) << pod.console();
  }
}

TEST(DropIn_Exit, ARefusalHasItsCodeWhereRefusalsExit) {
  for (const auto& refusal : refusals()) {
    OperatorNet net;
    auto& pod = pod_of(net, refusal.kind);
    refusal.spoil(pod);
    pod.set_env("SR_AGENT_ON_REFUSAL", "exit");
    start_as_operator(pod, refusal.kind);
    EXPECT_EQ(pod.wait_exit(), refusal.code) << refusal.reason << pod.console();
    EXPECT_EQ(last_words(pod)["reason"], refusal.reason) << pod.termination_message();
    EXPECT_EQ(server_starts(pod), 0);
  }
}

TEST(DropIn_Exit, OfADrainTellsWhatCameOfIt) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  auto& be = pod_of(net, "be");
  start_as_operator(be, "be");
  ASSERT_TRUE(net.wait_worker("be", 0) && wait_settled(be)) << be.console();
  const auto refused = be.verb({"drain", "--for-good"});
  EXPECT_EQ(refused.first, 31) << "the only BE: " << refused.second;
  EXPECT_EQ(rows(net, kBackends, be.fqdn()), 1);
  const auto done = be.verb({"drain"});
  EXPECT_EQ(done.first, 0) << done.second;
  EXPECT_EQ(be.server_pid(), 0);
  EXPECT_TRUE(be.running());
}

}  // namespace
}  // namespace podlab
