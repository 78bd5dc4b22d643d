#include <sys/wait.h>

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// A server in one container and its agent in another one of the same pod. S82.
namespace podlab {
namespace {

namespace fs = std::filesystem;

/// The server's container. What ends in it is started again by the test, as a kubelet would.
class ServerContainer {
 public:
  explicit ServerContainer(Pod& pod) : pod_(pod) {}
  ~ServerContainer() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    pod_.kill_server();
    static_cast<void>(wait_end());
  }
  ServerContainer(const ServerContainer&) = delete;
  ServerContainer& operator=(const ServerContainer&) = delete;

  /// `sr-agent run-server --sidecar`.
  void start() {
    start({agent_program(), "run-server", pod_.spec().kind, pod_.spec().service, "--sidecar"});
  }
  void start(const std::vector<std::string>& words) { pid_ = pod_.start_beside(words); }
  /// What a kubelet does at the end of the pod.
  void stop() const { ::kill(pid_, SIGTERM); }
  [[nodiscard]] bool wait_end() {
    const bool ended = wait_until([this] { return ::waitpid(pid_, nullptr, WNOHANG) == pid_; });
    if (ended) pid_ = -1;
    return ended;
  }
  [[nodiscard]] std::string console() const {
    return read_text(pod_.spec().root + "/console-beside");
  }

 private:
  Pod& pod_;
  pid_t pid_ = -1;
};

NetOptions slow() {
  NetOptions options;
  options.time_scale = 2;  // an order to found holds for a second, and it is asked for every 0.1 s
  return options;
}

/// In a PID namespace of its own.
std::vector<std::string> apart(const std::vector<std::string>& words) {
  std::vector<std::string> out{"/usr/bin/unshare",
                               "--user",
                               "--map-root-user",
                               "--pid",
                               "--fork",
                               "--kill-child",
                               "--mount-proc"};
  out.insert(out.end(), words.begin(), words.end());
  return out;
}

bool may_be_apart(const Pod& pod) {
  return pod.command(apart({"/bin/true"})).first == 0;
}

class S82_Sidecar : public testing::Test {
 protected:
  static void start_agent_apart(Pod& pod) {
    const auto& spec = pod.spec();
    pod.start_command(apart({agent_program(), "run", spec.kind, spec.service, "--sidecar"}));
  }
  static void start_agent(Pod& pod) {
    pod.start({"run", pod.spec().kind, pod.spec().service, "--sidecar"});
  }
  bool start_frontends() {
    for (int i = 0; i < 3; ++i) {
      start_agent(net_.fe(i));
      servers_[i].start();
    }
    return net_.wait_frontends(3);
  }
  bool start_worker() {
    start_agent(be_);
    server_.start();
    return net_.wait_worker("be", 0) && wait_settled(be_);
  }
  [[nodiscard]] std::string id() { return row_cell(net_, kBackends, be_.fqdn(), "BackendId"); }
  [[nodiscard]] int marks() { return marks_of(net_, be_); }

