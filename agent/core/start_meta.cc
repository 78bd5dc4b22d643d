#include "core/start_look.h"

namespace sragent::start_rows {

Verdict held(const Look& look) {
  if (!look.policy.hold) return {};
  return wait(Reason::kHeld, "a person asked to keep the server down");
}

Verdict damaged(const Look& look) {
  if (look.seen.meta.kind != MetaKind::kDamaged) return {};
  return refuse(Reason::kMetaDamaged, look.seen.meta.detail);
}

namespace {

/// S17: ROLE's own host type is kept while its host is still an own name or address.
bool host_still_mine(const Self& me, const MetaState& meta) {
  if (meta.host.empty()) return true;
  if (!meta.host_type_known) return meta.host == me.fqdn || meta.host == me.address;
  return meta.host == (meta.host_type == HostType::kIp ? me.address : me.fqdn);
}

}  // namespace

Verdict role_contradicts(const Look& look) {
  const auto& meta = look.seen.meta;
  if (meta.host.empty() || meta.kind == MetaKind::kEmpty) return {};
  if (!host_still_mine(look.me, meta)) {
    return refuse(Reason::kHostMismatch,
                  "image/ROLE says host " + meta.host + ", this node is " + look.me.fqdn + " at " +
                      look.me.address +
                      "; give the node its name back, or use ALTER SYSTEM MODIFY FRONTEND HOST "
                      "from the leader");
  }
  if (look.policy.role_told && *look.policy.role_told != meta.role) {
    return refuse(Reason::kWrongRole,
                  "image/ROLE says " + std::string(to_string(meta.role)) +
                      ", the configuration says " + std::string(to_string(*look.policy.role_told)));
  }
  return {};
}

Verdict identity_contradicts(const Look& look) {
  const auto& seen = look.seen;
  if (seen.meta.kind != MetaKind::kSealed) return {};
  const auto& id = seen.meta.cluster_id;
  if (!seen.certificate.empty() && seen.certificate != id) {
    return refuse(
        Reason::kIdentityConflict,
        "image/VERSION says cluster " + id + ", the birth certificate says " + seen.certificate);
  }
  for (const auto& peer : seen.peers) {
    if (peer.kind != PeerKind::kMember || !fresh(peer, look.now) || peer.ids.front() == id)
      continue;
    if (holds(peer.members, look.me.host)) {
      return refuse(Reason::kIdentityConflict,
                    peer.host + " is a member of cluster " + peer.ids.front() +
                        " and lists this very host; this metadata is of cluster " + id);
    }
    if (seen.own_members && !holds(seen.own_members, peer.host)) {
      return refuse(Reason::kIdentityConflict,
                    peer.host + " is a member of cluster " + peer.ids.front() +
                        " and unknown to this metadata of cluster " + id);
    }
  }
  return {};
}

Verdict sealed(const Look& look) {
  const auto& meta = look.seen.meta;
  if (meta.kind != MetaKind::kSealed) return {};
  const auto type = meta.host_type_known ? meta.host_type : look.me.host_type;
  return make(Resume{type}, Reason::kStarting, "own metadata of cluster " + meta.cluster_id);
}

namespace {

bool dropped_at_own_leader(const Look& look) {
  return look.leader != nullptr && look.leader->cluster_id == look.seen.meta.cluster_id &&
         look.my_row == nullptr;
}

}  // namespace

Verdict left_and_dropped(const Look& look) {
  if (look.seen.meta.kind != MetaKind::kLeft || !dropped_at_own_leader(look)) return {};
  return move_aside("left the cluster, and " + look.leader->asked_host +
                    " lists this host no more");
}

Verdict left(const Look& look) {
  if (look.seen.meta.kind != MetaKind::kLeft) return {};
  return wait(Reason::kNoLeader,
              "left the cluster; waits for a leader of cluster " + look.seen.meta.cluster_id +
                  " that lists this host no more, or for 'sr-agent drain --cancel'");
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

namespace {

/// A leader of the cluster that this metadata belongs to; of any, while it names none. Another
/// cluster's list says nothing of what this one acknowledged.
bool own_leader_seen(const Look& look) {
  const auto& id = look.seen.meta.cluster_id;
  return look.leader != nullptr && (id.empty() || look.leader->cluster_id == id);
}

/// Nothing of mine was ever acknowledged, or the group can do without it.
bool may_begin_again(const Look& look) {
  if (!own_leader_seen(look)) return false;
  if (look.my_row == nullptr || !look.my_row->join) return true;
  return row_dead(look.memory.history, *look.my_row) &&
         drop_keeps_majority(*look.leader, look.memory.history, look.me.host, look.now);
}

/// A second reading may still prove what may_begin_again() asks for. An agent that starts the
/// server again instead ends with it and has forgotten the first one.
bool death_may_show(const Look& look) {
  return own_leader_seen(look) && look.my_row != nullptr && look.my_row->join &&
         !look.my_row->alive && !row_dead(look.memory.history, *look.my_row);
}

/// The member to join by; never this host.
std::string helper_for(const Look& look) {
  const auto& meta = look.seen.meta;
  const auto mine = host_port(look.me.host, look.me.edit_log_port);
  if (!meta.helper.empty() && meta.helper != mine) return meta.helper;
  if (!own_leader_seen(look) || look.leader->asked_host == look.me.host) return {};
  const auto* row = find_row(*look.leader, look.leader->asked_host);
  return host_port(row->host, row->port);
}

}  // namespace

Verdict finish_with_helper(const Look& look) {
  const auto& meta = look.seen.meta;
  const bool join_begun = meta.kind == MetaKind::kJoinIntent;
  const bool listed =
      meta.kind == MetaKind::kUnfinished && own_leader_seen(look) && look.my_row != nullptr;
  if (!join_begun && !listed) return {};
  if (meta.helper_run_ended && may_begin_again(look)) {
    return move_aside("the start with --helper ended by itself, and " + look.leader->asked_host +
                      " shows that nothing of it is needed");
  }
  if (meta.helper_run_ended && death_may_show(look)) {
    return wait(Reason::kUnfinishedMeta,
                "the start with --helper ended by itself; the own row is not alive, and dead only "
                "after two readings 25 s apart");
  }
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
  const auto& consent = look.memory.consent;
  if (consent && consent->matter.kind == ConsentKind::kMoveAside)
    return move_aside("a person permitted it");
  return wait(Reason::kUnfinishedMeta,
              "a first start was cut short and no leader says what became of it; it is never "
              "started without --helper");
}

}  // namespace sragent::start_rows
