#include <gtest/gtest.h>

#include "core/exit_codes.h"
#include "io/files.h"
#include "runtime_worker_fixture.h"

namespace sragent::test {
namespace {

const std::string kServe = "exec sleep 1000";

std::string why_of(const NodeStatus& status, const std::string& fact) {
  for (const auto& line : status.facts)
    if (line.name == fact) return line.why;
  return "(no such fact)";
}

TEST(WorkerAgent, S24_TheServerStartsWhileNoFeAnswersAndEachAddressHasItsError) {
  const auto port = closed_port();
  WorkerNode node{port, kServe};
  node.begin();
  node.turn();
  EXPECT_TRUE(node.server().running()) << "before anything was asked";
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kFeUnreachable; }));
  EXPECT_EQ(why_of(node.status(), "fe 127.0.0.1:" + std::to_string(port)), "connection refused");
  EXPECT_EQ(node.server().starts(), 1U);
  EXPECT_FALSE(node.end_code());
}

TEST(WorkerAgent, S24_TheRowIsAddedOnceAnFeAccepts) {
  WorkerFe fe;
  WorkerNode node{fe.port(), kServe};
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kFeUnreachable; }));
  fe.start();
  ASSERT_TRUE(node.turn_until([&] { return node.registered(); }));
  EXPECT_EQ(fe.rows(), 1U);
  EXPECT_EQ(node.status().row.alive, Tri::kNo) << "registered is not alive";
  EXPECT_EQ(node.status().cluster_id, "4711");
  ASSERT_TRUE(node.kept().worker);
  EXPECT_EQ(node.kept().worker->registered_id, "4711");
}

TEST(WorkerAgent, S26_AliveIsWhatTheFeSaysAndRunningWhatTheServerSays) {
  ScriptedPeer health{answer_healthy};
  WorkerFe fe;
  fe.start();
  WorkerNode node{fe.port(), kServe};
  node.conf.http_port = health.port();
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.status().phase == Phase::kRunning; }));
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kNotAlive; }))
      << "15 s after the server became healthy";
  EXPECT_TRUE(node.registered());
  fe.heartbeat();
  ASSERT_TRUE(node.turn_until([&] { return node.status().row.alive == Tri::kYes; }));
  EXPECT_EQ(node.reason(), Reason::kNone);
}

TEST(WorkerAgent, S25_ARowThatIsThereIsLeftAlone) {
  WorkerFe fe;
  fe.start_with_member();
  WorkerNode node{fe.port(), kServe};
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.status().row.alive == Tri::kYes; }));
  EXPECT_EQ(fe.rows(), 1U);
  for (const auto& line : node.status().decisions)
    EXPECT_NE(line.action, "add");
}

TEST(WorkerAgent, ASettledNodeLetsTheLoopSleep) {
  ScriptedPeer health{answer_healthy};
  WorkerFe fe;
  fe.start_with_member();
  WorkerNode node{fe.port(), kServe};
  node.conf.http_port = health.port();
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kNone; }));
  node.turn_for(Millis{6'000});
  EXPECT_TRUE(node.turn_until([&] { return node.sleep() > Millis{5'000}; }))
      << "between two questions to the server nothing is due";
}

TEST(WorkerAgent, S55_TakenOutItIsNotReadyAtOnceAndReadyAgainOnlyByANewReading) {
  WorkerFe fe;
  fe.start_with_member();
  WorkerNode node{fe.port(), kServe};
  node.begin();
  const auto row_check = [&] {
    auto facts = node.status().ready;
    facts.kind = NodeKind::kBe;
    facts.healthy_since.reset();
    facts.limits.row = Millis{150'000};
    for (const auto& check : judge_readiness(facts, facts.row.at.value_or(Instant{})))
      if (check.name == "row") return check;
    return ReadyCheck{};
  };
  ASSERT_TRUE(node.turn_until([&] { return row_check().state == CheckState::kOk; }));
  ASSERT_TRUE(node.command("offline").has_value());
  EXPECT_EQ(row_check().state, CheckState::kFailed);
  EXPECT_EQ(row_check().reason, Reason::kDropped);
  EXPECT_NE(row_check().detail.find("sr-agent offline"), std::string::npos);
  ASSERT_TRUE(node.command("register").has_value());
  EXPECT_EQ(row_check().state, CheckState::kFailed) << "nothing was read since";
  EXPECT_TRUE(node.turn_until([&] { return row_check().state == CheckState::kOk; }));
}

TEST(WorkerAgent, S58_ARefusedPasswordIsReadAgainFromItsFile) {
  WorkerFe fe;
  fe.set_root_password("new");
  fe.start();
  WorkerNode node{fe.port(), kServe};
  node.config.sql.password_file = node.file("password");
  put_file(node.file("password"), "old\n");
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kAuthFailed; }));
  EXPECT_TRUE(node.server().running());
  put_file(node.file("password"), "new\n");
  ASSERT_TRUE(node.turn_until([&] { return node.registered(); }));
}

TEST(WorkerAgent, S58_APasswordFileThatCannotBeReadIsNamedAndNoEmptyPasswordIsTried) {
  WorkerFe fe;  // an empty password would let everybody in
  fe.start();
  WorkerNode node{fe.port(), kServe};
  node.config.sql.password_file = node.file("password");
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kAuthFailed; }));
  EXPECT_NE(node.status().detail.find(node.file("password")), std::string::npos)
      << node.status().detail;
  node.turn_for(Millis{20'000});
  EXPECT_EQ(fe.rows(), 0U);
  put_file(node.file("password"), "\n");
  EXPECT_TRUE(node.turn_until([&] { return node.registered(); }));
}

TEST(WorkerAgent, S31_ARowOfTheOtherKindIsNamed) {
  WorkerFe fe;
  ASSERT_EQ(fe.run("ALTER SYSTEM ADD COMPUTE NODE \"127.0.0.1:9050\""), "OK");
  fe.start();
  WorkerNode node{fe.port(), kServe};
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kWrongRole; }));
  EXPECT_EQ(fe.rows(true), 0U);
  EXPECT_EQ(fe.rows(false), 1U);
}

