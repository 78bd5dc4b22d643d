#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "terminal.h"
#include "worker_lab.h"

/// How a BE or CN stops: marks at the FEs, running work, the row. S43, S46, S47, S49, S50.
namespace podlab {
namespace {

/// Three FEs and a BE whose row is alive.
class WorkerLeaves : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(net_.start_frontends(3));
    ASSERT_TRUE(settle());
  }
  bool settle() {
    be_.start();
    return net_.wait_worker("be", 0) && wait_settled(be_);
  }
  [[nodiscard]] std::string id() { return row_cell(net_, kBackends, be_.fqdn(), "BackendId"); }
  [[nodiscard]] int marks() { return marks_of(net_, be_); }
  [[nodiscard]] bool unmarked() {
    return wait_until([this] { return marks() == 0; });
  }

  PodNet net_{};
  Pod& be_{net_.be(0)};
};

/// The process beside the pod's container has ended with 0.
bool ends_well(pid_t pid) {
  int raw = -1;
  return wait_until([&] { return ::waitpid(pid, &raw, WNOHANG) == pid; }) && WIFEXITED(raw) &&
         WEXITSTATUS(raw) == 0;
}

using S46_Drain = WorkerLeaves;
using S47_Marks = WorkerLeaves;
using S43_Restart = WorkerLeaves;
using S50_Budget = WorkerLeaves;
using S51_Drained = WorkerLeaves;

TEST_F(S46_Drain, NewWorkIsKeptAwayAtEachFeAndRunningWorkEndsBeforeTheSignal) {
  const auto before = id();
  ASSERT_EQ(control(be_, "/set?running=2"), "ok\n");
  be_.signal(SIGTERM);
  EXPECT_TRUE(wait_probe(be_, "/readyz", 503, "draining"));
  EXPECT_TRUE(wait_until([&] { return marks() == 3; })) << be_.console();
  EXPECT_TRUE(wait_until([&] { return said(be_, "running_work count=2"); })) << be_.console();
  EXPECT_NE(status_of(be_)["leaving"]["notes"].dump().find("SIGTERM: a server of version 3.5.7"),
            std::string::npos)
      << "what this version lets the stop do (S49)";
  EXPECT_NE(control(be_, "/state").find("stopping=false"), std::string::npos)
      << "work runs: the server is not told yet";
  EXPECT_EQ(row_cell(net_, kBackends, be_.fqdn(), "Alive"), "true");
  control(be_, "/set?running=0");
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  EXPECT_NE(be_.file("log/be.INFO").find("BE exited successfully"), std::string::npos);
  EXPECT_EQ(marks(), 0) << be_.console();
  EXPECT_EQ(id(), before) << "its row stays";
  EXPECT_EQ(row_cell(net_, kBackends, be_.fqdn(), "Alive"), "false")
      << "its marks went only once no FE believed in it";
}

TEST_F(S43_Restart, LeavesTheMemberListAsItWas) {
  const auto before = id();
  const auto rows_before = net_.fe(0).sql(kBackends).rows.size();
  be_.signal(SIGTERM);
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  EXPECT_EQ(id(), before);
  ASSERT_TRUE(settle()) << be_.console();
  EXPECT_EQ(id(), before);
  EXPECT_EQ(net_.fe(0).sql(kBackends).rows.size(), rows_before);
  for (int i = 0; i < 3; ++i) {
    for (const auto& text : alter_statements(net_.fe(i), be_))
      EXPECT_EQ(text.find("DROP"), std::string::npos) << text;
  }
  EXPECT_EQ(marks(), 0);
}

TEST_F(S47_Marks, AnAdminsStaysAndOnlyTheOwnAreTakenBack) {
  ASSERT_TRUE(net_.fe(1).sql("ADD BACKEND BLACKLIST " + id()).ok);
  be_.signal(SIGTERM);
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  EXPECT_FALSE(marked(net_.fe(0), id()));
  EXPECT_TRUE(marked(net_.fe(1), id()));
  EXPECT_FALSE(marked(net_.fe(2), id()));
  ASSERT_TRUE(settle()) << be_.console();
  EXPECT_TRUE(marked(net_.fe(1), id())) << "the admin's own";
}

