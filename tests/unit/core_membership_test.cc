#include <gtest/gtest.h>

#include "core/membership.h"

namespace sragent {
namespace {

constexpr Instant kNow{10'000'000};

WorkerRow row(std::string host, std::uint16_t port = 9050) {
  WorkerRow out;
  out.host = std::move(host);
  out.heartbeat_port = port;
  out.alive = true;
  return out;
}

WorkerSelf self() {
  return {NodeKind::kBe, "be-1.x", {"10.0.0.1"}, 9050};
}

/// A leader that lists be-0, be-1 (me) and be-2, and a healthy server.
WorkerObservation listed() {
  WorkerObservation out;
  out.list = WorkerList{"fe-0", "start", "1", {row("be-0.x"), row("be-1.x"), row("be-2.x")}, {}};
  out.own_name = Tri::kYes;
  out.healthy_for = Millis{60'000};
  return out;
}

WorkerObservation unlisted() {
  auto out = listed();
  out.list->rows.erase(out.list->rows.begin() + 1);
  return out;
}

WorkerOutcome decide(const WorkerObservation& seen, WorkerMemory memory = {}, Instant now = kNow) {
  return decide_membership(self(), seen, std::move(memory), now);
}

/// Memory after my row was seen.
WorkerMemory known() {
  return decide(listed()).memory;
}

std::string action(const WorkerOutcome& got) {
  constexpr std::array<const char*, 3> kNames{"stay", "read again", "add"};
  return kNames.at(got.decision.action.index());
}

TEST(OwnRow, S25_IsFoundByExactHostAndPort) {
  const std::vector<WorkerRow> rows{
      row("be-10.x"), row("x-be-1.x"), row("be-1.x", 9051), row("10.0.0.12"), row("be-1.x.y")};
  EXPECT_EQ(find_own_row(self(), rows), nullptr);
  auto with = rows;
  with.push_back(row("be-1.x"));
  EXPECT_EQ(find_own_row(self(), with), &with.back());
  with.back().host = "10.0.0.1";
  EXPECT_EQ(find_own_row(self(), with), &with.back()) << "an own address is this node";
  with.back().host = "BE-1.x";
  EXPECT_EQ(find_own_row(self(), with), nullptr) << "StarRocks compares text with case";
}

TEST(Membership, S25_ARowThatIsThereIsNotAddedAgain) {
  const auto got = decide(listed());
  EXPECT_EQ(action(got), "stay");
  EXPECT_TRUE(got.decision.registered);
  EXPECT_TRUE(got.decision.alive);
  EXPECT_EQ(got.decision.reason, Reason::kNone);
}

TEST(Membership, S24_ANewNodeIsAdded) {
  const auto got = decide(unlisted());
  EXPECT_EQ(action(got), "add");
  EXPECT_EQ(got.decision.reason, Reason::kNotRegistered);
  EXPECT_FALSE(got.decision.registered);
  EXPECT_EQ(got.memory.added_at, kNow);
}

TEST(Membership, S24_WithoutAListTheReasonIsWhyThereIsNone) {
  for (const auto reason : {Reason::kFeUnreachable, Reason::kNoLeader, Reason::kAuthFailed}) {
    WorkerObservation seen;
    seen.why_no_list = reason;
    seen.why_no_list_detail = "each address with its error";
    const auto got = decide(seen);
    EXPECT_EQ(action(got), "stay");
    EXPECT_EQ(got.decision.reason, reason);
    EXPECT_EQ(got.decision.detail, "each address with its error");
  }
}

TEST(Membership, S22_OnlyTheAddWaitsForTheOwnName) {
  for (const auto name : {Tri::kUnknown, Tri::kNo}) {
    auto seen = unlisted();
    seen.own_name = name;
    EXPECT_EQ(action(decide(seen)), "stay");
    EXPECT_EQ(decide(seen).decision.reason, Reason::kDnsNotReady);
    const auto says_no = decide(seen).decision.detail.find("do not give") != std::string::npos;
    EXPECT_EQ(says_no, name == Tri::kNo) << decide(seen).decision.detail;
    EXPECT_FALSE(decide(seen).memory.added_at);
    seen = listed();
    seen.own_name = name;
    EXPECT_TRUE(decide(seen).decision.alive);
  }
}

TEST(Membership, S84_ANameThatLeadsElsewhereIsAnotherCopysAndNothingIsAdded) {
  auto seen = unlisted();
  seen.own_name = Tri::kNo;
  seen.name_elsewhere = true;
  EXPECT_EQ(action(decide(seen)), "stay");
  EXPECT_EQ(decide(seen).decision.reason, Reason::kIdentityConflict);
  EXPECT_FALSE(decide(seen).memory.added_at);
}

struct NotAlive {
  const char* name;
  void (*bend)(WorkerObservation&);
  Reason expected;
};

TEST(Membership, S26_ARowThatIsNotAliveIsToldWithTheFesText) {
  const std::vector<NotAlive> cases{
      {"15 s after the health check",
       [](WorkerObservation& s) { s.healthy_for = kAlivePatience; },
       Reason::kNotAlive},
      {"a moment before",
       [](WorkerObservation& s) { s.healthy_for = kAlivePatience - Millis{1}; },
       Reason::kStarting},
      {"the server is not healthy yet",
       [](WorkerObservation& s) { s.healthy_for.reset(); },
       Reason::kStarting},
      {"a server that served hangs",
       [](WorkerObservation& s) {
         s.healthy_for.reset();
         s.served = true;
       },
       Reason::kNotAlive},
      {"S28_a foreign cluster id, at once",
       [](WorkerObservation& s) {
         s.healthy_for.reset();
         s.list->rows[1].error = "Unmatched cluster id";
       },
       Reason::kIdentityConflict},
      {"S31_a CN in a BE's row",
       [](WorkerObservation& s) {
         s.list->rows[1].error = "expect to be BE but actually CN,Unmatched node type!";
       },
       Reason::kWrongRole},
  };
  for (const auto& one : cases) {
    auto seen = listed();
    seen.list->rows[1].alive = false;
    seen.list->rows[1].error = "java.net.ConnectException: Connection refused";
    seen.list->rows[1].status_code = "DISCONNECTED";
    one.bend(seen);
    const auto got = decide(seen);
    EXPECT_EQ(action(got), "stay") << one.name;
    EXPECT_TRUE(got.decision.registered) << one.name;
    EXPECT_FALSE(got.decision.alive) << one.name;
    EXPECT_EQ(to_string(got.decision.reason), to_string(one.expected)) << one.name;
    EXPECT_NE(got.decision.detail.find(seen.list->rows[1].error), std::string::npos) << one.name;
    EXPECT_NE(got.decision.detail.find("DISCONNECTED"), std::string::npos) << one.name;
  }
}

TEST(Membership, S26_ARefusedAddIsToldAndTriedAgain) {
  auto seen = unlisted();
  seen.add_refused = "unknown fqdn host: be-1.x";
  const auto got = decide(seen);
  EXPECT_EQ(action(got), "add");
  EXPECT_EQ(got.decision.reason, Reason::kNotRegistered);
  EXPECT_NE(got.decision.detail.find("unknown fqdn host"), std::string::npos);
}

TEST(Membership, S27_OneReadingProvesNothing) {
  auto seen = unlisted();
  seen.list->leader_start_time = "later";
  const auto first = decide(seen, known());
  EXPECT_EQ(action(first), "read again");
  EXPECT_EQ(action(decide(seen, first.memory)), "add");
}

struct Vanished {
  const char* name;
  void (*bend)(WorkerObservation&, WorkerMemory&);
  const char* action;
  Reason reason;
};

TEST(Membership, S27_AVanishedRowIsAddedAgainOnlyWhereTheListLostRows) {
  const std::vector<Vanished> cases{
      {"only my row, same leader",
       [](WorkerObservation&, WorkerMemory&) {},
       "stay",
       Reason::kDropped},
      {"another leader",
       [](WorkerObservation& s, WorkerMemory&) { s.list->leader = "fe-1"; },
       "add",
       Reason::kNotRegistered},
      {"another leader, perhaps before the row was last seen",
       [](WorkerObservation& s, WorkerMemory& m) {
         s.list->leader = "fe-1";
         m.leader_certain = false;
       },
       "stay",
       Reason::kDropped},
      {"the leader restarted",
       [](WorkerObservation& s, WorkerMemory&) { s.list->leader_start_time = "later"; },
       "add",
       Reason::kNotRegistered},
      {"another row vanished too",
       [](WorkerObservation& s, WorkerMemory&) { s.list->rows.pop_back(); },
       "add",
       Reason::kNotRegistered},
      {"decommissioned when last seen",
       [](WorkerObservation& s, WorkerMemory& m) {
         s.list->leader = "fe-1";
         m.decommissioned = true;
       },
       "stay",
       Reason::kDropped},
      {"judged as taken out before",
       [](WorkerObservation& s, WorkerMemory& m) {
         s.list->leader = "fe-1";
         m.dropped = true;
       },
       "stay",
       Reason::kDropped},
      {"added within the hour and undone",
       [](WorkerObservation& s, WorkerMemory& m) {
         s.list->leader = "fe-1";
         m.added_at = kNow - kUndoneSpan + Millis{1};
       },
       "stay",
       Reason::kDropped},
      {"added an hour ago",
       [](WorkerObservation& s, WorkerMemory& m) {
         s.list->leader = "fe-1";
         m.added_at = kNow - kUndoneSpan;
       },
       "add",
       Reason::kNotRegistered},
      {"S36_a stop of this pod sent a DROP that may have come late",
       [](WorkerObservation&, WorkerMemory& m) { m.left_at = kNow - kLateDropSpan + Millis{1}; },
       "add",
       Reason::kNotRegistered},
      {"S36_that is long ago",
       [](WorkerObservation&, WorkerMemory& m) { m.left_at = kNow - kLateDropSpan; },
       "stay",
       Reason::kDropped},
      {"S36_that was before the machine was booted",
       [](WorkerObservation&, WorkerMemory& m) { m.left_at = kNow + Millis{1}; },
       "stay",
       Reason::kDropped},
      {"S36_a person took it out as well",
       [](WorkerObservation&, WorkerMemory& m) {
         m.left_at = kNow;
         m.dropped = true;
       },
       "stay",
       Reason::kDropped},
      {"S28_the FEs are another cluster and the disk knows",
       [](WorkerObservation& s, WorkerMemory&) {
         s.list->leader = "fe-1";
         s.list->cluster_id = "2";
         s.stored_id = "1";
       },
       "stay",
       Reason::kIdentityConflict},
      {"no leader to ask",
       [](WorkerObservation& s, WorkerMemory&) {
         s.list.reset();
         s.why_no_list = Reason::kNoLeader;
       },
       "stay",
       Reason::kNoLeader},
      {"a stop is under way",
       [](WorkerObservation& s, WorkerMemory&) {
         s.list->leader = "fe-1";
         s.off = true;
       },
       "stay",
       Reason::kNone},
      {"the own name is not served",
       [](WorkerObservation& s, WorkerMemory&) {
         s.list->leader = "fe-1";
         s.own_name = Tri::kUnknown;
       },
       "stay",
       Reason::kDnsNotReady},
  };
  for (const auto& one : cases) {
    auto seen = unlisted();
    auto memory = known();
    memory.misses = 1;
    one.bend(seen, memory);
    const auto got = decide(seen, memory);
    EXPECT_EQ(action(got), one.action) << one.name << ": " << got.decision.detail;
    EXPECT_EQ(to_string(got.decision.reason), to_string(one.reason)) << one.name;
    EXPECT_FALSE(got.decision.registered) << one.name;
  }
}

TEST(Membership, S27_DroppedStaysUntilTheRowIsSeenAgain) {
  auto memory = known();
  memory.misses = 1;
  auto got = decide(unlisted(), memory);
  ASSERT_TRUE(got.memory.dropped);
  auto later = unlisted();
  later.list->leader = "fe-2";
  got = decide(later, got.memory);
  EXPECT_EQ(action(got), "stay");
  EXPECT_EQ(got.decision.reason, Reason::kDropped);
  EXPECT_NE(got.decision.detail.find("sr-agent register"), std::string::npos);
  EXPECT_FALSE(decide(listed(), got.memory).memory.dropped);
}

TEST(Membership, S27_ADecommissionIsRememberedOverARestart) {
  WorkerMemory kept;
  kept.decommissioned = true;
  kept.registered_id = "1";
  EXPECT_EQ(decide(unlisted(), kept).decision.reason, Reason::kDropped);
  kept.registered_id = "0";
  EXPECT_EQ(action(decide(unlisted(), kept)), "add") << "another cluster's decommission";
  kept = {};
  kept.dropped = true;
  EXPECT_EQ(decide(unlisted(), kept).decision.reason, Reason::kDropped);
}

TEST(Membership, S27_WhatWasSeenLastIsRemembered) {
  auto seen = listed();
  seen.list->rows[1].decommissioned = true;
  const auto memory = decide(seen).memory;
  EXPECT_TRUE(memory.seen);
  EXPECT_TRUE(memory.decommissioned);
  EXPECT_EQ(memory.registered_id, "1");
  EXPECT_EQ(memory.leader, "fe-0");
  EXPECT_EQ(memory.others, (std::set<std::string>{"be-0.x:9050", "be-2.x:9050"}));
}

TEST(Membership, S28_ADiskOfAnotherClusterIsNotAdded) {
  auto seen = unlisted();
  seen.stored_id = "7";
  const auto got = decide(seen);
  EXPECT_EQ(action(got), "stay");
  EXPECT_EQ(got.decision.reason, Reason::kIdentityConflict);
  EXPECT_NE(got.decision.detail.find('7'), std::string::npos);
  seen.stored_id = "1";
  EXPECT_EQ(action(decide(seen)), "add");
}

TEST(Membership, S31_ANodeListedAsTheOtherKindIsToldAndNotAdded) {
  auto seen = unlisted();
  seen.list->other_kind = std::vector<WorkerRow>{row("be-1.x")};
  const auto got = decide(seen);
  EXPECT_EQ(action(got), "stay");
  EXPECT_EQ(got.decision.reason, Reason::kWrongRole);
  seen.list->other_kind = std::vector<WorkerRow>{row("be-1.x", 9051)};
  EXPECT_EQ(action(decide(seen)), "add");
}

TEST(Warehouse, S30_AnotherOneIsToldAndNothingIsSent) {
  auto me = self();
  me.kind = NodeKind::kCn;
  me.warehouse = "w";
  auto seen = listed();
  const auto decide_in = [&](const std::string& warehouse) {
    seen.list->rows[1].warehouse = warehouse;
    return decide_membership(me, seen, {}, kNow);
  };
  EXPECT_EQ(decide_in("w").decision.reason, Reason::kNone);
  const auto other = decide_in("default_warehouse");
  EXPECT_EQ(other.decision.reason, Reason::kWrongWarehouse);
  EXPECT_EQ(action(other), "stay");
  EXPECT_TRUE(other.decision.registered);
  EXPECT_EQ(decide_in("").decision.reason, Reason::kUnsupportedFe);
  me.warehouse = std::string{kDefaultWarehouse};
  EXPECT_EQ(decide_in("").decision.reason, Reason::kNone) << "an FE without warehouses";
  me.warehouse.clear();
  EXPECT_EQ(decide_in("w").decision.reason, Reason::kNone) << "nothing was asked for";
}

TEST(ChangedAddress, S29_TheRowOfTheFormerAddressIsNamedWhileItIsListed) {
  auto me = self();
  me.host = "10.0.0.1";
  auto seen = listed();
  seen.list->rows[1].host = "10.0.0.1";
  auto memory = decide_membership(me, seen, {}, kNow).memory;
  EXPECT_EQ(memory.row_host, "10.0.0.1");
  EXPECT_TRUE(memory.former_host.empty());
  me.host = "10.0.0.2";
  me.addresses = {"10.0.0.2"};
  seen.list->rows.push_back(row("10.0.0.2"));
  auto moved = decide_membership(me, seen, memory, kNow);
  EXPECT_NE(moved.decision.detail.find("10.0.0.1:9050"), std::string::npos);
  EXPECT_NE(moved.decision.detail.find("HOST_TYPE=FQDN"), std::string::npos);
  moved = decide_membership(me, seen, moved.memory, kNow);
  EXPECT_NE(moved.decision.detail.find("10.0.0.1:9050"), std::string::npos) << "and later on";
  seen.list->rows.erase(seen.list->rows.begin() + 1);
  moved = decide_membership(me, seen, moved.memory, kNow);
  EXPECT_EQ(moved.decision.detail, "registered and alive");
  EXPECT_TRUE(moved.memory.former_host.empty());
}

}  // namespace
}  // namespace sragent
