#include <csignal>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// How an FE stops: quorum, hand-over, statements that run. S43, S48, S49, S50.
namespace podlab {
namespace {

constexpr const char* kGraceful = "handle graceful exit successfully";

bool graceful(const Pod& fe) {
  return fe.file("log/fe.log").find(kGraceful) != std::string::npos ||
         fe.file("log/fe.out").find(kGraceful) != std::string::npos;
}

TEST(S48_Leader, HandsOverByItsGracefulExitAndTheListKeepsItsRows) {
  FeGroup group{"3.5.7"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  const int other = group.leader == 0 ? 1 : 0;
  group.led().signal(SIGTERM);
  EXPECT_TRUE(wait_probe(group.led(), "/readyz", 503, "draining")) << group.led().console();
  EXPECT_TRUE(wait_until([&] {
    const int now = leader_of(group.net, other);
    return now >= 0 && now != group.leader;
  })) << "another FE sees a new leader while the old one still runs";
  EXPECT_EQ(group.led().wait_exit(), 143) << group.led().console();
  EXPECT_TRUE(graceful(group.led())) << group.led().file("log/fe.log");
  EXPECT_TRUE(wait_until([&] { return group.net.frontends(other).rows.size() == 3; }))
      << "as soon as the new leader answers there";
  group.led().start();
  EXPECT_TRUE(group.net.wait_frontends(3)) << group.led().console();
  EXPECT_EQ(group.net.cluster_ids_on_disk().size(), 1U);
}

TEST(S48_Follower, IsDrainedToo) {
  FeGroup group{"3.5.7"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  auto& follower = group.other();
  follower.signal(SIGTERM);
  EXPECT_EQ(follower.wait_exit(), 143) << follower.console();
  EXPECT_TRUE(graceful(follower)) << follower.file("log/fe.log");
  EXPECT_EQ(leader_of(group.net, group.leader), group.leader);
  EXPECT_EQ(group.net.frontends(group.leader).rows.size(), 3U);
}

TEST(S48_TransferLeader, RestartsTheLeaderInPlaceAndAnotherLeads) {
  FeGroup group{"3.5.7"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  const auto [code, text] = group.led().verb({"transfer-leader"});
  EXPECT_EQ(code, 0) << text << group.led().console();
  EXPECT_TRUE(group.net.wait_frontends(3)) << group.led().console();
  EXPECT_NE(leader_of(group.net, group.leader), group.leader);
  EXPECT_TRUE(group.led().running());
  const auto [refused, why] = group.led().verb({"transfer-leader"});
  EXPECT_EQ(refused, 1) << why;
  EXPECT_NE(why.find("does not lead"), std::string::npos) << why;
}

TEST(S48_TransferLeader, IsRefusedByNameWhereTheVersionHasNoGracefulExit) {
  FeGroup group{"3.3.15"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  const pid_t server = group.led().server_pid();
  const auto [code, text] = group.led().verb({"transfer-leader"});
  EXPECT_EQ(code, 30) << text;
  EXPECT_NE(text.find("no graceful stop"), std::string::npos) << text;
  EXPECT_EQ(group.led().server_pid(), server);
  EXPECT_EQ(leader_of(group.net, group.leader), group.leader);
}

TEST(S49_Signal, AnOlderFeIsEndedBySigterm) {
  FeGroup group{"3.3.15"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  auto& follower = group.other();
  follower.signal(SIGTERM);
  EXPECT_EQ(follower.wait_exit(), 143) << follower.console();
  EXPECT_TRUE(said(follower, "server_told_to_stop signal=SIGTERM")) << follower.console();
  EXPECT_EQ(group.net.frontends(group.leader).rows.size(), 3U);
}

TEST(S49_Signal, WithTooFewOthersAliveRunningStatementsEndBeforeSigterm) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_name("fe", 0, true);
  ASSERT_TRUE(net.start_frontends(1) && wait_sealed(net.fe(0)));
  auto& fe = net.fe(0);
  ASSERT_EQ(control(fe, "/fault?where=sql&match=select&kind=delay&ms=4000&times=1"), "ok\n");
  srsim::SqlAnswer answer;
  std::thread client([&] { answer = fe.sql("SELECT 1"); });
  EXPECT_TRUE(wait_until(
      [&] { return fe.sql("SHOW PROCESSLIST").row("Info", "SELECT 1").contains("Command"); }));
  fe.signal(SIGTERM);
  client.join();
  EXPECT_TRUE(answer.ok) << answer.error;
  EXPECT_EQ(fe.wait_exit(), 143) << fe.console();
  EXPECT_TRUE(said(fe, "running_work count=1")) << fe.console();
  EXPECT_TRUE(said(fe, "server_told_to_stop signal=SIGTERM")) << fe.console();
  EXPECT_FALSE(graceful(fe)) << "SIGUSR1 would have ended it at once with 255";
}

TEST(S50_Quorum, ADrainWithoutWhichTheOthersAreNoMajorityIsRefused) {
  FeGroup group{"3.5.7"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  const int down = group.leader == 0 ? 2 : 3 - group.leader;
  group.net.fe(down).kill_container();
  ASSERT_TRUE(wait_until([&] {
    return srsim::cell(group.net.frontends(group.leader).row("IP", group.net.fe(down).fqdn()),
                       "Alive") == "false";
  }));
  const pid_t server = group.led().server_pid();
  const auto [code, text] = group.led().verb({"drain"});
  EXPECT_EQ(code, 30) << text;
  EXPECT_NE(text.find("2 of 3 followers are alive"), std::string::npos) << text;
  EXPECT_EQ(group.led().server_pid(), server);
  EXPECT_TRUE(wait_probe(group.led(), "/readyz", 200, "")) << group.led().console();
}

TEST(S51_DrainedFe, StaysDownAndServesAgainAfterTheCancel) {
  FeGroup group{"3.5.7"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  auto& follower = group.other();
  const auto [code, text] = follower.verb({"drain"});
  EXPECT_EQ(code, 0) << text << follower.console();
  EXPECT_EQ(follower.server_pid(), 0);
  EXPECT_TRUE(follower.running());
  EXPECT_TRUE(graceful(follower));
  EXPECT_TRUE(wait_probe(follower, "/metrics", 200, "sr_agent_server_last_exit_info{status=\""))
      << follower.agent("/metrics");
  EXPECT_EQ(follower.verb({"drain", "--cancel"}).first, 0);
  EXPECT_TRUE(group.net.wait_frontends(3)) << follower.console();
}

}  // namespace
}  // namespace podlab
