// Rows 20 and 22 of docs/starrocks.md section 13: exit statuses and stop scripts. Real processes on
// loopback.

#include <csignal>
#include <filesystem>
#include <future>

#include <gtest/gtest.h>

#include "lab.h"
#include "meta_dir.h"

namespace srsim {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Sim13_20, TermIs143IntIs130AndApiStopIs0) {
  SimLab lab;
  SimNode& fe = lab.fe(0);
  const std::string pid_file = fe.home() + "/bin/fe.pid";
  fe.start();
  ASSERT_TRUE(fe.wait_port(8030));
  EXPECT_EQ(read_file(pid_file), std::to_string(fe.pid()));
  fe.signal(SIGTERM);
  EXPECT_EQ(fe.wait_exit(), 143);
  EXPECT_FALSE(std::filesystem::exists(pid_file));
  fe.start();
  ASSERT_TRUE(fe.wait_port(8030));
  fe.signal(SIGINT);
  EXPECT_EQ(fe.wait_exit(), 130);
  fe.start();
  ASSERT_TRUE(fe.wait_port(8030));
  EXPECT_EQ(fe.http("/api/stop")->status, 401);
  EXPECT_EQ(fe.http(HttpCall{.target = "/api/stop", .user = "root"})->body,
            "{\"Message\":\"Stop success\",\"status\":\"OK\"}");
  EXPECT_EQ(fe.wait_exit(), 0);
}

TEST(Sim13_20, Usr1KillsAnOldFrontendAndLeavesThePidFile) {
  SimLab lab({.version = "3.3.15"});
  lab.fe(0).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  lab.fe(0).signal(SIGUSR1);
  EXPECT_EQ(lab.fe(0).wait_exit(), 1000 + SIGUSR1);
  EXPECT_TRUE(std::filesystem::exists(lab.fe(0).home() + "/bin/fe.pid"));
}

TEST(Sim13_20, Usr1OfASingleFrontendEndsIt255) {
  SimLab lab;
  lab.fe(0).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  lab.fe(0).signal(SIGUSR1);
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  EXPECT_TRUE(
      has(lab.fe(0).log(), "cannot match graceful exit condition, and can only exit forcefully."));
}

TEST(Sim13_20, Usr1OfALeaderHandsOverDrainsAndEndsWith0) {
  SimLab lab({.time_scale = 8});
  ASSERT_TRUE(lab.start_frontends(3));
  SimNode& leaving = lab.fe(0);
  leaving.signal(SIGUSR1);
  ASSERT_TRUE(wait_until([&] {
    const auto reply = leaving.http("/api/health");
    return reply && reply->status == 500;
  }));
  EXPECT_TRUE(wait_until([&] { return has(leaving.http_body("/api/bootstrap"), "not ready"); }));
  SimNode* next = nullptr;
  ASSERT_TRUE(wait_until([&] { return (next = lab.leader(3)) != nullptr; }));
  EXPECT_NE(next, &leaving);
  EXPECT_FALSE(leaving.port(9010));
  EXPECT_EQ(leaving.wait_exit(), 0);
  EXPECT_TRUE(wait_until([&] {
    return cell(next->sql("SHOW FRONTENDS").row("IP", leaving.name()), "Alive") == "false";
  }));
}

TEST(Sim13_20, Usr1OfAFollowerStaysReadyToTheEnd) {
  SimLab lab({.time_scale = 8});
  ASSERT_TRUE(lab.start_frontends(3));
  SimNode& leaving = lab.fe(1);
  leaving.signal(SIGUSR1);
  ASSERT_TRUE(wait_until([&] {
    const auto reply = leaving.http("/api/health");
    return reply && reply->status == 500;
  }));
  EXPECT_TRUE(has(leaving.http_body("/api/bootstrap"), "\"status\":\"OK\""));
  EXPECT_EQ(leaving.wait_exit(), 0);
}

TEST(Sim13_22, StartRefusesARunningFrontendAndIgnoresAForeignPid) {
  SimLab lab;
  SimNode& fe = lab.fe(0);
  write_file(fe.home() + "/bin/fe.pid", std::to_string(getpid()));
  fe.start({"--bogus"});
  ASSERT_TRUE(fe.wait_port(8030));
  const auto [status, text] = fe.script("start_fe.sh", {});
  EXPECT_EQ(status, 1);
  EXPECT_EQ(text, "Frontend running as process " + std::to_string(fe.pid()) + ". Stop it first.\n");
  EXPECT_TRUE(has(read_file(fe.spec().root + "/start.out"), "unrecognized option '--bogus'"));
}

