#include "dialect.h"

// SHOW FRONTENDS and SHOW PROC '/frontends'. docs/starrocks.md section 3.1.

namespace srsim {
namespace {

std::string flag(bool value) {
  return value ? "true" : "false";
}

/// Does `member` mean the same host as `row`? By text, else by address.
bool same_host(NodeView& view, const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto left = view.resolve(a);
  return left && left == view.resolve(b);
}

/// Join: the group lists host and port. From 3.3 on the comparison ends, false, at the first
/// member with another port.
bool joined(const Context& context, const GroupView& group, const FrontendRow& row) {
  for (const GroupView::Member& member : group.members) {
    if (member.port != row.edit_log_port) {
      if (context.profile.leader_row_by_address) return false;
      continue;
    }
    if (same_host(context.view, row.host, member.host)) return true;
  }
  return false;
}

std::string role(const Context& context, const GroupView& group, const FrontendRow& row) {
  const auto& master = group.master;
  const bool port_counts = context.profile.leader_row_by_address;
  if (master && (!port_counts || master->port == row.edit_log_port) &&
      same_host(context.view, row.host, master->host)) {
    return "LEADER";
  }
  return std::string(to_string(row.role));
}

std::optional<std::string> start_time(const Context& context, const FeHealth& health) {
  if (!health.alive) return "NULL";
  return show_time(context, health.start_time, true);
}

Row frontend_row(const Context& context,
                 const Catalog& catalog,
                 const GroupView& group,
                 const FrontendRow& row) {
  const SelfInfo self = context.view.self();
  const bool own = row.name == self.node_name;
  const FeHealth& health = row.health;
  Row out;
  if (context.profile.fe_id_column) out.emplace_back(std::to_string(row.id));
  out.emplace_back(row.name);
  out.emplace_back(row.host);
  out.emplace_back(std::to_string(row.edit_log_port));
  out.emplace_back(std::to_string(self.http_port));
  out.emplace_back(std::to_string(own ? self.query_port : health.query_port));
  out.emplace_back(std::to_string(own ? self.rpc_port : health.rpc_port));
  out.emplace_back(role(context, group, row));
  out.emplace_back(std::to_string(catalog.cluster_id));
  out.emplace_back(flag(joined(context, group, row)));
  out.emplace_back(flag(own || health.alive));
  out.emplace_back(std::to_string(own ? context.view.replayed_journal_id() : health.replayed_id));
  out.push_back(show_time(context, health.last_heartbeat, true));
  out.emplace_back(flag(row.role == FeRole::kFollower));
  out.emplace_back(health.err_msg);
  out.push_back(start_time(context, health));
  out.emplace_back(health.version.empty() ? "NULL" : health.version);
  if (context.profile.fe_isolation_group) out.emplace_back("");
  return out;
}

}  // namespace

StatementResult show_frontends(Context& context) {
  ResultRows out;
  if (context.profile.fe_id_column) out.columns.push_back({.name = "Id", .length = 90});
  for (const char* name : {"Name",
                           "IP",
                           "EditLogPort",
                           "HttpPort",
                           "QueryPort",
                           "RpcPort",
                           "Role",
                           "ClusterId",
                           "Join",
                           "Alive",
                           "ReplayedJournalId",
                           "LastHeartbeat",
                           "IsHelper",
                           "ErrMsg",
                           "StartTime",
                           "Version"}) {
    out.columns.push_back({.name = name, .length = 90});
  }
  if (context.profile.fe_isolation_group)
    out.columns.push_back({.name = "ResourceIsolationGroup", .length = 90});
  const auto catalog = context.view.catalog();
  const GroupView group = context.view.group();
  if (!group.error.empty()) return plain_error(group.error);
  for (const auto& [name, row] : catalog->frontends)
    out.rows.push_back(frontend_row(context, *catalog, group, row));
  return out;
}

}  // namespace srsim
