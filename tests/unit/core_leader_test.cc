#include <gtest/gtest.h>

#include "core_fixture.h"

namespace sragent::core_test {
namespace {

struct Bend {
  const char* name;
  void (*bend)(FeList&);
  bool expected;
};

TEST(WordCounts, NeedsALeaderRowAMajorityThatJoinedAndNobodyElseWhoLeads) {
  const std::vector<Bend> cases{
      {"a healthy leader", [](FeList&) {}, true},
      {"(a) the asked FE is no LEADER in its own list",
       [](FeList& l) { row_of(l, 0).role = RowRole::kFollower; },
       false},
      {"(a) it leads without Join", [](FeList& l) { row_of(l, 0).join = false; }, false},
      {"(a) it is not in its list", [](FeList& l) { l.asked_host = host(9); }, false},
      {"(b) one of three without Join", [](FeList& l) { row_of(l, 1).join = false; }, true},
      {"(b) two of three alive without Join",
       [](FeList& l) { row_of(l, 1).join = row_of(l, 2).join = false; },
       false},
      {"(b) rows that neither joined nor live do not count",
       [](FeList& l) {
         row_of(l, 1) = row(1, RowRole::kFollower, false, false);
         row_of(l, 2) = row(2, RowRole::kFollower, false, false);
       },
       true},
      {"(b) dead rows that joined do count",
       [](FeList& l) { row_of(l, 1).alive = row_of(l, 2).alive = false; },
       true},
      {"(b) observers do not count",
       [](FeList& l) {
         row_of(l, 1) = row(1, RowRole::kObserver, false, true);
         row_of(l, 2) = row(2, RowRole::kObserver, false, true);
       },
       true},
      {"(b) exactly half is no majority",
       [](FeList& l) {
         row_of(l, 1).join = false;
         l.rows.pop_back();
       },
       false},
      {"(c) another says that it leads",
       [](FeList& l) { l.self_declared_leaders = {host(1)}; },
       false},
  };
  for (const auto& one : cases) {
    auto list = cluster(3, 0);
    one.bend(list);
    EXPECT_EQ(word_counts(list), one.expected) << one.name;
  }
}

TEST(WordCounts, AForkAndTheRealLeadersListBothFail) {
  // While a fork runs, the real leader shows the fork as LEADER and itself without Join.
  auto real = cluster(3, 2);
  real.asked_host = host(0);
  row_of(real, 0).join = false;
  row_of(real, 1).join = false;
  EXPECT_FALSE(word_counts(real));
  auto fork = real;
  fork.asked_host = host(2);
  EXPECT_FALSE(word_counts(fork));
}

/// Reads `list` at `at`, with the heartbeat of fe-1 as told.
void read(LeaderHistory& history, FeList list, Millis at, const std::string& beat) {
  list.asked_at = at;
  row_of(list, 1).last_heartbeat = beat;
  add_reading(history, list);
}

TEST(RowFresh, IsTenSecondsFromTheLastMove) {
  const auto list = cluster(3, 0);
  LeaderHistory history;
  read(history, list, Millis{1'000}, "a");
  EXPECT_FALSE(row_fresh(history, list.rows[1], Millis{1'000})) << "one reading shows no move";
  read(history, list, Millis{6'000}, "b");
  EXPECT_TRUE(row_fresh(history, list.rows[1], Millis{16'000}));
  EXPECT_FALSE(row_fresh(history, list.rows[1], Millis{16'001}));
  read(history, list, Millis{16'000}, "b");
  EXPECT_FALSE(row_fresh(history, list.rows[1], Millis{16'001}));
  EXPECT_TRUE(row_fresh(history, list.rows[0], Millis{99'999})) << "the leader itself is fresh";
}

/// It moved while nobody looked, and its process may have ended since.
TEST(RowFresh, AMoveAcrossAGapOfCloseReadingsShowsNothing) {
  auto list = cluster(3, 0);
  CloseReadings readings;
  const auto reads = [&](Millis at, const std::string& beat) {
    list.asked_at = Instant{at};
    row_of(list, 1).last_heartbeat = beat;
    add_reading(readings, list);
    return row_fresh(readings.history, list.rows[1], Instant{at});
  };
  EXPECT_FALSE(reads(Millis{1'000}, "a"));
  EXPECT_TRUE(reads(Millis{11'000}, "b"));
  EXPECT_FALSE(reads(Millis{21'001}, "c"));
  EXPECT_FALSE(reads(Millis{22'000}, "c"));
  EXPECT_TRUE(reads(Millis{26'000}, "d"));
}

TEST(RowFresh, ARowThatIsNotAliveIsNotFresh) {
  auto list = cluster(3, 0);
  LeaderHistory history;
  read(history, list, Millis{1'000}, "a");
  row_of(list, 1).alive = false;
  read(history, list, Millis{2'000}, "b");
  EXPECT_FALSE(row_fresh(history, list.rows[1], Millis{2'000}));
}

TEST(RowDead, IsTwoUnbrokenReadings25SecondsApart) {
  auto list = cluster(3, 0);
  row_of(list, 1).alive = false;
  LeaderHistory history;
  read(history, list, Millis{1'000}, "a");
  EXPECT_FALSE(row_dead(history, list.rows[1]));
  read(history, list, Millis{25'999}, "a");
  EXPECT_FALSE(row_dead(history, list.rows[1]));
  read(history, list, Millis{26'000}, "a");
  EXPECT_TRUE(row_dead(history, list.rows[1]));

  auto alive = list;
  row_of(alive, 1).alive = true;
  read(history, alive, Millis{27'000}, "b");
  EXPECT_FALSE(row_dead(history, alive.rows[1]));
  read(history, list, Millis{28'000}, "b");
  EXPECT_FALSE(row_dead(history, list.rows[1])) << "the count began anew";
}

struct Reset {
  const char* name;
  void (*bend)(FeList&);
};

TEST(RowDead, AnotherLeaderIdOrStartBeginsAnew) {
  const std::vector<Reset> cases{
      {"another leader",
       [](FeList& l) {
         l.asked_host = host(2);
         row_of(l, 2).role = RowRole::kLeader;
         row_of(l, 0).role = RowRole::kFollower;
       }},
      {"the leader restarted", [](FeList& l) { row_of(l, 0).start_time = "later"; }},
      {"another cluster", [](FeList& l) { l.cluster_id = "2"; }},
      {"the leader is not settled", [](FeList& l) { row_of(l, 0).up_for = Millis{59'999}; }},
      {"nobody knows how old the leader is", [](FeList& l) { row_of(l, 0).up_for.reset(); }},
  };
  for (const auto& one : cases) {
    auto list = cluster(3, 0);
    row_of(list, 1).alive = false;
    LeaderHistory history;
    read(history, list, Millis{1'000}, "a");
    one.bend(list);
    read(history, list, Millis{30'000}, "a");
    EXPECT_FALSE(row_dead(history, list.rows[1])) << one.name;
  }
}

TEST(RowDead, ALeaderIsSettledAtSixtySeconds) {
  auto list = cluster(3, 0);
  row_of(list, 0).up_for = kLeaderSettled;
  row_of(list, 1).alive = false;
  LeaderHistory history;
  read(history, list, Millis{1'000}, "a");
  read(history, list, Millis{26'000}, "a");
  EXPECT_TRUE(row_dead(history, list.rows[1]));
}

TEST(RowDead, ARowThatVanishedAndCameBackIsAnotherRow) {
  auto list = cluster(3, 0);
  row_of(list, 1).alive = false;
  LeaderHistory history;
  read(history, list, Millis{1'000}, "a");
  auto without = list;
  without.rows.erase(without.rows.begin() + 1);
  without.asked_at = Millis{10'000};
  add_reading(history, without);
  read(history, list, Millis{26'000}, "a");
  EXPECT_FALSE(row_dead(history, list.rows[1]));
}

TEST(RowDead, AnUnknownRowIsNotDead) {
  EXPECT_FALSE(row_dead({}, row(1, RowRole::kFollower, true, false)));
}

struct Guard {
  int others;  ///< Other joined rows, the leader among them.
  int fresh;   ///< Of these.
  bool drop;   ///< May my own dead row be dropped?
};

TEST(DropGuard, NeedsAMajorityOfTheOthersThatJoined) {
  const std::vector<Guard> cases{{1, 1, true},
                                 {2, 2, true},
                                 {2, 1, false},
                                 {3, 3, true},
                                 {3, 2, true},
                                 {3, 1, false},
                                 {4, 3, true},
                                 {4, 2, false},
                                 {5, 3, true},
                                 {5, 2, false}};
  for (const auto& one : cases) {
    auto list = cluster(one.others + 1, 0);
    for (int dead = one.fresh; dead < one.others; ++dead)
      row_of(list, dead).alive = false;
    row_of(list, one.others).alive = false;
    EXPECT_EQ(drop_keeps_majority(list, watched(list), host(one.others), kNow), one.drop)
        << one.fresh << " fresh of " << one.others;
  }
}

TEST(StopGuard, NeedsAMajorityOfAllThatJoinedWithoutTheOwn) {
  const std::vector<Guard> cases{{0, 0, false},
                                 {1, 1, false},
                                 {2, 2, true},
                                 {2, 1, false},
                                 {3, 3, true},
                                 {3, 2, false},
                                 {4, 3, true},
                                 {4, 2, false}};
  for (const auto& one : cases) {
    auto list = cluster(one.others + 1, one.others);  // the last one leads, and is the own one
    for (int dead = one.fresh; dead < one.others; ++dead)
      row_of(list, dead).alive = false;
    EXPECT_EQ(stop_keeps_majority(list, watched(list), host(one.others), kNow), one.drop)
        << one.fresh << " fresh of " << one.others;
    EXPECT_FALSE(one.others > 0 && stop_keeps_majority(list, {}, host(one.others), kNow))
        << "by one reading alone";
  }
}

TEST(DropGuard, WithoutAnyOtherMemberNothingIsDropped) {
  auto list = cluster(1, 0);
  EXPECT_FALSE(drop_keeps_majority(list, watched(list), host(0), kNow));
}

struct Add {
  int rows;
  int fresh;
  bool add;
};

TEST(AddGuard, LeavesRoomForTheNewcomersDeath) {
  const std::vector<Add> cases{{1, 1, true},
                               {2, 2, true},
                               {2, 1, false},
                               {3, 3, true},
                               {3, 2, false},
                               {4, 3, true},
                               {4, 2, false},
                               {5, 4, true},
                               {5, 3, false}};
  for (const auto& one : cases) {
    auto list = cluster(one.rows, 0);
    for (int dead = one.fresh; dead < one.rows; ++dead)
      row_of(list, dead).alive = false;
    EXPECT_EQ(add_keeps_majority(list, watched(list), kNow), one.add)
        << one.fresh << " fresh of " << one.rows;
  }
}

TEST(AddGuard, AnEarlierAddThatIsNotUpYetBlocksTheNext) {
  auto list = cluster(3, 0);
  row_of(list, 2) = row(2, RowRole::kFollower, false, false);
  EXPECT_FALSE(add_keeps_majority(list, watched(list), kNow));
}

}  // namespace
}  // namespace sragent::core_test
