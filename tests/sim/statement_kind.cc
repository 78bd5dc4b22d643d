#include "dialect.h"
#include "statements.h"

namespace srsim {
namespace {

bool computes(const Statement& statement) {
  return statement.node_kind == NodeKind::kComputeNode;
}

bool follows(const Statement& statement) {
  return statement.role == FeRole::kFollower;
}

std::string word(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kAddFrontend:
      return follows(statement) ? "add_follower" : "add_observer";
    case StatementKind::kDropFrontend:
      return follows(statement) ? "drop_follower" : "drop_observer";
    case StatementKind::kModifyFrontendHost:
      return "modify_frontend_host";
    case StatementKind::kModifyBackendHost:
      return "modify_backend_host";
    case StatementKind::kAddNodes:
      return computes(statement) ? "add_compute_node" : "add_backend";
    case StatementKind::kDropNodes:
      return computes(statement) ? "drop_compute_node" : "drop_backend";
    case StatementKind::kDecommission:
      return "decommission";
    case StatementKind::kCancelDecommission:
      return "cancel_decommission";
    case StatementKind::kAddBlacklist:
      return "add_blacklist";
    case StatementKind::kDeleteBlacklist:
      return "delete_blacklist";
    case StatementKind::kShowBlacklist:
      return "show_blacklist";
    case StatementKind::kShowFrontends:
      return "show_frontends";
    case StatementKind::kShowNodes:
      return computes(statement) ? "show_compute_nodes" : "show_backends";
    case StatementKind::kShowProc:
      return "show_proc";
    case StatementKind::kShowRunningQueries:
    case StatementKind::kShowProcesslist:
    case StatementKind::kShowVariables:
    case StatementKind::kShowWarehouses:
    case StatementKind::kShowWarehouseNodes:
    case StatementKind::kShowDatabases:
    case StatementKind::kShowGrants:
    case StatementKind::kAdminShowConfig:
      return "show";
    case StatementKind::kSelect:
      return "select";
    case StatementKind::kSetVariables:
    case StatementKind::kSetRole:
    case StatementKind::kUse:
      return "set";
    case StatementKind::kSetDefaultRole:
    case StatementKind::kSetPassword:
    case StatementKind::kCreateUser:
    case StatementKind::kAlterUser:
    case StatementKind::kDropUser:
    case StatementKind::kGrantPrivileges:
    case StatementKind::kGrantRoles:
    case StatementKind::kRevokePrivileges:
    case StatementKind::kRevokeRoles:
      return "user";
    case StatementKind::kModifyBackendLocation:
    case StatementKind::kCreateImage:
    case StatementKind::kWarehouseDdl:
    case StatementKind::kCnGroupDdl:
    case StatementKind::kAdminSetConfig:
    case StatementKind::kCreateDatabase:
    case StatementKind::kDropDatabase:
    case StatementKind::kCreateTable:
    case StatementKind::kDropTable:
      return "ddl";
    case StatementKind::kKill:
    case StatementKind::kKillQuery:
      return "other";
  }
  return "other";
}

}  // namespace

std::string statement_kind(const Profile& profile, std::string_view sql) {
  const auto parsed = parse_sql(profile, sql);
  const auto* all = std::get_if<std::vector<Statement>>(&parsed);
  return all == nullptr || all->empty() ? "other" : word(all->front());
}

}  // namespace srsim