TEST(WorkerAgent, S28_ADiskOfAnotherClusterIsNotAdded) {
  WorkerFe fe;
  fe.start();
  WorkerNode node{fe.port(), kServe};
  put_file(node.storage() + "/cluster_id", "12345-token");
  node.begin();
  EXPECT_EQ(node.book().answer({}, Instant{}).remembers, std::vector<ClusterId>{"12345"});
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kIdentityConflict; }));
  EXPECT_EQ(fe.rows(), 0U);
  EXPECT_TRUE(node.server().running());
}

TEST(WorkerAgent, S27_ARowThatSomebodyTookOutComesBackOnlyByRegister) {
  WorkerFe fe;
  fe.start();
  WorkerNode node{fe.port(), kServe};
  node.config.membership.check_interval = std::chrono::seconds{5};
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.registered(); }));
  fe.heartbeat();
  ASSERT_TRUE(node.turn_until([&] { return node.reason() != Reason::kNone; }));
  ASSERT_EQ(fe.run("ALTER SYSTEM DROP BACKEND \"127.0.0.1:9050\" FORCE"), "OK");
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kDropped; }));
  EXPECT_TRUE(node.kept().worker && node.kept().worker->dropped);
  EXPECT_EQ(fe.rows(), 0U);
  ASSERT_EQ(node.command("register"), "registering");
  ASSERT_TRUE(node.turn_until([&] { return node.registered(); }));
  EXPECT_EQ(fe.rows(), 1U);
  EXPECT_FALSE(node.kept().worker->dropped);
}

TEST(WorkerAgent, S27_ARowLostWithTheLeadersRestartIsAddedAgain) {
  WorkerFe fe;
  fe.start_with_member();
  WorkerNode node{fe.port(), kServe};
  node.config.membership.check_interval = std::chrono::seconds{5};
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.registered(); }));
  ASSERT_EQ(fe.run("ALTER SYSTEM DROP BACKEND \"127.0.0.1:9050\" FORCE"), "OK");
  fe.restart_leader();
  ASSERT_TRUE(node.turn_until([&] { return fe.rows() == 1U; }));
}

TEST(WorkerAgent, S27_ADroppedNodeRegistersInItsNextPodAndNotInThisOne) {
  WorkerFe fe;
  fe.start();
  const auto keep_dropped = [](WorkerNode& node) {
    WorkerNote note;
    note.dropped = true;
    note.registered_id = "4711";
    const auto folder = StateFolder::open(node.storage() + "/.sr-agent", node.storage(), "");
    ASSERT_TRUE(folder);
    ASSERT_TRUE(folder->write(note));
  };
  WorkerNode same{fe.port(), kServe};
  keep_dropped(same);
  put_file(same.file("127.0.0.1.dropped"), "\n");
  same.begin();
  ASSERT_TRUE(same.turn_until([&] { return same.reason() == Reason::kDropped; }));
  EXPECT_EQ(fe.rows(), 0U);
  WorkerNode next{fe.port(), kServe};
  keep_dropped(next);
  next.begin();
  ASSERT_TRUE(next.turn_until([&] { return next.registered(); }));
}