  PodNet net_{slow()};
  Pod& be_{net_.be(0)};
  ServerContainer servers_[3]{
      ServerContainer{net_.fe(0)}, ServerContainer{net_.fe(1)}, ServerContainer{net_.fe(2)}};
  ServerContainer server_{be_};
};

TEST_F(S82_Sidecar, ThreeFrontendsFoundOneClusterAndAWorkerIsAdded) {
  ASSERT_TRUE(start_frontends()) << net_.fe(0).console() << servers_[0].console();
  ASSERT_TRUE(start_worker()) << be_.console() << server_.console();
  EXPECT_EQ(net_.cluster_ids_on_disk().size(), 1U);
  for (int i = 0; i < 3; ++i) {
    auto& fe = net_.fe(i);
    EXPECT_TRUE(wait_until([&] { return fs::exists(fe.state() + "/sealed"); })) << fe.console();
    EXPECT_TRUE(wait_probe(fe, "/readyz", 200, "")) << fe.console();
    EXPECT_EQ(status_of(fe)["server"]["pid"], fe.server_pid());
  }
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console();
  EXPECT_EQ(rows(net_, kBackends, be_.fqdn()), 1);

  // The server of a follower dies with its container; the agent stays and has it started again.
  int follower = leader_of(net_, 0) == 1 ? 2 : 1;
  auto& fe = net_.fe(follower);
  const pid_t agent = fe.pid();
  fe.kill_server();
  ASSERT_TRUE(servers_[follower].wait_end());
  EXPECT_TRUE(wait_until([&] { return fe.status("reason") == "starting"; }))
      << fe.status("reason") << " " << fe.status("detail");
  EXPECT_TRUE(fe.running()) << fe.console();
  servers_[follower].start();
  EXPECT_TRUE(wait_until([&] { return status_of(fe)["server"]["starts"] == 2; })) << fe.console();
  EXPECT_TRUE(net_.wait_frontends(3)) << fe.console();
  EXPECT_TRUE(wait_probe(fe, "/readyz", 200, "")) << fe.console();
  EXPECT_EQ(fe.pid(), agent);
  EXPECT_EQ(net_.cluster_ids_on_disk().size(), 1U);
}

TEST_F(S82_Sidecar, AStopMarksWaitsAndSignalsTheServerOfTheOtherContainer) {
  ASSERT_TRUE(start_frontends()) << net_.fe(0).console();
  ASSERT_TRUE(start_worker()) << be_.console() << server_.console();
  const auto before = id();
  ASSERT_EQ(control(be_, "/set?running=2"), "ok\n");
  be_.signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return marks() == 3; })) << be_.console();
  EXPECT_NE(control(be_, "/state").find("stopping=false"), std::string::npos);
  control(be_, "/set?running=0");
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  EXPECT_NE(be_.file("log/be.INFO").find("BE exited successfully"), std::string::npos);
  EXPECT_TRUE(server_.wait_end());
  EXPECT_EQ(marks(), 0);
  EXPECT_EQ(id(), before);
}

TEST_F(S82_Sidecar, ADrainedNodesServerStaysDownAlthoughItsContainerIsStartedAgain) {
  ASSERT_TRUE(start_frontends()) << net_.fe(0).console();
  ASSERT_TRUE(start_worker()) << be_.console() << server_.console();
  const auto [code, text] = be_.verb({"drain"});
  EXPECT_EQ(code, 0) << text << be_.console();
  EXPECT_EQ(be_.server_pid(), 0);
  ASSERT_TRUE(server_.wait_end());
  server_.start();
  EXPECT_TRUE(wait_until([&] {
    return server_.console().find("waits for the agent: draining") != std::string::npos;
  })) << server_.console();
  EXPECT_EQ(be_.server_pid(), 0);
  EXPECT_EQ(server_starts(be_), 1);
  EXPECT_EQ(be_.verb({"drain", "--cancel"}).first, 0) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console() << server_.console();
  EXPECT_EQ(server_starts(be_), 2);
}

TEST_F(S82_Sidecar, WithoutACommonPidNamespaceTheContainersOwnSignalEndsTheServer) {
  if (!may_be_apart(be_)) GTEST_SKIP() << "no PID namespace may be made here";
  ASSERT_TRUE(start_frontends()) << net_.fe(0).console();
  start_agent_apart(be_);
  server_.start();
  ASSERT_TRUE(net_.wait_worker("be", 0) && wait_settled(be_)) << be_.console();
  EXPECT_EQ(status_of(be_)["server"]["pid"], 0);
  EXPECT_EQ(status_of(be_)["server"]["running"], true) << "it listens";

  EXPECT_EQ(be_.verb({"drain", "--wait", "5s"}).first, 20) << "it is not told";
  EXPECT_EQ(be_.verb({"drain", "--cancel"}).first, 0) << be_.console();
  EXPECT_TRUE(wait_until([&] { return marks() == 0; })) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console();

  const auto [code, text] = be_.verb({"prestop"});
  EXPECT_EQ(code, 0) << text << be_.console();
  EXPECT_NE(text.find("SIGTERM of this container may stop the server now"), std::string::npos)
      << text;
  EXPECT_EQ(marks(), 3) << be_.console();
  EXPECT_GT(be_.server_pid(), 0) << "nobody has told it yet";
  EXPECT_TRUE(status_of(be_)["leaving"]["waits_for_container"]);
  EXPECT_EQ(be_.verb({"transfer-leader"}).first, 41) << "a stop is under way";
  ::kill(be_.server_pid(), SIGTERM);
  EXPECT_TRUE(server_.wait_end());
  EXPECT_TRUE(wait_until([&] { return marks() == 0; })) << be_.console();
  EXPECT_TRUE(wait_until([&] { return said(be_, "leaving_ended code=0"); })) << be_.console();
}

