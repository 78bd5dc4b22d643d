#include "core/start.h"

#include <algorithm>
#include <array>

#include "core/start_look.h"

namespace sragent {
namespace start_rows {

StartDecision make(StartAction action, Reason reason, std::string detail) {
  return {{}, std::move(action), reason, std::move(detail)};
}
StartDecision wait(Reason reason, std::string detail) {
  return make(Wait{}, reason, std::move(detail));
}
StartDecision refuse(Reason reason, std::string detail) {
  return make(Refuse{}, reason, std::move(detail));
}
StartDecision move_aside(std::string detail) {
  return make(MoveAside{}, Reason::kUnfinishedMeta, std::move(detail));
}

bool holds(const std::optional<std::vector<std::string>>& hosts, std::string_view host) {
  return hosts && std::find(hosts->begin(), hosts->end(), host) != hosts->end();
}

}  // namespace start_rows

namespace {

using start_rows::Look;
using start_rows::Verdict;

const FeList* leader_of(const StartObservation& seen, Instant now) {
  const FeList* out = nullptr;
  for (const auto& list : seen.lists) {
    if (now - list.asked_at > kListLife || !word_counts(list)) continue;
    if (out != nullptr) return nullptr;  // two FEs claim it: neither counts
    out = &list;
  }
  return out;
}

struct Row {
  std::string_view name;
  std::string_view guard;
  Verdict (*judge)(const Look&);
};

/// First match wins. Row numbers are those of docs/start-rules.md section 2.
constexpr std::array kRows{
    Row{"1", "a hold is asked", start_rows::held},
    Row{"2", "metadata damaged", start_rows::damaged},
    Row{"3",
        "ROLE's host, host type or role contradicts the configuration",
        start_rows::role_contradicts},
    Row{"4", "sealed, and the identity is another's", start_rows::identity_contradicts},
    Row{"5", "sealed", start_rows::sealed},
    Row{"6", "left, and the leader lists this host no more", start_rows::left_and_dropped},
    Row{"7", "left", start_rows::left},
    Row{"8", "founding that was ready once", start_rows::founded_and_was_ready},
    Row{"9", "founding cut short", start_rows::founding_cut_short},
    Row{"10", "join cut short before its log began", start_rows::join_never_began},
    Row{"11", "join begun, or unfinished and listed", start_rows::finish_with_helper},
    Row{"12", "unfinished", start_rows::unfinished},
    Row{"13", "two cluster ids in sight", start_rows::two_ids},
    Row{"14", "login refused or TLS broken", start_rows::login_refused},
    Row{"15", "own name not served", start_rows::own_name_not_served},
    Row{"16", "consent given to a founder", start_rows::granted_another},
    Row{"17", "own membership statement without answer", start_rows::statement_open},
    Row{"18", "members in sight, no leader whose word counts", start_rows::no_leader},
    Row{"19", "own host leads, or own row alive", start_rows::my_row_lives},
    Row{"19b", "own row not alive and not yet dead", start_rows::my_row_not_dead},
    Row{"20", "own row under another role or port", start_rows::my_row_differs},
    Row{"21", "own row dead and joined, enough others fresh", start_rows::replace_dead_row},
    Row{"22", "own row dead and joined, too few others fresh", start_rows::dead_row_needed},
    Row{"23", "own row dead and never joined", start_rows::reuse_row},
    Row{"24", "not listed, adding is safe", start_rows::add_row},
    Row{"25", "not listed, adding is a risk", start_rows::add_is_risky},
    Row{"26", "a cluster is remembered, no member in sight", start_rows::remembered_elsewhere},
    Row{"27", "not the founder, observer, or bootstrap = never", start_rows::may_not_found},
    Row{"28", "a proof of emptiness is missing", start_rows::proof_missing},
    Row{"29", "count known, every ordinal consents", start_rows::all_ordinals_consent},
    Row{"30", "count known, an ordinal is missing", start_rows::ordinals_missing},
    Row{"31", "strict and count unknown", start_rows::strict_without_count},
    Row{"32", "census, first round", start_rows::census_round_one},
    Row{"33", "census, second round", start_rows::census_passed},
};

StartDecision first_match(const Look& look) {
  for (const auto& row : kRows) {
    auto verdict = row.judge(look);
    if (!verdict) continue;
    verdict->rule = row.name;
    return *std::move(verdict);
  }
  return {"33", Wait{}, Reason::kWaitingForPeers, "no row matched"};  // row 33 matches always
}

/// Round 1 of the census is remembered only while nothing but row 32 is seen.
void keep_census(StartMemory& memory, std::string_view rule, Instant now) {
  if (rule != "32") {
    memory.census_first.reset();
    return;
  }
  if (!memory.census_first) memory.census_first = now;
}

void watch_my_row(StartMemory& memory, const FeRow* row, Instant now) {
  if (row == nullptr || !row->alive) {
    memory.row_watched_since.reset();
    return;
  }
  if (!memory.row_watched_since) memory.row_watched_since = now;
}

}  // namespace

namespace {

StartOutcome decide_by(const Self& me,
                       const StartPolicy& policy,
                       const StartObservation& seen,
                       StartMemory memory,
                       Instant now) {
  const auto* leader = leader_of(seen, now);
  if (leader != nullptr) add_reading(memory.history, *leader);
  const auto* row = leader == nullptr ? nullptr : find_row(*leader, me.host);
  watch_my_row(memory, row, now);
  const Look look{me, policy, seen, memory, now, leader, row};
  auto decision = first_match(look);
  memory.member_seen = start_rows::sees_member(look);
  keep_census(memory, decision.rule, now);
  return {std::move(decision), std::move(memory)};
}

}  // namespace

FeRole role_by_number(const Self& me,
                      int electors,
                      const MetaState& meta,
                      const std::vector<FeList>& lists) {
  if (electors == 0) return FeRole::kFollower;
  if (!meta.host.empty()) return meta.role;
  for (const auto& list : lists) {
    const auto* const row = find_row(list, me.host);
    if (row != nullptr)
      return row->role == RowRole::kObserver ? FeRole::kObserver : FeRole::kFollower;
  }
  return me.ordinal < electors ? FeRole::kFollower : FeRole::kObserver;
}

StartOutcome decide_start(const Self& me,
                          const StartPolicy& policy,
                          const StartObservation& seen,
                          StartMemory memory,
                          Instant now) {
  if (memory.consent && !consent_holds(*memory.consent, seen, now)) memory.consent.reset();
  if (!memory.consent) return decide_by(me, policy, seen, std::move(memory), now);
  const auto rest = under_consent(seen, *memory.consent);
  return decide_by(me, policy, rest, std::move(memory), now);
}

bool disk_decides(const MetaState& meta, const StartPolicy& policy) {
  if (policy.hold) return true;
  switch (meta.kind) {
    case MetaKind::kSealed:
    case MetaKind::kDamaged:
    case MetaKind::kFoundIntent:
      return true;
    case MetaKind::kJoinIntent:
      return !meta.has_jdb || !meta.helper_run_ended;
    case MetaKind::kEmpty:
    case MetaKind::kUnfinished:
    case MetaKind::kLeft:
      return false;
  }
  return false;
}

bool wants_consent(const Self& me,
                   const StartPolicy& policy,
                   const MetaState& meta,
                   const StartMemory& memory) {
  return meta.kind == MetaKind::kEmpty && me.founder == me.host && me.role == FeRole::kFollower &&
         policy.bootstrap != Bootstrap::kNever && !memory.member_seen;
}

bool lease_valid(const Found& found, Instant now) {
  return now <= found.until;
}

bool statement_valid(Instant list_asked_at, Instant now) {
  return now - list_asked_at <= kStatementLease;
}

std::vector<StartRule> start_rules() {
  std::vector<StartRule> out;
  out.reserve(kRows.size());
  for (const auto& row : kRows)
    out.push_back({row.name, row.guard});
  return out;
}

std::string_view action_name(const StartAction& action) {
  constexpr std::array<std::string_view, std::variant_size_v<StartAction>> kNames{
      "Wait", "Refuse", "Resume", "Finish", "Join", "Found", "MoveAside"};
  return kNames.at(action.index());
}

std::string_view to_string(Bootstrap bootstrap) {
  switch (bootstrap) {
    case Bootstrap::kAuto:
      return "auto";
    case Bootstrap::kStrict:
      return "strict";
    case Bootstrap::kNever:
      return "never";
  }
  return "invalid";
}

std::string_view to_string(FoundBasis basis) {
  return basis == FoundBasis::kCounted ? "counted" : "census";
}

std::string_view to_string(JoinStep step) {
  switch (step) {
    case JoinStep::kAdd:
      return "add";
    case JoinStep::kDropOwnRow:
      return "drop-own-row";
    case JoinStep::kReuseRow:
      return "reuse-row";
  }
  return "invalid";
}

std::string_view to_string(ServiceProbe probe) {
  switch (probe) {
    case ServiceProbe::kNotConfigured:
      return "not configured";
    case ServiceProbe::kRefused:
      return "refused";
    case ServiceProbe::kNoSuchName:
      return "no such name";
    case ServiceProbe::kSpeaks:
      return "speaks";
    case ServiceProbe::kUnknown:
      return "unknown";
  }
  return "invalid";
}

}  // namespace sragent
