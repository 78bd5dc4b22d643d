#include <csignal>

#include <gtest/gtest.h>

#include "moving_be.h"

/// A decommission that a person takes back, and what comes between. S38, S51.
namespace podlab {
namespace {

/// An FE's answers to this BE's questions are all away until `clear`.
void hang(const MovingBe& lab) {
  ASSERT_EQ(lab.fe.control("/fault?where=sql&match=show_backends&kind=drop"), "ok\n");
}

/// Exit code of a call that waits a second.
int begin_taking_back(const MovingBe& lab) {
  return lab.be.verb({"drain", "--cancel", "--wait", "1s"}).first;
}

TEST(S38_TakenBack, AlsoOnceTheServerWasStartedAgainMeanwhile) {
  MovingBe lab;
  lab.be.set_env("DEBUG_MODE", "true");
  lab.begin();
  ASSERT_TRUE(lab.up) << lab.be.console();
  const auto start = lab.cell("LastStartTime");
  ::kill(lab.be.server_pid(), SIGKILL);
  ASSERT_TRUE(wait_until([&] { return lab.cell("LastStartTime") != start; })) << lab.be.console();
  EXPECT_EQ(lab.cell("SystemDecommissioned"), "true");
  EXPECT_EQ(lab.be.verb({"drain", "--cancel"}).first, 0) << lab.be.console();
  EXPECT_TRUE(lab.decommissioned("false")) << lab.be.verb({"status"}).second << lab.be.console();
  EXPECT_TRUE(wait_probe(lab.be, "/readyz", 200, "")) << lab.be.console();
  EXPECT_EQ(lab.cell("BackendId"), lab.id);
}

TEST(S38_TakenBack, AlsoByTheNextContainer) {
  MovingBe lab;
  lab.begin();
  ASSERT_TRUE(lab.up) << lab.be.console();
  hang(lab);
  EXPECT_EQ(begin_taking_back(lab), 20) << lab.be.console();
  lab.be.kill_container();
  lab.be.start();
  EXPECT_EQ(lab.fe.control("/clear"), "ok\n");
  EXPECT_TRUE(lab.decommissioned("false")) << lab.be.console();
  EXPECT_TRUE(wait_probe(lab.be, "/readyz", 200, "")) << lab.be.console();
  EXPECT_EQ(lab.cell("BackendId"), lab.id);
}

/// Nobody else would do it, and the FE empties the BE and drops it.
TEST(S38_TakenBack, HoweverLongNoFeAnswers) {
  MovingBe lab;
  lab.begin();
  ASSERT_TRUE(lab.up) << lab.be.console();
  hang(lab);
  EXPECT_EQ(begin_taking_back(lab), 20) << lab.be.console();
  EXPECT_TRUE(wait_until([&] {
    const auto now = leaving(lab.be);
    return now.is_object() && now["phase"] == "unmark" && now["phase_age_ms"] > 70'000;
  })) << leaving(lab.be).dump();
  EXPECT_TRUE(leaving(lab.be)["result"].is_null()) << "it is not over";
  const auto server = lab.be.server_pid();
  ::kill(server, SIGKILL);
  EXPECT_TRUE(wait_until([&] {
    if (!lab.be.running()) lab.be.start();  // as the kubelet does
    return lab.be.server_pid() > 0 && lab.be.server_pid() != server;
  })) << "who serves on is started again: "
      << lab.be.console();
  EXPECT_EQ(begin_taking_back(lab), 20) << "it still goes on";
  EXPECT_EQ(lab.fe.control("/clear"), "ok\n");
  EXPECT_TRUE(lab.decommissioned("false")) << lab.be.console();
  EXPECT_TRUE(wait_until([&] { return leaving(lab.be)["result"] == 1; })) << lab.be.console();
}

TEST(S38_TakenBack, AStopThatComesMeanwhileTakesItBackAsWell) {
  MovingBe lab;
  lab.begin();
  ASSERT_TRUE(lab.up) << lab.be.console();
  hang(lab);
  EXPECT_EQ(begin_taking_back(lab), 20) << lab.be.console();
  lab.be.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return leaving(lab.be)["trigger"] == "TERM"; }));
  EXPECT_EQ(lab.fe.control("/clear"), "ok\n");
  EXPECT_EQ(lab.be.wait_exit(), 143) << lab.be.console();
  EXPECT_EQ(lab.cell("SystemDecommissioned"), "false") << lab.be.console();
}

/// Where the FE says no nobody waits for ever, and nobody is told that all is well.
TEST(S38_TakenBack, ANoOfTheFeIsToldByName) {
  MovingBe lab;
  lab.begin();
  ASSERT_TRUE(lab.up) << lab.be.console();
  ASSERT_EQ(
      lab.fe.control("/fault?where=sql&match=cancel_decommission&kind=error&code=5203&state=42000"
                     "&text=Access%20denied"),
      "ok\n");
  const auto end = lab.be.verb({"drain", "--cancel"});
  EXPECT_EQ(end.first, 10) << end.second << lab.be.console();
  EXPECT_NE(lab.be.verb({"status"}).second.find("the decommission is not taken back: "),
            std::string::npos)
      << lab.be.verb({"status"}).second;
  EXPECT_EQ(lab.cell("SystemDecommissioned"), "true");
  EXPECT_EQ(lab.fe.control("/clear"), "ok\n");
  EXPECT_EQ(lab.be.verb({"drain", "--cancel"}).first, 0) << "another try: " << lab.be.console();
  EXPECT_TRUE(lab.decommissioned("false")) << lab.be.console();
}

}  // namespace
}  // namespace podlab
