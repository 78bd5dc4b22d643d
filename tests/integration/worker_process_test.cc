#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "worker_lab.h"

/// The agent as parent of a BE: stop, orphans. S44, S53. Both kinds: server_process_test.cc.
namespace podlab {
namespace {

namespace fs = std::filesystem;

constexpr int kOrphans = 10000;

nlohmann::json last_words(const Pod& pod) {
  auto out = nlohmann::json::parse(pod.termination_message(), nullptr, false);
  return out.is_object() ? out : nlohmann::json::object();
}

bool gone(pid_t pid) {
  return wait_until([pid] { return ::kill(pid, 0) != 0; });
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A BE that is up; no FE is needed for any of this.
struct OneBe {
  PodNet net{};
  Pod& be{net.be(0)};
  bool up() {
    be.start();
    return wait_healthy(be) && wait_until([this] { return be.server_pid() > 0; });
  }
  /// A drain that lasts: queries run.
  bool busy() {
    be.add_conf("loop_count_wait_fragments_finish = 1000");
    return up() && control(be, "/set?running=3") == "ok\n";
  }
};

TEST(S44_Term, ReachesTheServerAndTheContainerEndsWith143) {
  OneBe lab;
  ASSERT_TRUE(lab.up()) << lab.be.console();
  const pid_t server = lab.be.server_pid();
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 143) << lab.be.console();
  EXPECT_TRUE(gone(server));
  EXPECT_TRUE(has(lab.be.file("log/be.INFO"), "BE exited successfully"));  // by itself, not killed
  EXPECT_EQ(last_words(lab.be)["exit"], 143);
  EXPECT_EQ(last_words(lab.be)["reason"], "draining");
}

// Only process 1 is spared a SIGPIPE by the kernel; these pods have no PID namespace.
TEST(S53_ClosedConsole, EndsNeitherTheAgentNorItsServer) {
  PodNet net;
  Pod& be = net.be(0);
  const auto run = "exec " + agent_program() + " run be kube-fe-service.ns.svc.cluster.local";
  be.start_command({"/bin/bash", "-c", run + " 2> >(read -r line)"});
  ASSERT_TRUE(wait_until([&] { return be.server_pid() > 0; }));
  ASSERT_TRUE(wait_healthy(be)) << "it logs that and more after the first line";
  EXPECT_TRUE(be.wait_reason("fe_unreachable"));
  EXPECT_TRUE(be.running());
  be.signal(SIGTERM);
  EXPECT_EQ(be.wait_exit(), 143);
  EXPECT_EQ(be.server_pid(), 0);
}

TEST(S44_Term, IsToldAsDrainingWhileTheServerFinishesItsWork) {
  OneBe lab;
  ASSERT_TRUE(lab.busy()) << lab.be.console();
  lab.be.signal(SIGTERM);
  EXPECT_TRUE(lab.be.wait_reason("draining"));
  EXPECT_EQ(lab.be.status("phase"), "stopping");
  EXPECT_TRUE(lab.be.running());
  control(lab.be, "/set?running=0");
  EXPECT_EQ(lab.be.wait_exit(), 143) << lab.be.console();
}

TEST(S44_Term, ASecondOneSkipsTheWaiting) {
  OneBe lab;
  ASSERT_TRUE(lab.busy()) << lab.be.console();
  const pid_t server = lab.be.server_pid();
  lab.be.signal(SIGTERM);
  ASSERT_TRUE(lab.be.wait_reason("draining"));
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 137) << lab.be.console();
  EXPECT_TRUE(gone(server));
  EXPECT_EQ(last_words(lab.be)["exit"], 137);
}

TEST(S44_Term, AServerThatDoesNotEndIsKilledBeforeTheGracePeriodEnds) {
  OneBe lab;
  lab.be.set_env("SR_AGENT_STOP__GRACE_S", "4");
  lab.be.set_env("SR_AGENT_STOP__RESERVE_S", "2");
  ASSERT_TRUE(lab.busy()) << lab.be.console();
  const pid_t server = lab.be.server_pid();
  const auto begun = std::chrono::steady_clock::now();
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 137) << lab.be.console();
  // Not before its time was up: it had the grace period less the reserve.
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(1900));
  EXPECT_TRUE(gone(server));
}