TEST(Sim13_22, StopFeWaitsAndItsStatusesAreThoseRecorded) {
  SimLab lab;
  SimNode& fe = lab.fe(0);
  EXPECT_EQ(fe.script("stop_fe.sh", {}).first, 0);  // no pid file: nothing done
  write_file(fe.home() + "/bin/fe.pid", std::to_string(getpid()));
  const auto foreign = fe.script("stop_fe.sh", {});
  EXPECT_EQ(foreign.first, 1);
  EXPECT_EQ(foreign.second, "ERROR: pid process may not be FE. \n");
  EXPECT_TRUE(std::filesystem::exists(fe.home() + "/bin/fe.pid"));
  fe.start({"--logconsole"});
  ASSERT_TRUE(fe.wait_port(8030));
  EXPECT_TRUE(has(read_file(fe.spec().root + "/start.out"), "FE started successfully"));
  // The script waits until the process is gone, so somebody else has to reap it.
  auto stopping = std::async(std::launch::async, [&] { return fe.script("stop_fe.sh", {}); });
  EXPECT_EQ(fe.wait_exit(), 143);
  EXPECT_EQ(stopping.get().first, 0);
  EXPECT_FALSE(std::filesystem::exists(fe.home() + "/bin/fe.pid"));
}

TEST(Sim13_22, GracefulStopWithATimeoutKillsAndSaysSo) {
  SimLab lab({.time_scale = 4});
  ASSERT_TRUE(lab.start_frontends(3));
  SimNode& fe = lab.fe(2);
  auto stopping = std::async(std::launch::async, [&] {
    return fe.script("stop_fe.sh", {"-g", "--timeout", "1"});
  });
  EXPECT_EQ(fe.wait_exit(), 1000 + SIGKILL);
  const auto [status, text] = stopping.get();
  EXPECT_EQ(status, 0);
  EXPECT_EQ(text, "graceful exit timeout, forced termination of the process\n");
}

TEST(Sim13_22, StopBeKillsAtOnceAndGracefullyWithG) {
  SimLab lab;
  SimNode& be = lab.be(0);
  be.start();
  ASSERT_TRUE(be.wait_port(9050));
  auto stopping = std::async(std::launch::async, [&] { return be.script("stop_be.sh", {"-g"}); });
  EXPECT_EQ(be.wait_exit(), 0);
  EXPECT_EQ(stopping.get().first, 0);
  be.start();
  ASSERT_TRUE(be.wait_port(9050));
  stopping = std::async(std::launch::async, [&] { return be.script("stop_be.sh", {}); });
  EXPECT_EQ(be.wait_exit(), 1000 + SIGKILL);
  EXPECT_EQ(stopping.get().first, 0);
}

TEST(Sim13_22, OldLogconsoleWritesIntoFeConf) {
  SimLab lab({.version = "3.1.17"});
  lab.fe(0).start({"--logconsole"});
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  EXPECT_TRUE(has(lab.fe(0).file("conf/fe.conf"), "sys_log_to_console = true"));
}

TEST(Sim13_22, BackendPidFileEndsWithANewlineAndTheKindsHaveFilesOfTheirOwn) {
  SimLab lab;
  lab.be(0).start();
  lab.cn(0).start();
  ASSERT_TRUE(lab.be(0).wait_port(9050) && lab.cn(0).wait_port(9050));
  EXPECT_EQ(lab.be(0).file("bin/be.pid"), std::to_string(lab.be(0).pid()) + "\n");
  EXPECT_EQ(lab.cn(0).file("bin/cn.pid"), std::to_string(lab.cn(0).pid()) + "\n");
  const auto comm = [](const SimNode& node) {
    return read_file("/proc/" + std::to_string(node.pid()) + "/comm");
  };
  EXPECT_EQ(comm(lab.be(0)), "starrocks_be\n");
  EXPECT_EQ(comm(lab.cn(0)), "starrocks_be\n");
  lab.be(0).signal(SIGTERM);
  EXPECT_EQ(lab.be(0).wait_exit(), 0);
}

}  // namespace
}  // namespace srsim
