#include "core/start.h"

#include <algorithm>
#include <array>
#include <set>

namespace sragent {
namespace {

/// One decision's inputs and what several rows need of them.
struct Look {
  const Self& me;
  const StartPolicy& policy;
  const StartObservation& seen;
  const StartMemory& memory;
  Instant now;
  const FeList* leader;  ///< The one list whose word counts; nullptr: none, or several.
  const FeRow* my_row;   ///< My row in it.
};

using Verdict = std::optional<StartDecision>;

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

const FeList* leader_of(const StartObservation& seen, Instant now) {
  const FeList* out = nullptr;
  for (const auto& list : seen.lists) {
    if (now - list.asked_at > kListLife || !word_counts(list)) continue;
    if (out != nullptr) return nullptr;  // two FEs claim it: neither counts
    out = &list;
  }
  return out;
}

bool holds(const std::optional<std::vector<std::string>>& hosts, std::string_view host) {
  return hosts && std::find(hosts->begin(), hosts->end(), host) != hosts->end();
}

bool sees_member(const Look& look) {
  if (!look.seen.lists.empty() || !look.seen.leaderless.empty()) return true;
  return std::any_of(look.seen.peers.begin(), look.seen.peers.end(), [&](const Peer& peer) {
    return peer.kind == PeerKind::kMember && fresh(peer, look.now);
  });
}

std::string join_words(const std::set<std::string>& words) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

Verdict held(const Look& look) {
  if (!look.policy.hold) return {};
  return wait(Reason::kHeld, "a person asked to keep the server down");
}

Verdict damaged(const Look& look) {
  if (look.seen.meta.kind != MetaKind::kDamaged) return {};
  return refuse(Reason::kMetaDamaged, look.seen.meta.detail);
}

/// S17: ROLE's own host type is kept while its host is still an own name or address.
bool host_still_mine(const Self& me, const MetaState& meta) {
  if (meta.host.empty()) return true;
  if (!meta.host_type_known) return meta.host == me.fqdn || meta.host == me.address;
  return meta.host == (meta.host_type == HostType::kIp ? me.address : me.fqdn);
}

Verdict role_contradicts(const Look& look) {
  const auto& meta = look.seen.meta;
  if (meta.host.empty() || meta.kind == MetaKind::kEmpty) return {};
  if (!host_still_mine(look.me, meta))
    return refuse(Reason::kHostMismatch,
                  "image/ROLE says host " + meta.host + ", this node is " + look.me.fqdn + " at " +
                      look.me.address +
                      "; give the node its name back, or use ALTER SYSTEM MODIFY FRONTEND HOST "
                      "from the leader");
  if (look.policy.role_told && *look.policy.role_told != meta.role)
    return refuse(Reason::kWrongRole,
                  "image/ROLE says " + std::string(to_string(meta.role)) +
                      ", the configuration says " + std::string(to_string(*look.policy.role_told)));
  return {};
}

Verdict identity_contradicts(const Look& look) {
  const auto& seen = look.seen;
  if (seen.meta.kind != MetaKind::kSealed) return {};
  const auto& id = seen.meta.cluster_id;
  if (!seen.certificate.empty() && seen.certificate != id)
    return refuse(
        Reason::kIdentityConflict,
        "image/VERSION says cluster " + id + ", the birth certificate says " + seen.certificate);
  for (const auto& peer : seen.peers) {
    if (peer.kind != PeerKind::kMember || !fresh(peer, look.now) || peer.ids.front() == id)
      continue;
    if (holds(peer.members, look.me.host))
      return refuse(Reason::kIdentityConflict,
                    peer.host + " is a member of cluster " + peer.ids.front() +
                        " and lists this very host; this metadata is of cluster " + id);
    if (seen.own_members && !holds(seen.own_members, peer.host))
      return refuse(Reason::kIdentityConflict,
                    peer.host + " is a member of cluster " + peer.ids.front() +
                        " and unknown to this metadata of cluster " + id);
  }
  return {};
}

Verdict sealed(const Look& look) {
  const auto& meta = look.seen.meta;
  if (meta.kind != MetaKind::kSealed) return {};
  const auto type = meta.host_type_known ? meta.host_type : look.me.host_type;
  return make(Resume{type}, Reason::kStarting, "own metadata of cluster " + meta.cluster_id);
}

bool dropped_at_own_leader(const Look& look) {
  return look.leader != nullptr && look.leader->cluster_id == look.seen.meta.cluster_id &&
         look.my_row == nullptr;
}

Verdict left_and_dropped(const Look& look) {
  if (look.seen.meta.kind != MetaKind::kLeft || !dropped_at_own_leader(look)) return {};
  return move_aside("left the cluster, and " + look.leader->asked_host +
                    " lists this host no more");
}

Verdict left(const Look& look) {
  if (look.seen.meta.kind != MetaKind::kLeft) return {};
  return wait(Reason::kNoLeader,
              "left the cluster; waits for a leader of cluster " + look.seen.meta.cluster_id +
                  " that lists this host no more");
}

Verdict founded_and_was_ready(const Look& look) {
  const auto& meta = look.seen.meta;
  if (meta.kind != MetaKind::kFoundIntent || !meta.has_jdb || !meta.was_ready) return {};
  return make(Resume{meta.host_type_known ? meta.host_type : look.me.host_type},
              Reason::kFounding,
              "a founding that was ready once");
}

Verdict founding_cut_short(const Look& look) {
  if (look.seen.meta.kind != MetaKind::kFoundIntent) return {};
  return move_aside("a founding was cut short before any client port opened");
}

Verdict join_never_began(const Look& look) {
  if (look.seen.meta.kind != MetaKind::kJoinIntent || look.seen.meta.has_jdb) return {};
  return move_aside("a join was cut short before its log began; nothing was acknowledged");
}

/// Nothing of mine was ever acknowledged, or the group can do without it.
bool may_begin_again(const Look& look) {
  if (look.leader == nullptr) return false;
  if (look.my_row == nullptr || !look.my_row->join) return true;
  return row_dead(look.memory.history, *look.my_row) &&
         drop_keeps_majority(*look.leader, look.memory.history, look.me.host, look.now);
}

/// The member to join by; never this host.
std::string helper_for(const Look& look) {
  const auto& meta = look.seen.meta;
  const auto mine = host_port(look.me.host, look.me.edit_log_port);
  if (!meta.helper.empty() && meta.helper != mine) return meta.helper;
  if (look.leader == nullptr || look.leader->asked_host == look.me.host) return {};
  const auto* row = find_row(*look.leader, look.leader->asked_host);
  return host_port(row->host, row->port);
}

Verdict finish_with_helper(const Look& look) {
  const auto& meta = look.seen.meta;
  const bool join_begun = meta.kind == MetaKind::kJoinIntent;
  const bool listed = meta.kind == MetaKind::kUnfinished && look.my_row != nullptr;
  if (!join_begun && !listed) return {};
  if (meta.helper_run_ended && may_begin_again(look))
    return move_aside("the start with --helper ended by itself, and " + look.leader->asked_host +
                      " shows that nothing of it is needed");
  auto helper = helper_for(look);
  if (helper.empty())
    return wait(Reason::kUnfinishedMeta, "no member to join by is known; never by itself");
  return make(Finish{std::move(helper)}, Reason::kUnfinishedMeta, "a first start goes on");
}

Verdict unfinished(const Look& look) {
  const auto& meta = look.seen.meta;
  if (meta.kind != MetaKind::kUnfinished) return {};
  const bool own_leader = look.leader != nullptr && !meta.cluster_id.empty() &&
                          look.leader->cluster_id == meta.cluster_id;
  if (own_leader && !meta.was_ready)  // row 11 has seen to the case that the list holds this host
    return move_aside(look.leader->asked_host + " does not list this host; it was never ready");
  return wait(Reason::kUnfinishedMeta,
              "a first start was cut short and no leader says what became of it; it is never "
              "started without --helper");
}

/// Ids in sight, each with its witnesses.
std::set<std::string> ids_in_sight(const Look& look) {
  std::set<std::string> out;
  const auto& seen = look.seen;
  for (const auto& peer : seen.peers)
    if (fresh(peer, look.now)) out.insert(peer.ids.begin(), peer.ids.end());
  for (const auto& list : seen.lists)
    if (!list.cluster_id.empty()) out.insert(list.cluster_id);
  if (!seen.certificate.empty()) out.insert(seen.certificate);
  out.insert(seen.remembered.begin(), seen.remembered.end());
  return out;
}

Verdict two_ids(const Look& look) {
  const auto ids = ids_in_sight(look);
  if (ids.size() < 2) return {};
  const auto reason =
      look.seen.certificate.empty() ? Reason::kTwoClusters : Reason::kIdentityConflict;
  return refuse(reason, "cluster ids in sight: " + join_words(ids));
}

Verdict login_refused(const Look& look) {
  if (!look.seen.refusal) return {};
  return wait(look.seen.refusal->reason, look.seen.refusal->who + "; so a cluster exists");
}

Verdict own_name_not_served(const Look& look) {
  if (look.seen.own_name == Tri::kYes) return {};
  return wait(Reason::kDnsNotReady,
              "the name servers do not give " + look.me.address + " for " + look.me.fqdn +
                  "; if this lasts, look at the Service's selector and at "
                  "publishNotReadyAddresses");
}

Verdict granted_another(const Look& look) {
  if (!grant_alive(look.memory.grant, look.now)) return {};
  return wait(Reason::kWaitingForPeers, "has consented to " + look.memory.grant->host);
}

Verdict statement_open(const Look& look) {
  const auto& sent = look.memory.statement_at;
  if (!sent || look.now - *sent >= kStatementLife) return {};
  return wait(Reason::kWaitingForPeers, "a membership statement is without an answer");
}

/// More volumes are positively lost than the group can miss.
bool volumes_lost(const Look& look) {
  for (const auto& member : look.seen.peers) {
    if (member.kind != PeerKind::kMember || !member.members || !fresh(member, look.now)) continue;
    std::size_t lost = holds(member.members, look.me.host) ? 1 : 0;
    for (const auto& peer : look.seen.peers) {
      const bool empty = peer.kind == PeerKind::kEmptyConsent ||
                         peer.kind == PeerKind::kEmptyNoConsent ||
                         peer.kind == PeerKind::kRemembers;
      if (empty && fresh(peer, look.now) && holds(member.members, peer.host)) ++lost;
    }
    const auto all = member.members->size();
    if (all - std::min(all, lost) < all / 2 + 1) return true;
  }
  return false;
}

Verdict no_leader(const Look& look) {
  if (look.leader != nullptr || !sees_member(look)) return {};
  if (volumes_lost(look))
    return wait(Reason::kQuorumLost, "more volumes are lost than the group can miss");
  return wait(Reason::kNoLeader, "members are in sight, but no leader whose word counts");
}

Verdict my_row_lives(const Look& look) {
  if (look.leader == nullptr) return {};
  const bool leads = look.leader->asked_host == look.me.host;
  if (!leads && (look.my_row == nullptr || !look.my_row->alive)) return {};
  const bool moves =
      leads || (look.memory.row_watched_since &&
                row_moved_since(look.memory.history, *look.my_row, *look.memory.row_watched_since));
  if (moves)
    return wait(Reason::kIdentityConflict,
                "an old instance holds this host's name: its row lives and this volume is empty");
  return wait(Reason::kJoining, "the own row still shows Alive; it outlives a process by 25 s");
}

Verdict my_row_not_dead(const Look& look) {
  if (look.my_row == nullptr || row_dead(look.memory.history, *look.my_row)) return {};
  return wait(Reason::kJoining,
              "the own row is not alive; dead only after two readings 25 s apart");
}

Verdict my_row_differs(const Look& look) {
  if (look.my_row == nullptr) return {};
  const bool observer = look.my_row->role == RowRole::kObserver;
  if (observer == (look.me.role == FeRole::kObserver) && look.my_row->port == look.me.edit_log_port)
    return {};
  return refuse(Reason::kWrongRole,
                "the own row says " + std::string(observer ? "OBSERVER" : "FOLLOWER") +
                    " at port " + std::to_string(look.my_row->port) + ", this node is " +
                    std::string(to_string(look.me.role)) + " at port " +
                    std::to_string(look.me.edit_log_port));
}

StartDecision join(const Look& look, JoinStep step, std::string detail) {
  const auto* leader = find_row(*look.leader, look.leader->asked_host);
  return make(Join{step, leader->host, leader->port, look.leader->cluster_id},
              Reason::kJoining,
              std::move(detail));
}

Verdict replace_dead_row(const Look& look) {
  if (look.my_row == nullptr || !look.my_row->join) return {};
  if (!drop_keeps_majority(*look.leader, look.memory.history, look.me.host, look.now)) return {};
  return join(look, JoinStep::kDropOwnRow, "the own row is dead and its volume is lost");
}

Verdict dead_row_needed(const Look& look) {
  if (look.my_row == nullptr || !look.my_row->join) return {};
  return wait(Reason::kQuorumRisk,
              "too few other members are fresh to commit the DROP of the own dead row");
}

Verdict reuse_row(const Look& look) {
  if (look.my_row == nullptr) return {};
  return join(look, JoinStep::kReuseRow, "the own row never joined; it is used as it is");
}

Verdict add_row(const Look& look) {
  if (look.leader == nullptr) return {};
  const bool allowed = look.me.role == FeRole::kObserver ||
                       add_keeps_majority(*look.leader, look.memory.history, look.now);
  if (!allowed) return {};
  return join(look, JoinStep::kAdd, look.leader->asked_host + " leads and does not list this host");
}

Verdict add_is_risky(const Look& look) {
  if (look.leader == nullptr) return {};
  std::set<std::string> stale;
  for (const auto& row : look.leader->rows)
    if (electable(row) && !row_fresh(look.memory.history, row, look.now)) stale.insert(row.host);
  return wait(Reason::kQuorumRisk,
              "another follower would endanger the majority while these are not fresh: " +
                  join_words(stale));
}

Verdict remembered_elsewhere(const Look& look) {
  std::set<std::string> who;
  if (!look.seen.certificate.empty()) who.insert("own birth certificate: " + look.seen.certificate);
  for (const auto& id : look.seen.remembered)
    who.insert("own memory: " + id);
  for (const auto& source : look.seen.memories)
    if (!source.id.empty()) who.insert(source.who + ": " + source.id);
  for (const auto& peer : look.seen.peers)
    if (peer.kind == PeerKind::kRemembers && fresh(peer, look.now))
      for (const auto& id : peer.ids)
        who.insert(peer.host + ": " + id);
  if (who.empty()) return {};
  return refuse(Reason::kClusterExists,
                "a cluster is remembered and no member of it is in sight: " + join_words(who));
}

Verdict may_not_found(const Look& look) {
  const bool founder = !look.me.founder.empty() && look.me.founder == look.me.host;
  if (founder && look.me.role == FeRole::kFollower && look.policy.bootstrap != Bootstrap::kNever)
    return {};
  return wait(Reason::kWaitingForPeers,
              founder ? "must not found; waits for a leader"
                      : "waits for a leader; " +
                            (look.me.founder.empty() ? "nobody" : look.me.founder) +
                            " founds this set");
}

/// Why the census round failed; empty: it passed.
std::string missing_proof(const Look& look) {
  const auto& seen = look.seen;
  for (const auto& source : seen.memories)
    if (source.unreadable) return source.who + " cannot be read";
  if (seen.set.outcome != Tri::kYes || seen.set.ttl <= Millis{0})
    return "no usable answer for " + look.me.headless + " from the name servers" +
           (seen.set.why.empty() ? "" : ": " + seen.set.why);
  if (look.now - seen.set.asked_at > kPeerAnswerLife) return "the name servers' answer is too old";
  const auto& all = seen.set.addresses;
  if (std::find(all.begin(), all.end(), look.me.address) == all.end())
    return look.me.headless + " does not hold the own address " + look.me.address;
  std::string missing;
  for (const auto& address : all) {
    if (address == look.me.address) continue;
    const auto peer = std::find_if(
        seen.peers.begin(), seen.peers.end(), [&](const Peer& p) { return p.address == address; });
    const bool known = peer != seen.peers.end();
    if (known && peer->kind == PeerKind::kEmptyConsent && fresh(*peer, look.now)) continue;
    if (!missing.empty()) missing += "; ";
    missing += address;
    if (known && !peer->host.empty()) missing += " (" + peer->host + ")";
    missing += " is " + std::string(known ? to_string(peer->kind) : "unknown");
    if (known && !peer->why.empty()) missing += ": " + peer->why;
  }
  if (!missing.empty()) return missing;
  if (seen.service == ServiceProbe::kSpeaks || seen.service == ServiceProbe::kUnknown)
    return "the service is neither absent nor refusing: " +
           (seen.service_why.empty() ? std::string(to_string(seen.service)) : seen.service_why);
  return {};
}

Verdict proof_missing(const Look& look) {
  auto missing = missing_proof(look);
  if (missing.empty()) return {};
  return wait(Reason::kWaitingForPeers, std::move(missing));
}

std::string ordinals_without_consent(const Look& look) {
  std::string out;
  for (int ordinal = 0; ordinal < look.policy.count; ++ordinal) {
    const auto host = sibling_host(look.me.fqdn, ordinal);
    if (host == look.me.fqdn) continue;
    const bool given =
        std::any_of(look.seen.peers.begin(), look.seen.peers.end(), [&](const Peer& peer) {
          return peer.kind == PeerKind::kEmptyConsent && fresh(peer, look.now) &&
                 ordinal_of(peer.host) == ordinal;
        });
    if (given) continue;
    if (!out.empty()) out += ", ";
    out += host;
  }
  return out;
}

Found found(const Look& look, FoundBasis basis) {
  auto oldest = look.seen.set.asked_at;
  for (const auto& peer : look.seen.peers)
    oldest = std::min(oldest, peer.asked_at);
  return {basis, oldest + kFoundLease};
}

Verdict all_ordinals_consent(const Look& look) {
  if (look.policy.count < 2 || !ordinals_without_consent(look).empty()) return {};
  return make(found(look, FoundBasis::kCounted),
              Reason::kFounding,
              "each address of the set and each of " + std::to_string(look.policy.count) +
                  " ordinals is empty and consents");
}

Verdict ordinals_missing(const Look& look) {
  if (look.policy.count < 2) return {};
  std::string detail = "no consent yet from " + ordinals_without_consent(look);
  const auto& absent = look.seen.siblings_absent_since;
  if (absent && look.now - *absent >= kAbsentHint)
    detail += "; their names do not exist: is podManagementPolicy Parallel?";
  return wait(Reason::kWaitingForPeers, std::move(detail));
}

/// Sets made by operator 1.5 or older start in order, so ordinal 0 alone can prove nothing (S11).
bool old_ordered_set(const Self& me) {
  constexpr std::string_view kOldName = "fe-domain-search";
  return me.headless.substr(0, me.headless.find('.')) == kOldName;
}

Verdict strict_without_count(const Look& look) {
  const bool strict = look.policy.bootstrap == Bootstrap::kStrict || old_ordered_set(look.me);
  if (!strict || look.policy.count != 0) return {};
  return wait(Reason::kWaitingForPeers,
              "strict: founds only with a known number of FEs; this set must be told its count"
              " and be made with podManagementPolicy Parallel");
}

Verdict census_round_one(const Look& look) {
  const auto& first = look.memory.census_first;
  if (first && look.now - *first >= look.policy.census_gap) return {};
  return wait(Reason::kWaitingForPeers, "census: round 1 of 2 passed");
}

Verdict census_passed(const Look& look) {
  return make(found(look, FoundBasis::kCensus),
              Reason::kFounding,
              "two censuses found no cluster; one none of whose pods exists now cannot be seen");
}

struct Row {
  std::string_view name;
  std::string_view guard;
  Verdict (*judge)(const Look&);
};

/// First match wins. Row numbers are those of docs/start-rules.md section 2.
constexpr std::array kRows{
    Row{"1", "a hold is asked", held},
    Row{"2", "metadata damaged", damaged},
    Row{"3", "ROLE's host, host type or role contradicts the configuration", role_contradicts},
    Row{"4", "sealed, and the identity is another's", identity_contradicts},
    Row{"5", "sealed", sealed},
    Row{"6", "left, and the leader lists this host no more", left_and_dropped},
    Row{"7", "left", left},
    Row{"8", "founding that was ready once", founded_and_was_ready},
    Row{"9", "founding cut short", founding_cut_short},
    Row{"10", "join cut short before its log began", join_never_began},
    Row{"11", "join begun, or unfinished and listed", finish_with_helper},
    Row{"12", "unfinished", unfinished},
    Row{"13", "two cluster ids in sight", two_ids},
    Row{"14", "login refused or TLS broken", login_refused},
    Row{"15", "own name not served", own_name_not_served},
    Row{"16", "consent given to a founder", granted_another},
    Row{"17", "own membership statement without answer", statement_open},
    Row{"18", "members in sight, no leader whose word counts", no_leader},
    Row{"19", "own host leads, or own row alive", my_row_lives},
    Row{"19b", "own row not alive and not yet dead", my_row_not_dead},
    Row{"20", "own row under another role or port", my_row_differs},
    Row{"21", "own row dead and joined, enough others fresh", replace_dead_row},
    Row{"22", "own row dead and joined, too few others fresh", dead_row_needed},
    Row{"23", "own row dead and never joined", reuse_row},
    Row{"24", "not listed, adding is safe", add_row},
    Row{"25", "not listed, adding is a risk", add_is_risky},
    Row{"26", "a cluster is remembered, no member in sight", remembered_elsewhere},
    Row{"27", "not the founder, observer, or bootstrap = never", may_not_found},
    Row{"28", "a proof of emptiness is missing", proof_missing},
    Row{"29", "count known, every ordinal consents", all_ordinals_consent},
    Row{"30", "count known, an ordinal is missing", ordinals_missing},
    Row{"31", "strict and count unknown", strict_without_count},
    Row{"32", "census, first round", census_round_one},
    Row{"33", "census, second round", census_passed},
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

StartOutcome decide_start(const Self& me,
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
  keep_census(memory, decision.rule, now);
  return {std::move(decision), std::move(memory)};
}

bool lease_valid(const Found& found, Instant now) {
  return now <= found.until;
}

std::vector<StartRule> start_rules() {
  std::vector<StartRule> out;
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
