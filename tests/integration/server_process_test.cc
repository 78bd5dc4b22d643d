#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "worker_lab.h"

/// The agent as parent of a server of either kind: signals and crashes. S44, S52.
namespace podlab {
namespace {

namespace fs = std::filesystem;

nlohmann::json last_words(const Pod& pod) {
  auto out = nlohmann::json::parse(pod.termination_message(), nullptr, false);
  return out.is_object() ? out : nlohmann::json::object();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string kind_name(const testing::TestParamInfo<std::string>& param) {
  return param.param;
}

/// One BE, or one FE that was founded before and so starts by itself.
struct OneNode {
  explicit OneNode(const std::string& node_kind)
      : kind(node_kind), pod(node_kind == "fe" ? net.fe(0) : net.be(0)) {
    if (kind != "fe") return;
    srsim::SimNode before(bare_fe(net, 0));
    before.start({"--host_type", "FQDN"});
    founded = wait_until([&] { return leaders(before.sql("SHOW FRONTENDS")) == 1; });
  }
  bool up() {
    pod.start();
    return founded && serves();
  }
  [[nodiscard]] bool serves() const {
    if (kind == "be") return wait_healthy(pod) && pod.server_pid() > 0;
    return wait_until(
        [&] { return pod.server_pid() > 0 && leaders(pod.sql("SHOW FRONTENDS")) == 1; },
        milliseconds(60000));
  }
  /// Ends the server by `end` and waits until another one serves in the same container.
  template <typename End>
  bool restarts_in_place(const End& end) {
    const pid_t before = pod.server_pid();
    end(before);
    return wait_until([&] { return pod.server_pid() != before && pod.server_pid() > 0; }) &&
           serves();
  }
  [[nodiscard]] std::string log() const {
    return pod.home() + "/log/" + (kind == "fe" ? "fe.log" : "be.INFO");
  }

  PodNet net{};
  std::string kind;
  Pod& pod;
  bool founded = true;
};

/// A server that notes its start and each signal that arrives, and does `on_int` at INT.
class NotingServer {
 public:
  NotingServer(const OneNode& node, const std::string& on_int)
      : notes_(root_of(node.pod) + "/notes") {
    // A BE's server is known by this name, an FE's by this argument.
    const auto server = root_of(node.pod) + "/starrocks_be";
    write_text(server,
               "#!/bin/bash\nfor name in QUIT USR1 USR2 HUP TERM; do\n  trap \"echo $name >> " +
                   notes_ + "\" $name\ndone\ntrap 'echo INT >> " + notes_ + "; " + on_int +
                   "' INT\necho start >> " + notes_ + "\nwhile :; do sleep 0.05; done\n");
    fs::permissions(server, fs::perms{0755});
    replace_script(
        node.pod, node.kind, "#!/bin/bash\nexec " + server + " com.starrocks.StarRocksFEServer\n");
  }
  [[nodiscard]] std::string notes() const { return read_text(notes_); }
  [[nodiscard]] bool noted(const std::string& word) const {
    return wait_until([&] { return has(notes(), word + "\n"); });
  }

 private:
  std::string notes_;
};

/// A node whose server notes its signals.
class S44_Signals : public testing::TestWithParam<std::string> {
 protected:
  void start_noting(const std::string& on_int) {
    ASSERT_TRUE(lab.founded);
    server.emplace(lab, on_int);
    lab.pod.start();
    ASSERT_TRUE(server->noted("start")) << lab.pod.console();
  }

  OneNode lab{GetParam()};
  std::optional<NotingServer> server{};
};

TEST_P(S44_Signals, QuitAndTheUsersSignalsReachTheServerAndHupIsTheAgentsOwn) {
  ASSERT_NO_FATAL_FAILURE(start_noting("exit 0"));
  lab.pod.signal(SIGHUP);
  lab.pod.signal(SIGQUIT);
  EXPECT_TRUE(server->noted("QUIT")) << lab.pod.console();
  lab.pod.signal(SIGUSR1);
  EXPECT_TRUE(server->noted("USR1")) << lab.pod.console();
  lab.pod.signal(SIGUSR2);
  EXPECT_TRUE(server->noted("USR2")) << lab.pod.console();
  EXPECT_EQ(server->notes(), "start\nQUIT\nUSR1\nUSR2\n");
  EXPECT_TRUE(lab.pod.running());
  EXPECT_NE(lab.pod.status("phase"), "stopping");
}

TEST_P(S44_Signals, IntStopsTheServerAndTheContainerAsTermDoes) {
  ASSERT_NO_FATAL_FAILURE(start_noting("exit 0"));
  lab.pod.signal(SIGINT);
  EXPECT_EQ(lab.pod.wait_exit(), 143) << lab.pod.console();
  EXPECT_EQ(server->notes(), "start\nINT\n");
  EXPECT_EQ(last_words(lab.pod)["exit"], 143);
  EXPECT_EQ(last_words(lab.pod)["reason"], "draining");
}

TEST_P(S44_Signals, ASecondIntKillsAServerThatStays) {
  ASSERT_NO_FATAL_FAILURE(start_noting(":"));
  lab.pod.signal(SIGINT);
  ASSERT_TRUE(server->noted("INT")) << lab.pod.console();
  ASSERT_TRUE(lab.pod.wait_reason("draining")) << lab.pod.console();
  lab.pod.signal(SIGINT);
  EXPECT_EQ(lab.pod.wait_exit(), 137) << lab.pod.console();
}

INSTANTIATE_TEST_SUITE_P(Kinds, S44_Signals, testing::Values("be", "fe"), kind_name);

class S52_ServerCrash : public testing::TestWithParam<std::string> {};

TEST_P(S52_ServerCrash, ASignalIsNamedAndItsStatusAndLogTailArePassedOn) {
  for (const auto& [signal, name, code] :
       {std::tuple{SIGSEGV, "SIGSEGV", 139}, std::tuple{SIGABRT, "SIGABRT", 134}}) {
    OneNode lab{GetParam()};
    ASSERT_TRUE(lab.up()) << lab.pod.console();
    { std::ofstream(lab.log(), std::ios::app) << "the last straw\n"; }
    ::kill(lab.pod.server_pid(), signal);
    EXPECT_EQ(lab.pod.wait_exit(), code) << lab.pod.console();
    EXPECT_TRUE(has(lab.pod.console(), name)) << lab.pod.console();
    EXPECT_TRUE(has(lab.pod.console(), "the last straw")) << lab.pod.console();
    EXPECT_EQ(last_words(lab.pod)["signal"], name) << lab.pod.termination_message();
    EXPECT_EQ(last_words(lab.pod)["exit"], code);
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    out.push_back(line);
  return out;
}

TEST_P(S52_ServerCrash, TheLastFiftyLinesOfTheLogAreOnTheConsoleAndNoneBefore) {
  constexpr std::size_t kShown = 50;
  OneNode lab{GetParam()};
  ASSERT_TRUE(lab.up()) << lab.pod.console();
  {
    std::ofstream log(lab.log(), std::ios::app);
    for (std::size_t i = 0; i < 2 * kShown; ++i)
      log << "straw " << i << " of many\n";
  }
  ::kill(lab.pod.server_pid(), SIGSEGV);
  ASSERT_EQ(lab.pod.wait_exit(), 139) << lab.pod.console();
  const auto log = lines_of(read_text(lab.log()));  // as it was left
  ASSERT_GT(log.size(), kShown);
  const auto first = log.end() - kShown;
  std::string tail;
  for (auto line = first; line != log.end(); ++line)
    tail += *line + "\n";
  EXPECT_TRUE(has(lab.pod.console(), tail)) << lab.pod.console();
  EXPECT_FALSE(has(lab.pod.console(), *std::prev(first) + "\n")) << *std::prev(first);
}

TEST_P(S52_ServerCrash, AnExitStatusIsPassedOn) {
  OneNode lab{GetParam()};
  ASSERT_TRUE(lab.up()) << lab.pod.console();
  control(lab.pod, "/exit?code=7");
  EXPECT_EQ(lab.pod.wait_exit(), 7) << lab.pod.console();
  EXPECT_EQ(last_words(lab.pod)["exit"], 7);
  EXPECT_TRUE(last_words(lab.pod)["signal"].is_null());
}

TEST_P(S52_ServerCrash, InDebugModeItIsStartedAgainInPlaceUntilItIsACrashLoop) {
  OneNode lab{GetParam()};
  lab.pod.set_env("DEBUG_MODE", "true");
  lab.pod.set_env("SR_AGENT_RESTART__WAIT_S", "0");
  lab.pod.set_env("SR_AGENT_RESTART__MAX_IN_WINDOW", "2");
  ASSERT_TRUE(lab.up()) << lab.pod.console();
  const int first = server_starts(lab.pod);
  const auto exits = [&](pid_t) { control(lab.pod, "/exit?code=7"); };
  ASSERT_TRUE(lab.restarts_in_place(exits)) << lab.pod.console();
  ASSERT_TRUE(lab.restarts_in_place([](pid_t server) { ::kill(server, SIGKILL); }))
      << lab.pod.console();
  EXPECT_TRUE(lab.pod.running());
  EXPECT_EQ(server_starts(lab.pod), first + 2);
  exits(0);
  EXPECT_EQ(lab.pod.wait_exit(), 7) << lab.pod.console();
  const auto words = last_words(lab.pod);
  EXPECT_EQ(words["reason"], "crash_loop") << words;
  EXPECT_TRUE(has(words.dump(), "; 3 ends in 600 s")) << words;
  EXPECT_TRUE(has(lab.pod.console(), "crash_loop ends=3")) << lab.pod.console();
}

TEST_P(S52_ServerCrash, WithCoreDumpsOnlyACrashIsStartedAgainInPlace) {
  OneNode lab{GetParam()};
  lab.pod.set_env("COREDUMP_ENABLED", "true");
  lab.pod.set_env("SR_AGENT_RESTART__WAIT_S", "0");
  ASSERT_TRUE(lab.up()) << lab.pod.console();
  // What the kernel leaves in the server's folder, for whoever uploads it.
  const auto dump = lab.pod.home() + "/core." + std::to_string(lab.pod.server_pid());
  { std::ofstream{dump} << "core"; }
  ASSERT_TRUE(lab.restarts_in_place([](pid_t server) { ::kill(server, SIGSEGV); }))
      << lab.pod.console();
  EXPECT_TRUE(fs::exists(dump)) << "a start in place leaves dumps alone";
  control(lab.pod, "/exit?code=7");
  EXPECT_EQ(lab.pod.wait_exit(), 7) << lab.pod.console();
}

INSTANTIATE_TEST_SUITE_P(Kinds, S52_ServerCrash, testing::Values("be", "fe"), kind_name);

TEST(S52_ServerCrash_Be, ItsRowStays) {
  OneNode lab{"be"};
  srsim::SimNode fe(bare_fe(lab.net, 0));
  ASSERT_TRUE(found(fe));
  ASSERT_TRUE(lab.up());
  ASSERT_TRUE(lab.net.wait_worker("be", 0)) << lab.pod.console();
  control(lab.pod, "/exit?code=7");
  EXPECT_EQ(lab.pod.wait_exit(), 7) << lab.pod.console();
  EXPECT_EQ(rows(lab.net, kBackends, lab.pod.fqdn()), 1);
}

TEST(S52_ServerCrash_Be, APidFileThatNamesAnotherProcessDoesNotKeepItDown) {
  OneNode lab{"be"};
  const auto file = lab.pod.home() + "/bin/be.pid";
  { std::ofstream{file} << getpid() << "\n"; }  // alive, and not a BE
  lab.pod.start();
  EXPECT_TRUE(wait_healthy(lab.pod)) << lab.pod.console();
  if (lab.pod.server_pid() == getpid()) fs::remove(file);  // never ours to kill
}

}  // namespace
}  // namespace podlab
