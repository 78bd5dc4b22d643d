#include "core/readiness.h"

#include <algorithm>
#include <array>

#include "core/words.h"

namespace sragent {
namespace {

ReadyCheck ok(std::string detail) {
  return {{}, CheckState::kOk, Reason::kNone, std::move(detail)};
}

ReadyCheck failed(Reason reason, std::string detail) {
  return {{}, CheckState::kFailed, reason, std::move(detail)};
}

ReadyCheck skipped(std::string why) {
  return {{}, CheckState::kSkipped, Reason::kNone, std::move(why)};
}

std::string seconds(Millis span) {
  const auto tenths = std::max<std::int64_t>(span.count(), 0) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string age_text(Instant at, Millis limit, Instant now) {
  return "asked " + seconds(now - at) + " ago, limit " + seconds(limit);
}

std::string with_age(std::string_view detail, const std::string& age) {
  return detail.empty() ? age : std::string(detail) + " (" + age + ")";
}

/// A fact with an age limit: what speaks against the node stands however old it is.
ReadyCheck judge_fact(const ReadyFact& fact, Millis limit, Instant now) {
  if (fact.reason != Reason::kNone) return failed(fact.reason, fact.detail);
  if (!fact.at) return failed(Reason::kStaleFacts, "never asked");
  const auto age = age_text(*fact.at, limit, now);
  if (now - *fact.at > limit) return failed(Reason::kStaleFacts, with_age(fact.detail, age));
  return ok(with_age(fact.detail, age));
}

ReadyCheck check_snapshot(const ReadyFacts& facts, Instant now) {
  if (!facts.published) return failed(Reason::kStarting, "nothing was published yet");
  const auto age = "published " + seconds(now - *facts.published) + " ago, limit " +
                   seconds(facts.limits.snapshot);
  return now - *facts.published > facts.limits.snapshot ? failed(Reason::kStaleFacts, age)
                                                        : ok(age);
}

ReadyCheck check_phase(const ReadyFacts& facts, Instant /*now*/) {
  if (facts.under_way != Reason::kNone) return failed(facts.under_way, facts.under_way_detail);
  return ok(facts.under_way_detail);
}

ReadyCheck check_server(const ReadyFacts& facts, Instant /*now*/) {
  if (!facts.server_running) return failed(Reason::kServerDown, facts.server_detail);
  return ok(facts.server_detail);
}

ReadyCheck check_health(const ReadyFacts& facts, Instant now) {
  if (!facts.server_running) return skipped("no server");
  return judge_fact(facts.health, facts.limits.health, now);
}

ReadyCheck check_bootstrap(const ReadyFacts& facts, Instant now) {
  if (!facts.server_running) return skipped("no server");
  return judge_fact(facts.bootstrap, facts.limits.health, now);
}

/// What is the matter with a row by these words is told by a check of its own.
Reason word_of_absence(Reason reason) {
  const bool elsewhere = reason == Reason::kNone || reason == Reason::kWrongRole ||
                         reason == Reason::kIdentityConflict || reason == Reason::kStarting;
  return elsewhere ? Reason::kNotRegistered : reason;
}

ReadyCheck check_row(const ReadyFacts& facts, Instant now) {
  const auto& row = facts.row;
  if (!row.at && !facts.server_running) return skipped("no server");
  if (!row.at) {
    const auto reason = row.reason == Reason::kNone ? Reason::kStarting : row.reason;
    return failed(reason, with_age(row.detail, "no leader's list was read yet"));
  }
  if (!row.listed) return failed(word_of_absence(row.reason), row.detail);
  const auto age = age_text(*row.at, facts.limits.row, now);
  if (now - *row.at > facts.limits.row)
    return failed(Reason::kStaleFacts, with_age(row.detail, age));
  if (facts.healthy_since && *row.at < *facts.healthy_since)
    return failed(Reason::kStaleFacts, "read before the server became healthy");
  return ok(with_age("listed", age));
}

bool row_known(const ReadyFacts& facts) {
  return facts.row.at && facts.row.listed;
}

ReadyCheck check_alive(const ReadyFacts& facts, Instant /*now*/) {
  if (!row_known(facts)) return skipped("no own row");
  if (facts.row.decommissioned)
    return failed(Reason::kDecommissioning, "the row says SystemDecommissioned");
  if (facts.row.alive) return ok("the FE reaches this node");
  const bool starts = facts.row.reason == Reason::kStarting;
  return failed(starts ? Reason::kStarting : Reason::kNotAlive, facts.row.detail);
}

/// Role of the metadata that fits a role of the list: leadership moves.
std::string_view standing(std::string_view listed) {
  return listed == "LEADER" ? "FOLLOWER" : listed;
}

ReadyCheck check_role(const ReadyFacts& facts, Instant /*now*/) {
  if (facts.row.reason == Reason::kWrongRole) return failed(Reason::kWrongRole, facts.row.detail);
  if (!row_known(facts)) return skipped("no own row");
  if (facts.kind != NodeKind::kFe) {
    auto listed = "listed as " + std::string(to_string(facts.kind));
    // It serves there, where a person or an operator may have put it.
    if (facts.row.reason == Reason::kWrongWarehouse)
      listed += "; " + std::string(to_string(facts.row.reason)) + ": " + facts.row.detail;
    return ok(std::move(listed));
  }
  if (!facts.own_role.empty() && standing(facts.row.role) != facts.own_role) {
    return failed(Reason::kWrongRole,
                  "listed as " + facts.row.role + ", the metadata is of a " + facts.own_role);
  }
  return ok(facts.row.role);
}

ReadyCheck check_address(const ReadyFacts& facts, Instant /*now*/) {
  if (!row_known(facts)) return skipped("no own row");
  const auto& names = facts.own_names;
  if (std::find(names.begin(), names.end(), facts.row.host) == names.end()) {
    return failed(Reason::kHostMismatch,
                  "the row says " + facts.row.host + ", which is no name of this node");
  }
  if (!facts.name_elsewhere.empty()) {
    return failed(Reason::kIdentityConflict,
                  facts.row.host + " at the name servers: " + facts.name_elsewhere);
  }
  return ok(facts.row.host);
}

ReadyCheck check_cluster(const ReadyFacts& facts, Instant /*now*/) {
  const bool fe = facts.kind == NodeKind::kFe;
  if (facts.row.reason == Reason::kIdentityConflict)
    return failed(Reason::kIdentityConflict, facts.row.detail);
  if (facts.listed_cluster.empty()) return skipped("no list was read");
  if (facts.own_cluster.empty()) return ok(facts.listed_cluster + "; none on the own disk");
  if (facts.own_cluster != facts.listed_cluster) {
    return failed(fe ? Reason::kTwoClusters : Reason::kIdentityConflict,
                  "the own disk is of cluster " + facts.own_cluster + ", the list of " +
                      facts.listed_cluster);
  }
  if (facts.others.detail.empty()) return ok(facts.own_cluster);
  if (facts.others.prevail) return failed(Reason::kTwoClusters, facts.others.detail);
  return ok(facts.own_cluster + "; " + facts.others.detail);
}

/// True if the first and the last of the readings since `since` are far enough apart.
bool lasting(const std::optional<Instant>& since, Instant last) {
  return since && last - *since >= kLeaderPatience;
}

/// "host, last heard N s ago" where it is silent by now.
std::vector<std::string> lasting_rivals(const LeaderAgreement& seen) {
  std::vector<std::string> out;
  for (const auto& [host, claim] : seen.rivals) {
    if (!lasting(claim.since, claim.at)) continue;
    out.push_back(
        claim.at == *seen.at ? host : host + " (silent for " + seconds(*seen.at - claim.at) + ")");
  }
  return out;
}

ReadyCheck check_leader(const ReadyFacts& facts, Instant now) {
  if (!facts.server_running) return skipped("no server");
  if (facts.leader.empty()) return failed(Reason::kNoLeader, "the own server sees no leader");
  const auto& seen = facts.agreement;
  if (!seen.at) return failed(Reason::kStarting, "the other FEs were not asked yet");
  if (const auto rivals = lasting_rivals(seen); !rivals.empty())
    return failed(Reason::kTwoLeaders,
                  "this FE and " + joined(rivals) + " each say that they lead");
  const bool differs = seen.differs_since.has_value();
  if (differs && (!seen.agreed_once || lasting(seen.differs_since, *seen.at)))
    return failed(Reason::kNoLeader, seen.differs);
  if (now - *seen.at > facts.limits.leader)
    return failed(Reason::kStaleFacts, age_text(*seen.at, facts.limits.leader, now));
  const auto note = differs ? facts.leader + "; for now " + seen.differs : facts.leader;
  return ok(with_age(note, age_text(*seen.at, facts.limits.leader, now)));
}

struct Check {
  std::string_view name{};
  bool fe_only = false;
  ReadyCheck (*judge)(const ReadyFacts& facts, Instant now) = nullptr;
};

constexpr std::array kChecks{
    Check{"snapshot", false, check_snapshot},
    Check{"phase", false, check_phase},
    Check{"server", false, check_server},
    Check{"health", false, check_health},
    Check{"bootstrap", true, check_bootstrap},
    Check{"row", false, check_row},
    Check{"alive", false, check_alive},
    Check{"role", false, check_role},
    Check{"address", false, check_address},
    Check{"cluster", false, check_cluster},
    Check{"leader", true, check_leader},
};

}  // namespace

std::string_view to_string(CheckState state) {
  switch (state) {
    case CheckState::kOk:
      return "ok";
    case CheckState::kFailed:
      return "failed";
    case CheckState::kSkipped:
      return "not judged";
  }
  return "invalid";
}

void add_reports(LeaderAgreement& agreement,
                 std::string_view leader,
                 const std::vector<LeaderReport>& reports,
                 const LeadClaims& claims,
                 Instant at) {
  std::vector<std::string> others;
  for (const auto& report : reports)
    if (report.leader != leader) others.push_back(report.from + " sees " + report.leader);
  const auto all = reports.size() + 1;
  const bool agreed = (all - others.size()) * 2 > all;
  agreement.at = at;
  agreement.leader = leader;
  if (agreed) {
    agreement.agreed_once = true;
    agreement.differs_since.reset();
    agreement.differs.clear();
  } else {
    if (!agreement.differs_since) agreement.differs_since = at;
    agreement.differs = "this FE sees " + std::string(leader) + " lead, " + joined(others);
  }
  if (!claims.own) return agreement.rivals.clear();
  for (const auto& host : claims.hosts) {
    auto& claim = agreement.rivals.try_emplace(host, RivalClaim{at, at}).first->second;
    claim.at = at;
  }
  for (const auto& host : claims.denied)
    agreement.rivals.erase(host);
  std::erase_if(agreement.rivals,
                [&](const auto& one) { return at - one.second.at >= kRivalSilence; });
}

OtherClusters other_clusters(const std::vector<Peer>& peers, const ClusterId& own) {
  std::vector<std::string> strangers;
  std::size_t own_side = 1;
  for (const auto& peer : peers) {
    if (peer.kind != PeerKind::kMember || peer.ids.empty()) continue;
    if (peer.ids.front() == own) {
      ++own_side;
    } else {
      strangers.push_back(peer.host + " of cluster " + peer.ids.front());
    }
  }
  if (own.empty() || strangers.empty()) return {};
  return {"this FE is of cluster " + own + ", and its headless set has " + joined(strangers),
          strangers.size() >= own_side};
}

std::vector<ReadyCheck> judge_readiness(const ReadyFacts& facts, Instant now) {
  std::vector<ReadyCheck> out;
  for (const auto& check : kChecks) {
    if (check.fe_only && facts.kind != NodeKind::kFe) continue;
    auto verdict = check.judge(facts, now);
    verdict.name = check.name;
    out.push_back(std::move(verdict));
  }
  for (const auto& probe : facts.probes) {
    auto verdict = probe.ok ? ok(probe.detail) : failed(Reason::kProbeFailed, probe.detail);
    verdict.name = probe.name;
    out.push_back(std::move(verdict));
  }
  return out;
}

bool is_ready(const std::vector<ReadyCheck>& checks) {
  return std::none_of(checks.begin(), checks.end(), [](const ReadyCheck& check) {
    return check.state == CheckState::kFailed;
  });
}

}  // namespace sragent
