#include <map>

#include "dialect.h"

// Session and global variables, SET and SET ROLE. Only the variables that a membership client or a
// MySQL driver asks for are known.

namespace srsim {
namespace {

const std::map<std::string, std::string>& fixed() {
  static const std::map<std::string, std::string> all{{"activate_all_roles_on_login", "false"},
                                                      {"auto_increment_increment", "1"},
                                                      {"autocommit", "true"},
                                                      {"character_set_client", "utf8"},
                                                      {"character_set_connection", "utf8"},
                                                      {"character_set_results", "utf8"},
                                                      {"character_set_server", "utf8"},
                                                      {"collation_connection", "utf8_general_ci"},
                                                      {"collation_server", "utf8_general_ci"},
                                                      {"forward_to_leader", "false"},
                                                      {"init_connect", ""},
                                                      {"interactive_timeout", "3600"},
                                                      {"license", "Apache License 2.0"},
                                                      {"lower_case_table_names", "0"},
                                                      {"max_allowed_packet", "33554432"},
                                                      {"net_buffer_length", "16384"},
                                                      {"net_read_timeout", "60"},
                                                      {"net_write_timeout", "60"},
                                                      {"query_timeout", "300"},
                                                      {"sql_mode", "ONLY_FULL_GROUP_BY"},
                                                      {"sql_select_limit", "9223372036854775807"},
                                                      {"system_time_zone", "Etc/UTC"},
                                                      {"time_zone", "Etc/UTC"},
                                                      {"tx_isolation", "REPEATABLE-READ"},
                                                      {"wait_timeout", "28800"}};
  return all;
}

std::optional<std::string> built_in(const Profile& profile, const std::string& name) {
  if (name == "version") return profile.server_version;
  if (name == "version_comment") return profile.build;
  const auto found = fixed().find(name);
  return found == fixed().end() ? std::nullopt : std::optional(found->second);
}

bool read_only(const std::string& name) {
  return name == "version" || name == "version_comment" || name == "system_time_zone" ||
         name == "license";
}

std::optional<SqlError> set_one(Context& context,
                                const Statement& statement,
                                const std::string& name,
                                const std::string& value) {
  if (name.starts_with('@')) return std::nullopt;  // a user variable
  if (!built_in(context.profile, name)) {
    return SqlError{
        .message = "Unknown system variable '" + name + "'", .code = 1193, .sqlstate = "HY000"};
  }
  if (read_only(name)) {
    return SqlError{.message = "Variable '" + name + "' is a read only variable",
                    .code = 1238,
                    .sqlstate = "HY000"};
  }
  if (name == "time_zone" && !zone_offset_minutes(value)) {
    return SqlError{.message = "Unknown or incorrect time zone: '" + value + "'",
                    .code = 1298,
                    .sqlstate = "HY000"};
  }
  if (statement.global)
    if (auto error = commit(context, entry::set_global(name, value))) return error;
  context.session.variables[name] = value;
  return std::nullopt;
}

std::set<std::string> wanted_roles(const Context& context, const Statement& statement) {
  const auto catalog = context.view.catalog();
  const auto user = catalog->users.find(context.session.user);
  if (user == catalog->users.end() || statement.value == "NONE") return {};
  if (statement.value == "ALL") return user->second.roles;
  if (statement.value == "DEFAULT") return user->second.default_roles;
  return {statement.names.begin(), statement.names.end()};
}

StatementResult set_role(Context& context, const Statement& statement) {
  const auto wanted = wanted_roles(context, statement);
  const auto catalog = context.view.catalog();
  const auto user = catalog->users.find(context.session.user);
  for (const std::string& role : wanted) {
    if (user == catalog->users.end() || !user->second.roles.contains(role)) {
      return analysing_error("Role " + role + " is not granted to '" + context.session.user +
                             "'@'%'");
    }
  }
  context.session.active_roles = wanted;
  return ResultOk{};
}

}  // namespace

std::map<std::string, std::string> variables(const Context& context, bool global) {
  auto all = fixed();
  for (const char* name : {"version", "version_comment"})
    all[name] = *built_in(context.profile, name);
  const auto catalog = context.view.catalog();
  for (const auto& [name, value] : catalog->global_variables)
    all[name] = value;
  if (!global) {
    for (const auto& [name, value] : context.session.variables)
      all[name] = value;
  }
  return all;
}

std::optional<std::string> variable(const Context& context, const std::string& name) {
  const auto& own = context.session.variables;
  if (const auto found = own.find(name); found != own.end()) return found->second;
  const auto catalog = context.view.catalog();
  const auto& all = catalog->global_variables;
  if (const auto found = all.find(name); found != all.end()) return found->second;
  return built_in(context.profile, name);
}

StatementResult run_set(Context& context, const Statement& statement) {
  if (statement.kind == StatementKind::kSetRole) return set_role(context, statement);
  for (const auto& [name, value] : statement.properties)
    if (auto error = set_one(context, statement, name, value)) return *error;
  return ResultOk{};
}

}  // namespace srsim
