#include "core/first_start.h"

#include <algorithm>

namespace sragent {
namespace {

FirstStartDecision keep(Reason reason, std::string detail) {
  return {KeepWatching{}, reason, std::move(detail)};
}

std::vector<std::string> hosts_of(const FeList& list) {
  std::vector<std::string> out;
  for (const auto& row : list.rows)
    out.push_back(row.host);
  return out;
}

/// An id in sight that is not the one being founded; empty: none.
std::string foreign_id(const FirstStartObservation& seen, Instant now) {
  for (const auto& peer : seen.peers) {
    if (!fresh(peer, now)) continue;
    for (const auto& id : peer.ids)
      if (id != seen.meta.cluster_id) return peer.host + ": " + id;
  }
  return {};
}

/// A leader of the group says so itself: this process is a living member.
FirstStartDecision seal_by_leader(const Self& me,
                                  const FirstStartObservation& seen,
                                  Reason waits,
                                  std::string done) {
  if (!word_counts(*seen.leader_list) || seen.leader_list->cluster_id != seen.meta.cluster_id)
    return keep(waits, "no leader of this cluster whose word counts");
  const auto* own = find_row(*seen.leader_list, me.host);
  if (own == nullptr || !row_is_this_process(me, *own, seen.up_for))
    return keep(waits, "the leader does not show this process as a living member yet");
  return {Seal{seen.meta.cluster_id, hosts_of(*seen.leader_list)}, Reason::kNone, std::move(done)};
}

/// Members that joined a founder elect another leader if it restarts before it is sealed.
FirstStartDecision watch_founder_that_follows(const Self& me, const FirstStartObservation& seen) {
  if (!seen.leader_list)
    return keep(Reason::kFounding, "the own list does not show this host as leader");
  return seal_by_leader(me, seen, Reason::kFounding, "founded; another member leads now");
}

FirstStartDecision watch_founding(const Self& me, const FirstStartObservation& seen, Instant now) {
  if (const auto foreign = foreign_id(seen, now); !foreign.empty()) {
    return {StopServer{.aside = true},
            Reason::kTwoClusters,
            "another cluster came in sight while founding: " + foreign};
  }
  if (!seen.server_ready || !seen.own_list || !seen.meta.was_ready)
    return keep(Reason::kFounding, "the server is not ready yet");
  const auto* own = find_row(*seen.own_list, me.host);
  if (own == nullptr) return keep(Reason::kFounding, "the own list does not show this host yet");
  if (own->role != RowRole::kLeader) return watch_founder_that_follows(me, seen);
  if (seen.own_list->cluster_id != seen.meta.cluster_id)
    return keep(Reason::kFounding, "the own list has another id than image/VERSION");
  return {Seal{seen.meta.cluster_id, hosts_of(*seen.own_list)}, Reason::kNone, "founded"};
}

/// While a fork of its own runs, no restarted member of the real group gets in.
bool leads_a_fork(const Self& me, const FirstStartObservation& seen) {
  if (!seen.own_claims_lead || !seen.own_list) return false;
  return std::any_of(seen.own_list->rows.begin(), seen.own_list->rows.end(), [&](const FeRow& row) {
    return electable(row) && row.host != me.host && row.alive && !row.join;
  });
}

/// S18: the server asks its helper for ever, and the leader says why that cannot end.
std::string hopeless_join(const Self& me, const FirstStartObservation& seen) {
  if (seen.meta.has_jdb || seen.up_for < kJoinLoopPatience || !seen.leader_list) return {};
  if (!word_counts(*seen.leader_list)) return {};
  const auto& list = *seen.leader_list;
  if (find_row(list, me.host) == nullptr) return list.asked_host + " does not list this host";
  const bool member = std::any_of(list.rows.begin(), list.rows.end(), [&](const FeRow& row) {
    return host_port(row.host, row.port) == seen.meta.helper && row.alive;
  });
  if (!member) return "the helper " + seen.meta.helper + " is no living member";
  return {};
}

/// A joiner may be elected before it is sealed; then no other FE can vouch for it. What tells it
/// from a fork: another living member of the own list has joined, and a fork has only itself.
bool leads_the_group(const Self& me, const FirstStartObservation& seen) {
  if (!seen.own_claims_lead || !seen.own_list || !word_counts(*seen.own_list)) return false;
  if (seen.own_list->asked_host != me.host || seen.own_list->cluster_id != seen.meta.cluster_id)
    return false;
  return std::any_of(seen.own_list->rows.begin(), seen.own_list->rows.end(), [&](const FeRow& row) {
    return electable(row) && row.host != me.host && row.join && row.alive;
  });
}

FirstStartDecision watch_joining(const Self& me, const FirstStartObservation& seen) {
  if (leads_a_fork(me, seen)) {
    return {StopServer{},
            Reason::kUnfinishedMeta,
            "the own server leads although a living member of its list is outside its group"};
  }
  if (const auto why = hopeless_join(me, seen); !why.empty())
    return {StopServer{}, Reason::kNotInGroup, why};
  if (seen.server_ready && seen.meta.was_ready && leads_the_group(me, seen))
    return {Seal{seen.meta.cluster_id, hosts_of(*seen.own_list)}, Reason::kNone, "joined, leads"};
  if (seen.helper_rejects && !seen.server_ready && seen.up_for >= kJoinLoopPatience) {
    return keep(Reason::kNotInGroup,
                "the helper " + seen.meta.helper +
                    " does not know the address that this node's connections come from: NAT or a "
                    "mesh between the FEs");
  }
  if (!seen.server_ready || !seen.meta.was_ready || !seen.leader_list)
    return keep(Reason::kJoining, "the server is not ready yet");
  return seal_by_leader(me, seen, Reason::kJoining, "joined");
}

}  // namespace

bool row_is_this_process(const Self& me, const FeRow& row, Millis up_for) {
  const bool observer = row.role == RowRole::kObserver;
  if (row.host != me.host || row.port != me.edit_log_port) return false;
  if (observer != (me.role == FeRole::kObserver) || !row.join || !row.alive) return false;
  return row.up_for && *row.up_for <= up_for + kClockSlack;
}

FirstStartDecision watch_first_start(const Self& me,
                                     const FirstStartObservation& seen,
                                     Instant now) {
  if (seen.meta.kind == MetaKind::kFoundIntent) return watch_founding(me, seen, now);
  return watch_joining(me, seen);
}

}  // namespace sragent