TEST_F(S82_Sidecar, BesideAStartCommandThatDoesNotAskItPromisesNothingAndJoinsIn) {
  auto& fe = net_.fe(0);
  start_agent(fe);
  const auto identity = [&fe] { return fe.agent("/v1/identity"); };
  EXPECT_TRUE(wait_until([&] { return identity().find("\"busy\":true") != std::string::npos; }))
      << identity();
  EXPECT_TRUE(wait_until([&] {
    return status_of(fe)["warnings"].dump().find("does not ask for one") != std::string::npos;
  })) << status_of(fe);
  servers_[0].start({fe.home() + "/bin/start_fe.sh", "--host_type", "FQDN"});
  EXPECT_TRUE(wait_until([&] { return fs::exists(fe.state() + "/sealed"); })) << fe.console();
  EXPECT_TRUE(wait_probe(fe, "/readyz", 200, "")) << fe.console();
  EXPECT_TRUE(wait_until([&] { return identity().find("\"busy\":false") != std::string::npos; }))
      << identity();
  EXPECT_EQ(status_of(fe)["server"]["starts"], 1);
}

TEST_F(S82_Sidecar, AStartCommandByTheFileOfInitIsJoinedInAndTheFileOfRunServerGivesWay) {
  start_agent(net_.fe(0));
  servers_[0].start({net_.fe(0).home() + "/bin/start_fe.sh", "--host_type", "FQDN"});
  ASSERT_TRUE(net_.wait_frontends(1)) << net_.fe(0).console();

  auto& fe = net_.fe(1);
  const auto file = fe.home() + "/decision";
  const auto done = fe.verb({"init", "fe", fe.spec().service, "--write", file});
  ASSERT_EQ(done.first, 0) << done.second;
  start_agent(fe);
  servers_[1].start({"/bin/sh",
                     "-c",
                     ". '" + file + "' && exec '" + fe.home() +
                         "/bin/start_fe.sh' --host_type \"$HOST_TYPE\" --helper \"$FE_HELPER\""});
  EXPECT_TRUE(net_.wait_frontends(2, 0)) << fe.console() << servers_[1].console();
  EXPECT_TRUE(wait_until([&] { return fs::exists(fe.state() + "/sealed"); })) << fe.console();
  EXPECT_TRUE(wait_probe(fe, "/readyz", 200, "")) << fe.console();

  const auto target = be_.home() + "/decision";
  ASSERT_EQ(be_.verb({"init", "be", be_.spec().service, "--write", target}).first, 0);
  start_agent(be_);
  ASSERT_TRUE(wait_until([&] { return be_.verb({"status"}).first == 0; })) << be_.console();
  server_.start({agent_program(), "run-server", "--from", target});
  EXPECT_TRUE(net_.wait_worker("be", 0)) << be_.console() << server_.console();
  EXPECT_TRUE(said(be_, "server_ordered")) << be_.console() << server_.console();
  EXPECT_EQ(net_.cluster_ids_on_disk().size(), 1U);

  ASSERT_TRUE(wait_settled(be_)) << be_.console();
  EXPECT_EQ(be_.verb({"hold"}).first, 0) << be_.console();
  EXPECT_TRUE(server_.wait_end()) << be_.console();
  ASSERT_TRUE(be_.wait_reason("held")) << be_.console();
  server_.start({agent_program(), "run-server", "be", "--from", target});
  EXPECT_TRUE(wait_until([&] {
    return server_.console().find("waits for the agent: held") != std::string::npos;
  })) << server_.console();
  EXPECT_EQ(be_.server_pid(), 0) << "the kubelet started it, and no person";
}

/// On the simulator's clock more than the slack between a row's start time and what an agent saw.
constexpr std::chrono::seconds kOldServer{8};

std::chrono::nanoseconds age_of_file(const std::string& path) {
  return fs::file_time_type::clock::now() - fs::last_write_time(path);
}

/// kill -9 of the agent's container; the server's goes on.
void kill_agent(Pod& pod) {
  pod.signal(SIGKILL);
  ASSERT_TRUE(pod.wait_exit());
}

