#include <csignal>

#include <gtest/gtest.h>

#include "leave_lab.h"
#include "worker_lab.h"

/// What the version decides of a stop of a BE or CN. S46, S49.
namespace podlab {
namespace {

/// One FE without an agent and a BE or CN of this version, whose row is alive.
struct Stops {
  Stops(const std::string& version, std::string node_kind)
      : kind(std::move(node_kind)), net({.version = version}) {
    if (!found(fe)) return;
    pod.start();
    up = wait_settled(pod);
  }
  [[nodiscard]] std::string cell(const std::string& column) {
    return row_cell(net, kind == "be" ? kBackends : kComputeNodes, pod.fqdn(), column);
  }
  [[nodiscard]] int sent(const std::string& begin) { return count_in_audit(net.fe(0), begin); }
  [[nodiscard]] bool serves() const {
    return control(pod, "/state").find("stopping=false") != std::string::npos;
  }
  /// Its log says that the server came to the end of its own stop.
  [[nodiscard]] bool ended_by_itself() const {
    const auto log = pod.file("log/" + kind + ".INFO");
    return log.find("BE exited successfully") != std::string::npos;
  }

  std::string kind;
  PodNet net;
  srsim::SimNode fe{bare_fe(net, 0)};
  Pod& pod{kind == "be" ? net.be(0) : net.cn(0)};
  bool up = false;
};

TEST(S46_Shutdown, StandsInTheListFromTheSignalToTheServersEnd) {
  Stops lab{"3.5.7", "be"};
  ASSERT_TRUE(lab.up) << lab.pod.console();
  EXPECT_EQ(lab.cell("StatusCode"), "OK");
  ASSERT_EQ(control(lab.pod, "/set?linger=1"), "ok\n");
  lab.pod.signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return lab.cell("StatusCode") == "SHUTDOWN"; }))
      << lab.pod.console();
  EXPECT_EQ(lab.cell("Alive"), "false");
  EXPECT_TRUE(wait_healthy(lab.pod)) << "its own word, which says nothing of that";
  EXPECT_EQ(probe(lab.pod, "/readyz"), 503);
  control(lab.pod, "/set?linger=0");
  EXPECT_EQ(lab.pod.wait_exit(), 143) << lab.pod.console();
  EXPECT_TRUE(lab.ended_by_itself());
}

TEST(S46_OlderVersion, WithoutABlacklistStopsWithoutMarksOnceItsWorkHasEnded) {
  Stops lab{"3.2.16", "be"};
  ASSERT_TRUE(lab.up) << lab.pod.console();
  ASSERT_EQ(control(lab.pod, "/set?running=2"), "ok\n");
  lab.pod.signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return said(lab.pod, "running_work count=2"); }))
      << lab.pod.console();
  EXPECT_TRUE(lab.serves()) << "work runs: the server is not told yet";
  EXPECT_EQ(probe(lab.pod, "/readyz"), 503);
  control(lab.pod, "/set?running=0");
  EXPECT_EQ(lab.pod.wait_exit(), 143) << lab.pod.console();
  EXPECT_TRUE(said(lab.pod, "its version has no such statement")) << lab.pod.console();
  EXPECT_TRUE(said(lab.pod, "leaving_ended code=0")) << lab.pod.console();
  for (const std::string verb : {"SHOW", "ADD", "DELETE"})
    EXPECT_EQ(lab.sent(verb + " BACKEND BLACKLIST"), 0) << verb;
  EXPECT_TRUE(lab.ended_by_itself());
}

/// Releases whose graceful stop is broken.
TEST(S49_HardStop, ABeOf355IsMarkedItsWorkIsWaitedForAndItIsKilled) {
  Stops lab{"3.5.5", "be"};
  ASSERT_TRUE(lab.up) << lab.pod.console();
  const auto id = lab.cell("BackendId");
  ASSERT_EQ(control(lab.pod, "/set?running=1"), "ok\n");
  lab.pod.signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return said(lab.pod, "running_work count=1"); }))
      << lab.pod.console();
  EXPECT_TRUE(marked(lab.net.fe(0), id));
  EXPECT_TRUE(lab.serves()) << "work runs";
  control(lab.pod, "/set?running=0");
  EXPECT_EQ(lab.pod.wait_exit(), 137) << lab.pod.console();
  EXPECT_TRUE(said(lab.pod, "server_told_to_stop signal=SIGKILL")) << lab.pod.console();
  EXPECT_TRUE(said(lab.pod, "leaving_ended code=0")) << lab.pod.console();
  EXPECT_FALSE(lab.ended_by_itself());
  EXPECT_FALSE(marked(lab.net.fe(0), id)) << lab.pod.console();
  EXPECT_EQ(lab.cell("BackendId"), id) << "its row stays";
}

TEST(S49_HardStop, ACnOf351IsKilledWhoseWorkDoesNotEndInTime) {
  Stops lab{"3.5.1", "cn"};
  ASSERT_TRUE(lab.up) << lab.pod.console();
  lab.pod.kill_container();
  lab.pod.set_env("SR_AGENT_STOP__GRACE_S", "10");
  lab.pod.set_env("SR_AGENT_STOP__RESERVE_S", "2");
  lab.pod.start();
  ASSERT_TRUE(wait_settled(lab.pod)) << lab.pod.console();
  ASSERT_EQ(control(lab.pod, "/set?running=1"), "ok\n");
  lab.pod.signal(SIGTERM);
  EXPECT_EQ(lab.pod.wait_exit(), 137) << lab.pod.console();
  EXPECT_TRUE(said(lab.pod, "server_told_to_stop signal=SIGKILL")) << lab.pod.console();
  EXPECT_TRUE(said(lab.pod, "leaving_ended code=10")) << "work was cut off: " << lab.pod.console();
  EXPECT_FALSE(lab.ended_by_itself());
}

TEST(S49_HardStop, TheNextReleaseIsStoppedGracefullyAgain) {
  Stops lab{"3.5.6", "be"};
  ASSERT_TRUE(lab.up) << lab.pod.console();
  lab.pod.signal(SIGTERM);
  EXPECT_EQ(lab.pod.wait_exit(), 143) << lab.pod.console();
  EXPECT_TRUE(said(lab.pod, "server_told_to_stop signal=SIGTERM")) << lab.pod.console();
  EXPECT_TRUE(lab.ended_by_itself());
}

}  // namespace
}  // namespace podlab
