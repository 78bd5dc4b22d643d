#include "core/membership.h"

#include <algorithm>
#include <utility>

#include "core/own_name.h"

namespace sragent {
namespace {

WorkerDecision say(Reason reason, std::string detail) {
  return {Stay{}, false, false, reason, std::move(detail)};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string own_key(const WorkerSelf& me) {
  return host_port(me.host, me.heartbeat_port);
}

std::string_view statement_kind(NodeKind kind) {
  return kind == NodeKind::kCn ? "COMPUTE NODE" : "BACKEND";
}

/// ErrMsg texts: docs/starrocks.md section 6.
Reason reason_of_error(std::string_view error) {
  if (contains(error, "Unmatched cluster id")) return Reason::kIdentityConflict;
  if (contains(error, "Unmatched node type")) return Reason::kWrongRole;
  return Reason::kNotAlive;
}

std::string describe(const WorkerRow& row) {
  std::string out = "row " + host_port(row.host, row.heartbeat_port) + " is not alive";
  if (!row.status_code.empty()) out += ", StatusCode " + row.status_code;
  out += ", ErrMsg \"" + row.error + "\"";
  return out;
}

/// S30: a row elsewhere is never moved by itself, since a person or an operator may have put it
/// there.
std::optional<WorkerDecision> judge_warehouse(const WorkerSelf& me, const WorkerRow& row) {
  const auto stands_in = row.warehouse.empty() && me.warehouse == kDefaultWarehouse
                             ? kDefaultWarehouse
                             : std::string_view{row.warehouse};
  if (me.warehouse.empty() || me.warehouse == stands_in) return std::nullopt;
  const auto key = host_port(row.host, row.heartbeat_port);
  if (row.warehouse.empty()) {
    return WorkerDecision{Stay{},
                          true,
                          row.alive,
                          Reason::kUnsupportedFe,
                          "row " + key + ": the FE lists no warehouses, expected " + me.warehouse};
  }
  return WorkerDecision{Stay{},
                        true,
                        row.alive,
                        Reason::kWrongWarehouse,
                        "row " + key + " is in warehouse " + row.warehouse + ", expected " +
                            me.warehouse + "; drop the row there, or change node.warehouse"};
}

WorkerDecision judge_listed(const WorkerSelf& me,
                            const WorkerRow& row,
                            const WorkerObservation& seen) {
  if (auto elsewhere = judge_warehouse(me, row)) return *std::move(elsewhere);
  if (row.alive) return {Stay{}, true, true, Reason::kNone, "registered and alive"};
  const auto reason = reason_of_error(row.error);
  const bool patient = seen.healthy_for ? *seen.healthy_for < kAlivePatience : !seen.served;
  if (reason == Reason::kNotAlive && patient)
    return {Stay{}, true, false, Reason::kStarting, "registered; " + describe(row)};
  return {Stay{}, true, false, reason, describe(row)};
}

bool lists(const WorkerList& list, std::string_view host, std::uint16_t port) {
  return std::any_of(list.rows.begin(), list.rows.end(), [&](const WorkerRow& row) {
    return row.host == host && row.heartbeat_port == port;
  });
}

/// S29: in IP mode a new address means a new row. The old one is not this node's any more: a person
/// or scale-in removes it (S42), since its address may be another pod's by now.
void note_ghost(const WorkerSelf& me, const WorkerMemory& memory, WorkerDecision& decision) {
  if (memory.former_host.empty()) return;
  decision.detail += "; row " + host_port(memory.former_host, me.heartbeat_port) +
                     " of the former address is still listed and no longer this node's: drop it "
                     "once it is certain that nobody else has the address; HOST_TYPE=FQDN would "
                     "avoid such rows";
}

void remember_row(const WorkerSelf& me,
                  const WorkerList& list,
                  const WorkerRow& row,
                  WorkerMemory& memory) {
  memory.seen = true;
  memory.dropped = false;
  memory.decommissioned = row.decommissioned;
  memory.registered_id = list.cluster_id;
  memory.leader = list.leader;
  memory.leader_start_time = list.leader_start_time;
  memory.leader_certain = list.leader_read;
  if (memory.row_host != row.host) memory.former_host = std::exchange(memory.row_host, row.host);
  if (!lists(list, memory.former_host, row.heartbeat_port)) memory.former_host.clear();
  memory.misses = 0;
  memory.others.clear();
  for (const auto& other : list.rows)
    if (&other != &row) memory.others.insert(host_port(other.host, other.heartbeat_port));
  memory.others.erase(own_key(me));
}

bool another_row_vanished(const WorkerList& list, const WorkerMemory& memory) {
  return std::any_of(memory.others.begin(), memory.others.end(), [&](const std::string& key) {
    return std::none_of(list.rows.begin(), list.rows.end(), [&](const WorkerRow& row) {
      return host_port(row.host, row.heartbeat_port) == key;
    });
  });
}

/// S27: a row that vanished is added again only where the list itself lost rows. That the leader
/// has changed says so only if it changed after the row was last seen.
bool list_was_lost(const WorkerList& list, const WorkerMemory& memory) {
  const bool leader_changed =
      memory.leader != list.leader || memory.leader_start_time != list.leader_start_time;
  return (leader_changed && memory.leader_certain) || another_row_vanished(list, memory);
}

WorkerDecision taken_out(WorkerMemory& memory, std::string why) {
  memory.dropped = true;
  return say(Reason::kDropped,
             std::move(why) + "; `sr-agent register` adds it again if that is wanted");
}

WorkerDecision add(const WorkerSelf& me,
                   const WorkerObservation& seen,
                   WorkerMemory& memory,
                   Instant now) {
  if (seen.name_elsewhere) {
    return say(Reason::kIdentityConflict,
               "the name servers give another address for " + me.host +
                   ": this may be an old copy of the node; nothing is added");
  }
  if (seen.own_name != Tri::kYes) {
    return say(Reason::kDnsNotReady,
               name_not_served(seen.own_name, "the own address", me.host) +
                   "; nothing is added before they give it");
  }
  memory.added_at = now;
  std::string detail = "adds " + own_key(me);
  if (seen.add_refused) detail += "; the last try was refused: " + *seen.add_refused;
  return {AddRow{}, false, false, Reason::kNotRegistered, std::move(detail)};
}

WorkerDecision judge_vanished(const WorkerSelf& me,
                              const WorkerObservation& seen,
                              WorkerMemory& memory,
                              Instant now) {
  if (memory.dropped) return taken_out(memory, "the own row was taken out");
  if (memory.decommissioned) return taken_out(memory, "the node was decommissioned");
  if (++memory.misses < 2)
    return {ReadAgain{}, false, false, Reason::kNotRegistered, "the own row is missing once"};
  const bool own_drop =
      memory.left_at && now >= *memory.left_at && now - *memory.left_at < kLateDropSpan;
  if (!own_drop) {
    if (!list_was_lost(*seen.list, memory)) {
      return taken_out(memory,
                       memory.leader_certain
                           ? "only the own row vanished, at the same leader"
                           : "only the own row vanished, and it is not known whether the leader "
                             "changed before or after it was last seen");
    }
    if (memory.added_at && now - *memory.added_at < kUndoneSpan)
      return taken_out(memory, "an ADD of this hour was undone");
  }
  auto out = add(me, seen, memory, now);
  if (std::holds_alternative<AddRow>(out.action)) memory.misses = 0;
  return out;
}

WorkerDecision judge_absent(const WorkerSelf& me,
                            const WorkerObservation& seen,
                            WorkerMemory& memory,
                            Instant now) {
  const auto& list = *seen.list;
  if (list.other_kind && find_own_row(me, *list.other_kind) != nullptr) {
    return say(Reason::kWrongRole,
               own_key(me) + " is listed as " +
                   std::string(me.kind == NodeKind::kCn ? "BACKEND" : "COMPUTE NODE") +
                   ", this node is a " + std::string(statement_kind(me.kind)));
  }
  if (!seen.stored_id.empty() && seen.stored_id != list.cluster_id) {
    return say(Reason::kIdentityConflict,
               "the disk belongs to cluster " + seen.stored_id + ", the FEs are cluster " +
                   list.cluster_id);
  }
  if (memory.seen) return judge_vanished(me, seen, memory, now);
  if (memory.decommissioned && memory.registered_id == list.cluster_id)
    return taken_out(memory, "the node was decommissioned and its row is gone");
  if (memory.dropped) return taken_out(memory, "the own row was taken out");
  return add(me, seen, memory, now);
}

}  // namespace

const WorkerRow* find_own_row(const WorkerSelf& me, const std::vector<WorkerRow>& rows) {
  const auto mine = [&](const WorkerRow& row) {
    if (row.heartbeat_port != me.heartbeat_port) return false;
    if (row.host == me.host) return true;
    return std::find(me.addresses.begin(), me.addresses.end(), row.host) != me.addresses.end();
  };
  const auto it = std::find_if(rows.begin(), rows.end(), mine);
  return it == rows.end() ? nullptr : &*it;
}

WorkerOutcome decide_membership(const WorkerSelf& me,
                                const WorkerObservation& seen,
                                WorkerMemory memory,
                                Instant now) {
  if (seen.off) return {say(Reason::kNone, "registration is off"), std::move(memory)};
  if (!seen.list) return {say(seen.why_no_list, seen.why_no_list_detail), std::move(memory)};
  const auto* row = find_own_row(me, seen.list->rows);
  if (row != nullptr) {
    remember_row(me, *seen.list, *row, memory);
    auto decision = judge_listed(me, *row, seen);
    note_ghost(me, memory, decision);
    return {std::move(decision), std::move(memory)};
  }
  auto decision = judge_absent(me, seen, memory, now);
  return {std::move(decision), std::move(memory)};
}

}  // namespace sragent