/// A node that a person drops may be one that crashes: its container starts again and again.
TEST(WorkerAgent, S27_ARowTakenOutWhileTheContainerRestartsStaysOut) {
  WorkerFe fe;
  fe.start();
  WorkerNode node{fe.port(), kServe};
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.registered(); }));
  fe.heartbeat();
  ASSERT_EQ(fe.run("ALTER SYSTEM DROP BACKEND \"127.0.0.1:9050\" FORCE"), "OK");
  node.restart_container();
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kDropped; }));
  EXPECT_EQ(fe.rows(), 0U);
  ASSERT_EQ(node.command("register"), "registering");
  ASSERT_TRUE(node.turn_until([&] { return node.registered(); }));
  EXPECT_EQ(fe.rows(), 1U);
}

TEST(WorkerAgent, AnFeThatAcceptsAndNeverGreetsIsUnreachable) {
  ScriptedPeer mute{hang};
  WorkerNode node{mute.port(), kServe};
  node.config.sql.connect_timeout = std::chrono::milliseconds{100};
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kFeUnreachable; }));
  EXPECT_TRUE(node.server().running());
}

TEST(WorkerAgent, S31_AMissingStartScriptIsNamedAndHeld) {
  WorkerNode node{closed_port(), ""};
  node.begin();
  node.turn();
  EXPECT_EQ(node.reason(), Reason::kConfigInvalid);
  EXPECT_NE(node.status().detail.find("be/bin/start_be.sh"), std::string::npos);
  EXPECT_EQ(node.status().phase, Phase::kHeld);
  EXPECT_FALSE(node.end_code());
}

TEST(WorkerAgent, S31_AMissingStartScriptEndsTheContainerWhereRefusalsExit) {
  WorkerNode node{closed_port(), ""};
  node.config.policy.on_refusal = RefusalSetting::kExit;
  node.begin();
  node.turn();
  EXPECT_EQ(node.end_code(), kExitServerConf);
}

TEST(WorkerAgent, S71_AHoldKeepsTheServerDownAndTheListUntouched) {
  WorkerFe fe;
  fe.start();
  WorkerNode node{fe.port(), kServe};
  node.begin();
  node.agent().on_hold(true);
  node.turn_for(Millis{5'000});
  EXPECT_EQ(node.reason(), Reason::kHeld);
  EXPECT_FALSE(node.server().running());
  EXPECT_EQ(fe.rows(), 0U);
  node.agent().on_hold(false);
  ASSERT_TRUE(node.turn_until([&] { return node.registered(); }));
  EXPECT_TRUE(node.server().running());
}

TEST(WorkerAgent, S52_TheContainerEndsWithTheServersStatus) {
  WorkerNode node{closed_port(), "exit 3"};
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.end_code().has_value(); }));
  EXPECT_EQ(node.end_code(), 3);
  EXPECT_EQ(node.server().starts(), 1U);
}

TEST(WorkerAgent, S52_WithDebugModeTheServerIsStartedAgainUntilItIsACrashLoop) {
  WorkerNode node{closed_port(), "exit 134"};
  node.config.restart.debug_mode = true;
  node.config.restart.wait = std::chrono::seconds{0};
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.end_code().has_value(); }));
  EXPECT_EQ(node.end_code(), 134);
  EXPECT_EQ(node.server().starts(), 6U) << "the sixth end in ten minutes is one too many";
  EXPECT_EQ(node.reason(), Reason::kCrashLoop);
}

TEST(WorkerAgent, NothingIsSentOnceAStopBegan) {
  WorkerFe fe;
  WorkerNode node{fe.port(), kServe};
  node.begin();
  ASSERT_TRUE(node.turn_until([&] { return node.reason() == Reason::kFeUnreachable; }));
  node.agent().on_stop();
  fe.start();
  node.turn_for(Millis{20'000});
  EXPECT_EQ(fe.rows(), 0U);
  EXPECT_EQ(node.command("register"), "refused: a stop is under way");
}

}  // namespace
}  // namespace sragent::test
