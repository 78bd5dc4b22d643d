#include <csignal>
#include <cstdlib>
#include <future>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// Stops that a stock script or the official hook begins. S45.
namespace podlab {
namespace {

/// What the official hook runs, with its exit status; `alive` tells whether the agent was still
/// there when it returned.
struct Hook {
  explicit Hook(Pod& pod, const std::string& script)
      : done(std::async(std::launch::async, [&pod, script] {
          const int status = std::system(("bash " + script + " -g > /dev/null").c_str());
          return std::pair{status, ::kill(pod.pid(), 0) == 0};
        })) {}
  std::future<std::pair<int, bool>> done;
};

TEST(S45_Hook, OfABeIsTakenAsTheStopAndTheAgentOutlivesIt) {
  PodNet net;
  auto& be = net.be(0);
  be.set_env("DEBUG_MODE", "true");
  be.add_conf("loop_count_wait_fragments_finish = 1000");
  be.start();
  ASSERT_TRUE(wait_healthy(be) && wait_until([&] { return be.server_pid() > 0; }));
  ASSERT_EQ(control(be, "/set?running=1"), "ok\n");
  Hook hook{be, be.home() + "/bin/stop_be.sh"};
  EXPECT_TRUE(wait_probe(be, "/readyz", 503, "draining")) << be.console();
  EXPECT_NE(be.file("bin/be.pid"), "") << "the script's pid file is the script's";
  control(be, "/set?running=0");
  const auto [status, alive] = hook.done.get();
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(alive) << be.console();
  EXPECT_EQ(be.wait_exit(), 0) << "the server's own status: " << be.console();
  EXPECT_FALSE(said(be, "server_told_to_stop")) << be.console();
  EXPECT_FALSE(said(be, "server_started") && said(be, "restart")) << be.console();
}

TEST(S45_Hook, OfAnFeIsTakenAsTheStopWhichStaysGraceful) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3) && all_sealed(net));
  auto& fe = net.fe(0);
  Hook hook{fe, fe.home() + "/bin/stop_fe.sh"};
  EXPECT_TRUE(wait_probe(fe, "/readyz", 503, "draining")) << fe.console();
  const auto [status, alive] = hook.done.get();
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(alive) << fe.console();
  EXPECT_EQ(fe.wait_exit(), 0) << fe.console();
  EXPECT_FALSE(said(fe, "server_told_to_stop")) << fe.console();
  EXPECT_NE(fe.file("log/fe.log").find("handle graceful exit successfully"), std::string::npos);
}

TEST(S45_Hook, ThatKillsAtOnceIsRecognisedByItsScript) {
  PodNet net;
  auto& be = net.be(0);
  be.set_env("DEBUG_MODE", "true");
  be.start();
  ASSERT_TRUE(wait_healthy(be) && wait_until([&] { return be.server_pid() > 0; }));
  const auto script = be.home() + "/bin/stop_be.sh";
  EXPECT_EQ(std::system(("bash " + script + " > /dev/null").c_str()), 0);
  EXPECT_EQ(be.wait_exit(), 137) << be.console();
  EXPECT_TRUE(said(be, "leaving trigger=\"stop script\"")) << be.console();
}

}  // namespace
}  // namespace podlab