TEST(S44_Term, AServerThatHangsIsKilledToo) {
  OneBe lab;
  lab.be.set_env("SR_AGENT_STOP__GRACE_S", "2");
  lab.be.set_env("SR_AGENT_STOP__RESERVE_S", "1");
  ASSERT_TRUE(lab.up()) << lab.be.console();
  const pid_t server = lab.be.server_pid();
  ::kill(server, SIGSTOP);
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 137) << lab.be.console();
  EXPECT_TRUE(gone(server));
}

TEST(S44_Term, AStatusOfTheServersOwnIsPassedOn) {
  OneBe lab;
  const auto ready = root_of(lab.be) + "/ready";
  replace_script(
      lab.be,
      "be",
      "#!/bin/bash\ntrap 'exit 3' TERM\n: > " + ready + "\nwhile :; do sleep 0.05; done\n");
  lab.be.start();
  ASSERT_TRUE(wait_until([&] { return fs::exists(ready); })) << lab.be.console();
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 3) << lab.be.console();
}

TEST(S44_Term, WithoutAServerTheContainerEndsAtOnce) {
  OneBe lab;
  fs::remove(lab.be.home() + "/bin/start_be.sh");
  lab.be.start();
  ASSERT_TRUE(lab.be.wait_reason("config_invalid")) << lab.be.console();
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 143) << lab.be.console();
}

/// The main loop cannot be made, which no setting of a person's can mend.
TEST(ExitOfRun, IsThatOfAFaultOfTheAgentItselfWhereItGetsNoTimerAndStartsNothing) {
  OneBe lab;
  preload(lab.be, NO_TIMER);
  lab.be.start();
  EXPECT_EQ(lab.be.wait_exit(), 125) << lab.be.console();
  EXPECT_TRUE(has(lab.be.console(), "sr-agent: timerfd_create")) << lab.be.console();
  EXPECT_TRUE(has(lab.be.termination_message(), R"("exit":125)"));
  EXPECT_TRUE(has(lab.be.termination_message(), "timerfd_create"));
  EXPECT_EQ(server_starts(lab.be), 0);
}

/// A start script that leaves orphans before it becomes the server.
void make_orphans(const Pod& pod, int count) {
  const auto kind = fs::path(pod.home()).filename().string();
  auto script = read_text(pod.home() + "/bin/start_" + kind + ".sh");
  script.insert(script.find('\n') + 1,
                std::string{ORPHANS_BINARY} + " " + std::to_string(count) + "\n");
  replace_script(pod, kind, script);
}

std::uint64_t reaped(const Pod& be) {
  const auto status = status_of(be);
  return status.empty() ? 0 : status["server"]["orphans_reaped"].get<std::uint64_t>();
}

int zombies_below(pid_t parent) {
  int out = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "stat");
    std::string line;
    if (!std::getline(in, line)) continue;
    const auto at = line.rfind(") ");
    if (at == std::string::npos || line[at + 2] != 'Z') continue;
    if (std::strtol(line.c_str() + at + 4, nullptr, 10) == parent) ++out;
  }
  return out;
}

TEST(S53_Orphans, AllAreReapedAndCountedBySubreaperAndOthersAreLeftAlone) {
  OneBe lab;
  make_orphans(lab.be, kOrphans);
  const pid_t stranger = fork();
  if (stranger == 0) {
    pause();
    _exit(0);
  }
  ASSERT_TRUE(lab.up()) << lab.be.console();
  EXPECT_TRUE(wait_until([&] { return reaped(lab.be) >= kOrphans; })) << reaped(lab.be);
  EXPECT_EQ(reaped(lab.be), static_cast<std::uint64_t>(kOrphans));
  EXPECT_EQ(zombies_below(lab.be.pid()), 0);
  EXPECT_EQ(waitpid(stranger, nullptr, WNOHANG), 0);
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 143) << lab.be.console();
  EXPECT_EQ(waitpid(stranger, nullptr, WNOHANG), 0);
  ::kill(stranger, SIGKILL);
  waitpid(stranger, nullptr, 0);
}

TEST(S53_Orphans, OfAnFeAreReapedToo) {
  PodNet net({.fe_count = 1, .all_names = false});
  Pod& fe = net.fe(0);
  net.serve_name("fe", 0, true);
  make_orphans(fe, 100);
  fe.start_command({"/usr/bin/tini",
                    "--",
                    agent_program(),
                    "run",
                    "fe",
                    "kube-fe-service.ns.svc.cluster.local"});
  ASSERT_TRUE(wait_until([&] { return fe.server_pid() > 0; }, milliseconds(120000)))
      << fe.console();
  EXPECT_TRUE(wait_until([&] { return reaped(fe) == 100; })) << reaped(fe);
  fe.signal(SIGTERM);
  EXPECT_EQ(fe.wait_exit(), 143) << fe.console();
}

