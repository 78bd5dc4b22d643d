#include "core/fe_stop.h"

#include "core/exit_codes.h"

namespace sragent {
namespace {

std::string count_text(const FeQuorum& quorum) {
  return std::to_string(quorum.alive) + " of " + std::to_string(quorum.followers) +
         " followers are alive";
}

int majority(const FeQuorum& quorum) {
  return quorum.followers / 2 + 1;
}

}  // namespace

FeQuorum quorum_of(const FeList& list, std::string_view own_host) {
  FeQuorum out;
  for (const auto& row : list.rows) {
    const bool own = row.host == own_host;
    if (own) out.leads = row.role == RowRole::kLeader;
    if (!electable(row)) continue;
    ++out.followers;
    if (row.alive) ++out.alive;
    if (own) out.own_elects = true;
    if (own) out.own_alive = row.alive;
  }
  return out;
}

FeStop decide_fe_stop(const FeStopView& view) {
  if (!view.has_handler)
    return {false, "this version has no graceful stop of an FE, or it is not known"};
  if (view.ready != Tri::kYes)
    return {false, "the server does not serve: it may have no handler for SIGUSR1 yet"};
  if (!view.quorum) return {false, "the list of FEs is not known"};
  const auto& quorum = *view.quorum;
  if (quorum.alive - 1 < majority(quorum))
    return {false, count_text(quorum) + ": too few for a graceful stop"};
  return {true, count_text(quorum)};
}

std::optional<LeaveRefusal> refuse_fe_drain(const FeStopView& view) {
  if (!view.quorum) {
    return LeaveRefusal{kExitUndecidable,
                        Reason::kQuorumRisk,
                        "the list of FEs is not known, so neither is what "
                        "stays of the group without this one"};
  }
  const auto& quorum = *view.quorum;
  if (!quorum.own_elects) return std::nullopt;
  if (quorum.followers == 1) {
    return LeaveRefusal{kExitQuorum,
                        Reason::kQuorumRisk,
                        "this is the only FE that elects: without it there is no cluster; for a "
                        "restart delete the pod"};
  }
  if (quorum.alive - 1 >= majority(quorum)) return std::nullopt;
  return LeaveRefusal{kExitQuorum,
                      Reason::kQuorumRisk,
                      count_text(quorum) + ": without this one the others are no majority"};
}

std::optional<LeaveRefusal> refuse_transfer(const FeStopView& view) {
  if (view.quorum && !view.quorum->leads)
    return LeaveRefusal{kExitNo, Reason::kNone, "this FE does not lead"};
  const auto stop = decide_fe_stop(view);
  if (stop.graceful) return std::nullopt;
  return LeaveRefusal{view.quorum ? kExitQuorum : kExitUndecidable, Reason::kQuorumRisk, stop.why};
}

}  // namespace sragent