TEST_F(S47_Marks, ARecordThatACrashLeftIsWorkedOffOnceAtTheNextStart) {
  ASSERT_TRUE(net_.fe(2).sql("ADD BACKEND BLACKLIST " + id()).ok);
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  be_.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return marks() == 3; })) << be_.console();
  ASSERT_TRUE(std::filesystem::exists(be_.home() + "/storage/.sr-agent/marks"));
  be_.kill_container();
  ASSERT_TRUE(settle()) << be_.console();
  EXPECT_TRUE(wait_until([&] { return marks() == 1; })) << be_.console();
  EXPECT_TRUE(marked(net_.fe(2), id())) << "the admin's";
  const auto record = be_.home() + "/storage/.sr-agent/marks";
  EXPECT_TRUE(wait_until([&] { return !std::filesystem::exists(record); }))
      << "it goes after the marks: " << be_.console();
  EXPECT_EQ(count_in_audit(net_.fe(0), "DELETE BACKEND BLACKLIST"), 1);
  EXPECT_EQ(count_in_audit(net_.fe(2), "DELETE BACKEND BLACKLIST"), 0);
}

TEST_F(S47_Marks, AnFeThatWasRestartedHasLostItsMarkAndGetsNoStatement) {
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  be_.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return marks() == 3; })) << be_.console();
  int follower = 0;
  while (row_cell(net_, "SHOW FRONTENDS", net_.fe(follower).fqdn(), "Role") == "LEADER")
    ++follower;
  net_.fe(follower).kill_container();
  net_.fe(follower).start();
  ASSERT_TRUE(net_.wait_frontends(3));
  ASSERT_TRUE(wait_until([&] { return net_.fe(follower).sql("ADD BACKEND BLACKLIST " + id()).ok; }))
      << "an admin's, new";
  control(be_, "/set?running=0");
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  EXPECT_EQ(marks(), 1);
  EXPECT_TRUE(marked(net_.fe(follower), id()));
  EXPECT_EQ(count_in_audit(net_.fe(follower), "DELETE BACKEND BLACKLIST"), 0);
}

TEST_F(S50_Budget, WorkThatDoesNotEndIsCutOffInTimeForTheServerAndTold) {
  be_.signal(SIGTERM);
  ASSERT_EQ(be_.wait_exit(), 143);
  be_.set_env("SR_AGENT_STOP__GRACE_S", "10");
  be_.set_env("SR_AGENT_STOP__RESERVE_S", "2");
  ASSERT_TRUE(settle());
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  be_.signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return status_of(be_)["leaving"]["cut_off"] == 1; }))
      << be_.console();
  const auto code = be_.wait_exit();
  EXPECT_TRUE(code == 143 || code == 137) << be_.console();
  EXPECT_TRUE(said(be_, "leaving_ended code=10")) << be_.console();
}

TEST_F(S50_Budget, PrestopReturnsOnceTheNodeIsDownAndTheAgentOutlivesIt) {
  const auto [code, text] = be_.verb({"prestop"});
  EXPECT_EQ(code, 0) << text;
  EXPECT_EQ(be_.server_pid(), 0) << text;
  be_.signal(SIGTERM);
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  EXPECT_EQ(marks(), 0);
}

TEST_F(S50_Budget, PrestopWithoutAnAgentHoldsNobodyUp) {
  be_.kill_container();
  const auto [code, text] = be_.verb({"prestop"});
  EXPECT_EQ(code, 0);
  EXPECT_NE(text.find("no agent answers"), std::string::npos) << text;
}

