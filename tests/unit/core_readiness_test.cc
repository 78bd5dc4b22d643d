#include <algorithm>
#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "core/readiness.h"

namespace sragent {
namespace {

constexpr Instant kNow{10'000'000};
constexpr Millis kSecond{1'000};

ReadyFact good(Millis age) {
  return {kNow - age, Reason::kNone, "fine"};
}

/// A node of which everything is as it should be.
ReadyFacts fine(NodeKind kind) {
  const bool fe = kind == NodeKind::kFe;
  ReadyFacts out;
  out.kind = kind;
  out.published = kNow - kSecond;
  out.server_running = true;
  out.health = good(2 * kSecond);
  out.row.at = kNow - 20 * kSecond;
  out.row.listed = out.row.alive = true;
  out.row.host = "node-1.x";
  out.own_names = {"node-1.x", "10.0.0.1"};
  out.own_cluster = kind == NodeKind::kCn ? "" : "77";
  out.listed_cluster = "77";
  if (!fe) {
    out.healthy_since = kNow - 3'600 * kSecond;
    return out;
  }
  out.bootstrap = good(2 * kSecond);
  out.row.role = "LEADER";
  out.own_role = "FOLLOWER";
  out.leader = "node-1.x";
  add_reports(out.agreement, "node-1.x", {{"node-2.x", "node-1.x"}}, {}, kNow - 10 * kSecond);
  return out;
}

/// The failed checks as `/readyz` prints them.
std::string failures(const ReadyFacts& facts, Instant now = kNow) {
  std::string out;
  for (const auto& check : judge_readiness(facts, now)) {
    if (check.state == CheckState::kFailed) {
      out += (out.empty() ? "" : " ") + std::string(check.name) + ":" +
             std::string(to_string(check.reason));
    }
  }
  EXPECT_EQ(out.empty(), is_ready(judge_readiness(facts, now)));
  return out;
}

struct Row {
  const char* what;
  NodeKind kind;
  std::function<void(ReadyFacts&)> change;
  const char* failed;
};

TEST(Readiness, S55_EachFactFailsItsOwnCheckWithItsOwnWord) {
  const auto fe = NodeKind::kFe;
  const auto be = NodeKind::kBe;
  const auto cn = NodeKind::kCn;
  const std::vector<Row> rows{
      {"FE", fe, [](ReadyFacts&) {}, ""},
      {"BE", be, [](ReadyFacts&) {}, ""},
      {"CN", cn, [](ReadyFacts&) {}, ""},
      {"old copy", be, [](auto& f) { f.published = kNow - 11 * kSecond; }, "snapshot:stale_facts"},
      {"no copy", be, [](auto& f) { f.published.reset(); }, "snapshot:starting"},
      {"draining", cn, [](auto& f) { f.under_way = Reason::kDraining; }, "phase:draining"},
      {"held", fe, [](auto& f) { f.under_way = Reason::kMetaDamaged; }, "phase:meta_damaged"},
      {"no server", be, [](auto& f) { f.server_running = false; }, "server:server_down"},
      {"no server", fe, [](auto& f) { f.server_running = false; }, "server:server_down"},
      {"sick", be, [](auto& f) { f.health.reason = Reason::kUnhealthy; }, "health:unhealthy"},
      {"mute", fe, [](auto& f) { f.health.reason = Reason::kAuthFailed; }, "health:auth_failed"},
      {"health old", be, [](auto& f) { f.health.at = kNow - 16 * kSecond; }, "health:stale_facts"},
      {"health unasked", fe, [](auto& f) { f.health.at.reset(); }, "health:stale_facts"},
      {"lags", fe, [](auto& f) { f.bootstrap.reason = Reason::kReplaying; }, "bootstrap:replaying"},
      {"bootstrap old",
       fe,
       [](auto& f) { f.bootstrap.at = kNow - 16 * kSecond; },
       "bootstrap:stale_facts"},
      {"BE has no bootstrap", be, [](auto& f) { f.bootstrap.reason = Reason::kReplaying; }, ""},
      {"no list yet",
       be,
       [](auto& f) {
         f.row = {};
         f.row.reason = Reason::kFeUnreachable;
       },
       "row:fe_unreachable"},
      {"not listed", be, [](auto& f) { f.row.listed = false; }, "row:not_registered"},
      {"taken out",
       fe,
       [](auto& f) {
         f.row.listed = false;
         f.row.reason = Reason::kDropped;
       },
       "row:dropped"},
      {"row old", be, [](auto& f) { f.row.at = kNow - 151 * kSecond; }, "row:stale_facts"},
      {"row of before",
       be,
       [](auto& f) { f.healthy_since = kNow - 10 * kSecond; },
       "row:stale_facts"},
      {"FEs away for 2 min",
       be,
       [](auto& f) {
         f.row.at = kNow - 120 * kSecond;
         f.row.reason = Reason::kFeUnreachable;
       },
       ""},
      {"not alive",
       cn,
       [](auto& f) {
         f.row.alive = false;
         f.row.reason = Reason::kNotAlive;
       },
       "alive:not_alive"},
      {"not alive yet",
       be,
       [](auto& f) {
         f.row.alive = false;
         f.row.reason = Reason::kStarting;
       },
       "alive:starting"},
      {"decommissioned", be, [](auto& f) { f.row.decommissioned = true; }, "alive:decommissioning"},
      {"other kind",
       cn,
       [](auto& f) {
         f.row.listed = false;
         f.row.reason = Reason::kWrongRole;
       },
       "row:not_registered role:wrong_role"},
      {"observer as follower", fe, [](auto& f) { f.own_role = "OBSERVER"; }, "role:wrong_role"},
      {"observer", fe, [](auto& f) { f.own_role = f.row.role = "OBSERVER"; }, ""},
      {"listed by address", be, [](auto& f) { f.row.host = "10.0.0.1"; }, ""},
      {"listed as another", be, [](auto& f) { f.row.host = "node-2.x"; }, "address:host_mismatch"},
      {"name is elsewhere",
       fe,
       [](auto& f) { f.name_elsewhere = "they give 10.0.0.9"; },
       "address:identity_conflict"},
      {"FE of another cluster",
       fe,
       [](auto& f) { f.listed_cluster = "78"; },
       "cluster:two_clusters"},
      {"BE of another cluster",
       be,
       [](auto& f) { f.listed_cluster = "78"; },
       "cluster:identity_conflict"},
      {"CN has no cluster of its own", cn, [](auto& f) { f.listed_cluster = "78"; }, ""},
      {"heartbeat refused",
       cn,
       [](auto& f) {
         f.row.alive = false;
         f.row.reason = Reason::kIdentityConflict;
       },
       "alive:not_alive cluster:identity_conflict"},
      {"leaderless", fe, [](auto& f) { f.leader.clear(); }, "leader:no_leader"},
      {"others not asked", fe, [](auto& f) { f.agreement = {}; }, "leader:starting"},
      {"reports old",
       fe,
       [](auto& f) { f.agreement.at = kNow - 61 * kSecond; },
       "leader:stale_facts"},
      {"BE judges no leader", be, [](auto& f) { f.leader.clear(); }, ""},
  };
  for (const auto& row : rows) {
    auto facts = fine(row.kind);
    row.change(facts);
    EXPECT_EQ(failures(facts), row.failed) << to_string(row.kind) << ": " << row.what;
  }
}

TEST(Readiness, S30_ACnInAnotherWarehouseServesThereAndSaysSo) {
  auto facts = fine(NodeKind::kCn);
  facts.row.reason = Reason::kWrongWarehouse;
  facts.row.detail = "row x:9050 is in warehouse v, expected w";
  EXPECT_EQ(failures(facts), "");
  const auto checks = judge_readiness(facts, kNow);
  EXPECT_TRUE(std::any_of(checks.begin(), checks.end(), [](const ReadyCheck& check) {
    return check.name == "role" && check.detail ==
                                       "listed as cn; wrong_warehouse: row x:9050 is in warehouse "
                                       "v, expected w";
  }));
}

TEST(Readiness, S55_LimitsAreTheSettingsAndCountToTheMillisecond) {
  for (const auto kind : {NodeKind::kFe, NodeKind::kBe}) {
    auto facts = fine(kind);
    facts.limits.health = Millis{7'000};
    facts.health.at = facts.bootstrap.at = kNow - Millis{7'000};
    facts.row.at = kNow - facts.limits.row;
    facts.published = kNow - facts.limits.snapshot;
    EXPECT_EQ(failures(facts), "");
    EXPECT_NE(failures(facts, kNow + Millis{1}), "");
  }
}

TEST(Readiness, S55_AFactThatSpeaksAgainstTheNodeDoesNotExpire) {
  auto facts = fine(NodeKind::kBe);
  facts.health = {kNow - 3'600 * kSecond, Reason::kUnhealthy, "refused"};
  EXPECT_EQ(failures(facts), "health:unhealthy");
}

TEST(Readiness, S55_NothingKnownIsNotReady) {
  for (const auto kind : {NodeKind::kFe, NodeKind::kBe, NodeKind::kCn}) {
    ReadyFacts facts;
    facts.kind = kind;
    EXPECT_FALSE(is_ready(judge_readiness(facts, kNow)));
  }
}

TEST(Readiness, EveryCheckOfAKindIsAlwaysTold) {
  const auto names = [](NodeKind kind, ReadyFacts facts) {
    facts.kind = kind;
    std::string out;
    for (const auto& check : judge_readiness(facts, kNow))
      out += std::string(check.name) + " ";
    return out;
  };
  for (const auto kind : {NodeKind::kFe, NodeKind::kBe, NodeKind::kCn})
    EXPECT_EQ(names(kind, {}), names(kind, fine(kind)));
  EXPECT_EQ(names(NodeKind::kFe, {}),
            "snapshot phase server health bootstrap row alive role address cluster leader ");
  EXPECT_EQ(names(NodeKind::kCn, {}),
            "snapshot phase server health row alive role address cluster ");
}

// Whom the FEs see lead.

struct Reading {
  std::vector<LeaderReport> reports;
  LeadClaims rivals;
};

/// One reading every 15 s, the last one at kNow; the own server sees fe-0.
std::string after(const std::vector<Reading>& readings) {
  auto facts = fine(NodeKind::kFe);
  facts.leader = "fe-0";
  facts.agreement = {};
  auto at = kNow - 15 * kSecond * (readings.size() - 1);
  for (const auto& reading : readings) {
    add_reports(facts.agreement, "fe-0", reading.reports, reading.rivals, at);
    at += 15 * kSecond;
  }
  return failures(facts);
}

LeadClaims told(std::vector<std::string> yes, std::vector<std::string> no) {
  return {true, std::move(yes), std::move(no)};
}

const Reading kAlone{{}, told({}, {})};
const Reading kAgreed{{{"fe-1", "fe-0"}, {"fe-2", "fe-0"}}, told({}, {"fe-1", "fe-2"})};
const Reading kOneDiffers{{{"fe-1", "fe-0"}, {"fe-2", "fe-2"}}, {}};
const Reading kBothDiffer{{{"fe-1", "fe-1"}, {"fe-2", "fe-1"}}, {}};
const Reading kHalf{{{"fe-1", "fe-1"}}, {}};
const Reading kRival{kAgreed.reports, told({"fe-1"}, {"fe-2"})};
const Reading kOtherRival{kAgreed.reports, told({"fe-2"}, {"fe-1"})};
const Reading kSilent{kAgreed.reports, told({}, {})};
const Reading kNoAndSilent{kAgreed.reports, told({}, {"fe-1"})};
const Reading kOwnLeadsNoMore{kAgreed.reports, {}};

TEST(Readiness, S55_MostFesMustSeeTheSameLeader) {
  EXPECT_EQ(after({kAlone}), "") << "an FE whose peers have no agents is judged by itself";
  EXPECT_EQ(after({kAgreed}), "");
  EXPECT_EQ(after({kOneDiffers, kOneDiffers, kOneDiffers}), "") << "one that is cut off";
  EXPECT_EQ(after({kBothDiffer}), "leader:no_leader") << "never agreed since the start";
  EXPECT_EQ(after({kHalf}), "leader:no_leader") << "half is not most";
}

TEST(Readiness, S55_AChangeOfLeaderIsGivenTime) {
  EXPECT_EQ(after({kAgreed, kBothDiffer}), "");
  EXPECT_EQ(after({kAgreed, kBothDiffer, kBothDiffer}), "");
  EXPECT_EQ(after({kAgreed, kBothDiffer, kBothDiffer, kBothDiffer}), "leader:no_leader");
  EXPECT_EQ(after({kAgreed, kBothDiffer, kBothDiffer, kAgreed, kBothDiffer}), "");
  EXPECT_EQ(after({kAgreed, kBothDiffer, kBothDiffer, kBothDiffer, kAgreed}), "");
}

TEST(Readiness, S55_TwoWhoSayThatTheyLeadAreNotReadyUntilOneIsGone) {
  EXPECT_EQ(after({kAgreed, kRival, kRival}), "") << "two readings must be 30 s apart";
  EXPECT_EQ(after({kAgreed, kRival, kRival, kRival}), "leader:two_leaders");
  EXPECT_EQ(after({kRival, kRival, kRival, kRival, kRival}), "leader:two_leaders");
  EXPECT_EQ(after({kRival, kRival, kRival, kAgreed}), "");
  EXPECT_EQ(after({kRival, kRival, kAgreed, kRival}), "");
  EXPECT_EQ(after({kRival, kRival, kRival, kSilent}), "leader:two_leaders") << "nobody said no";
  EXPECT_EQ(after({kRival, kSilent, kRival}), "leader:two_leaders") << "one in three unanswered";
  EXPECT_EQ(after({kRival, kRival, kRival, kSilent, kSilent, kSilent, kSilent}), "")
      << "silent for a minute: it is gone";
  EXPECT_EQ(after({kRival, kSilent, kSilent, kSilent}), "") << "it said so once and ended";
  EXPECT_EQ(after({kSilent, kSilent, kSilent}), "");
  EXPECT_EQ(after({kRival, kRival, kRival, kNoAndSilent}), "") << "it says no; a third is down";
  EXPECT_EQ(after({kRival, kOtherRival, kSilent, kRival}), "") << "neither for 30 s unbroken";
  EXPECT_EQ(after({kRival, kRival, kRival, kOwnLeadsNoMore}), "");
}

Peer member(const std::string& host, const ClusterId& cluster) {
  Peer out;
  out.host = host;
  out.kind = PeerKind::kMember;
  out.ids = {cluster};
  return out;
}

TEST(Readiness, S10_AnotherClusterInTheSetIsToldAndStopsOnlyWhoIsNotMore) {
  const auto judged = [](const std::vector<Peer>& peers) {
    auto facts = fine(NodeKind::kFe);
    facts.others = other_clusters(peers, "77");
    return failures(facts);
  };
  const auto ours = member("fe-1", "77");
  const auto stranger = member("fe-2", "88");
  EXPECT_EQ(judged({}), "");
  EXPECT_EQ(judged({ours, ours}), "");
  EXPECT_EQ(judged({ours, stranger}), "") << "two of three go on";
  EXPECT_EQ(judged({stranger}), "cluster:two_clusters") << "one against one";
  EXPECT_EQ(judged({stranger, stranger}), "cluster:two_clusters");
  EXPECT_EQ(judged({ours, stranger, stranger}), "cluster:two_clusters");
  const auto told = other_clusters({ours, stranger}, "77").detail;
  for (const auto* part : {"77", "fe-2", "88"})
    EXPECT_NE(told.find(part), std::string::npos) << told;
  Peer silent;
  silent.host = "fe-2";
  EXPECT_EQ(other_clusters({silent}, "77").detail, "") << "silence is no cluster";
  EXPECT_EQ(other_clusters({stranger}, "").detail, "") << "the own id is not known yet";
}

}  // namespace
}  // namespace sragent
