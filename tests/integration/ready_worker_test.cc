#include <csignal>

#include <gtest/gtest.h>

#include "worker_lab.h"

/// `/readyz` of a BE or CN as a kubelet asks it: S55. Each test breaks one thing from outside.
namespace podlab {
namespace {

using srsim::SimNode;

constexpr const char* kVerbose = "/readyz?verbose";

/// One FE without an agent, and a BE that is ready.
class S55_ReadyWorker : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(found(fe_));
    be_.set_env("SR_AGENT_MEMBERSHIP__CHECK_INTERVAL_S", "10");  // what changes is seen soon
    be_.start();
    ASSERT_TRUE(wait_probe(be_, "/readyz", 200, "ok\n")) << told();
  }

  /// Verbose answer and console, for the messages of a failed test.
  [[nodiscard]] std::string told() const { return be_.agent(kVerbose) + be_.console(); }

  /// Not ready with this line, alive all the same, and ready again without the check.
  void expect_failed(const std::string& check, const std::string& word) const {
    ASSERT_TRUE(wait_probe(be_, "/readyz", 503, check + ": " + word + "\n")) << told();
    EXPECT_TRUE(wait_probe(be_, kVerbose, 503, "[-]" + check + " failed: " + word)) << told();
    EXPECT_EQ(probe(be_, "/livez"), 200);
    EXPECT_TRUE(wait_probe(be_, "/readyz?exclude=" + check, 200, "ok\n")) << told();
  }

  void run_sql(const std::string& statement) {
    const auto done = fe_.sql(statement);
    ASSERT_TRUE(done.ok) << statement << ": " << done.error;
  }

  PodNet net_{};
  SimNode fe_{bare_fe(net_, 0)};
  Pod& be_{net_.be(0)};
};

TEST_F(S55_ReadyWorker, IsReadyOnlyAsTheListSays) {
  EXPECT_EQ(row_cell(net_, kBackends, be_.fqdn(), "Alive"), "true");
  int status = 0;
  const auto body = be_.agent(kVerbose, &status);
  EXPECT_EQ(status, 200);
  for (const auto* check :
       {"snapshot", "phase", "server", "health", "row", "alive", "role", "address", "cluster"})
    EXPECT_NE(body.find(std::string("[+]") + check + " ok"), std::string::npos) << body;
  EXPECT_TRUE(body.ends_with("readyz check passed\n")) << body;
  EXPECT_EQ(status_of(be_)["ready"], true);
}

TEST_F(S55_ReadyWorker, ExcludedChecksCannotFailAndUnknownNamesChangeNothing) {
  control(be_, "/fault?where=http&match=heartbeat&kind=error&text=out+of+order");
  ASSERT_TRUE(wait_probe(be_, "/readyz", 503, "alive: ")) << told();
  EXPECT_EQ(probe(be_, "/readyz?exclude=row&exclude=health"), 503);
  EXPECT_EQ(probe(be_, "/readyz?exclude=row&exclude=alive"), 200);
  const auto body = be_.agent("/readyz?verbose&exclude=alive&exclude=no-such");
  EXPECT_NE(body.find("[+]alive excluded: ok\n"), std::string::npos) << body;
  EXPECT_NE(body.find("no matches for \"no-such\""), std::string::npos) << body;
  EXPECT_EQ(probe(be_, "/readyz?exclude=no-such"), 503);
  EXPECT_EQ(probe(be_, "/readyz?exclude="), 503);
}

TEST_F(S55_ReadyWorker, AliveFalseInTheListIsNotAlive) {
  control(be_, "/fault?where=http&match=heartbeat&kind=error&text=out+of+order");
  expect_failed("alive", "not_alive");
  EXPECT_EQ(row_cell(net_, kBackends, be_.fqdn(), "Alive"), "false");
  control(be_, "/clear");
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "ok\n")) << told();
}

TEST_F(S55_ReadyWorker, AServerThatDoesNotAnswerIsUnhealthyAndTheAgentIsAlive) {
  control(be_, "/fault?where=http&match=/api/health&kind=error&text=broken");
  expect_failed("health", "unhealthy");
  control(be_, "/fault?where=http&match=/api/health&kind=hang");
  EXPECT_TRUE(wait_probe(be_, "/readyz", 503, "health: unhealthy"));
  EXPECT_EQ(probe(be_, "/livez"), 200);
  control(be_, "/clear");
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "ok\n")) << told();
}

TEST_F(S55_ReadyWorker, ARowTakenOutIsDropped) {
  run_sql("ALTER SYSTEM DROP BACKEND '" + be_.fqdn() + ":9050' FORCE");
  ASSERT_TRUE(wait_probe(be_, "/readyz", 503, "row: dropped\n")) << told();
  EXPECT_EQ(rows(net_, kBackends, be_.fqdn()), 0);
  EXPECT_TRUE(wait_probe(be_, kVerbose, 503, "[ ]alive not judged")) << told();
}