/// 12 s less the reserve of 5.
TEST_F(S50_Budget, PrestopOfAMuteAgentEndsWithItsBudgetAndTellsItsConsole) {
  be_.set_env("SR_AGENT_STOP__GRACE_S", "12");
  ASSERT_EQ(::kill(be_.pid(), SIGSTOP), 0);
  const auto began = std::chrono::steady_clock::now();
  const auto [code, text] = be_.verb({"prestop"});
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_EQ(code, 20) << text;
  EXPECT_GE(took, std::chrono::milliseconds(6'900));
  EXPECT_LT(took, std::chrono::milliseconds(10'000));
  const std::string said_so =
      "sr-agent prestop: the budget is used up and the agent gave no answer; the node may still "
      "run\n";
  EXPECT_NE(text.find(said_so), std::string::npos) << text;
  EXPECT_TRUE(said(be_, said_so)) << be_.console();
  EXPECT_NE(be_.server_pid(), 0);
  ASSERT_EQ(::kill(be_.pid(), SIGCONT), 0);
  be_.signal(SIGTERM);
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
}

TEST_F(S50_Budget, TwoWhoWaitForOneDrainAreBothToldItsEnd) {
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  std::pair<int, std::string> first;
  std::thread waits([&] { first = be_.verb({"drain", "--reason", "disk is replaced"}); });
  EXPECT_TRUE(wait_until([&] { return in_phase(be_, "work"); })) << be_.console();
  const pid_t second = be_.start_beside({agent_program(), "drain"});
  const auto told = [&] { return read_text(root_of(be_) + "/console-beside"); };
  EXPECT_TRUE(wait_until([&] { return told().find("\"running\": 1") != std::string::npos; }))
      << told() << be_.console();
  EXPECT_NE(told().find("a drain is under way already (disk is replaced)"), std::string::npos)
      << told();
  EXPECT_EQ(::waitpid(second, nullptr, WNOHANG), 0) << "it waits" << told();
  control(be_, "/set?running=0");
  waits.join();
  EXPECT_TRUE(ends_well(second)) << told();
  EXPECT_EQ(first.first, 0) << first.second;
  for (const auto& text : {first.second, told()})
    EXPECT_NE(text.find("\"result\": 0"), std::string::npos) << text;
  EXPECT_EQ(be_.server_pid(), 0);
}

TEST_F(S50_Budget, OnATerminalOneLineTellsWhatIsWaitedFor) {
  Terminal terminal;
  ASSERT_NE(terminal.name(), "");
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  const pid_t drain = be_.start_beside(
      {"/bin/sh", "-c", R"(exec "$0" drain > "$1")", agent_program(), terminal.name()});
  EXPECT_TRUE(wait_until([&] {
    return terminal.text().find("work    waits for running work: 1 running") != std::string::npos;
  })) << terminal.text()
      << be_.console();
  control(be_, "/set?running=0");
  EXPECT_TRUE(ends_well(drain)) << terminal.text() << be_.console();
  const auto text = terminal.text();
  const auto ended = text.find("\r\x1b[Kended   drained ");
  EXPECT_NE(ended, std::string::npos) << text;
  EXPECT_GT(text.find('\n'), ended) << text;
}

TEST_F(S50_Budget, ARequestOfAnotherKindIsToldWhoseDrainIsUnderWay) {
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  EXPECT_EQ(be_.verb({"drain", "--reason", "disk is replaced", "--wait", "1s"}).first, 20);
  const auto [busy, owner] = be_.verb({"drain", "--for-good"});
  EXPECT_EQ(busy, 41) << owner;
  EXPECT_NE(owner.find("disk is replaced"), std::string::npos) << owner;
  EXPECT_EQ(status_of(be_)["leaving"]["trigger"], "drain") << "it goes on as it began";
  EXPECT_EQ(be_.verb({"drain", "--cancel"}).first, 0) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console();
}

TEST_F(S51_Drained, TheServerStaysDownInThisPodUntilTheDrainIsTakenBack) {
  const auto before = id();
  const auto [code, text] = be_.verb({"drain", "--reason", "disk is replaced"});
  EXPECT_EQ(code, 0) << text << be_.console();
  EXPECT_EQ(be_.server_pid(), 0);
  EXPECT_TRUE(be_.running());
  EXPECT_TRUE(wait_probe(be_, "/livez", 200, ""));
  EXPECT_TRUE(wait_probe(be_, "/readyz", 503, "draining"));
  EXPECT_EQ(marks(), 0);
  be_.kill_container();
  be_.start();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 503, "draining"));
  EXPECT_TRUE(be_.wait_reason("draining")) << be_.console();
  EXPECT_TRUE(wait_until([&] { return be_.verb({"status"}).first == 0; }));
  EXPECT_EQ(status_of(be_)["server"]["starts"], 0) << be_.console();
  EXPECT_EQ(be_.server_pid(), 0) << "another container of the same pod";
  be_.signal(SIGTERM);  // what the kubelet does when a probe of the server's port fails
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  be_.start();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 503, "draining"));
  EXPECT_TRUE(wait_until([&] { return be_.verb({"status"}).first == 0; }));
  EXPECT_EQ(status_of(be_)["server"]["starts"], 0) << be_.console();
  const auto [cancelled, words] = be_.verb({"drain", "--cancel"});
  EXPECT_EQ(cancelled, 0) << words;
  EXPECT_TRUE(net_.wait_worker("be", 0)) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console();
  EXPECT_EQ(id(), before);
}