TEST_F(S82_Sidecar, ADrainThatTheAgentDidNotLiveThroughGoesOnWhereTheServerStillRuns) {
  ASSERT_TRUE(start_frontends()) << net_.fe(0).console();
  ASSERT_TRUE(start_worker()) << be_.console() << server_.console();
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  EXPECT_EQ(be_.verb({"drain", "--wait", "1s"}).first, 20);
  const pid_t server = be_.server_pid();
  kill_agent(be_);
  EXPECT_EQ(be_.server_pid(), server);
  start_agent(be_);
  EXPECT_TRUE(wait_until([&] { return status_of(be_)["leaving"]["phase"] == "work"; }))
      << "from the beginning: " << be_.console();
  EXPECT_EQ(be_.verb({"drain", "--cancel"}).first, 0) << be_.console();
  kill_agent(be_);
  start_agent(be_);
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << "taken back: " << be_.console();
  EXPECT_EQ(be_.server_pid(), server);

  EXPECT_EQ(be_.verb({"drain", "--wait", "1s"}).first, 20);
  kill_agent(be_);
  start_agent(be_);
  ASSERT_TRUE(wait_until([&] { return status_of(be_)["leaving"]["phase"] == "work"; }))
      << be_.console();
  ASSERT_EQ(control(be_, "/set?running=0"), "ok\n");
  EXPECT_TRUE(server_.wait_end()) << be_.console();
  EXPECT_TRUE(wait_until([&] { return be_.server_pid() == 0; }));
  EXPECT_TRUE(wait_until([&] { return status_of(be_)["leaving"]["phase"] == "ended"; }))
      << be_.console();
  EXPECT_NE(be_.file("log/be.INFO").find("BE exited successfully"), std::string::npos);
}

/// An FE that does not lead leaves for good, and its agent is replaced. Its DROP is under way, by
/// the mark on its volume; of what came of it nobody was told.
class S82_Replaced : public S82_Sidecar {
 protected:
  void SetUp() override {
    ASSERT_TRUE(start_frontends() && all_sealed(net_)) << net_.fe(0).console();
    leader_ = leader_of(net_, 0);
    leaves_ = (leader_ + 1) % 3;
    control(led(), "/fault?where=sql&match=drop_follower&kind=drop");
    EXPECT_EQ(fe().verb({"drain", "--for-good", "--wait", "1s"}).first, 20) << fe().console();
    ASSERT_TRUE(wait_until([&] { return fs::exists(fe().state() + "/left"); })) << fe().console();
    server_before_ = fe().server_pid();
    kill_agent(fe());
    start_agent(fe());
    EXPECT_TRUE(wait_until([&] { return status_of(fe())["leaving"]["phase"] == "move"; }))
        << fe().console();
  }
  Pod& led() { return net_.fe(leader_); }
  Pod& fe() { return net_.fe(leaves_); }
  bool drops() {
    control(led(), "/clear");
    return wait_until([&] { return led().sql("SHOW FRONTENDS").rows.size() == 2; },
                      milliseconds(90000));
  }

  int leader_ = 0;
  int leaves_ = 0;
  pid_t server_before_ = 0;
};

TEST_F(S82_Replaced, VotesUntilItsRowIsGone) {
  EXPECT_EQ(fe().server_pid(), server_before_);
  EXPECT_EQ(rows_of(led().sql("SHOW FRONTENDS"), fe().fqdn()), 1U);
  EXPECT_TRUE(drops()) << fe().console();
  EXPECT_TRUE(servers_[leaves_].wait_end()) << fe().console();
  EXPECT_TRUE(fe().wait_reason("dropped")) << fe().console();
  const auto said = fe().console();
  EXPECT_LT(said.rfind("row_gone"), said.rfind("server_told_to_stop")) << said;
}

TEST_F(S82_Replaced, IsDroppedAllTheSameIfItsServerEndsMeanwhile) {
  fe().kill_server();
  EXPECT_TRUE(drops()) << fe().console();
  EXPECT_TRUE(fe().wait_reason("dropped")) << fe().console();
}

TEST_F(S82_Sidecar, AnAgentThatComesAfterItsServerKnowsItsAgeAndItsRow) {
  ASSERT_TRUE(start_frontends()) << net_.fe(0).console();
  ASSERT_TRUE(start_worker()) << be_.console() << server_.console();
  kill_agent(be_);
  start_agent(be_);
  ASSERT_TRUE(wait_settled(be_)) << be_.console();
  EXPECT_EQ(be_.verb({"drain"}).first, 0) << be_.console();
  EXPECT_EQ(count_in_audit(net_.fe(0), "ADD BACKEND BLACKLIST"), 1) << be_.console();
  EXPECT_EQ(rows(net_, kBackends, be_.fqdn()), 1);

  net_.serve_name("fe", 3, true);
  auto& fe = net_.fe(3);
  ServerContainer server{fe};
  start_agent(fe);
  server.start();
  ASSERT_TRUE(wait_until([&] { return said(fe, "server_seen"); })) << fe.console();
  kill_agent(fe);  // a joiner whose row is alive for long before anybody seals it
  ASSERT_TRUE(net_.wait_frontends(4, 0)) << server.console();
  ASSERT_TRUE(wait_until([&] { return age_of_file(fe.home() + "/bin/fe.pid") > kOldServer; }));
  start_agent(fe);
  EXPECT_TRUE(wait_until([&] { return fs::exists(fe.state() + "/sealed"); })) << fe.console();
}