TEST_F(S55_ReadyWorker, ADecommissionIsToldByItsWord) {
  net_.be(1).start();  // somewhere for the tablets to go
  ASSERT_TRUE(net_.wait_worker("be", 1)) << net_.be(1).console();
  const auto id = row_cell(net_, kBackends, be_.fqdn(), "BackendId");
  fe_.control("/set?node=" + id + "&tablets=20000");
  run_sql("ALTER SYSTEM DECOMMISSION BACKEND '" + be_.fqdn() + ":9050'");
  expect_failed("alive", "decommissioning");
  EXPECT_EQ(row_cell(net_, kBackends, be_.fqdn(), "SystemDecommissioned"), "true");
  run_sql("CANCEL DECOMMISSION BACKEND '" + be_.fqdn() + ":9050'");
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "ok\n")) << told();
}

TEST_F(S55_ReadyWorker, TermIsToldAsDrainingAtOnce) {
  const auto server = be_.server_pid();
  ASSERT_GT(server, 0);
  kill(server, SIGSTOP);  // it cannot end before we have looked
  be_.signal(SIGTERM);
  EXPECT_TRUE(wait_probe(be_, "/readyz", 503, "phase: draining\n"));
  EXPECT_EQ(probe(be_, "/livez"), 200);
  kill(server, SIGCONT);
  EXPECT_TRUE(be_.wait_exit());
}

/// The FEs go away for everyone at once: that must not take every BE out of service, until nobody
/// knows any more.
TEST(S55_ReadyWorkerAge, FesThatAreAwayFailNothingUntilTheRowIsTooOld) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  Pod& be = net.be(0);
  be.start();
  ASSERT_TRUE(wait_probe(be, "/readyz", 200, "ok\n")) << be.agent(kVerbose);
  fe.kill_now();
  // The agent itself has noticed, and the row is younger than its limit of 150 s (30 s here).
  ASSERT_TRUE(be.wait_reason("fe_unreachable")) << be.console();
  const auto row = status_of(be)["row"]["age_ms"].get<int>();
  const auto ready = probe(be, "/readyz");
  EXPECT_TRUE(ready == 200 || row > 100'000) << be.agent(kVerbose);
  EXPECT_TRUE(wait_probe(be, "/readyz", 503, "row: stale_facts\n")) << be.agent(kVerbose);
  EXPECT_TRUE(wait_probe(be, kVerbose, 503, "connection refused")) << "the reason behind it";
  EXPECT_EQ(probe(be, "/livez"), 200);
  EXPECT_TRUE(wait_healthy(be)) << "nobody stops a server for it";
  fe.start();
  EXPECT_TRUE(wait_probe(be, "/readyz", 200, "ok\n")) << be.agent(kVerbose);
}

TEST(S55_ReadyWorkerStart, SaysWhatIsMissingUntilItIsThere) {
  PodNet net;
  Pod& cn = net.cn(0);
  cn.set_env("SR_SIM_BE_START_MS", "30000");
  cn.start();
  ASSERT_TRUE(wait_probe(cn, "/readyz", 503, "health: starting")) << cn.agent(kVerbose);
  ASSERT_TRUE(wait_healthy(cn));
  ASSERT_TRUE(wait_probe(cn, "/readyz", 503, "row: fe_unreachable\n")) << cn.agent(kVerbose);
  EXPECT_TRUE(wait_probe(cn, kVerbose, 503, "[+]health ok")) << cn.agent(kVerbose);
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  EXPECT_TRUE(wait_probe(cn, "/readyz", 200, "ok\n")) << cn.agent(kVerbose);
  EXPECT_EQ(row_cell(net, kComputeNodes, cn.fqdn(), "Alive"), "true");
}

TEST(S55_ReadyWorkerRole, ANodeListedAsTheOtherKindIsNotReady) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  Pod& be = net.be(0);
  const auto done = fe.sql("ALTER SYSTEM ADD COMPUTE NODE '" + be.fqdn() + ":9050'");
  ASSERT_TRUE(done.ok) << done.error;
  be.start();
  ASSERT_TRUE(wait_probe(be, "/readyz", 503, "role: wrong_role\n")) << be.agent(kVerbose);
  EXPECT_NE(be.agent("/readyz").find("row: not_registered\n"), std::string::npos);
  EXPECT_EQ(probe(be, "/livez"), 200);
}

TEST(S55_ReadyWorkerCrash, ARestartInPlaceNeedsARowReadAfterIt) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  Pod& be = net.be(0);
  be.set_env("DEBUG_MODE", "true");
  be.set_env("BE_RESTART_WAIT_SECONDS", "20");
  be.start();
  ASSERT_TRUE(wait_probe(be, "/readyz", 200, "ok\n")) << be.agent(kVerbose);
  be.kill_server();
  ASSERT_TRUE(wait_probe(be, "/readyz", 503, "server: server_down\n")) << be.agent(kVerbose);
  ASSERT_TRUE(wait_probe(be, "/readyz", 200, "ok\n")) << be.agent(kVerbose);
  EXPECT_EQ(server_starts(be), 2);
  EXPECT_EQ(row_cell(net, kBackends, be.fqdn(), "Alive"), "true");
}

}  // namespace
}  // namespace podlab
