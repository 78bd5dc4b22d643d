#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "journal_lines.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// How an FE leaves its group for good: one at a time, and never from a group that does not bear
/// it. S39.
namespace podlab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDrop = "ALTER SYSTEM DROP";
/// The connection closes in place of an answer.
constexpr const char* kLosesDrop = "/fault?where=sql&match=drop_follower&kind=drop";
const std::vector<std::string> kForGood{"drain", "--for-good"};
const std::vector<std::string> kForGoodBriefly{"drain", "--for-good", "--wait", "2s"};

/// Three FEs of 3.5.7; whoever leaves is not the leader unless a test says so.
class FeLeaves : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(group_.up && group_.leader >= 0); }
  [[nodiscard]] std::size_t listed(const Pod& fe) {
    return rows_of(led().sql("SHOW FRONTENDS"), fe.fqdn());
  }
  Pod& led() { return group_.led(); }
  Pod& fe() { return group_.third(); }
  Pod& other() { return group_.other(); }
  /// What is not on its volume goes with the pod.
  static void forget_pod(const Pod& of) { fs::remove_all(of.home() + "/../run"); }
  [[nodiscard]] static bool left_mark(const Pod& of) { return fs::exists(of.state() + "/left"); }
  [[nodiscard]] static std::string claim(const Pod& of) {
    const auto body = of.agent("/v1/identity");
    const auto at = body.find("\"claim\":");
    return at == std::string::npos ? body
                                   : body.substr(at + 8, body.find_first_of(",}", at) - at - 8);
  }
  [[nodiscard]] static bool keeps_working(Pod& at, const std::string& database) {
    return at.sql("CREATE DATABASE " + database).ok;
  }

  FeGroup group_{"3.5.7"};
};