TEST_F(S82_Sidecar, OfTwoContainersOneAsksAndTheOtherWaitsForItsServersEnd) {
  ServerContainer second{net_.fe(0)};
  auto& fe = net_.fe(0);
  fe.set_env("SR_AGENT_FE__COUNT", "1");
  net_.serve_name("fe", 1, false);
  net_.serve_name("fe", 2, false);
  fs::rename(fe.home() + "/bin/start_fe.sh", fe.home() + "/bin/start_slowly.sh");
  replace_script(
      fe, "fe", "#!/bin/bash\nsleep 3\nexec '" + fe.home() + "/bin/start_slowly.sh' \"$@\"\n");
  start_agent(fe);
  servers_[0].start();
  second.start();
  EXPECT_TRUE(wait_until([&] { return said(fe, "server_seen"); })) << fe.console();
  EXPECT_TRUE(said(fe, "server_seen by=\"its ports\"")) << "by its lock, before its process";
  ASSERT_TRUE(net_.wait_frontends(1)) << fe.console() << servers_[0].console();
  EXPECT_TRUE(wait_until([&] { return fs::exists(fe.state() + "/sealed"); })) << fe.console();
  EXPECT_EQ(status_of(fe)["server"]["starts"], 1) << fe.console();
  EXPECT_FALSE(said(fe, "action=MoveAside")) << fe.console();
  EXPECT_NE(second.console().find("held by another process"), std::string::npos)
      << second.console();
}

TEST_F(S82_Sidecar, AHoldThatStandsWhenTheAgentComesDrainsTheServerThatRuns) {
  ASSERT_TRUE(start_frontends()) << net_.fe(0).console();
  ASSERT_TRUE(start_worker()) << be_.console() << server_.console();
  kill_agent(be_);
  be_.set_env("SR_AGENT_POLICY__HOLD", "true");
  start_agent(be_);
  EXPECT_TRUE(server_.wait_end()) << be_.console();
  EXPECT_TRUE(be_.wait_reason("held")) << be_.console();
  server_.start();
  EXPECT_TRUE(wait_until([&] {
    return server_.console().find("waits for the agent: held") != std::string::npos;
  })) << server_.console();
  EXPECT_EQ(be_.server_pid(), 0);
}

TEST_F(S82_Sidecar, AnFeThatCouldNotBeStoppedJoinsAndDoesNotFound) {
  if (!may_be_apart(be_)) GTEST_SKIP() << "no PID namespace may be made here";
  auto& first = net_.fe(0);
  first.set_env("SR_AGENT_FE__COUNT", "1");
  net_.serve_name("fe", 1, false);
  net_.serve_name("fe", 2, false);
  start_agent_apart(first);
  servers_[0].start();
  EXPECT_TRUE(first.wait_reason("config_invalid")) << first.console();
  EXPECT_NE(first.status("detail").find("shareProcessNamespace"), std::string::npos);
  EXPECT_TRUE(net_.cluster_ids_on_disk().empty());
  EXPECT_EQ(first.server_pid(), 0);
  first.signal(SIGKILL);
  ASSERT_TRUE(first.wait_exit());
  start_agent(first);
  ASSERT_TRUE(net_.wait_frontends(1)) << first.console() << servers_[0].console();

  net_.serve_name("fe", 1, true);
  auto& joiner = net_.fe(1);
  start_agent_apart(joiner);
  servers_[1].start();
  EXPECT_TRUE(net_.wait_frontends(2, 0)) << joiner.console() << servers_[1].console();
  EXPECT_TRUE(wait_until([&] { return fs::exists(joiner.state() + "/sealed"); }))
      << joiner.console();
  EXPECT_EQ(status_of(joiner)["server"]["pid"], 0);
}

}  // namespace
}  // namespace podlab
