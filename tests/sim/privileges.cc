#include <algorithm>
#include <array>

#include "dialect.h"

namespace srsim {
namespace {

/// SYSTEM privileges of the built-in roles, as far as the simulator's statements ask for them.
struct RoleGrant {
  std::string_view role;
  std::string_view privilege;
};

constexpr std::array<RoleGrant, 9> kRoleGrants{{
    {"cluster_admin", "NODE"},
    {"cluster_admin", "CREATE WAREHOUSE"},
    {"db_admin", "OPERATE"},
    {"db_admin", "BLACKLIST"},
    {"db_admin", "CREATE DATABASE"},
    {"security_admin", "OPERATE"},
    {"security_admin", "SECURITY"},
    {"user_admin", "GRANT"},
    {"user_admin", "CREATE USER"},
}};

bool role_holds(const std::string& role, std::string_view privilege) {
  return role == "root" || std::ranges::any_of(kRoleGrants, [&](const RoleGrant& grant) {
           return grant.role == role && grant.privilege == privilege;
         });
}

const User* user_of(const Catalog& catalog, const std::string& name) {
  const auto found = catalog.users.find(name);
  return found == catalog.users.end() ? nullptr : &found->second;
}

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "" : separator) + word;
  return out;
}

std::string hint(const Context& context) {
  const auto catalog = context.view.catalog();
  std::set<std::string> inactive;
  if (const User* user = user_of(*catalog, context.session.user)) {
    std::ranges::set_difference(
        user->roles, context.session.active_roles, std::inserter(inactive, inactive.end()));
  }
  return ". Please ask the admin to grant permission(s) or try activating existing roles using "
         "<set [default] role>. Current role(s): " +
         role_text(context.session.active_roles) + ". Inactivated role(s): " + role_text(inactive) +
         ".";
}

std::vector<std::string> needed(const Statement& statement) {
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
      return {"NODE"};
    case StatementKind::kShowFrontends:
    case StatementKind::kShowNodes:
      return {"OPERATE", "NODE"};
    case StatementKind::kShowProc:
    case StatementKind::kAdminSetConfig:
    case StatementKind::kAdminShowConfig:
      return {"OPERATE"};
    case StatementKind::kAddBlacklist:
    case StatementKind::kDeleteBlacklist:
    case StatementKind::kShowBlacklist:
      return {"BLACKLIST"};
    case StatementKind::kCreateUser:
    case StatementKind::kAlterUser:
    case StatementKind::kDropUser:
    case StatementKind::kGrantPrivileges:
    case StatementKind::kGrantRoles:
    case StatementKind::kRevokePrivileges:
    case StatementKind::kRevokeRoles:
      return {"GRANT"};
    case StatementKind::kCreateDatabase:
    case StatementKind::kDropDatabase:
    case StatementKind::kCreateTable:
    case StatementKind::kDropTable:
      return {"CREATE DATABASE"};
    case StatementKind::kWarehouseDdl:
    case StatementKind::kCnGroupDdl:
      return {"CREATE WAREHOUSE"};
    case StatementKind::kShowRunningQueries:
    case StatementKind::kShowProcesslist:
    case StatementKind::kShowVariables:
    case StatementKind::kShowWarehouses:
    case StatementKind::kShowWarehouseNodes:
    case StatementKind::kShowDatabases:
    case StatementKind::kShowGrants:
    case StatementKind::kSelect:
    case StatementKind::kUse:
    case StatementKind::kSetVariables:
    case StatementKind::kSetRole:
    case StatementKind::kSetDefaultRole:
    case StatementKind::kSetPassword:
    case StatementKind::kKill:
    case StatementKind::kKillQuery:
      return {};
  }
  return {};
}

}  // namespace

std::string role_text(const std::set<std::string>& roles) {
  if (roles.empty()) return "NONE";
  return "[" + joined({roles.begin(), roles.end()}, ", ") + "]";
}

bool holds(const Context& context, const std::string& privilege) {
  const auto catalog = context.view.catalog();
  const User* user = user_of(*catalog, context.session.user);
  if (user != nullptr && user->privileges.contains(privilege)) return true;
  return std::ranges::any_of(context.session.active_roles,
                             [&](const std::string& role) { return role_holds(role, privilege); });
}

std::optional<SqlError> refuse_without(const Context& context,
                                       const std::vector<std::string>& any_of) {
  if (any_of.empty() || std::ranges::any_of(any_of, [&](const std::string& privilege) {
        return holds(context, privilege);
      })) {
    return std::nullopt;
  }
  const Profile& profile = context.profile;
  std::string text = "Access denied; you need (at least one of) the " +
                     joined(any_of, profile.or_separator ? " OR " : "/") + " privilege(s)";
  if (profile.access_denied_on_system) text += " on SYSTEM";
  text += " for this operation";
  if (profile.access_denied_hint) text += hint(context);
  return SqlError{.message = text,
                  .code = static_cast<std::uint16_t>(profile.access_denied_code),
                  .sqlstate = "42000"};
}

std::optional<SqlError> refuse(const Context& context, const Statement& statement) {
  return refuse_without(context, needed(statement));
}

}  // namespace srsim