/// A statement runs at this FE for 15 s; the object's end waits for it.
class Busy {
 public:
  explicit Busy(Pod& fe) {
    control(fe, "/fault?where=sql&match=select&kind=delay&ms=15000&times=1");
    client_ = std::thread([&fe] { static_cast<void>(fe.sql("SELECT 1")); });
    seen_ = wait_until(
        [&fe] { return fe.sql("SHOW PROCESSLIST").row("Info", "SELECT 1").contains("Command"); });
  }
  ~Busy() { end(); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  void end() {
    if (client_.joinable()) client_.join();
  }
  [[nodiscard]] bool seen() const { return seen_; }

 private:
  std::thread client_{};
  bool seen_ = false;
};

using S39_Follower = FeLeaves;
using S39_Leader = FeLeaves;
using S39_Two = FeLeaves;
using S39_Silent = FeLeaves;
using S39_Rest = FeLeaves;
using S39_Killed = FeLeaves;
using S39_Lost = FeLeaves;
using S39_Refused = FeLeaves;
using S39_Again = FeLeaves;
using S39_TakenBackLate = FeLeaves;

TEST_F(S39_Follower, IsDroppedThroughTheLeaderAndItsServerStaysDown) {
  const auto [code, text] = fe().verb(kForGood);
  EXPECT_EQ(code, 0) << text << fe().console();
  EXPECT_EQ(listed(fe()), 0U);
  EXPECT_EQ(count_in_audit(led(), kDrop), 1) << "one statement, and at the leader";
  EXPECT_EQ(count_in_audit(fe(), kDrop) + count_in_audit(other(), kDrop), 0);
  EXPECT_EQ(fe().server_pid(), 0);
  EXPECT_TRUE(fe().running());
  EXPECT_TRUE(left_mark(fe()));
  EXPECT_TRUE(has_metadata(fe())) << "nothing on the volume is deleted";
  EXPECT_TRUE(wait_probe(fe(), "/readyz", 503, "dropped")) << fe().console();
  EXPECT_TRUE(group_.net.wait_frontends(2, group_.leader));
  EXPECT_TRUE(keeps_working(led(), "after_the_drop"));
  const auto decided = journal_line_with(fe(), "rule", "leaving");
  EXPECT_EQ(decided.value("action", ""), "drop");
  EXPECT_NE(decided.value("detail", "").find(led().fqdn()), std::string::npos) << decided;
  const auto lines = journal_lines(fe());
  ASSERT_FALSE(lines.empty());
  const auto& last = lines.back();
  EXPECT_EQ(last.value("outcome_of", "") + ": " + last.value("outcome", ""),
            "leaving drop: its row is gone");
}

TEST_F(S39_Follower, WaitsForItsRunningStatementsBeforeItsRowGoes) {
  Busy busy(fe());
  ASSERT_TRUE(busy.seen());
  EXPECT_EQ(fe().verb(kForGoodBriefly).first, 20) << fe().console();
  EXPECT_EQ(listed(fe()), 1U);
  EXPECT_FALSE(left_mark(fe()));
  busy.end();
  EXPECT_EQ(fe().verb(kForGood).first, 0) << fe().console();
  EXPECT_EQ(listed(fe()), 0U);
}

TEST_F(S39_Leader, StopsFirstAndTheNextLeaderDropsItsRow) {
  auto& old = led();
  const auto [code, text] = old.verb(kForGood);
  EXPECT_EQ(code, 0) << text << old.console();
  const int next = leader_of(group_.net, group_.leader == 0 ? 1 : 0);
  ASSERT_GE(next, 0);
  EXPECT_NE(next, group_.leader);
  EXPECT_TRUE(said(old, "server_told_to_stop signal=SIGUSR1")) << old.console();
  EXPECT_EQ(rows_of(group_.net.fe(next).sql("SHOW FRONTENDS"), old.fqdn()), 0U);
  EXPECT_EQ(count_in_audit(group_.net.fe(next), kDrop), 1);
  EXPECT_EQ(count_in_audit(old, kDrop), 0) << "no leader is asked to drop itself";
  EXPECT_TRUE(group_.net.wait_frontends(2, next));
  EXPECT_EQ(group_.net.cluster_ids_on_disk().size(), 1U);
}

TEST_F(S39_Two, TheSecondWaitsUntilTheFirstIsGone) {
  Busy busy(fe());
  ASSERT_TRUE(busy.seen());
  EXPECT_EQ(fe().verb(kForGoodBriefly).first, 20) << fe().console();
  EXPECT_NE(claim(fe()), "null");
  EXPECT_EQ(other().verb(kForGoodBriefly).first, 20) << other().console();
  EXPECT_TRUE(other().wait_reason("quorum_risk")) << other().console();
  EXPECT_NE(other().agent("/v1/status").find(fe().fqdn()), std::string::npos);
  EXPECT_EQ(listed(fe()) + listed(other()), 2U);
  busy.end();
  EXPECT_EQ(fe().verb(kForGood).first, 0) << fe().console();
  EXPECT_EQ(other().verb(kForGood).first, 0) << other().console();
  EXPECT_EQ(led().sql("SHOW FRONTENDS").rows.size(), 1U);
  EXPECT_TRUE(keeps_working(led(), "alone"));
  const auto [code, text] = led().verb(kForGood);
  EXPECT_EQ(code, 30) << text;
  EXPECT_NE(text.find("only FE that elects"), std::string::npos) << text;
}

TEST_F(S39_Two, AtOnceBothGoOneAfterTheOther) {
  std::pair<int, std::string> first;
  std::thread at_once([&] { first = fe().verb(kForGood); });
  const auto second = other().verb(kForGood);
  at_once.join();
  EXPECT_EQ(first.first, 0) << first.second << fe().console();
  EXPECT_EQ(second.first, 0) << second.second << other().console();
  EXPECT_EQ(led().sql("SHOW FRONTENDS").rows.size(), 1U);
  EXPECT_EQ(count_in_audit(led(), kDrop), 2);
  EXPECT_TRUE(keeps_working(led(), "alone"));
}

TEST_F(S39_Silent, AMissingAnswerIsWaitedFor) {
  ASSERT_EQ(::kill(other().pid(), SIGSTOP), 0);
  EXPECT_EQ(fe().verb({"drain", "--for-good", "--wait", "8s"}).first, 20)
      << "40 s of the agent's, which is longer than a look may take\n"
      << fe().console();
  EXPECT_TRUE(fe().wait_reason("quorum_risk")) << fe().console();
  EXPECT_NE(fe().agent("/v1/status").find(other().fqdn()), std::string::npos);
  for (const std::string another : {"drain", "transfer-leader"}) {
    const auto [busy, owner] = fe().verb({another});
    EXPECT_EQ(busy, 41) << owner;
    EXPECT_NE(owner.find("sr-agent drain --for-good is under way"), std::string::npos) << owner;
  }
  EXPECT_EQ(listed(fe()), 1U);
  EXPECT_NE(fe().server_pid(), 0);
  ASSERT_EQ(::kill(other().pid(), SIGCONT), 0);
  EXPECT_EQ(fe().verb(kForGood).first, 0) << fe().console();
  EXPECT_EQ(listed(fe()), 0U);
}

TEST_F(S39_Silent, ACancelMeanwhileLeavesEverythingAsItWas) {
  ASSERT_EQ(::kill(other().pid(), SIGSTOP), 0);
  EXPECT_EQ(fe().verb(kForGoodBriefly).first, 20) << fe().console();
  const pid_t server = fe().server_pid();
  EXPECT_EQ(fe().verb({"drain", "--cancel"}).first, 0);
  EXPECT_TRUE(wait_probe(fe(), "/readyz", 200, "")) << fe().console();
  EXPECT_EQ(fe().server_pid(), server);
  EXPECT_EQ(claim(fe()), "null");
  EXPECT_FALSE(left_mark(fe()));
  EXPECT_EQ(count_in_audit(led(), kDrop), 0);
  ASSERT_EQ(::kill(other().pid(), SIGCONT), 0);
}

TEST_F(S39_Rest, IsRefusedWhereTheOthersAreNoLivingMajority) {
  other().kill_container();
  ASSERT_TRUE(wait_until([&] {
    return srsim::cell(led().sql("SHOW FRONTENDS").row("IP", other().fqdn()), "Alive") == "false";
  }));
  const pid_t server = fe().server_pid();
  const auto [code, text] = fe().verb(kForGood);
  EXPECT_EQ(code, 30) << text << fe().console();
  EXPECT_NE(text.find("1 of the 2 other followers"), std::string::npos) << text;
  EXPECT_EQ(fe().server_pid(), server);
  EXPECT_EQ(claim(fe()), "null");
  EXPECT_EQ(count_in_audit(led(), kDrop), 0);
  EXPECT_TRUE(wait_probe(fe(), "/readyz", 200, "")) << fe().console();
}

TEST_F(S39_Rest, ADryRunSaysWhatWouldBeDoneAndTellsNobody) {
  const auto [code, text] = fe().verb({"drain", "--for-good", "--dry-run"});
  EXPECT_EQ(code, 0) << text << fe().console();
  EXPECT_NE(text.find("drops this FE's row"), std::string::npos) << text;
  EXPECT_EQ(claim(fe()), "null");
  EXPECT_EQ(listed(fe()), 1U);
  const auto [of_leader, words] = led().verb({"drain", "--for-good", "--dry-run"});
  EXPECT_EQ(of_leader, 0) << words;
  EXPECT_NE(words.find("its server stops first"), std::string::npos) << words;
}

/// Nothing is marked yet, so its server is a voter again until it is its turn.
TEST_F(S39_Killed, BeforeItsTurnTheNextContainerServesAndGoesOn) {
  Busy busy(fe());
  ASSERT_TRUE(busy.seen());
  EXPECT_EQ(fe().verb(kForGoodBriefly).first, 20) << fe().console();
  EXPECT_EQ(other().verb(kForGoodBriefly).first, 20) << other().console();
  fe().kill_container();
  busy.end();
  fe().start();
  EXPECT_TRUE(fe().wait_reason("dropped")) << fe().console();
  EXPECT_TRUE(other().wait_reason("dropped")) << other().console();
  EXPECT_EQ(listed(fe()) + listed(other()), 0U);
  EXPECT_EQ(count_in_audit(led(), kDrop), 2);
  EXPECT_TRUE(keeps_working(led(), "alone"));
}

TEST_F(S39_Killed, WhileItsDropIsUnderWayTheNextContainerDoesNotServeAndGoesOn) {
  control(led(), kLosesDrop);
  EXPECT_EQ(fe().verb(kForGoodBriefly).first, 20) << fe().console();
  ASSERT_TRUE(wait_until([&] { return left_mark(fe()); })) << fe().console();
  fe().kill_container();
  control(led(), "/clear");
  fe().start();
  EXPECT_TRUE(fe().wait_reason("dropped")) << fe().console();
  EXPECT_EQ(listed(fe()), 0U);
  EXPECT_EQ(status_of(fe())["server"]["starts"], 0) << fe().console();
  EXPECT_TRUE(keeps_working(led(), "after_the_kill"));
}

TEST_F(S39_Lost, ADropWithoutAnAnswerIsSentAgainOnceItCanNoLongerArrive) {
  control(led(), std::string(kLosesDrop) + "&times=1");
  EXPECT_EQ(fe().verb(kForGood).first, 0) << fe().console();
  EXPECT_EQ(listed(fe()), 0U);
  EXPECT_TRUE(keeps_working(led(), "after_the_loss"));
}

TEST_F(S39_Lost, ACancelWaitsUntilTheDropCanNoLongerArrive) {
  control(led(), kLosesDrop);
  EXPECT_EQ(fe().verb(kForGoodBriefly).first, 20) << fe().console();
  ASSERT_TRUE(wait_until([&] { return left_mark(fe()); })) << fe().console();
  EXPECT_EQ(fe().verb({"drain", "--cancel"}).first, 0);
  EXPECT_TRUE(wait_until([&] { return !left_mark(fe()); })) << fe().console();
  EXPECT_TRUE(wait_probe(fe(), "/readyz", 200, "")) << fe().console();
  EXPECT_EQ(claim(fe()), "null");
  EXPECT_EQ(listed(fe()), 1U);
}

/// The next container, or the next pod, whose runtime folder is new.
class S39_TakenBack : public FeLeaves, public testing::WithParamInterface<bool> {};

TEST_P(S39_TakenBack, HoldsAfterAKillToo) {
  control(led(), kLosesDrop);
  EXPECT_EQ(fe().verb(kForGoodBriefly).first, 20) << fe().console();
  ASSERT_TRUE(wait_until([&] { return left_mark(fe()); })) << fe().console();
  std::thread cancel([&] { static_cast<void>(fe().verb({"drain", "--cancel"})); });
  EXPECT_TRUE(wait_until([&] {
    return read_text(fe().state() + "/left").find("reason=taken back") != std::string::npos;
  })) << fe().console();
  fe().kill_container();
  cancel.join();
  control(led(), "/clear");
  if (GetParam()) forget_pod(fe());
  fe().start();
  EXPECT_TRUE(wait_probe(fe(), "/readyz", 200, "")) << fe().console();
  EXPECT_FALSE(left_mark(fe()));
  EXPECT_FALSE(decided(fe(), "6 MoveAside")) << "it is the member that it was";
  EXPECT_EQ(claim(fe()), "null");
  EXPECT_EQ(listed(fe()), 1U);
}

INSTANTIATE_TEST_SUITE_P(In, S39_TakenBack, testing::Bool(), [](const auto& one) {
  return one.param ? "NextPod" : "NextContainer";
});

/// The pod is new and its volume says that it leaves; of the other two one is gone for good.
TEST_F(S39_TakenBackLate, InANewPodBringsAMemberBackWithoutWhichNobodyIsElected) {
  control(led(), kLosesDrop);
  EXPECT_EQ(fe().verb(kForGoodBriefly).first, 20) << fe().console();
  ASSERT_TRUE(wait_until([&] { return left_mark(fe()); })) << fe().console();
  fe().kill_container();
  led().kill_container();
  other().kill_container();
  forget_pod(fe());
  other().start();
  fe().start();
  ASSERT_TRUE(wait_until([&] { return decided(fe(), "7 Wait"); })) << fe().console();
  EXPECT_EQ(fe().server_pid(), 0);
  const auto [code, text] = fe().verb({"drain", "--cancel"});
  EXPECT_EQ(code, 0);
  EXPECT_NE(text.find("the mark of an earlier leaving is taken back"), std::string::npos) << text;
  EXPECT_TRUE(wait_probe(fe(), "/readyz", 200, "")) << fe().console();
  EXPECT_FALSE(left_mark(fe()));
  EXPECT_FALSE(decided(fe(), "6 MoveAside")) << "it is the member that it was";
  EXPECT_EQ(rows_of(other().sql("SHOW FRONTENDS"), fe().fqdn()), 1U);
}

/// Its row was seen to be gone: no process that comes later, and finds no leader, starts it again.
TEST_F(S39_TakenBackLate, WhatIsDroppedStaysSoThoughNoLeaderTells) {
  ASSERT_EQ(fe().verb(kForGood).first, 0) << fe().console();
  EXPECT_NE(read_text(fe().state() + "/left").find("reason=dropped"), std::string::npos);
  fe().kill_container();
  forget_pod(fe());
  led().kill_container();
  fe().start();
  ASSERT_TRUE(wait_until([&] { return decided(fe(), "7 Wait"); })) << fe().console();
  const auto [code, text] = fe().verb({"drain", "--cancel"});
  EXPECT_EQ(code, 0);
  EXPECT_NE(text.find("cannot be taken back"), std::string::npos) << text;
  EXPECT_TRUE(left_mark(fe()));
  led().start();
  EXPECT_TRUE(wait_until([&] { return decided(fe(), "6 MoveAside"); }, srsim::milliseconds(60000)))
      << fe().console();
  EXPECT_TRUE(group_.net.wait_frontends(3)) << fe().console();
  EXPECT_EQ(count_in_audit(led(), kDrop) + count_in_audit(other(), kDrop), 1);
}

TEST_F(S39_Refused, TheLeadersOwnNoEndsItAndTheNodeServesOn) {
  control(led(), "/fault?where=sql&match=drop_follower&kind=error&text=not+today");
  const auto [code, text] = fe().verb(kForGood);
  EXPECT_EQ(code, 40) << text << fe().console();
  EXPECT_NE(text.find("not today"), std::string::npos) << text;
  EXPECT_TRUE(wait_probe(fe(), "/readyz", 200, "")) << fe().console();
  EXPECT_FALSE(left_mark(fe()));
  EXPECT_EQ(claim(fe()), "null");
  EXPECT_EQ(listed(fe()), 1U);
}

TEST_F(S39_Leader, WaitsForASilentAgentAndGoesOnceItAnswers) {
  ASSERT_EQ(::kill(other().pid(), SIGSTOP), 0);
  EXPECT_EQ(led().verb(kForGoodBriefly).first, 20) << led().console();
  EXPECT_TRUE(led().wait_reason("quorum_risk")) << led().console();
  EXPECT_NE(led().server_pid(), 0);
  ASSERT_EQ(::kill(other().pid(), SIGCONT), 0);
  EXPECT_EQ(led().verb(kForGood).first, 0) << led().console();
  EXPECT_TRUE(group_.net.wait_frontends(2, group_.leader == 0 ? 1 : 0));
}

/// It looks again before it goes: by then it would be the leader of a group of two.
TEST_F(S39_Leader, ThatWaitedForAnotherToLeaveIsRefusedByWhatIsLeft) {
  Busy busy(fe());
  ASSERT_TRUE(busy.seen());
  EXPECT_EQ(fe().verb(kForGoodBriefly).first, 20) << fe().console();
  EXPECT_EQ(led().verb(kForGoodBriefly).first, 20) << led().console();
  busy.end();
  EXPECT_TRUE(fe().wait_reason("dropped")) << fe().console();
  EXPECT_TRUE(wait_probe(led(), "/readyz", 200, "")) << led().console();
  EXPECT_TRUE(said(led(), "leaving_ended code=30")) << led().console();
  EXPECT_TRUE(group_.net.wait_frontends(2, group_.leader));
  EXPECT_TRUE(keeps_working(led(), "still_led"));
}

TEST_F(S39_Again, ANewPodOnTheSameVolumeJoinsAsANewMember) {
  ASSERT_EQ(fe().verb(kForGood).first, 0) << fe().console();
  fe().kill_container();
  forget_pod(fe());
  fe().start();
  EXPECT_TRUE(group_.net.wait_frontends(3, group_.leader)) << fe().console();
  EXPECT_TRUE(wait_sealed(fe()));
  EXPECT_TRUE(decided(fe(), "6 MoveAside")) << fe().console();
  EXPECT_FALSE(left_mark(fe()));
  EXPECT_EQ(group_.net.cluster_ids_on_disk().size(), 1U);
}

TEST_F(S39_Again, AMarkWithoutItsDropIsBroughtToAnEndAtTheNextStart) {
  ASSERT_EQ(other().verb(kForGood).first, 0) << other().console();
  const auto mark = read_text(other().state() + "/left");
  other().kill_container();
  forget_pod(other());
  other().start();
  ASSERT_TRUE(group_.net.wait_frontends(3, group_.leader)) << other().console();
  fe().kill_container();
  write_text(fe().state() + "/left", mark);
  fe().start();
  EXPECT_TRUE(wait_until([&] { return decided(fe(), "6 MoveAside"); }, srsim::milliseconds(60000)))
      << fe().console();
  EXPECT_TRUE(group_.net.wait_frontends(3, group_.leader)) << fe().console();
  EXPECT_EQ(count_in_audit(led(), kDrop), 2);
}

TEST_F(S39_Again, ACancelBringsItBackAsANewMember) {
  ASSERT_EQ(fe().verb(kForGood).first, 0) << fe().console();
  EXPECT_EQ(fe().verb({"drain", "--cancel"}).first, 0) << fe().console();
  EXPECT_TRUE(group_.net.wait_frontends(3, group_.leader)) << fe().console();
}

/// Another that is listed has lost its volume and does not get its old row out of the way: two
/// changes of the group at once are one too many, and only its own agent knows.
TEST(S39_Joins, OneThatIsListedAndNoMemberYetIsWaitedFor) {
  PodNet net({.version = "3.5.7", .fe_count = 4});
  net.serve_name("fe", 3, true);
  ASSERT_TRUE(net.start_frontends(4) && all_sealed(net, 4));
  const int leader = leader_of(net, 0);
  ASSERT_GE(leader, 0);
  auto& fe = net.fe(leader == 3 ? 2 : 3);
  auto& emptied = net.fe(leader == 1 ? 0 : 1);
  control(net.fe(leader), "/fault?where=sql&match=drop_follower&kind=error&text=not+today");
  emptied.kill_container();
  emptied.lose_volume();
  emptied.start();
  ASSERT_TRUE(wait_until([&] { return decided(emptied, "19 Wait"); })) << emptied.console();
  const auto [code, text] = fe.verb(kForGoodBriefly);
  EXPECT_EQ(code, 20) << text << fe.console();
  EXPECT_TRUE(wait_until([&] { return said(fe, "its FE is listed and no member (empty)"); }))
      << fe.console();
  EXPECT_EQ(rows_of(net.fe(leader).sql("SHOW FRONTENDS"), fe.fqdn()), 1U);
  control(net.fe(leader), "/clear");
  EXPECT_TRUE(fe.wait_reason("dropped")) << fe.console();
  EXPECT_TRUE(net.wait_frontends(3, leader)) << emptied.console();
}

/// Two that were asked at once, of five: from outside, at every moment.
class Together {
 public:
  Together(Pod& one, Pod& two, Pod& leader) {
    watch_ = std::jthread([&](const std::stop_token& stop) {
      const auto marked = [](const Pod& fe) { return fs::exists(fe.state() + "/left"); };
      while (!stop.stop_requested()) {
        if (marked(one) && marked(two)) {
          const auto list = leader.sql("SHOW FRONTENDS");
          seen_ = seen_ || (rows_of(list, one.fqdn()) == 1 && rows_of(list, two.fqdn()) == 1);
        }
        std::this_thread::sleep_for(milliseconds(10));
      }
    });
  }
  /// Both were on their way out while both were members.
  [[nodiscard]] bool end() {
    watch_.request_stop();
    watch_.join();
    return seen_;
  }

