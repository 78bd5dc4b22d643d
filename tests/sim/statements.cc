#include "statements.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dialect.h"

namespace srsim {
namespace {

enum class Where { kLocal, kLeader, kLeaderThenWait };

constexpr std::array<std::string_view, 5> kPaths{
    "/cluster_balance", "/routine_loads", "/transactions", "/compactions", "/replications"};

/// Paths of SHOW PROC that always go to the leader (docs/starrocks.md section 2.7).
bool leader_path(const std::string& path) {
  return std::ranges::any_of(kPaths, [&](std::string_view p) { return path.starts_with(p); });
}

Where where(const Context& context, const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kAddFrontend:
    case StatementKind::kDropFrontend:
    case StatementKind::kModifyFrontendHost:
    case StatementKind::kModifyBackendHost:
    case StatementKind::kModifyBackendLocation:
    case StatementKind::kAddNodes:
    case StatementKind::kDropNodes:
    case StatementKind::kDecommission:
    case StatementKind::kCancelDecommission:
    case StatementKind::kCreateImage:
    case StatementKind::kAdminSetConfig:
    case StatementKind::kWarehouseDdl:
    case StatementKind::kCnGroupDdl:
    case StatementKind::kSetDefaultRole:
    case StatementKind::kSetPassword:
    case StatementKind::kCreateUser:
    case StatementKind::kAlterUser:
    case StatementKind::kDropUser:
    case StatementKind::kGrantPrivileges:
    case StatementKind::kGrantRoles:
    case StatementKind::kRevokePrivileges:
    case StatementKind::kRevokeRoles:
    case StatementKind::kCreateDatabase:
    case StatementKind::kDropDatabase:
    case StatementKind::kCreateTable:
    case StatementKind::kDropTable:
      return Where::kLeaderThenWait;
    case StatementKind::kShowFrontends:
    case StatementKind::kShowNodes:
    case StatementKind::kShowRunningQueries:
      return Where::kLeader;
    case StatementKind::kShowProc:
      return leader_path(statement.name) || variable(context, "forward_to_leader") == "true"
                 ? Where::kLeader
                 : Where::kLocal;
    case StatementKind::kSelect:
      return context.view.can_read() ? Where::kLocal : Where::kLeader;
    case StatementKind::kSetVariables:
      return statement.global ? Where::kLeaderThenWait : Where::kLocal;
    case StatementKind::kAddBlacklist:
    case StatementKind::kDeleteBlacklist:
    case StatementKind::kShowBlacklist:
    case StatementKind::kShowProcesslist:
    case StatementKind::kShowVariables:
    case StatementKind::kShowWarehouses:
    case StatementKind::kShowWarehouseNodes:
    case StatementKind::kShowDatabases:
    case StatementKind::kShowGrants:
    case StatementKind::kAdminShowConfig:
    case StatementKind::kUse:
    case StatementKind::kSetRole:
    case StatementKind::kKill:
    case StatementKind::kKillQuery:
      return Where::kLocal;
  }
  return Where::kLocal;
}

StatementResult run_use(Context& context, const Statement& statement) {
  const bool known = context.view.catalog()->databases.contains(statement.name) ||
                     statement.name == "information_schema" || statement.name == "sys";
  if (!known) return unknown_database(context.profile, statement.name);
  context.session.db = statement.name;
  return ResultOk{};
}

StatementResult run_local(Context& context, const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kAddFrontend:
    case StatementKind::kDropFrontend:
      return run_frontend_ddl(context, statement);
    case StatementKind::kModifyFrontendHost:
    case StatementKind::kModifyBackendHost:
      return run_modify_host(context, statement);
    case StatementKind::kAddNodes:
    case StatementKind::kDropNodes:
    case StatementKind::kModifyBackendLocation:
      return run_node_ddl(context, statement);
    case StatementKind::kDecommission:
    case StatementKind::kCancelDecommission:
      return run_decommission(context, statement);
    case StatementKind::kCreateImage:
      if (auto refusal = refuse(context, statement)) return *refusal;
      context.view.create_image();
      return ResultOk{};
    case StatementKind::kAddBlacklist:
    case StatementKind::kDeleteBlacklist:
      return run_blacklist(context, statement);
    case StatementKind::kShowFrontends:
      if (auto refusal = refuse(context, statement)) return *refusal;
      return show_frontends(context);
    case StatementKind::kShowNodes:
      if (auto refusal = refuse(context, statement)) return *refusal;
      return show_nodes(context, statement.node_kind);
    case StatementKind::kShowProc:
      return show_proc(context, statement);
    case StatementKind::kShowBlacklist:
    case StatementKind::kShowRunningQueries:
    case StatementKind::kShowProcesslist:
    case StatementKind::kShowVariables:
    case StatementKind::kShowWarehouses:
    case StatementKind::kShowWarehouseNodes:
    case StatementKind::kShowDatabases:
    case StatementKind::kShowGrants:
      return show_other(context, statement);
    case StatementKind::kWarehouseDdl:
    case StatementKind::kCnGroupDdl:
      return run_warehouse_ddl(context, statement);
    case StatementKind::kAdminSetConfig:
    case StatementKind::kAdminShowConfig:
      return run_config(context, statement);
    case StatementKind::kSelect:
      return run_select(context, statement);
    case StatementKind::kUse:
      return run_use(context, statement);
    case StatementKind::kSetVariables:
    case StatementKind::kSetRole:
      return run_set(context, statement);
    case StatementKind::kSetDefaultRole:
    case StatementKind::kSetPassword:
    case StatementKind::kCreateUser:
    case StatementKind::kAlterUser:
    case StatementKind::kDropUser:
    case StatementKind::kGrantPrivileges:
    case StatementKind::kGrantRoles:
    case StatementKind::kRevokePrivileges:
    case StatementKind::kRevokeRoles:
      return run_user_ddl(context, statement);
    case StatementKind::kCreateDatabase:
    case StatementKind::kDropDatabase:
    case StatementKind::kCreateTable:
    case StatementKind::kDropTable:
      return run_table_ddl(context, statement);
    case StatementKind::kKill:
    case StatementKind::kKillQuery:
      return run_kill(context, statement);
  }
  return ResultOk{};
}

