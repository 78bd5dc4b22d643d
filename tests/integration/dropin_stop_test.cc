#include <csignal>
#include <future>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// The operators' preStop hooks beside the entrypoint wrappers: x_prestop.sh of 1.8 to 1.10,
/// stop_x.sh of 1.11.
namespace podlab {
namespace {

using srsim::SimNode;

struct Ended {
  int code = -1;
  std::string text{};
  bool agent_alive = false;
};

/// The hook in a thread, as the kubelet runs it beside the container.
std::future<Ended> begin_hook(const Pod& pod, const std::string& text) {
  return std::async(std::launch::async, [&pod, text, agent = pod.pid()] {
    const auto [code, output] = hook(pod, text);
    return Ended{code, output, ::kill(agent, 0) == 0};
  });
}

TEST(DropIn_Hook, XPrestopDrainsAndReturnsZeroOnceTheServerIsDown) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  for (const std::string kind : {"be", "cn"}) {
    auto& pod = kind == "be" ? net.be(0) : net.cn(0);
    as_operator(pod);
    start_as_operator(pod, kind);
    ASSERT_TRUE(net.wait_worker(kind, 0)) << pod.console();
    const auto server = pod.server_pid();
    auto ended = begin_hook(pod, wrapper(pod, kind, "prestop"));
    const auto got = ended.get();
    EXPECT_EQ(got.code, 0) << got.text;
    EXPECT_NE(::kill(server, 0), 0) << "the hook returns when the server is down";
    pod.signal(SIGTERM);
    const auto exit = pod.wait_exit();
    EXPECT_TRUE(exit == 143 || exit == 0) << pod.console();
    EXPECT_TRUE(said(pod, "leaving trigger=prestop")) << pod.console();
    EXPECT_FALSE(said(pod, "stop script")) << "the wrapper itself is no stock stop script";
    EXPECT_TRUE(said(pod, "server_told_to_stop")) << pod.console();
    EXPECT_EQ(rows(net, kind == "be" ? kBackends : kComputeNodes, pod.fqdn()), 1)
        << "a restart is no departure";
  }
}

TEST(DropIn_Hook, XPrestopOfAnFeAndWithoutAnAgent) {
  OperatorNet net;
  auto& fe = net.fe(0);
  as_operator(fe);
  const auto [code, text] = hook(fe, wrapper(fe, "fe", "prestop"));
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find("nothing to wait for"), std::string::npos) << text;
  start_as_operator(fe, "fe");
  ASSERT_TRUE(net.wait_frontends(1) && wait_sealed(fe)) << fe.console();
  const auto got = begin_hook(fe, wrapper(fe, "fe", "prestop")).get();
  EXPECT_EQ(got.code, 0) << got.text;
  EXPECT_TRUE(fe.wait_exit().has_value()) << fe.console();
}

TEST(DropIn_Hook, StopXOf111IsTakenAsTheStopAndNoEventIsMadeOfIt) {
  OperatorNet net{3};
  for (int i = 0; i < 3; ++i) {
    as_operator(net.fe(i));
    start_as_operator(net.fe(i), "fe");
  }
  ASSERT_TRUE(net.wait_frontends(3) && all_sealed(net)) << net.fe(0).console();
  as_operator(net.be(0));
  start_as_operator(net.be(0), "be");
  ASSERT_TRUE(net.wait_worker("be", 0)) << net.be(0).console();
  for (auto* pod : {&net.be(0), &net.fe(2)}) {
    const std::string kind = pod == &net.be(0) ? "be" : "fe";
    const auto got = begin_hook(*pod, pod->home() + "/bin/stop_" + kind + ".sh -g").get();
    EXPECT_EQ(got.code, 0) << got.text;
    EXPECT_TRUE(got.agent_alive) << "else the kubelet tells FailedPreStopHook: " << pod->console();
    EXPECT_EQ(pod->wait_exit(), 0) << "the server's own status: " << pod->console();
    EXPECT_FALSE(said(*pod, "server_told_to_stop")) << pod->console();
  }
  EXPECT_EQ(net.frontends(0).rows.size(), 3U);
}

TEST(DropIn_Hook, WithoutGIsAcceptedAlsoWhereACrashedServerIsStartedAgain) {
  OperatorNet net;
  for (const std::string kind : {"be", "cn"}) {
    auto& pod = kind == "be" ? net.be(0) : net.cn(0);
    as_operator(pod);
    pod.set_env("DEBUG_MODE", "true");
    start_as_operator(pod, kind);
    ASSERT_TRUE(wait_healthy(pod) && wait_until([&] { return pod.server_pid() > 0; }))
        << pod.console();
    EXPECT_EQ(hook(pod, pod.home() + "/bin/stop_" + kind + ".sh").first, 0);
    EXPECT_EQ(pod.wait_exit(), 137) << pod.console();
    EXPECT_EQ(server_starts(pod), 1);
  }
}

TEST(DropIn_Hook, OfTheUsersOwnMayCallTheVerbAndRunOn) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  auto& be = net.be(0);
  as_operator(be);
  start_as_operator(be, "be");
  ASSERT_TRUE(net.wait_worker("be", 0)) << be.console();
  const auto server = be.server_pid();
  const auto [code, text] = hook(be,
                                 "echo mine; sr-agent prestop && echo down; kill -0 " +
                                     std::to_string(server) + " || echo gone");
  EXPECT_EQ(code, 0) << text;
  EXPECT_EQ(text.find("mine\n"), 0U) << text;
  EXPECT_NE(text.find("down\n"), std::string::npos) << text;
  EXPECT_NE(text.find("gone\n"), std::string::npos) << text;
  be.signal(SIGTERM);
  const auto exit = be.wait_exit();
  EXPECT_TRUE(exit == 143 || exit == 0) << be.console();
}

TEST(DropIn_Hook, ASecondTermSkipsTheWaiting) {
  OperatorNet net;
  for (const std::string kind : {"be", "cn"}) {
    auto& pod = kind == "be" ? net.be(0) : net.cn(0);
    as_operator(pod);
    pod.add_conf("loop_count_wait_fragments_finish = 1000");
    start_as_operator(pod, kind);
    ASSERT_TRUE(wait_healthy(pod) && wait_until([&] { return pod.server_pid() > 0; }))
        << pod.console();
    ASSERT_EQ(control(pod, "/set?running=1"), "ok\n");
    const auto server = pod.server_pid();
    pod.signal(SIGTERM);
    ASSERT_TRUE(pod.wait_reason("draining")) << pod.console();
    EXPECT_TRUE(pod.running()) << "it has work";
    pod.signal(SIGTERM);
    EXPECT_EQ(pod.wait_exit(), 137) << pod.console();
    EXPECT_NE(::kill(server, 0), 0);
  }
}

}  // namespace
}  // namespace podlab
