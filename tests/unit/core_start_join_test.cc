// Rows 13 to 25 of docs/start-rules.md: empty metadata, somebody may know a cluster.
#include <gtest/gtest.h>

#include "core_fixture.h"

namespace sragent::core_test {
namespace {

/// fe-`mine` of three with empty metadata; its row is taken out unless a case puts one back.
Given joiner(int mine = 2) {
  auto out = first_install(3, mine);
  out.seen.peers.clear();
  return out;
}

FeList others(int size, int leader, int without) {
  auto out = cluster(size, leader);
  std::erase_if(out.rows, [&](const FeRow& one) { return one.host == host(without); });
  return out;
}

/// A cluster of `size` with my row as told, seen twice.
void see_me(Given& given, int size, bool join, bool alive, const std::vector<int>& dead = {}) {
  auto list = cluster(size, 0);
  row_of(list, 2).join = join;
  row_of(list, 2).alive = alive;
  for (const int one : dead)
    row_of(list, one).alive = false;
  see_twice(given, list);
}

TEST(StartRow13, S10_TwoIdsAreRefused) {
  expect_all(joiner(),
             {{"two members of two clusters",
               [](Given& g) {
                 g.seen.peers = {member_peer(0, "1", {0}), member_peer(1, "2", {1})};
               },
               "13",
               "Refuse",
               Reason::kTwoClusters},
              {"one of them too old",
               [](Given& g) {
                 g.seen.peers = {member_peer(0, "1", {0}), member_peer(1, "2", {1})};
                 g.seen.peers[1].asked_at = kNow - kPeerAnswerLife - Millis{1};
               },
               "18",
               "Wait",
               Reason::kNoLeader},
              {"a list and a remembering peer",
               [](Given& g) {
                 see_twice(g, others(3, 0, 2));
                 g.seen.peers = {peer(1, PeerKind::kRemembers)};
                 g.seen.peers[0].ids = {"2"};
               },
               "13",
               "Refuse",
               Reason::kTwoClusters},
              {"own certificate against a list",
               [](Given& g) {
                 see_twice(g, others(3, 0, 2));
                 g.seen.certificate = "2";
               },
               "13",
               "Refuse",
               Reason::kIdentityConflict},
              {"a planned join against a list",
               [](Given& g) {
                 see_twice(g, others(3, 0, 2));
                 g.seen.remembered = {"2"};
               },
               "13",
               "Refuse",
               Reason::kTwoClusters},
              {"own memory agrees",
               [](Given& g) {
                 see_twice(g, others(3, 0, 2));
                 g.seen.remembered = {"1"};
                 g.seen.certificate = "1";
               },
               "24",
               "Join",
               Reason::kJoining}});
}

TEST(StartRow13, S10_EachIdIsToldWithItsMembers) {
  auto given = joiner();
  given.seen.peers = {member_peer(0, "1", {0, 3}), member_peer(1, "2", {1})};
  given.seen.remembered = {"2"};
  EXPECT_EQ(decision(given).detail,
            "cluster ids in sight: 1 (" + host(0) + ", " + host(3) + "), 2 (" + host(1) +
                ", own memory)");
}

TEST(StartRow14, S04_ARefusedLoginMeansThatAClusterExists) {
  auto given = first_install(1);
  given.seen.refusal = Refusal{Reason::kAuthFailed, "fe-service"};
  EXPECT_EQ(decision(given).rule, "14");
  EXPECT_EQ(decision(given).reason, Reason::kAuthFailed);
  given.seen.refusal->reason = Reason::kTlsFailed;
  EXPECT_EQ(decision(given).reason, Reason::kTlsFailed);
}

TEST(StartRow15, S22_TheOwnNameMustBeServed) {
  for (const auto answer : {Tri::kUnknown, Tri::kNo}) {
    auto given = joiner();
    see_twice(given, others(3, 0, 2));
    given.seen.own_name = answer;
    EXPECT_EQ(decision(given).rule, "15");
    EXPECT_EQ(decision(given).reason, Reason::kDnsNotReady);
    const auto& said = decision(given).detail;
    const bool blames_service = said.find("publishNotReadyAddresses") != std::string::npos;
    EXPECT_EQ(blames_service, answer == Tri::kNo) << "silence says nothing of a Service: " << said;
    EXPECT_EQ(said.find("no usable answer") != std::string::npos, answer == Tri::kUnknown) << said;
  }
}

TEST(StartRow16, AGrantHoldsUntilItIsOver) {
  auto given = joiner();
  see_twice(given, others(3, 0, 2));
  given.memory.grant = Grant{"s", host(0), kNow - kGrantLife + Millis{1}};
  EXPECT_EQ(decision(given).rule, "16");
  given.memory.grant->at = kNow - kGrantLife;
  EXPECT_EQ(decision(given).rule, "24");
}

TEST(StartRow17, AnOpenStatementHoldsFor35Seconds) {
  auto given = joiner();
  see_twice(given, others(3, 0, 2));
  given.memory.statement_at = kNow - kStatementLife + Millis{1};
  EXPECT_EQ(decision(given).rule, "17");
  given.memory.statement_at = kNow - kStatementLife;
  EXPECT_EQ(decision(given).rule, "24");
}

TEST(StartRow18, S05_MembersWithoutALeaderAreWaitedFor) {
  expect_all(joiner(),
             {{"a member's agent",
               [](Given& g) {
                 g.seen.peers = {member_peer(0, "1", {0, 1, 2})};
               },
               "18",
               "Wait",
               Reason::kNoLeader},
              {"an FE that knows no leader",
               [](Given& g) { g.seen.leaderless = {host(0)}; },
               "18",
               "Wait",
               Reason::kNoLeader},
              {"a list without LEADER",
               [](Given& g) {
                 auto list = cluster(3, 0);
                 row_of(list, 0).role = RowRole::kFollower;
                 see_twice(g, list);
               },
               "18",
               "Wait",
               Reason::kNoLeader},
              {"a list that is too old",
               [](Given& g) {
                 auto list = others(3, 0, 2);
                 list.asked_at = kNow - kListLife - Millis{1};
                 see_once(g, list);
               },
               "18",
               "Wait",
               Reason::kNoLeader},
              {"two lists that both count",
               [](Given& g) {
                 g.seen.lists = {others(3, 0, 2), others(3, 1, 2)};
               },
               "18",
               "Wait",
               Reason::kNoLeader},
              {"a fork that says it leads",
               [](Given& g) {
                 auto list = others(3, 0, 2);
                 list.self_declared_leaders = {host(1)};
                 see_twice(g, list);
               },
               "18",
               "Wait",
               Reason::kNoLeader}});
}

TEST(StartRow18, S05_LostVolumesAreNamedWhenPositivelyKnown) {
  auto given = joiner();
  given.seen.peers = {member_peer(0, "1", {0, 1, 2}), peer(1, PeerKind::kEmptyNoConsent)};
  EXPECT_EQ(decision(given).reason, Reason::kQuorumLost);  // mine and fe-1's of three
  given.seen.peers[1].kind = PeerKind::kUnknown;
  EXPECT_EQ(decision(given).reason, Reason::kNoLeader);
  given.seen.peers[1].kind = PeerKind::kEmptyConsent;
  given.seen.peers[1].asked_at = kNow - kPeerAnswerLife - Millis{1};
  EXPECT_EQ(decision(given).reason, Reason::kNoLeader);
}

TEST(StartRow19, S84_AnOldInstanceHoldsMyName) {
  auto given = joiner();
  see_me(given, 3, true, true);
  EXPECT_EQ(decision(given).rule, "19");
  EXPECT_EQ(decision(given).reason, Reason::kJoining);  // first look: Alive outlives a process

  const auto first = decide(given);
  given.memory = first.memory;
  given.now = kNow + Millis{5'000};
  given.seen.lists[0].asked_at = given.now - Millis{1'000};
  EXPECT_EQ(decision(given).reason, Reason::kJoining) << "LastHeartbeat stands still";
  row_of(given.seen.lists[0], 2).last_heartbeat = "beat 3";
  EXPECT_EQ(decision(given).reason, Reason::kIdentityConflict) << "LastHeartbeat moves";
}

TEST(StartRow19, ALeaderUnderMyNameIsAnOldInstance) {
  auto given = joiner();
  see_twice(given, cluster(3, 2));
  EXPECT_EQ(decision(given).rule, "19");
  EXPECT_EQ(decision(given).reason, Reason::kIdentityConflict);
}

TEST(StartRow19b, S19_DeadTakesTwoReadingsAtASettledLeader) {
  expect_all(joiner(),
             {{"one reading",
               [](Given& g) {
                 auto list = cluster(3, 0);
                 row_of(list, 2).alive = false;
                 see_once(g, list);
               },
               "19b",
               "Wait",
               Reason::kJoining},
              {"two readings at a leader that is 59 s old",
               [](Given& g) {
                 auto list = cluster(3, 0);
                 row_of(list, 0).up_for = kLeaderSettled - Millis{1};
                 row_of(list, 2).alive = false;
                 see_twice(g, list);
               },
               "19b",
               "Wait",
               Reason::kJoining},
              {"two readings at a settled leader",
               [](Given& g) { see_me(g, 3, true, false); },
               "21",
               "Join",
               Reason::kJoining}});
}

TEST(StartRow20, ADeadRowUnderAnotherRoleOrPortIsRefused) {
  expect_all(joiner(),
             {{"listed as observer",
               [](Given& g) {
                 auto list = cluster(3, 0);
                 row_of(list, 2) = row(2, RowRole::kObserver, true, false);
                 see_twice(g, list);
               },
               "20",
               "Refuse",
               Reason::kWrongRole},
              {"listed as follower, is an observer",
               [](Given& g) {
                 see_me(g, 3, true, false);
                 g.me.role = FeRole::kObserver;
               },
               "20",
               "Refuse",
               Reason::kWrongRole},
              {"another port",
               [](Given& g) {
                 see_me(g, 3, true, false);
                 g.me.edit_log_port = 19010;
               },
               "20",
               "Refuse",
               Reason::kWrongRole}});
}

TEST(StartRow21, S19_OwnDeadRowIsReplacedWhileTheOthersHoldTheMajority) {
  auto given = joiner();
  see_me(given, 3, true, false);
  const auto join = std::get<Join>(decision(given).action);
  EXPECT_EQ(join.step, JoinStep::kDropOwnRow);
  EXPECT_EQ(join.leader_host, host(0));
  EXPECT_EQ(join.leader_port, 9010);
  EXPECT_EQ(join.cluster_id, "1");
}

TEST(StartRow22, S19_TooFewFreshOthersMeanWaiting) {
  expect_all(joiner(),
             {{"three, one other dead",
               [](Given& g) { see_me(g, 3, true, false, {1}); },
               "22",
               "Wait",
               Reason::kQuorumRisk},
              {"five, one other dead",
               [](Given& g) { see_me(g, 5, true, false, {1}); },
               "21",
               "Join",
               Reason::kJoining},
              {"five, two others dead",
               [](Given& g) {
                 see_me(g, 5, true, false, {1, 3});
               },
               "22",
               "Wait",
               Reason::kQuorumRisk},
              {"a row that never joined does not count among the others",
               [](Given& g) {
                 auto list = cluster(4, 0);
                 row_of(list, 2).alive = false;
                 row_of(list, 3) = row(3, RowRole::kFollower, false, false);
                 see_twice(g, list);
               },
               "21",
               "Join",
               Reason::kJoining}});
}

TEST(StartRow23, S19_ARowThatNeverJoinedIsReused) {
  auto given = joiner();
  see_me(given, 3, false, false);
  const auto got = decision(given);
  EXPECT_EQ(got.rule, "23");
  EXPECT_EQ(std::get<Join>(got.action).step, JoinStep::kReuseRow);
}

TEST(StartRows24And25, S07_AnAddMustNotEndangerTheMajority) {
  const auto with_dead = [](int size, std::vector<int> dead) {
    return [size, dead = std::move(dead)](Given& g) {
      g.me = self(7);
      auto list = cluster(size, 0);
      for (const int one : dead)
        row_of(list, one).alive = false;
      see_twice(g, list);
    };
  };
  const auto join = Reason::kJoining;
  const auto risk = Reason::kQuorumRisk;
  expect_all(joiner(),
             {{"n = 1", with_dead(1, {}), "24", "Join", join},
              {"n = 2, both fresh", with_dead(2, {}), "24", "Join", join},
              {"n = 2, one dead", with_dead(2, {1}), "25", "Wait", risk},
              {"n = 3, all fresh", with_dead(3, {}), "24", "Join", join},
              {"n = 3, one dead", with_dead(3, {1}), "25", "Wait", risk},
              {"n = 4, one dead", with_dead(4, {1}), "24", "Join", join},
              {"n = 4, two dead", with_dead(4, {1, 2}), "25", "Wait", risk},
              {"n = 5, one dead", with_dead(5, {1}), "24", "Join", join},
              {"n = 5, two dead", with_dead(5, {1, 2}), "25", "Wait", risk}});
}

TEST(StartRow24, S07_TheLeaderAndItsPortAreNamed) {
  auto given = joiner();
  auto list = others(3, 1, 2);
  row_of(list, 1).port = 19010;
  see_twice(given, list);
  const auto join = std::get<Join>(decision(given).action);
  EXPECT_EQ(join.step, JoinStep::kAdd);
  EXPECT_EQ(join.leader_host, host(1));
  EXPECT_EQ(join.leader_port, 19010);
}

TEST(StartRow24, OneReadingShowsNobodyFreshButTheLeader) {
  auto given = joiner();
  see_once(given, others(3, 0, 2));
  EXPECT_EQ(decision(given).rule, "25");
  see_once(given, cluster(1, 0));
  EXPECT_EQ(decision(given).rule, "24") << "n = 1 needs no other";
}

TEST(StartRow24, AnObserverNeedsNoMajority) {
  auto given = joiner();
  given.me.role = FeRole::kObserver;
  auto list = others(3, 0, 2);
  row_of(list, 1).alive = false;
  see_twice(given, list);
  EXPECT_EQ(decision(given).rule, "24");
}

TEST(StartRow24, ObserversAreNotCounted) {
  auto given = joiner();
  auto list = others(3, 0, 2);
  list.rows.push_back(row(8, RowRole::kObserver, true, false));
  list.rows.push_back(row(9, RowRole::kObserver, true, false));
  see_twice(given, list);
  EXPECT_EQ(decision(given).rule, "24");
}

TEST(StartRow25, TheStaleRowIsNamed) {
  auto given = joiner();
  auto list = others(3, 0, 2);
  row_of(list, 1).alive = false;
  see_twice(given, list);
  EXPECT_NE(decision(given).detail.find(host(1)), std::string::npos);
}

TEST(StartJoin, S08_AnEmptyFounderJoinsTheLivingClusterAndFoundsNothing) {
  auto given = first_install(3, 0);
  given.policy.count = 3;
  given.seen.peers = {member_peer(1, "1", {0, 1, 2}), member_peer(2, "1", {0, 1, 2})};
  EXPECT_EQ(decision(given).rule, "18");
  auto list = cluster(3, 1);
  row_of(list, 0).alive = false;
  see_twice(given, list);
  EXPECT_EQ(decision(given).rule, "21");
}

TEST(RoleByNumber, IsForWhoIsNewAlone) {
  const MetaState none;
  EXPECT_EQ(role_by_number(self(2), 0, none, {}), FeRole::kFollower);
  EXPECT_EQ(role_by_number(self(2), 3, none, {}), FeRole::kFollower);
  EXPECT_EQ(role_by_number(self(2), 2, none, {}), FeRole::kObserver);
  EXPECT_EQ(role_by_number(self(2), 1, sealed_meta(2), {}), FeRole::kFollower)
      << "a member keeps its role";
  EXPECT_EQ(role_by_number(self(2), 1, none, {cluster(3, 0)}), FeRole::kFollower)
      << "its row is dropped as what it is";
  EXPECT_EQ(role_by_number(self(2), 1, none, {cluster(2, 0)}), FeRole::kObserver);
  auto observed = cluster(3, 0);
  observed.rows.back().role = RowRole::kObserver;
  EXPECT_EQ(role_by_number(self(2), 3, none, {observed}), FeRole::kObserver)
      << "nor does a number that was raised";
}

}  // namespace
}  // namespace sragent::core_test