 private:
  bool seen_ = false;
  std::jthread watch_{};
};

TEST(S39_Five, ToThreeTheTwoHighestAskedAtOnceGoOneAfterTheOther) {
  PodNet net({.version = "3.5.7", .fe_count = 5});
  net.serve_name("fe", 3, true);
  net.serve_name("fe", 4, true);
  ASSERT_TRUE(net.start_frontends(5) && all_sealed(net, 5));
  const int leader = leader_of(net, 0, 3);
  ASSERT_GE(leader, 0) << "one that stays";
  auto& led = net.fe(leader);
  control(led, "/fault?where=sql&match=drop_follower&kind=delay&ms=2000");  // time for the other
  Together together(net.fe(3), net.fe(4), led);
  std::pair<int, std::string> lower;
  std::thread at_once([&] { lower = net.fe(3).verb(kForGood); });
  const auto higher = net.fe(4).verb(kForGood);
  at_once.join();
  EXPECT_FALSE(together.end());
  EXPECT_EQ(lower.first, 0) << lower.second << net.fe(3).console();
  EXPECT_EQ(higher.first, 0) << higher.second << net.fe(4).console();
  EXPECT_EQ(count_in_audit(led, kDrop), 2);
  EXPECT_TRUE(net.wait_frontends(3, leader));
  for (const int gone : {3, 4}) {
    EXPECT_EQ(rows_of(led.sql("SHOW FRONTENDS"), net.fe(gone).fqdn()), 0U);
    EXPECT_EQ(net.fe(gone).server_pid(), 0);
  }
  EXPECT_TRUE(led.sql("CREATE DATABASE after_it").ok);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

TEST(S39_Old, ALeaderWithoutGracefulExitGoesTooWhereTheGroupBearsIt) {
  FeGroup group{"3.3.15"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  auto& old = group.led();
  const auto [code, text] = old.verb(kForGood);
  EXPECT_EQ(code, 0) << text << old.console();
  EXPECT_TRUE(said(old, "server_told_to_stop signal=SIGTERM")) << old.console();
  EXPECT_EQ(group.net.frontends(group.leader == 0 ? 1 : 0).rows.size(), 2U);
}

}  // namespace
}  // namespace podlab
