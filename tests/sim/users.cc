#include <algorithm>
#include <array>

#include "dialect.h"

// CREATE/ALTER/DROP USER, GRANT, REVOKE, SET DEFAULT ROLE, SET PASSWORD.

namespace srsim {
namespace {

using Lock = std::unique_lock<DdlLock>;

constexpr std::array<std::string_view, 6> kBuiltInRoles{
    "root", "cluster_admin", "db_admin", "user_admin", "public", "security_admin"};

std::string quoted(const std::string& user) {
  return "'" + user + "'@'%'";
}

std::optional<User> find_user(const Context& context, const std::string& name) {
  const auto catalog = context.view.catalog();
  const auto found = catalog->users.find(name);
  return found == catalog->users.end() ? std::nullopt : std::optional(found->second);
}

StatementResult store(Context& context, const User& user) {
  if (auto error = commit(context, entry::put_user(user))) return *error;
  return ResultOk{};
}

std::string hash_of(const Statement& statement) {
  return statement.plain_password ? native_password_hash(statement.value) : statement.value;
}

StatementResult create(Context& context, const Statement& statement) {
  if (find_user(context, statement.name)) {
    if (statement.if_exists) return ResultOk{};
    return analysing_error("Operation CREATE USER failed for " + quoted(statement.name) +
                           " : user already exists");
  }
  User user{.name = statement.name, .password_hash = hash_of(statement)};
  user.roles = {statement.names.begin(), statement.names.end()};
  user.default_roles = user.roles;
  return store(context, user);
}

SqlError no_such_user(const std::string& name) {
  return analysing_error("cannot find user " + quoted(name));
}

StatementResult drop(Context& context, const Statement& statement) {
  if (!find_user(context, statement.name)) {
    if (statement.if_exists) return ResultOk{};
    return no_such_user(statement.name);
  }
  if (auto error = commit(context, entry::drop_user(statement.name))) return *error;
  return ResultOk{};
}

std::optional<SqlError> refuse_names(const Statement& statement) {
  for (const std::string& name : statement.names) {
    const bool privilege = statement.kind == StatementKind::kGrantPrivileges ||
                           statement.kind == StatementKind::kRevokePrivileges;
    if (privilege && name == "NODE") {
      return analysing_error(
          "Operation not permitted, 'NODE' cannot be granted to user or role directly, use "
          "built-in role instead");
    }
    if (!privilege && std::ranges::find(kBuiltInRoles, name) == kBuiltInRoles.end())
      return analysing_error("cannot find role " + name);
  }
  return std::nullopt;
}

StatementResult grant(Context& context, const Statement& statement) {
  if (auto error = refuse_names(statement)) return *error;
  auto user = find_user(context, statement.name);
  if (!user) return no_such_user(statement.name);
  const bool roles =
      statement.kind == StatementKind::kGrantRoles || statement.kind == StatementKind::kRevokeRoles;
  const bool gives = statement.kind == StatementKind::kGrantRoles ||
                     statement.kind == StatementKind::kGrantPrivileges;
  auto& set = roles ? user->roles : user->privileges;
  for (const std::string& name : statement.names) {
    if (gives) {
      set.insert(name);
    } else {
      set.erase(name);
    }
    if (roles && !gives) user->default_roles.erase(name);
  }
  return store(context, *user);
}

StatementResult set_default_role(Context& context, const Statement& statement) {
  auto user = find_user(context, statement.name);
  if (!user) return no_such_user(statement.name);
  for (const std::string& role : statement.names) {
    if (!user->roles.contains(role))
      return analysing_error("Role " + role + " is not granted to " + quoted(statement.name));
  }
  if (statement.value == "ALL") {
    user->default_roles = user->roles;
  } else {
    user->default_roles = {statement.names.begin(), statement.names.end()};
  }
  return store(context, *user);
}

StatementResult set_password(Context& context, const Statement& statement) {
  const std::string name = statement.name.empty() ? context.session.user : statement.name;
  auto user = find_user(context, name);
  if (!user) return no_such_user(name);
  user->password_hash = hash_of(statement);
  return store(context, *user);
}

/// Everybody may change the own password and default roles; the rest needs a privilege.
std::optional<SqlError> refuse_user_ddl(const Context& context, const Statement& statement) {
  const bool own = statement.name.empty() || statement.name == context.session.user;
  const bool self_service = statement.kind == StatementKind::kSetPassword ||
                            statement.kind == StatementKind::kSetDefaultRole;
  if (self_service && own) return std::nullopt;
  return refuse_without(context, {"GRANT"});
}

}  // namespace

StatementResult run_user_ddl(Context& context, const Statement& statement) {
  if (auto refusal = refuse_user_ddl(context, statement)) return *refusal;
  const Lock lock(context.view.ddl_lock());
  if (statement.kind == StatementKind::kCreateUser) return create(context, statement);
  if (statement.kind == StatementKind::kDropUser) return drop(context, statement);
  if (statement.kind == StatementKind::kSetDefaultRole) return set_default_role(context, statement);
  if (statement.kind == StatementKind::kSetPassword || statement.kind == StatementKind::kAlterUser)
    return set_password(context, statement);
  return grant(context, statement);
}

}  // namespace srsim