StatementResult run_forwarded(Context& context, const Statement& statement, bool wait) {
  const Session& session = context.session;
  const ForwardRequest request{
      .sql = statement.sql,
      .user = session.user,
      .active_roles = {session.active_roles.begin(), session.active_roles.end()},
      .db = session.db,
      .time_zone = variable(context, "time_zone").value_or(""),
      .wait_for_journal = wait};
  SqlResult answer = context.view.forward(request);
  if (answer.results.empty()) return plain_error("Unknown error");
  StatementResult result = std::move(answer.results.back());
  // A relayed result set has lost its column lengths: every column is VARCHAR(64).
  if (auto* rows = std::get_if<ResultRows>(&result)) {
    for (Column& column : rows->columns)
      column = Column{.name = column.name};
  }
  return result;
}

StatementResult run_one(Context& context, const Statement& statement) {
  if (context.view.is_leader()) return run_local(context, statement);
  const Where place = where(context, statement);
  if (place == Where::kLocal) return run_local(context, statement);
  return run_forwarded(context, statement, place == Where::kLeaderThenWait);
}

}  // namespace

Session open_session(const Catalog& catalog, const std::string& user) {
  Session session;
  session.user = user;
  const auto found = catalog.users.find(user);
  if (found == catalog.users.end()) return session;
  const auto all = catalog.global_variables.find("activate_all_roles_on_login");
  const bool activate_all = all != catalog.global_variables.end() && all->second == "true";
  session.active_roles = activate_all ? found->second.roles : found->second.default_roles;
  return session;
}

SqlResult execute(Session& session, NodeView& view, std::string_view sql) {
  auto parsed = parse_sql(view.profile(), sql);
  if (auto* error = std::get_if<SqlError>(&parsed)) return to_result(std::move(*error));
  Context context{.session = session, .view = view, .profile = view.profile()};
  SqlResult result;
  for (const Statement& statement : std::get<std::vector<Statement>>(parsed)) {
    result.results.push_back(run_one(context, statement));
    if (first_error(result) != nullptr) break;
  }
  return result;
}

SqlResult execute_forwarded(const ForwardRequest& request, NodeView& view) {
  Session session;
  session.user = request.user;
  session.db = request.db;
  session.active_roles = {request.active_roles.begin(), request.active_roles.end()};
  if (!request.time_zone.empty()) session.variables["time_zone"] = request.time_zone;
  return execute(session, view, request.sql);
}

}  // namespace srsim
