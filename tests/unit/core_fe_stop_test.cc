#include <gtest/gtest.h>

#include "core/exit_codes.h"
#include "core/fe_stop.h"

namespace sragent {
namespace {

FeStopView view(int followers, int alive, bool leads = false) {
  FeStopView out;
  out.has_handler = true;
  out.ready = Tri::kYes;
  out.quorum = FeQuorum{followers, alive, true, leads};
  return out;
}

FeRow row(const std::string& host, RowRole role, bool alive) {
  FeRow out;
  out.host = host;
  out.role = role;
  out.join = true;
  out.alive = alive;
  return out;
}

TEST(FeStop, IsGracefulOnlyWhereTheServerWouldDrain) {
  // alive - 1 >= followers / 2 + 1, as StarRocks counts it
  struct Case {
    int followers;
    int alive;
    bool graceful;
  };
  for (const auto& one : {Case{1, 1, false},
                          Case{2, 2, false},
                          Case{3, 3, true},
                          Case{3, 2, false},
                          Case{4, 4, true},
                          Case{5, 4, true},
                          Case{5, 3, false}}) {
    EXPECT_EQ(decide_fe_stop(view(one.followers, one.alive)).graceful, one.graceful)
        << one.followers << ", " << one.alive;
  }
}

TEST(FeStop, IsAbruptWhereTheHandlerIsNotKnownToBeThere) {
  auto seen = view(3, 3);
  seen.has_handler = false;
  EXPECT_FALSE(decide_fe_stop(seen).graceful);
  for (const auto ready : {Tri::kUnknown, Tri::kNo}) {
    seen = view(3, 3);
    seen.ready = ready;
    EXPECT_FALSE(decide_fe_stop(seen).graceful);
  }
  seen = view(3, 3);
  seen.quorum.reset();
  EXPECT_FALSE(decide_fe_stop(seen).graceful);
}

TEST(FeStop, ADrainIsRefusedWhereTheOthersWouldBeNoMajority) {
  EXPECT_FALSE(refuse_fe_drain(view(3, 3)));
  EXPECT_FALSE(refuse_fe_drain(view(5, 4)));
  for (const auto& seen : {view(1, 1), view(2, 2), view(3, 2), view(5, 3)})
    EXPECT_EQ(refuse_fe_drain(seen).value_or(LeaveRefusal{}).exit_code, kExitQuorum);
}

TEST(FeStop, ADrainNobodyKnowsAboutIsUndecidable) {
  FeStopView seen;
  EXPECT_EQ(refuse_fe_drain(seen).value_or(LeaveRefusal{}).exit_code, kExitUndecidable);
}

TEST(FeStop, AnObserverMayAlwaysGo) {
  auto seen = view(1, 1);
  seen.quorum->own_elects = false;
  EXPECT_FALSE(refuse_fe_drain(seen));
}

TEST(FeStop, OnlyALeaderHandsOver) {
  EXPECT_EQ(refuse_transfer(view(3, 3, false)).value_or(LeaveRefusal{}).exit_code, kExitNo);
  EXPECT_FALSE(refuse_transfer(view(3, 3, true)));
  EXPECT_EQ(refuse_transfer(view(3, 2, true)).value_or(LeaveRefusal{}).exit_code, kExitQuorum);
  EXPECT_EQ(refuse_transfer(FeStopView{}).value_or(LeaveRefusal{}).exit_code, kExitUndecidable);
}

TEST(FeStop, CountsThoseThatElect) {
  FeList list;
  list.rows = {row("a", RowRole::kLeader, true),
               row("b", RowRole::kFollower, false),
               row("c", RowRole::kObserver, true)};
  const auto seen = quorum_of(list, "a");
  EXPECT_EQ(seen.followers, 2);
  EXPECT_EQ(seen.alive, 1);
  EXPECT_TRUE(seen.own_elects);
  EXPECT_TRUE(seen.leads);
  EXPECT_FALSE(quorum_of(list, "c").own_elects);
  EXPECT_FALSE(quorum_of(list, "elsewhere").own_elects);
}

}  // namespace
}  // namespace sragent
