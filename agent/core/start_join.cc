#include <algorithm>
#include <map>
#include <set>

#include "core/own_name.h"
#include "core/start_look.h"
#include "core/words.h"

namespace sragent::start_rows {

bool sees_member(const Look& look) {
  if (!look.seen.lists.empty() || !look.seen.leaderless.empty()) return true;
  return std::any_of(look.seen.peers.begin(), look.seen.peers.end(), [&](const Peer& peer) {
    return peer.kind == PeerKind::kMember && fresh(peer, look.now);
  });
}

namespace {

/// Ids in sight, each with who told it and the members that were told with it.
std::map<ClusterId, std::set<std::string>> ids_in_sight(const Look& look) {
  std::map<ClusterId, std::set<std::string>> out;
  const auto& seen = look.seen;
  for (const auto& peer : seen.peers) {
    if (!fresh(peer, look.now)) continue;
    for (const auto& id : peer.ids) {
      out[id].insert(peer.host.empty() ? peer.address : peer.host);
      if (peer.members) out[id].insert(peer.members->begin(), peer.members->end());
    }
  }
  for (const auto& list : seen.lists) {
    if (list.cluster_id.empty()) continue;
    for (const auto& row : list.rows)
      out[list.cluster_id].insert(row.host);
  }
  if (!seen.certificate.empty()) out[seen.certificate].insert("own certificate");
  for (const auto& id : seen.remembered)
    out[id].insert("own memory");
  return out;
}

}  // namespace

Verdict two_ids(const Look& look) {
  const auto ids = ids_in_sight(look);
  if (ids.size() < 2) return {};
  const auto reason =
      look.seen.certificate.empty() ? Reason::kTwoClusters : Reason::kIdentityConflict;
  std::set<std::string> told;
  for (const auto& [id, witnesses] : ids)
    told.insert(id + " (" + joined(witnesses) + ")");
  return refuse(reason, "cluster ids in sight: " + joined(told));
}

Verdict login_refused(const Look& look) {
  if (!look.seen.refusal) return {};
  return wait(look.seen.refusal->reason, look.seen.refusal->who + "; so a cluster exists");
}

Verdict own_name_not_served(const Look& look) {
  if (look.seen.own_name == Tri::kYes) return {};
  const auto own = look.seen.own_name;
  return wait(Reason::kDnsNotReady,
              name_not_served(own, look.me.address, look.me.fqdn) + "; " +
                  std::string{name_not_served_advice(own)});
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

namespace {

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

}  // namespace

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
  if (moves) {
    return wait(Reason::kIdentityConflict,
                "an old instance holds this host's name: its row lives and this volume is empty");
  }
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

namespace {

StartDecision join(const Look& look, JoinStep step, std::string detail) {
  const auto* leader = find_row(*look.leader, look.leader->asked_host);
  return make(Join{step, leader->host, leader->port, look.leader->cluster_id},
              Reason::kJoining,
              std::move(detail));
}

}  // namespace

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
  return wait(
      Reason::kQuorumRisk,
      "another follower would endanger the majority while these are not fresh: " + joined(stale));
}

}  // namespace sragent::start_rows
