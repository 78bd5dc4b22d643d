#include "planted.h"

#include <algorithm>
#include <array>

#include "core/backoff.h"
#include "core/membership.h"
#include "core/readiness.h"
#include "core/start.h"
#include "runtime/login_limit.h"
#include "starrocks/sql_text.h"

namespace sragent::simulate {
namespace {

const FeList* leader_in(const StartObservation& seen) {
  const auto it = std::find_if(seen.lists.begin(), seen.lists.end(), word_counts);
  return it == seen.lists.end() ? nullptr : &*it;
}

void join_instead(const StartObservation& seen, JoinStep step, StartDecision& word) {
  if (const auto* list = leader_in(seen); list != nullptr)
    word.action = Join{step, list->asked_host, kEditLogPort, list->cluster_id};
}

StartObservation as_planted(const Self& me, StartObservation seen, Instant now) {
  if (!planted("AbsenceConsents")) return seen;
  for (int ordinal = 1; ordinal < 3; ++ordinal) {
    const auto host = sibling_host(me.fqdn, ordinal);
    const bool there = std::any_of(
        seen.peers.begin(), seen.peers.end(), [&](const Peer& peer) { return peer.host == host; });
    if (there) continue;
    Peer made_up;
    made_up.host = host;
    made_up.kind = PeerKind::kEmptyConsent;
    made_up.asked_at = now;
    seen.peers.push_back(std::move(made_up));
  }
  return seen;
}

void distort(const Self& me, const StartObservation& seen, StartDecision& word, Instant now) {
  const auto& rule = word.rule;
  const bool finishes = std::holds_alternative<Finish>(word.action);
  if (planted("HalfMadeResumes") && (finishes || rule == "10")) word.action = Resume{};
  const bool member_seen = std::any_of(seen.peers.begin(), seen.peers.end(), [](const Peer& peer) {
    return peer.kind == PeerKind::kMember;
  });
  if (planted("EmptyFounderFounds") && seen.meta.kind == MetaKind::kEmpty && member_seen &&
      me.founder == me.host)
    word.action = Found{FoundBasis::kCounted, now + kFoundLease};
  if (planted("AliveRowDropped") && (rule == "19" || rule == "19b"))
    join_instead(seen, JoinStep::kDropOwnRow, word);
  if (planted("DnsGatesResume") && std::holds_alternative<Resume>(word.action) &&
      seen.own_name != Tri::kYes)
    word.action = Wait{};
  if (planted("AddUnguarded") && rule == "25") join_instead(seen, JoinStep::kAdd, word);
  if (planted("JoinedRowReused") && rule == "21") join_instead(seen, JoinStep::kReuseRow, word);
  if (planted("HelperWithoutRow") && rule == "24") join_instead(seen, JoinStep::kReuseRow, word);
  if (planted("NobodyJoins") && std::holds_alternative<Join>(word.action)) word.action = Wait{};
}

void distort(WorkerDecision& word) {
  if (planted("NobodyAdds") && std::holds_alternative<AddRow>(word.action)) word.action = Stay{};
  if (planted("DropUndone") && word.reason == Reason::kDropped) word.action = AddRow{};
}

}  // namespace

}  // namespace sragent::simulate

