#include <array>

#include "dialect.h"

// SHOW PROC, blacklist, processlist, variables, warehouses, databases, grants. docs/starrocks.md
// section 3.4; column lengths as recorded.

namespace srsim {
namespace {

constexpr std::uint32_t kShort = 60;
constexpr std::uint32_t kWide = 768;

void columns(ResultRows& out, std::initializer_list<const char*> names, std::uint32_t length) {
  for (const char* name : names)
    out.columns.push_back({.name = name, .length = length});
}

StatementResult show_blacklist(const Context& context, const Statement& statement) {
  if (auto refusal = refuse(context, statement)) return *refusal;
  const bool backends = statement.node_kind == NodeKind::kBackend;
  ResultRows out;
  columns(out,
          {backends ? "BackendId" : "ComputeNodeId", "AddBlackListType", "LostConnectionTime"},
          kShort);
  columns(out, {"LostConnectionNumberInPeriod", "CheckTimePeriod(s)"}, 30);
  const auto catalog = context.view.catalog();
  for (const HostBlacklist::Entry& entry : context.view.blacklist().entries()) {
    const auto node = catalog->nodes.find(entry.node_id);
    // An entry goes when its node leaves the cluster.
    if (node == catalog->nodes.end() || node->second.kind != statement.node_kind) continue;
    out.rows.push_back({std::to_string(entry.node_id),
                        "MANUAL",
                        show_time(context, entry.added, false),
                        "0",
                        "5"});
  }
  return out;
}

StatementResult show_running_queries() {
  ResultRows out;
  columns(out,
          {"QueryId",
           "WarehouseId",
           "ResourceGroupId",
           "StartTime",
           "PendingTimeout",
           "QueryTimeout",
           "State",
           "Slots",
           "Fragments",
           "DOP",
           "Frontend",
           "FeStartTime"},
          192);
  return out;
}

StatementResult show_processlist(const Context& context) {
  ResultRows out;
  const bool named = context.profile.processlist_server_name;
  if (named) columns(out, {"ServerName"}, 192);
  out.columns.push_back({.name = "Id", .type = WireType::kLongLong, .charset = 63, .length = 20});
  columns(out, {"User", "Host", "Db", "Command", "ConnectionStartTime"}, 48);
  out.columns.push_back({.name = "Time", .type = WireType::kLong, .charset = 63, .length = 11});
  columns(out, {"State"}, 192);
  columns(out, {"Info"}, 98304);
  columns(out, {"IsPending"}, 48);
  if (context.profile.warehouse_clause) columns(out, {"Warehouse"}, kShort);
  const bool sees_all = holds(context, "OPERATE");
  for (const ProcessRow& process : context.view.processes()) {
    if (!sees_all && process.user != context.session.user) continue;
    Row row;
    if (named) row.emplace_back(context.view.self().node_name);
    row.emplace_back(std::to_string(process.connection_id));
    row.emplace_back(process.user);
    row.emplace_back(process.peer);
    row.emplace_back(process.db);
    row.emplace_back(process.in_query ? "Query" : "Sleep");
    row.push_back(show_time(context, process.connected, false));
    row.emplace_back(std::to_string(process.seconds));
    row.emplace_back("OK");
    row.emplace_back(process.sql);
    row.emplace_back("false");
    if (context.profile.warehouse_clause) row.emplace_back("default_warehouse");
    out.rows.push_back(std::move(row));
  }
  return out;
}

StatementResult show_variables(const Context& context, const Statement& statement) {
  ResultRows out;
  columns(out, {"Variable_name", "Value"}, kShort);
  for (const auto& [name, value] : variables(context, statement.global))
    if (like(name, statement.name)) out.rows.push_back({name, value});
  return out;
}

/// 3.2 knows an old form of four columns; from 3.3.6 on fourteen, thirteen before 3.5.
StatementResult show_warehouses(const Context& context, const Statement& statement) {
  const Profile& profile = context.profile;
  if (context.view.catalog()->run_mode == RunMode::kSharedNothing && profile.warehouse_clause) {
    return SqlError{.message = "unsupported statement in shared_nothing mode",
                    .code = static_cast<std::uint16_t>(profile.unknown_warehouse_code + 6),
                    .sqlstate = "42000"};
  }
  ResultRows out;
  if (!profile.warehouse_clause) {
    columns(out, {"Id", "Warehouse", "State", "ClusterCount"}, kShort);
    out.rows.push_back({"0", "default_warehouse", "RUNNING", "1"});
    return out;
  }
  columns(out, {"Id"}, kShort);
  columns(out, {"Name"}, kWide);
  columns(out,
          {"State",
           "NodeCount",
           "CurrentClusterCount",
           "MaxClusterCount",
           "StartedClusters",
           "RunningSql",
           "QueuedSql",
           "CreatedOn",
           "ResumedOn",
           "UpdatedOn"},
          kShort);
  if (profile.warehouse_property_column) columns(out, {"Property"}, kWide);
  columns(out, {"Comment"}, kWide);
  if (!like("default_warehouse", statement.name)) return out;
  Row row{"0", "default_warehouse", "AVAILABLE", "0", "1", "1", "1", "0", "0", "", "", ""};
  if (profile.warehouse_property_column) row.emplace_back("");
  row.emplace_back("An internal warehouse init after FE is ready");
  out.rows.push_back(std::move(row));
  return out;
}

/// Open source lists no node here.
StatementResult show_warehouse_nodes(const Context& context, const Statement& statement) {
  if (statement.warehouse && *statement.warehouse != "default_warehouse")
    return unknown_warehouse(context.profile, *statement.warehouse);
  const bool groups = context.profile.node_cngroup_columns;
  ResultRows out;
  columns(out, {"WarehouseName"}, kWide);
  columns(out, {groups ? "CNGroupId" : "ClusterId", "WorkerGroupId", "NodeId", "WorkerId"}, kShort);
  columns(out, {"IP"}, kWide);
  columns(out, {"HeartbeatPort", "BePort", "HttpPort", "BrpcPort", "StarletPort"}, kShort);
  columns(out, {"LastStartTime", "LastUpdateMs"}, kWide);
  columns(out, {"Alive"}, kShort);
  columns(out, {"ErrMsg"}, kWide);
  columns(out, {"Version", "NumRunningQueries", "CpuCores", "MemUsedPct", "CpuUsedPct"}, kShort);
  if (groups) columns(out, {"CNGroupName"}, kWide);
  return out;
}

/// information_schema is everybody's; sys and the databases need a privilege.
StatementResult show_databases(const Context& context, const Statement& statement) {
  ResultRows out;
  columns(out, {"Database"}, kShort);
  const bool administers = holds(context, "CREATE DATABASE");
  std::set<std::string> names{"information_schema"};
  if (administers) names.insert("sys");
  const auto catalog = context.view.catalog();
  const bool root = context.session.active_roles.contains("root");
  for (const std::string& name : catalog->databases)
    if (root || (administers && name != "_statistics_")) names.insert(name);
  for (const std::string& name : names)
    if (like(name, statement.name)) out.rows.push_back({name});
  return out;
}

StatementResult show_grants(const Context& context, const Statement& statement) {
  const std::string name = statement.name.empty() ? context.session.user : statement.name;
  if (name != context.session.user)
    if (auto refusal = refuse_without(context, {"GRANT"})) return *refusal;
  ResultRows out;
  columns(out, {"UserIdentity"}, 300);
  columns(out, {"Catalog", "Grants"}, 1200);
  const auto catalog = context.view.catalog();
  const auto found = catalog->users.find(name);
  if (found == catalog->users.end()) return analysing_error("cannot find user '" + name + "'@'%'");
  const std::string user = "'" + name + "'@'%'";
  std::string roles;
  for (const std::string& role : found->second.roles)
    roles += (roles.empty() ? "'" : ", '") + role + "'";
  if (!roles.empty()) out.rows.push_back({user, std::nullopt, "GRANT " + roles + " TO " + user});
  std::string privileges;
  for (const std::string& privilege : found->second.privileges)
    privileges += (privileges.empty() ? "" : ", ") + privilege;
  if (!privileges.empty()) {
    out.rows.push_back(
        {user, "default_catalog", "GRANT " + privileges + " ON SYSTEM TO USER " + user});
  }
  return out;
}

}  // namespace

StatementResult show_proc(Context& context, const Statement& statement) {
  if (auto refusal = refuse(context, statement)) return *refusal;
  if (statement.name == "/frontends") return show_frontends(context);
  if (statement.name == "/backends") return show_nodes(context, NodeKind::kBackend);
  if (statement.name == "/compute_nodes") return show_nodes(context, NodeKind::kComputeNode);
  return plain_error("Proc path '" + statement.name + "' doesn't exist");
}

StatementResult show_other(Context& context, const Statement& statement) {
  if (statement.kind == StatementKind::kShowBlacklist) return show_blacklist(context, statement);
  if (statement.kind == StatementKind::kShowRunningQueries) return show_running_queries();
  if (statement.kind == StatementKind::kShowProcesslist) return show_processlist(context);
  if (statement.kind == StatementKind::kShowVariables) return show_variables(context, statement);
  if (statement.kind == StatementKind::kShowWarehouses) return show_warehouses(context, statement);
  if (statement.kind == StatementKind::kShowWarehouseNodes)
    return show_warehouse_nodes(context, statement);
  if (statement.kind == StatementKind::kShowDatabases) return show_databases(context, statement);
  return show_grants(context, statement);
}

}  // namespace srsim