TEST_F(S51_Drained, ADrainThatIsTakenBackInTimeStopsNothing) {
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  const pid_t server = be_.server_pid();
  const auto [waited, text] = be_.verb({"drain", "--wait", "1s"});
  EXPECT_EQ(waited, 20) << text;
  EXPECT_TRUE(wait_until([&] { return marks() == 3; })) << be_.console();
  EXPECT_EQ(be_.verb({"drain", "--cancel"}).first, 0);
  EXPECT_TRUE(unmarked()) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console();
  EXPECT_EQ(be_.server_pid(), server);
}

/// Whatever word it is: of a request, of another verb.
TEST_F(S51_Drained, AReasonIsTextAndWhoeverWaitsIsToldThatItWasTakenBack) {
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  std::pair<int, std::string> told;
  std::thread waits([&] { told = be_.verb({"drain", "--reason", "drain-cancel"}); });
  EXPECT_TRUE(wait_until([&] { return marks() == 3; })) << be_.console();
  EXPECT_EQ(status_of(be_)["leaving"]["why"], "drain-cancel");
  EXPECT_EQ(be_.verb({"drain", "--cancel"}).first, 0) << be_.console();
  waits.join();
  EXPECT_EQ(told.first, 1) << told.second;
  EXPECT_NE(told.second.find("taken back"), std::string::npos) << told.second;
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console();
}

TEST_F(S51_Drained, ACancelOfNothingDoesNotShowAnOlderResult) {
  EXPECT_EQ(be_.verb({"transfer-leader"}).first, 1) << "only an FE leads";
  const auto [code, text] = be_.verb({"drain", "--cancel"});
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find("no drain is under way"), std::string::npos) << text;
}

TEST_F(S50_Budget, ADryRunSaysWhatADrainWouldDoAndChangesNothing) {
  const pid_t server = be_.server_pid();
  const auto [code, text] = be_.verb({"drain", "--dry-run"});
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find("blacklisted at each FE"), std::string::npos) << text;
  EXPECT_NE(text.find("by SIGTERM and has 30 s"), std::string::npos) << text;
  EXPECT_NE(text.find("restarts the container after 15 s"), std::string::npos) << text;
  EXPECT_EQ(marks(), 0);
  EXPECT_EQ(be_.server_pid(), server);
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console();
  EXPECT_EQ(count_in_audit(net_.fe(0), "ADD BACKEND BLACKLIST"), 0);
}

TEST_F(S51_Drained, RegisterEndsItToo) {
  ASSERT_EQ(be_.verb({"drain"}).first, 0) << be_.console();
  EXPECT_EQ(be_.verb({"register", "be", "kube-fe-service.ns.svc.cluster.local"}).first, 0)
      << be_.console();
  EXPECT_TRUE(wait_healthy(be_)) << be_.console();
}

}  // namespace
}  // namespace podlab
