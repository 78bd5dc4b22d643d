#include "core/fe_good.h"

#include <utility>

#include "core/exit_codes.h"

namespace sragent {
namespace {

std::optional<LeaveRefusal> refused(std::string detail) {
  return LeaveRefusal{kExitQuorum, Reason::kQuorumRisk, std::move(detail)};
}

/// What stays of the group without the own row.
std::optional<LeaveRefusal> refuse_rest(const FeQuorum& quorum) {
  if (!quorum.own_elects) return std::nullopt;
  const int rest = quorum.followers - 1;
  const int alive = quorum.alive - (quorum.own_alive ? 1 : 0);
  if (rest == 0) return refused("this is the only FE that elects: without it there is no cluster");
  if (alive >= rest / 2 + 1) return std::nullopt;
  return refused(std::to_string(alive) + " of the " + std::to_string(rest) +
                 " other followers are alive: without this one they are no majority");
}

}  // namespace

ClaimJudged judge_claims(std::string_view own_host,
                         int own_ordinal,
                         const std::vector<ClaimAnswer>& answers) {
  for (const auto& answer : answers) {
    if (!answer.claim) continue;
    const std::pair other{answer.claim->ordinal, std::string_view{answer.host}};
    if (other > std::pair{own_ordinal, own_host})
      return {ClaimVerdict::kYields, answer.host + " leaves for good first"};
  }
  for (const auto& answer : answers) {
    if (answer.claim)
      return {ClaimVerdict::kWaits, answer.host + " wants to leave for good as well"};
    if (!answer.why.empty()) {
      return {ClaimVerdict::kWaits,
              answer.host + " does not tell whether it leaves as well: " + answer.why};
    }
  }
  return {ClaimVerdict::kGoes, {}};
}

std::vector<std::string> other_hosts(const FeList& list, std::string_view own_host) {
  std::vector<std::string> out;
  for (const auto& row : list.rows)
    if (row.host != own_host) out.push_back(row.host);
  return out;
}

std::optional<LeaveRefusal> refuse_fe_for_good(const FeStopView& view) {
  if (!view.quorum) return refuse_fe_drain(view);
  if (auto rest = refuse_rest(*view.quorum)) return rest;
  if (!view.quorum->leads || !refuse_fe_drain(view)) return std::nullopt;
  return refused(
      "it leads, and while it is down the others could elect no leader: let another one leave, or "
      "first add an FE");
}

std::optional<LeaveRefusal> refuse_fe_drop(const FeList& list, std::string_view own_host) {
  const auto quorum = quorum_of(list, own_host);
  if (quorum.leads) return refused("the list shows this FE as leader, which cannot be dropped");
  return refuse_rest(quorum);
}

bool bears_fe_drop(const FeList& list,
                   const LeaderHistory& history,
                   std::string_view own_host,
                   Instant now) {
  const auto* const row = find_row(list, own_host);
  return row != nullptr && (!electable(*row) || drop_keeps_majority(list, history, own_host, now));
}

}  // namespace sragent
