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

class S82_Sidecar : public testing::Test {
 protected:
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
  [[nodiscard]] int marks() {
    int out = 0;
    for (int i = 0; i < 3; ++i)
      out += marked(net_.fe(i), id()) ? 1 : 0;
    return out;
  }

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
  const std::vector<std::string> apart{"/usr/bin/unshare",
                                       "--user",
                                       "--map-root-user",
                                       "--pid",
                                       "--fork",
                                       "--kill-child",
                                       "--mount-proc"};
  auto probe = apart;
  probe.emplace_back("/bin/true");
  if (be_.command(probe).first != 0) GTEST_SKIP() << "no PID namespace may be made here";
  ASSERT_TRUE(start_frontends()) << net_.fe(0).console();
  auto agent = apart;
  for (const auto& word : {agent_program(),
                           std::string{"run"},
                           std::string{"be"},
                           be_.spec().service,
                           std::string{"--sidecar"}})
    agent.push_back(word);
  be_.start_command(agent);
  server_.start();
  ASSERT_TRUE(net_.wait_worker("be", 0) && wait_settled(be_)) << be_.console();
  EXPECT_EQ(status_of(be_)["server"]["pid"], 0);
  EXPECT_EQ(status_of(be_)["server"]["running"], true) << "it listens";

  const auto [code, text] = be_.verb({"prestop"});
  EXPECT_EQ(code, 0) << text << be_.console();
  EXPECT_NE(text.find("SIGTERM of this container may stop the server now"), std::string::npos)
      << text;
  EXPECT_EQ(marks(), 3) << be_.console();
  EXPECT_GT(be_.server_pid(), 0) << "nobody has told it yet";
  EXPECT_TRUE(status_of(be_)["leaving"]["waits_for_container"]);
  ::kill(be_.server_pid(), SIGTERM);
  EXPECT_TRUE(server_.wait_end());
  EXPECT_TRUE(wait_until([&] { return marks() == 0; })) << be_.console();
  EXPECT_TRUE(said(be_, "leaving_ended code=0")) << be_.console();
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
}

}  // namespace
}  // namespace podlab