TEST(S53_NotPid1, UnderTiniSignalsAndOrphansArriveAllTheSame) {
  ASSERT_TRUE(fs::exists("/usr/bin/tini")) << "tini is missing: scripts/setup";
  OneBe lab;
  make_orphans(lab.be, 100);
  lab.be.start_command({"/usr/bin/tini", "--", agent_program(), "run", "be", "kube-fe-service"});
  ASSERT_TRUE(wait_healthy(lab.be)) << lab.be.console();
  EXPECT_TRUE(wait_until([&] { return reaped(lab.be) == 100; })) << reaped(lab.be);
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 143) << lab.be.console();
}

/// A BE in a pid namespace of its own. Its pid file is kept where Pod does not look: the numbers in
/// it mean other processes out here.
struct OwnPids : OneBe {
  static bool permitted() {
    return std::system("unshare -Urpf --mount-proc true >/dev/null 2>&1") == 0;
  }
  void start(const std::vector<std::string>& words) {
    const auto pids = root_of(be) + "/pids";
    fs::create_directories(pids);
    be.add_conf("PID_DIR = " + pids);
    std::vector<std::string> all{"/usr/bin/unshare", "-Urpf", "--mount-proc", "--kill-child"};
    all.insert(all.end(), words.begin(), words.end());
    be.start_command(all);
  }
  /// TERM to process 1 in there: the only child of unshare.
  [[nodiscard]] pid_t first() const {
    std::ifstream in("/proc/" + std::to_string(be.pid()) + "/task/" + std::to_string(be.pid()) +
                     "/children");
    pid_t out = 0;
    in >> out;
    return out;
  }
};
const char* const kNoNamespaces = "pid namespaces are not permitted here (unshare -Urpf)";

TEST(S53_Pid1, ReapsOrphansForwardsTermAndEndsWithTheStatus) {
  if (!OwnPids::permitted()) GTEST_SKIP() << kNoNamespaces;
  OwnPids lab;
  make_orphans(lab.be, kOrphans);
  lab.start({agent_program(), "run", "be", "kube-fe-service"});
  ASSERT_TRUE(wait_healthy(lab.be)) << lab.be.console();
  EXPECT_TRUE(wait_until([&] { return reaped(lab.be) == kOrphans; })) << reaped(lab.be);
  ASSERT_GT(lab.first(), 0);
  EXPECT_EQ(zombies_below(lab.first()), 0);
  ::kill(lab.first(), SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 143) << lab.be.console();
}

TEST(S53_Pid1, TiniAsProcess1PassesSignalsAndStatusOn) {
  if (!OwnPids::permitted()) GTEST_SKIP() << kNoNamespaces;
  ASSERT_TRUE(fs::exists("/usr/bin/tini")) << "tini is missing: scripts/setup";
  OwnPids lab;
  lab.start({"/usr/bin/tini", "--", agent_program(), "run", "be", "kube-fe-service"});
  ASSERT_TRUE(wait_healthy(lab.be)) << lab.be.console();
  ::kill(lab.first(), SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 143) << lab.be.console();
}

TEST(S53_NotPid1, AShellWithoutExecAsProcess1IsWarnedAboutAndTheHookStillStopsTheServer) {
  if (!OwnPids::permitted()) GTEST_SKIP() << kNoNamespaces;
  OwnPids lab;
  make_orphans(lab.be, 100);
  lab.start({"/bin/bash", "-c", agent_program() + " run be kube-fe-service; exit $?"});
  ASSERT_TRUE(wait_healthy(lab.be)) << lab.be.console();
  const auto warnings = status_of(lab.be)["warnings"].dump();
  EXPECT_TRUE(has(warnings, "bash") && has(warnings, "SIGTERM")) << warnings;
  EXPECT_TRUE(wait_until([&] { return reaped(lab.be) == 100; })) << reaped(lab.be);
  // What the stop hook does: it ends the server itself.
  const auto reply = srsim::http_call(
      "", {lab.be.ip(), 8040}, {"GET", "/api/_stop_be", {}, {}}, milliseconds(5000));
  EXPECT_TRUE(reply.has_value());
  EXPECT_EQ(lab.be.wait_exit(), 0) << lab.be.console();
}

}  // namespace
}  // namespace podlab
