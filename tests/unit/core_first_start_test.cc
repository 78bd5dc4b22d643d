#include <gtest/gtest.h>

#include "core_fixture.h"

namespace sragent::core_test {
namespace {

std::string action(const FirstStartDecision& got) {
  constexpr std::array<const char*, 3> kNames{"keep", "seal", "stop"};
  return kNames.at(got.action.index());
}

/// A founder whose server is up and lists it as leader.
FirstStartObservation founded() {
  FirstStartObservation out;
  out.meta = meta_of(MetaKind::kFoundIntent, 0);
  out.meta.has_jdb = out.meta.was_ready = true;
  out.server_ready = true;
  out.own_list = cluster(1, 0);
  out.up_for = Millis{20'000};
  return out;
}

struct Bend {
  const char* name;
  void (*bend)(FirstStartObservation&);
  const char* action;
  Reason reason;
};

void expect_all(const Self& me, const FirstStartObservation& base, const std::vector<Bend>& cases) {
  for (const auto& one : cases) {
    auto seen = base;
    one.bend(seen);
    const auto got = watch_first_start(me, seen, kNow);
    EXPECT_EQ(action(got), one.action) << one.name << ": " << got.detail;
    EXPECT_EQ(to_string(got.reason), to_string(one.reason)) << one.name << ": " << got.detail;
  }
}

TEST(WatchFounding, IsSealedWhenReadyLeadingAndListed) {
  expect_all(
      self(0),
      founded(),
      {{"all of it", [](FirstStartObservation&) {}, "seal", Reason::kNone},
       {"not ready",
        [](FirstStartObservation& s) { s.server_ready = false; },
        "keep",
        Reason::kFounding},
       {"no list", [](FirstStartObservation& s) { s.own_list.reset(); }, "keep", Reason::kFounding},
       {"hostType still empty",
        [](FirstStartObservation& s) { s.meta.was_ready = false; },
        "keep",
        Reason::kFounding},
       {"not the leader",
        [](FirstStartObservation& s) { s.own_list->rows[0].role = RowRole::kFollower; },
        "keep",
        Reason::kFounding},
       {"not listed",
        [](FirstStartObservation& s) { s.own_list->rows[0].host = host(1); },
        "keep",
        Reason::kFounding},
       {"another id",
        [](FirstStartObservation& s) { s.own_list->cluster_id = "2"; },
        "keep",
        Reason::kFounding},
       {"a member of another cluster in sight",
        [](FirstStartObservation& s) { s.peers = {member_peer(1, "2", {1})}; },
        "stop",
        Reason::kTwoClusters},
       {"somebody remembers another",
        [](FirstStartObservation& s) {
          s.peers = {peer(1, PeerKind::kRemembers)};
          s.peers[0].ids = {"2"};
        },
        "stop",
        Reason::kTwoClusters},
       {"the same, too old",
        [](FirstStartObservation& s) {
          s.peers = {member_peer(1, "2", {1})};
          s.peers[0].asked_at = kNow - kPeerAnswerLife - Millis{1};
        },
        "seal",
        Reason::kNone},
       {"a member of this cluster",
        [](FirstStartObservation& s) { s.peers = {member_peer(1, "1", {1})}; },
        "seal",
        Reason::kNone}});
}

TEST(WatchFounding, AForeignClusterMovesTheFilesAside) {
  auto seen = founded();
  seen.peers = {member_peer(1, "2", {1})};
  EXPECT_TRUE(std::get<StopServer>(watch_first_start(self(0), seen, kNow).action).aside);
}

TEST(WatchFounding, TheSealCarriesIdAndMembers) {
  const auto seal = std::get<Seal>(watch_first_start(self(0), founded(), kNow).action);
  EXPECT_EQ(seal.cluster_id, "1");
  EXPECT_EQ(seal.members, std::vector<std::string>{host(0)});
}

/// A joiner, 20 s after its spawn, whose row at the leader shows this very process.
FirstStartObservation joined() {
  FirstStartObservation out;
  out.meta = meta_of(MetaKind::kJoinIntent, 1);
  out.meta.has_jdb = out.meta.was_ready = true;
  out.meta.helper = host(0) + ":9010";
  out.server_ready = true;
  out.leader_list = cluster(3, 0);
  row_of(*out.leader_list, 1).up_for = Millis{15'000};
  out.up_for = Millis{20'000};
  return out;
}

TEST(WatchJoining, S07_IsSealedWhenTheLeaderShowsThisProcess) {
  expect_all(
      self(1),
      joined(),
      {{"all of it", [](FirstStartObservation&) {}, "seal", Reason::kNone},
       {"not ready",
        [](FirstStartObservation& s) { s.server_ready = false; },
        "keep",
        Reason::kJoining},
       {"hostType still empty",
        [](FirstStartObservation& s) { s.meta.was_ready = false; },
        "keep",
        Reason::kJoining},
       {"no leader asked",
        [](FirstStartObservation& s) { s.leader_list.reset(); },
        "keep",
        Reason::kJoining},
       {"a word that does not count",
        [](FirstStartObservation& s) { s.leader_list->self_declared_leaders = {host(2)}; },
        "keep",
        Reason::kJoining},
       {"another cluster",
        [](FirstStartObservation& s) { s.leader_list->cluster_id = "2"; },
        "keep",
        Reason::kJoining},
       {"Join false",
        [](FirstStartObservation& s) { row_of(*s.leader_list, 1).join = false; },
        "keep",
        Reason::kJoining},
       {"Alive false",
        [](FirstStartObservation& s) { row_of(*s.leader_list, 1).alive = false; },
        "keep",
        Reason::kJoining},
       {"another role",
        [](FirstStartObservation& s) { row_of(*s.leader_list, 1).role = RowRole::kObserver; },
        "keep",
        Reason::kJoining},
       {"another port",
        [](FirstStartObservation& s) { row_of(*s.leader_list, 1).port = 1; },
        "keep",
        Reason::kJoining},
       {"an older process: Alive outlives it",
        [](FirstStartObservation& s) {
          row_of(*s.leader_list, 1).up_for = s.up_for + kClockSlack + Millis{1};
        },
        "keep",
        Reason::kJoining},
       {"within the slack of two clocks",
        [](FirstStartObservation& s) { row_of(*s.leader_list, 1).up_for = s.up_for + kClockSlack; },
        "seal",
        Reason::kNone},
       {"no start time",
        [](FirstStartObservation& s) { row_of(*s.leader_list, 1).up_for.reset(); },
        "keep",
        Reason::kJoining}});
}

TEST(WatchJoining, S18_AHopelessJoinLoopIsStopped) {
  auto base = joined();
  base.meta.has_jdb = base.meta.was_ready = base.server_ready = false;
  expect_all(
      self(1),
      base,
      {{"listed, by a living helper", [](FirstStartObservation&) {}, "keep", Reason::kJoining},
       {"not listed",
        [](FirstStartObservation& s) {
          std::erase_if(s.leader_list->rows, [](const FeRow& r) { return r.host == host(1); });
        },
        "stop",
        Reason::kNotInGroup},
       {"not listed, but only 14.9 s old",
        [](FirstStartObservation& s) {
          std::erase_if(s.leader_list->rows, [](const FeRow& r) { return r.host == host(1); });
          s.up_for = kJoinLoopPatience - Millis{1};
        },
        "keep",
        Reason::kJoining},
       {"not listed by a word that does not count",
        [](FirstStartObservation& s) {
          std::erase_if(s.leader_list->rows, [](const FeRow& r) { return r.host == host(1); });
          s.leader_list->self_declared_leaders = {host(2)};
        },
        "keep",
        Reason::kJoining},
       {"the helper is no member",
        [](FirstStartObservation& s) { s.meta.helper = "x:9010"; },
        "stop",
        Reason::kNotInGroup},
       {"the helper is dead",
        [](FirstStartObservation& s) {
          s.meta.helper = host(2) + ":9010";
          row_of(*s.leader_list, 2).alive = false;
        },
        "stop",
        Reason::kNotInGroup},
       {"a log exists: it is past the loop",
        [](FirstStartObservation& s) {
          s.meta.has_jdb = true;
          s.meta.helper = "x:9010";
        },
        "keep",
        Reason::kJoining}});
}

TEST(WatchJoining, S80_AForkIsStoppedAtOnceWithItsFilesInPlace) {
  auto base = joined();
  base.own_list = cluster(3, 1);
  row_of(*base.own_list, 0).join = false;
  row_of(*base.own_list, 2).join = false;
  base.own_claims_lead = true;
  expect_all(self(1),
             base,
             {{"leads while a living member is outside",
               [](FirstStartObservation&) {},
               "stop",
               Reason::kUnfinishedMeta},
              {"does not say that it leads",
               [](FirstStartObservation& s) { s.own_claims_lead = false; },
               "seal",
               Reason::kNone},
              {"becoming leader alone is no sign",
               [](FirstStartObservation& s) {
                 for (auto& one : s.own_list->rows)
                   one.join = true;
               },
               "seal",
               Reason::kNone},
              {"the others are dead",
               [](FirstStartObservation& s) {
                 row_of(*s.own_list, 0).alive = row_of(*s.own_list, 2).alive = false;
               },
               "seal",
               Reason::kNone}});
  const auto got = watch_first_start(self(1), base, kNow);
  EXPECT_FALSE(std::get<StopServer>(got.action).aside);
}

/// A founder that was killed before its mark, whose joiners have elected fe-1 meanwhile.
FirstStartObservation founder_that_follows() {
  auto out = founded();
  out.own_list = cluster(3, 1);
  out.own_list->asked_host = host(0);
  out.leader_list = cluster(3, 1);
  row_of(*out.leader_list, 0).up_for = Millis{15'000};
  return out;
}

TEST(WatchFounding, S80_AFounderRestartedBeforeItsSealIsSealedByTheWordOfWhoeverLeadsNow) {
  expect_all(
      self(0),
      founder_that_follows(),
      {{"the leader shows this process", [](FirstStartObservation&) {}, "seal", Reason::kNone},
       {"no leader asked",
        [](FirstStartObservation& s) { s.leader_list.reset(); },
        "keep",
        Reason::kFounding},
       {"a leader whose word does not count",
        [](FirstStartObservation& s) { s.leader_list->self_declared_leaders = {host(2)}; },
        "keep",
        Reason::kFounding},
       {"a leader of another cluster",
        [](FirstStartObservation& s) { s.leader_list->cluster_id = "2"; },
        "keep",
        Reason::kFounding},
       {"the row is still the process before the restart",
        [](FirstStartObservation& s) { row_of(*s.leader_list, 0).up_for = Millis{60'000}; },
        "keep",
        Reason::kFounding},
       {"not listed any more",
        [](FirstStartObservation& s) {
          std::erase_if(s.leader_list->rows, [](const FeRow& r) { return r.host == host(0); });
        },
        "keep",
        Reason::kFounding},
       {"another cluster in sight",
        [](FirstStartObservation& s) { s.peers = {member_peer(2, "2", {2})}; },
        "stop",
        Reason::kTwoClusters}});
  const auto got = watch_first_start(self(0), founder_that_follows(), kNow);
  EXPECT_EQ(std::get<Seal>(got.action).members,
            (std::vector<std::string>{host(0), host(1), host(2)}));
}

/// A joiner that was elected before its mark: no other FE leads that could vouch for it.
FirstStartObservation joiner_that_leads() {
  auto out = joined();
  out.leader_list.reset();
  out.own_list = cluster(3, 1);
  out.own_claims_lead = true;
  return out;
}

TEST(WatchJoining, S80_AJoinerElectedBeforeItsSealIsSealedByItsOwnListUnlessItIsAFork) {
  expect_all(
      self(1),
      joiner_that_leads(),
      {{"the others have joined and live", [](FirstStartObservation&) {}, "seal", Reason::kNone},
       {"one living member that joined is enough",
        [](FirstStartObservation& s) { row_of(*s.own_list, 2).alive = false; },
        "seal",
        Reason::kNone},
       {"a living member outside the group: a fork",
        [](FirstStartObservation& s) { row_of(*s.own_list, 2).join = false; },
        "stop",
        Reason::kUnfinishedMeta},
       {"nobody else lives: a fork shows the same",
        [](FirstStartObservation& s) {
          row_of(*s.own_list, 0).alive = row_of(*s.own_list, 2).alive = false;
        },
        "keep",
        Reason::kJoining},
       {"only an observer lives: it does not elect",
        [](FirstStartObservation& s) {
          row_of(*s.own_list, 0).alive = false;
          row_of(*s.own_list, 2).role = RowRole::kObserver;
        },
        "keep",
        Reason::kJoining},
       {"does not say that it leads",
        [](FirstStartObservation& s) { s.own_claims_lead = false; },
        "keep",
        Reason::kJoining},
       {"another FE says that it leads",
        [](FirstStartObservation& s) { s.own_list->self_declared_leaders = {host(2)}; },
        "keep",
        Reason::kJoining},
       {"the own list is of another cluster",
        [](FirstStartObservation& s) { s.own_list->cluster_id = "2"; },
        "keep",
        Reason::kJoining},
       {"not ready yet",
        [](FirstStartObservation& s) { s.server_ready = false; },
        "keep",
        Reason::kJoining},
       {"hostType still empty",
        [](FirstStartObservation& s) { s.meta.was_ready = false; },
        "keep",
        Reason::kJoining}});
}

}  // namespace
}  // namespace sragent::core_test
