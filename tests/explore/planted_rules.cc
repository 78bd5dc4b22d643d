#include "planted_rules.h"

#include <algorithm>
#include <array>

namespace sragent::explore::wrong {
namespace {

/// Addresses of this world are "1.<ordinal>".
int ordinal_at(std::string_view address) {
  return address.back() - '0';
}

const FeList* leader_in(const StartObservation& seen) {
  const auto it = std::find_if(seen.lists.begin(), seen.lists.end(), word_counts);
  return it == seen.lists.end() ? nullptr : &*it;
}

void join_instead(const StartObservation& seen, JoinStep step, StartDecision& word) {
  if (const auto* list = leader_in(seen); list != nullptr)
    word.action = Join{step, list->asked_host, 9010, list->cluster_id};
}

const FeRow* another(const FeList& list, const FeRow& mine) {
  const auto it = std::find_if(list.rows.begin(), list.rows.end(), [&](const FeRow& row) {
    return &row != &mine && electable(row) && row.host == list.asked_host;
  });
  return it == list.rows.end() ? nullptr : &*it;
}

bool of_two(const FeList& list) {
  return std::count_if(list.rows.begin(), list.rows.end(), electable) == 2;
}

/// The member that an emptied one would join by: it leads and shows the own row as not alive, or it
/// knows no leader (then its rows show Join = false, and an Alive that says nothing).
const FeRow* survivor(const FeList& list, std::string_view me) {
  const auto* mine = find_row(list, me);
  const auto* other = mine == nullptr ? nullptr : another(list, *mine);
  if (other == nullptr || !electable(*mine)) return nullptr;
  if (word_counts(list)) return mine->join && other->join && !mine->alive ? other : nullptr;
  const bool led = std::any_of(list.rows.begin(), list.rows.end(), [](const FeRow& row) {
    return row.role == RowRole::kLeader;
  });
  return led ? nullptr : other;
}

void join_the_survivor(const LookFacts& look, const StartObservation& seen, StartDecision& word) {
  constexpr std::array<std::string_view, 4> kBefore{"18", "19b", "21", "22"};
  const bool again =
      word.rule == "11" && seen.meta.helper_run_ended && !seen.meta.was_ready;  // log cut short
  const bool before = std::find(kBefore.begin(), kBefore.end(), word.rule) != kBefore.end();
  if (!again && !before) return;
  const auto& list = seen.lists.front();
  const auto* other = survivor(list, look.me.host);
  if (other == nullptr) return;
  word.rule = "20b";
  word.action = MoveAside{};
  if (again) return;
  word.action = Join{JoinStep::kReuseRow, other->host, other->port, list.cluster_id};
}

}  // namespace

void candidate_20b(const LookFacts& look, const StartObservation& seen, StartDecision& word) {
  if (seen.lists.size() == 1 && of_two(seen.lists.front())) join_the_survivor(look, seen, word);
}

void candidate_20b_of_three(const LookFacts& look,
                            const StartObservation& seen,
                            StartDecision& word) {
  if (!seen.lists.empty()) join_the_survivor(look, seen, word);
}

void ended_is_moved_aside(const LookFacts& /*look*/,
                          const StartObservation& seen,
                          StartDecision& word) {
  if (word.rule == "11" && seen.meta.helper_run_ended) word.action = MoveAside{};
}

void consent_never_old(const LookFacts& look,
                       const StartObservation& /*seen*/,
                       StartMemory& memory) {
  if (memory.consent) memory.consent->at = look.now;
}

void silent_peers_consent(const LookFacts& look, StartPolicy& /*policy*/, StartObservation& seen) {
  for (auto& peer : seen.peers) {
    if (peer.kind != PeerKind::kUnknown) continue;
    peer.kind = PeerKind::kEmptyConsent;
    peer.host = sibling_host(look.me.fqdn, ordinal_at(peer.address));
  }
}

void any_answer_is_new(Instant& asked_at) {
  asked_at = kNow;
}

void one_round_is_enough(const LookFacts& look,
                         const StartObservation& /*seen*/,
                         StartMemory& memory) {
  memory.census_first = look.now - kCensusGap;
}

void first_row_leads(const LookFacts& /*look*/, StartPolicy& /*policy*/, StartObservation& seen) {
  for (auto& list : seen.lists) {
    for (auto& row : list.rows)
      row.role = RowRole::kFollower;
    list.rows.front().role = RowRole::kLeader;
    list.asked_host = list.rows.front().host;
  }
  if (seen.lists.size() > 1) seen.lists.resize(1);
}

void own_memory_ignored(const LookFacts& /*look*/,
                        StartPolicy& /*policy*/,
                        StartObservation& seen) {
  seen.certificate.clear();
  seen.remembered.clear();
}

void peers_remember_nothing(Answerer& who, const PeerQuestion& /*question*/) {
  who.remembers.clear();
}

void half_made_resumes(const LookFacts& /*look*/,
                       const StartObservation& /*seen*/,
                       StartDecision& word) {
  if (std::holds_alternative<Finish>(word.action)) word.action = Resume{};
}

void drop_unguarded(const LookFacts& /*look*/, const StartObservation& seen, StartDecision& word) {
  if (word.rule == "22") join_instead(seen, JoinStep::kDropOwnRow, word);
}

void dead_on_one_reading(const LookFacts& look, const StartObservation& seen, StartMemory& memory) {
  const auto* list = leader_in(seen);
  const auto* row = list == nullptr ? nullptr : find_row(*list, look.me.host);
  if (row == nullptr || row->alive) return;
  if (memory.history.leader != list->asked_host)
    memory.history = LeaderHistory{list->asked_host, "t", list->cluster_id, {}};
  memory.history.rows[host_port(row->host, row->port)].dead_since = look.now - kDeadSpan;
}

void joined_row_reused(const LookFacts& /*look*/,
                       const StartObservation& seen,
                       StartDecision& word) {
  if (word.rule == "21") join_instead(seen, JoinStep::kReuseRow, word);
}

void add_unguarded(const LookFacts& /*look*/, const StartObservation& seen, StartDecision& word) {
  if (word.rule == "25") join_instead(seen, JoinStep::kAdd, word);
}

void statement_forgotten(const LookFacts& /*look*/,
                         const StartObservation& /*seen*/,
                         StartMemory& memory) {
  memory.statement_at.reset();
}

void only_counted_ordinals(const LookFacts& /*look*/, StartPolicy& policy, StartObservation& seen) {
  std::erase_if(seen.set.addresses, [&](const auto& a) { return ordinal_at(a) >= policy.count; });
  std::erase_if(seen.peers, [&](const Peer& p) { return ordinal_at(p.address) >= policy.count; });
}

void any_founder_will_do(const Self& me, Identity& answer, std::string_view /*address*/) {
  if (answer.meta != MetaKind::kEmpty || answer.busy) return;
  answer.founder = me.host;
  answer.consents = true;
}

void join_under_way_hidden(Answerer& who, const PeerQuestion& /*question*/) {
  who.under_way = false;
  who.remembers.clear();
}

void bes_not_asked(const LookFacts& /*look*/, StartPolicy& /*policy*/, StartObservation& seen) {
  seen.memories.clear();
}

void own_address_assumed(const LookFacts& look, StartPolicy& /*policy*/, StartObservation& seen) {
  if (seen.own_name == Tri::kYes) seen.set.addresses.push_back(look.me.address);
}

void dns_gates_resume(const LookFacts& /*look*/,
                      const StartObservation& seen,
                      StartDecision& word) {
  if (std::holds_alternative<Resume>(word.action) && seen.own_name != Tri::kYes)
    word.action = Wait{};
}

void peers_gate_resume(const LookFacts& /*look*/,
                       const StartObservation& seen,
                       StartDecision& word) {
  const bool silent = std::any_of(seen.peers.begin(), seen.peers.end(), [](const Peer& peer) {
    return peer.kind == PeerKind::kUnknown;
  });
  if (std::holds_alternative<Resume>(word.action) && silent) word.action = Wait{};
}

void founding_goes_on(const Self& /*me*/,
                      const FirstStartObservation& seen,
                      FirstStartDecision& word) {
  if (seen.meta.kind != MetaKind::kFoundIntent || !std::holds_alternative<StopServer>(word.action))
    return;
  word.action = KeepWatching{};
  if (seen.server_ready && seen.meta.was_ready) word.action = Seal{seen.meta.cluster_id, {}};
}

void answer_not_bound(const Self& me, Identity& answer, std::string_view address) {
  if (answer.headless == me.headless) return;
  answer.headless = me.headless;
  answer.address = address;
  answer.host = sibling_host(me.fqdn, ordinal_at(address));
}

void half_made_is_damaged(const LookFacts& /*look*/,
                          StartPolicy& /*policy*/,
                          StartObservation& seen) {
  const bool half = seen.meta.kind == MetaKind::kJoinIntent ||
                    seen.meta.kind == MetaKind::kFoundIntent ||
                    seen.meta.kind == MetaKind::kUnfinished;
  if (half) seen.meta.kind = MetaKind::kDamaged;
}

void sealed_at_first_log(const Self& /*me*/,
                         const FirstStartObservation& seen,
                         FirstStartDecision& word) {
  if (seen.meta.has_jdb) word.action = Seal{seen.meta.cluster_id, {}};
}

void founder_resumes_half(const LookFacts& /*look*/,
                          const StartObservation& seen,
                          StartDecision& word) {
  if (word.rule == "9" && seen.meta.has_jdb) word.action = Resume{};
}

void strict_ignored(const LookFacts& look, const StartObservation& /*seen*/, StartDecision& word) {
  if (word.rule == "31") word.action = Found{FoundBasis::kCensus, look.now + kFoundLease};
}

void unreadable_is_none(const LookFacts& /*look*/,
                        StartPolicy& /*policy*/,
                        StartObservation& seen) {
  for (auto& source : seen.memories)
    source.unreadable = false;
}

void certificate_before_ready(const Self& /*me*/,
                              const FirstStartObservation& seen,
                              FirstStartDecision& word) {
  if (seen.meta.kind == MetaKind::kFoundIntent && !seen.meta.cluster_id.empty())
    word.action = Seal{seen.meta.cluster_id, {}};
}

void left_is_sealed(MetaState& meta) {
  if (meta.kind == MetaKind::kLeft) meta.kind = MetaKind::kSealed;
}

void left_moved_blind(const LookFacts& /*look*/,
                      const StartObservation& /*seen*/,
                      StartDecision& word) {
  if (word.rule == "7") word.action = MoveAside{};
}

void observer_founds(const LookFacts& look, const StartObservation& /*seen*/, StartDecision& word) {
  if (word.rule == "27" && look.me.role == FeRole::kObserver)
    word.action = Found{FoundBasis::kCounted, look.now + kFoundLease};
}

void observers_count(const LookFacts& look, StartPolicy& /*policy*/, StartObservation& seen) {
  if (look.me.role == FeRole::kObserver) return;
  for (auto& list : seen.lists) {
    for (auto& row : list.rows)
      if (row.role == RowRole::kObserver) row.role = RowRole::kFollower;
  }
}

void own_row_by_port(const LookFacts& look, StartPolicy& /*policy*/, StartObservation& seen) {
  for (auto& list : seen.lists) {
    std::erase_if(list.rows, [&](const FeRow& row) {
      return row.host == look.me.host && row.port != look.me.edit_log_port;
    });
  }
}

}  // namespace sragent::explore::wrong