// What the linker calls instead of the core (CMakeLists.txt: --wrap), and the core itself.
namespace sragent {

StartOutcome
real_start(const Self&, const StartPolicy&, const StartObservation&, StartMemory, Instant) __asm__(
    "__real__ZN7sragent12decide_startERKNS_4SelfERKNS_11StartPolicyERKNS_"
    "16StartObservationENS_11StartMemoryENSt6chrono8durationIlSt5ratioILl1ELl1000EEEE");
decltype(real_start) wrapped_start __asm__(
    "__wrap__ZN7sragent12decide_startERKNS_4SelfERKNS_11StartPolicyERKNS_"
    "16StartObservationENS_11StartMemoryENSt6chrono8durationIlSt5ratioILl1ELl1000EEEE");
WorkerOutcome
real_membership(const WorkerSelf&, const WorkerObservation&, WorkerMemory, Instant) __asm__(
    "__real__ZN7sragent17decide_membershipERKNS_10WorkerSelfERKNS_17WorkerObservationENS_"
    "12WorkerMemoryENSt6chrono8durationIlSt5ratioILl1ELl1000EEEE");
decltype(real_membership) wrapped_membership __asm__(
    "__wrap__ZN7sragent17decide_membershipERKNS_10WorkerSelfERKNS_17WorkerObservationENS_"
    "12WorkerMemoryENSt6chrono8durationIlSt5ratioILl1ELl1000EEEE");
Result<std::string> real_add(NodeKind, std::string_view, std::uint16_t, Placement) __asm__(
    "__real__ZN7sragent10add_workerB5cxx11ENS_8NodeKindESt17basic_string_viewIcSt11char_"
    "traitsIcEEtNS_9PlacementE");
decltype(real_add) wrapped_add __asm__(
    "__wrap__ZN7sragent10add_workerB5cxx11ENS_8NodeKindESt17basic_string_viewIcSt11char_"
    "traitsIcEEtNS_9PlacementE");
Millis real_backoff(const Backoff&,
                    int,
                    double) __asm__("__real__ZN7sragent13backoff_pauseERKNS_7BackoffEid");
decltype(real_backoff) wrapped_backoff __asm__(
    "__wrap__ZN7sragent13backoff_pauseERKNS_7BackoffEid");

StartOutcome wrapped_start(const Self& me,
                           const StartPolicy& policy,
                           const StartObservation& seen,
                           StartMemory memory,
                           Instant now) {
  if (simulate::planted("MainBlocks")) simulate::Kernel::current().sleep(1);
  if (!simulate::any_planted()) return real_start(me, policy, seen, std::move(memory), now);
  auto out = real_start(me, policy, simulate::as_planted(me, seen, now), std::move(memory), now);
  simulate::distort(me, seen, out.decision, now);
  return out;
}

WorkerOutcome wrapped_membership(const WorkerSelf& me,
                                 const WorkerObservation& seen,
                                 WorkerMemory memory,
                                 Instant now) {
  auto out = real_membership(me, seen, std::move(memory), now);
  simulate::distort(out.decision);
  return out;
}

Result<std::string> wrapped_add(NodeKind kind,
                                std::string_view host,
                                std::uint16_t port,
                                Placement where) {
  return real_add(kind, host, port, simulate::planted("WarehouseForgotten") ? Placement{} : where);
}

Millis wrapped_backoff(const Backoff& backoff, int step, double random) {
  constexpr Millis kHour{3'600'000};
  if (simulate::planted("NoBackoff") || simulate::planted("LoginsUnlimited")) return Millis{1};
  if (simulate::planted("EndlessBackoff")) return kHour;
  return real_backoff(backoff, step, random);
}

std::vector<ReadyCheck> real_ready(const ReadyFacts&, Instant) __asm__(
    "__real__ZN7sragent15judge_readinessERKNS_"
    "10ReadyFactsENSt6chrono8durationIlSt5ratioILl1ELl1000EEEE");
decltype(real_ready) wrapped_ready __asm__(
    "__wrap__ZN7sragent15judge_readinessERKNS_"
    "10ReadyFactsENSt6chrono8durationIlSt5ratioILl1ELl1000EEEE");
bool real_begin(LoginLimit*, const std::string&, Instant) __asm__(
    "__real__ZN7sragent10LoginLimit5beginERKNSt7__cxx1112basic_stringIcSt11char_"
    "traitsIcESaIcEEENSt6chrono8durationIlSt5ratioILl1ELl1000EEEE");
decltype(real_begin) wrapped_begin __asm__(
    "__wrap__ZN7sragent10LoginLimit5beginERKNSt7__cxx1112basic_stringIcSt11char_"
    "traitsIcESaIcEEENSt6chrono8durationIlSt5ratioILl1ELl1000EEEE");

std::vector<ReadyCheck> wrapped_ready(const ReadyFacts& facts, Instant now) {
  auto out = real_ready(facts, now);
  for (auto& check : out) {
    if (simulate::planted("ReadyAlways")) check.state = CheckState::kOk;
    if (simulate::planted("ReadyNever")) check.state = CheckState::kFailed;
  }
  return out;
}

bool wrapped_begin(LoginLimit* limit, const std::string& fe, Instant now) {
  return simulate::planted("LoginsUnlimited") || real_begin(limit, fe, now);
}

}  // namespace sragent
