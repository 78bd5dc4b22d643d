// Rows 1 to 12 of docs/start-rules.md: the own metadata decides.
#include <gtest/gtest.h>

#include "core_fixture.h"

namespace sragent::core_test {
namespace {

Given with(MetaState meta) {
  Given out;  // nothing is known of anybody: no DNS, no peer
  out.me = self(1);
  out.seen.meta = std::move(meta);
  return out;
}

MetaState join_meta(bool jdb) {
  auto out = meta_of(MetaKind::kJoinIntent, 1);
  out.has_jdb = jdb;
  out.helper = host(0) + ":9010";
  return out;
}

MetaState found_meta(bool jdb, bool ready) {
  auto out = meta_of(MetaKind::kFoundIntent, 1);
  out.has_jdb = jdb;
  out.was_ready = ready;
  return out;
}

/// The list of cluster 1 without me.
FeList without_me() {
  auto out = cluster(3, 0);
  std::erase_if(out.rows, [](const FeRow& one) { return one.host == host(1); });
  return out;
}

TEST(StartRow1, AHoldWinsOverEverything) {
  auto given = with(meta_of(MetaKind::kDamaged, 1));
  given.policy.hold = true;
  EXPECT_EQ(decision(given).rule, "1");
  EXPECT_EQ(decision(given).reason, Reason::kHeld);
  given.seen.meta = sealed_meta(1);
  EXPECT_EQ(decision(given).rule, "1");
}

TEST(StartRow2, S16_DamageIsRefusedWithItsFile) {
  auto given = with(meta_of(MetaKind::kDamaged, 9));
  given.seen.meta.detail = "image/ROLE: unreadable";
  const auto got = decision(given);
  EXPECT_EQ(got.rule, "2");
  EXPECT_EQ(action_name(got.action), "Refuse");
  EXPECT_EQ(got.reason, Reason::kMetaDamaged);
  EXPECT_EQ(got.detail, "image/ROLE: unreadable");
}

TEST(StartRow3, S17_AnotherHostOrRoleIsRefused) {
  expect_all(with(sealed_meta(1)),
             {{"own FQDN", [](Given&) {}, "5", "Resume", Reason::kStarting},
              {"another FQDN",
               [](Given& g) { g.seen.meta.host = host(2); },
               "3",
               "Refuse",
               Reason::kHostMismatch},
              {"own IP, recorded as IP",
               [](Given& g) {
                 g.seen.meta.host = address(1);
                 g.seen.meta.host_type = HostType::kIp;
               },
               "5",
               "Resume",
               Reason::kStarting},
              {"old IP, recorded as IP",
               [](Given& g) {
                 g.seen.meta.host = "10.9.9.9";
                 g.seen.meta.host_type = HostType::kIp;
               },
               "3",
               "Refuse",
               Reason::kHostMismatch},
              {"own IP, recorded as FQDN",
               [](Given& g) { g.seen.meta.host = address(1); },
               "3",
               "Refuse",
               Reason::kHostMismatch},
              {"own IP, no host type recorded",
               [](Given& g) {
                 g.seen.meta.host = address(1);
                 g.seen.meta.host_type_known = false;
               },
               "5",
               "Resume",
               Reason::kStarting},
              {"observer told, follower recorded",
               [](Given& g) { g.policy.role_told = FeRole::kObserver; },
               "3",
               "Refuse",
               Reason::kWrongRole},
              {"follower told, follower recorded",
               [](Given& g) { g.policy.role_told = FeRole::kFollower; },
               "5",
               "Resume",
               Reason::kStarting},
              {"no role told, observer recorded",
               [](Given& g) { g.seen.meta.role = FeRole::kObserver; },
               "5",
               "Resume",
               Reason::kStarting},
              {"half-made metadata of another host",
               [](Given& g) { g.seen.meta = meta_of(MetaKind::kUnfinished, 2); },
               "3",
               "Refuse",
               Reason::kHostMismatch}});
}

TEST(StartRow3, S17_BothValuesAndTheWayOutAreTold) {
  auto given = with(sealed_meta(2));
  const auto detail = decision(given).detail;
  for (const auto& part : {host(2), host(1), address(1), std::string("MODIFY FRONTEND HOST")})
    EXPECT_NE(detail.find(part), std::string::npos) << detail;
}

TEST(StartRow3, S17_RolesHostTypeIsKept) {
  auto given = with(sealed_meta(1));
  given.seen.meta.host = address(1);
  given.seen.meta.host_type = HostType::kIp;
  given.me.host_type = HostType::kFqdn;
  EXPECT_EQ(std::get<Resume>(decision(given).action).host_type, HostType::kIp);
  given.seen.meta.host_type_known = false;
  EXPECT_EQ(std::get<Resume>(decision(given).action).host_type, HostType::kFqdn);
}

TEST(StartRow4, S10_AnotherIdentityIsRefused) {
  expect_all(with(sealed_meta(1)),
             {{"certificate of this cluster",
               [](Given& g) { g.seen.certificate = "1"; },
               "5",
               "Resume",
               Reason::kStarting},
              {"certificate of another",
               [](Given& g) { g.seen.certificate = "2"; },
               "4",
               "Refuse",
               Reason::kIdentityConflict},
              {"a member of another cluster that lists me",
               [](Given& g) {
                 g.seen.peers = {member_peer(0, "2", {0, 1})};
               },
               "4",
               "Refuse",
               Reason::kIdentityConflict},
              {"the same, too old",
               [](Given& g) {
                 g.seen.peers = {member_peer(0, "2", {0, 1})};
                 g.seen.peers[0].asked_at = kNow - kPeerAnswerLife - Millis{1};
               },
               "5",
               "Resume",
               Reason::kStarting},
              {"a member of my cluster that lists me",
               [](Given& g) {
                 g.seen.peers = {member_peer(0, "1", {0, 1})};
               },
               "5",
               "Resume",
               Reason::kStarting},
              {"a stranger that my list does not hold",
               [](Given& g) {
                 g.seen.peers = {member_peer(0, "2", {0})};
                 g.seen.own_members = {host(1), host(2)};
               },
               "4",
               "Refuse",
               Reason::kIdentityConflict},
              {"one stray volume of a known member never stops the majority",
               [](Given& g) {
                 g.seen.peers = {member_peer(0, "2", {0})};
                 g.seen.own_members = {host(0), host(1), host(2)};
               },
               "5",
               "Resume",
               Reason::kStarting},
              {"own list unknown",
               [](Given& g) { g.seen.peers = {member_peer(0, "2", {0})}; },
               "5",
               "Resume",
               Reason::kStarting}});
}

TEST(StartRow5, S15_AMemberResumesWithoutAskingAnybody) {
  auto given = with(sealed_meta(1));
  given.seen.own_name = Tri::kUnknown;
  given.seen.set.outcome = Tri::kUnknown;
  given.seen.refusal = Refusal{};
  given.seen.peers = {peer(0, PeerKind::kUnknown), peer(2, PeerKind::kEmptyConsent)};
  given.seen.memories = {{"a source", "9", false}};
  given.memory.grant = Grant{"s", host(0), kNow};
  EXPECT_EQ(decision(given).rule, "5");
  EXPECT_EQ(action_name(decision(given).action), "Resume");
}

TEST(StartRows6And7, AfterLeavingOnlyTheOwnLeaderDecides) {
  auto base = with(meta_of(MetaKind::kLeft, 1));
  expect_all(base,
             {{"nobody there", [](Given&) {}, "7", "Wait", Reason::kNoLeader},
              {"its leader lists me",
               [](Given& g) { see_once(g, cluster(3, 0)); },
               "7",
               "Wait",
               Reason::kNoLeader},
              {"its leader lists me no more",
               [](Given& g) { see_once(g, without_me()); },
               "6",
               "MoveAside",
               Reason::kUnfinishedMeta},
              {"a leader of another cluster",
               [](Given& g) {
                 auto list = without_me();
                 list.cluster_id = "2";
                 see_once(g, list);
               },
               "7",
               "Wait",
               Reason::kNoLeader},
              {"a leader whose word does not count",
               [](Given& g) {
                 auto list = without_me();
                 list.self_declared_leaders = {host(2)};
                 see_once(g, list);
               },
               "7",
               "Wait",
               Reason::kNoLeader}});
}

TEST(StartRows8And9, S80_AFoundingGoesOnOnlyIfItWasReadyOnce) {
  expect_all(with(found_meta(true, true)),
             {{"ready once", [](Given&) {}, "8", "Resume", Reason::kFounding},
              {"a log, never ready",
               [](Given& g) { g.seen.meta = found_meta(true, false); },
               "9",
               "MoveAside",
               Reason::kUnfinishedMeta},
              {"ready by ROLE, no log",
               [](Given& g) { g.seen.meta = found_meta(false, true); },
               "9",
               "MoveAside",
               Reason::kUnfinishedMeta},
              {"nothing on disk",
               [](Given& g) {
                 g.seen.meta = MetaState{};
                 g.seen.meta.kind = MetaKind::kFoundIntent;
               },
               "9",
               "MoveAside",
               Reason::kUnfinishedMeta}});
}

TEST(StartRow10, S80_AJoinBeforeItsLogIsMovedAside) {
  const auto got = decision(with(join_meta(false)));
  EXPECT_EQ(got.rule, "10");
  EXPECT_EQ(action_name(got.action), "MoveAside");
}

TEST(StartRow11, S80_AJoinThatBeganGoesOnWithItsHelper) {
  auto given = with(join_meta(true));
  const auto got = decision(given);
  EXPECT_EQ(got.rule, "11");
  EXPECT_EQ(std::get<Finish>(got.action).helper, host(0) + ":9010");
  EXPECT_EQ(got.reason, Reason::kUnfinishedMeta);
}

TEST(StartRow11, S80_TheHelperIsNeverThisHost) {
  auto given = with(join_meta(true));
  given.seen.meta.helper = host(1) + ":9010";
  EXPECT_EQ(action_name(decision(given).action), "Wait");
  see_once(given, cluster(3, 2));
  EXPECT_EQ(std::get<Finish>(decision(given).action).helper, host(2) + ":9010");
  see_once(given, cluster(3, 1));
  EXPECT_EQ(action_name(decision(given).action), "Wait");
  given.seen.meta.helper.clear();
  EXPECT_EQ(action_name(decision(given).action), "Wait");
}

TEST(StartRow11, S80_AnUnfinishedDirectoryThatIsListedGoesOnWithTheLeader) {
  auto given = with(meta_of(MetaKind::kUnfinished, 1));
  see_once(given, cluster(3, 0));
  const auto got = decision(given);
  EXPECT_EQ(got.rule, "11");
  EXPECT_EQ(std::get<Finish>(got.action).helper, host(0) + ":9010");
}

TEST(StartRow11, AForeignLeaderNeitherHelpsNorFreesAHalfMadeDirectory) {
  auto list = cluster(3, 0);
  list.cluster_id = "2";
  auto unfinished = with(meta_of(MetaKind::kUnfinished, 1));
  see_once(unfinished, list);
  EXPECT_EQ(decision(unfinished).rule, "12");
  EXPECT_EQ(action_name(decision(unfinished).action), "Wait");
  auto joining = with(join_meta(true));
  joining.seen.meta.helper_run_ended = true;
  row_of(list, 1).join = false;
  see_once(joining, list);
  EXPECT_EQ(action_name(decision(joining).action), "Finish");
}

TEST(StartRow11, S80_ItBeginsAgainOnlyAfterAFailedHelperRunAndAProof) {
  auto base = with(join_meta(true));
  base.seen.meta.helper_run_ended = true;
  const auto not_joined = [](Given& g) {
    auto list = cluster(3, 0);
    row_of(list, 1).join = false;
    see_once(g, list);
  };
  const auto dead = [](Given& g) {
    auto list = cluster(3, 0);
    row_of(list, 1).alive = false;
    see_twice(g, list);
  };
  expect_all(base,
             {{"nobody there", [](Given&) {}, "11", "Finish", Reason::kUnfinishedMeta},
              {"my row never joined", not_joined, "11", "MoveAside", Reason::kUnfinishedMeta},
              {"my row is gone",
               [](Given& g) { see_once(g, without_me()); },
               "11",
               "MoveAside",
               Reason::kUnfinishedMeta},
              {"my row joined and lives",
               [](Given& g) { see_twice(g, cluster(3, 0)); },
               "11",
               "Finish",
               Reason::kUnfinishedMeta},
              {"my row joined and is dead, the others are fresh",
               dead,
               "11",
               "MoveAside",
               Reason::kUnfinishedMeta},
              {"dead by one reading only: the next start would end the agent and its memory",
               [](Given& g) {
                 auto list = cluster(3, 0);
                 row_of(list, 1).alive = false;
                 see_once(g, list);
               },
               "11",
               "Wait",
               Reason::kUnfinishedMeta},
              {"dead, but the others are no majority",
               [](Given& g) {
                 auto list = cluster(3, 0);
                 row_of(list, 1).alive = false;
                 row_of(list, 2).alive = false;
                 see_twice(g, list);
               },
               "11",
               "Finish",
               Reason::kUnfinishedMeta},
              {"never joined, but no helper run has failed yet",
               [&](Given& g) {
                 not_joined(g);
                 g.seen.meta.helper_run_ended = false;
               },
               "11",
               "Finish",
               Reason::kUnfinishedMeta},
              {"never joined by a word that does not count",
               [&](Given& g) {
                 not_joined(g);
                 g.seen.lists[0].self_declared_leaders = {host(2)};
               },
               "11",
               "Finish",
               Reason::kUnfinishedMeta}});
}

TEST(StartRow12, S80_UnfinishedIsNeverStartedWithoutHelper) {
  auto base = with(meta_of(MetaKind::kUnfinished, 1));
  base.seen.meta.has_jdb = true;
  expect_all(base,
             {{"nobody there", [](Given&) {}, "12", "Wait", Reason::kUnfinishedMeta},
              {"its leader does not list me",
               [](Given& g) { see_once(g, without_me()); },
               "12",
               "MoveAside",
               Reason::kUnfinishedMeta},
              {"the same, but it was ready once",
               [](Given& g) {
                 see_once(g, without_me());
                 g.seen.meta.was_ready = true;
               },
               "12",
               "Wait",
               Reason::kUnfinishedMeta},
              {"no VERSION, so no id",
               [](Given& g) {
                 see_once(g, without_me());
                 g.seen.meta.cluster_id.clear();
               },
               "12",
               "Wait",
               Reason::kUnfinishedMeta},
              {"another cluster's leader",
               [](Given& g) {
                 auto list = without_me();
                 list.cluster_id = "2";
                 see_once(g, list);
               },
               "12",
               "Wait",
               Reason::kUnfinishedMeta}});
}

}  // namespace
}  // namespace sragent::core_test
