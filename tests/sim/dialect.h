#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node_view.h"
#include "sql_parser.h"
#include "statements.h"

// What the parts of the SQL dialect share. Private to the dialect.

namespace srsim {

/// One statement under execution on this FE.
struct Context {
  Session& session;
  NodeView& view;
  const Profile& profile;
};

// Errors (error_texts.cc).
[[nodiscard]] SqlError plain_error(std::string text);
/// The analyzer's wrapper: `Getting analyzing error. Detail message: <text>.`
[[nodiscard]] SqlError analysing_error(const std::string& text);
/// A DDL error: prefixed as the version does.
[[nodiscard]] SqlError ddl_error(const Profile& profile, const std::string& text);
/// An error thrown at run time that is no DDL error.
[[nodiscard]] SqlError runtime_error(const Profile& profile, const std::string& text);
[[nodiscard]] SqlError unknown_warehouse(const Profile& profile, const std::string& name);
[[nodiscard]] SqlError unknown_database(const Profile& profile, const std::string& name);

// Privileges (privileges.cc).
/// The refusal if `context`'s session holds none of the SYSTEM privileges.
[[nodiscard]] std::optional<SqlError> refuse_without(const Context& context,
                                                     const std::vector<std::string>& any_of);
/// Refusal of `statement` for want of a privilege, if any.
[[nodiscard]] std::optional<SqlError> refuse(const Context& context, const Statement& statement);
[[nodiscard]] bool holds(const Context& context, const std::string& privilege);
/// `[a, b]` or NONE.
[[nodiscard]] std::string role_text(const std::set<std::string>& roles);

// Statements, by family. Each answers for this FE alone (forwarding is decided before).
[[nodiscard]] StatementResult run_frontend_ddl(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_node_ddl(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_warehouse_ddl(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_decommission(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_modify_host(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_blacklist(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_table_ddl(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_user_ddl(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_set(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_config(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_select(Context& context, const Statement& statement);
[[nodiscard]] StatementResult run_kill(Context& context, const Statement& statement);

[[nodiscard]] StatementResult show_frontends(Context& context);
[[nodiscard]] StatementResult show_nodes(Context& context, NodeKind kind);
[[nodiscard]] StatementResult show_proc(Context& context, const Statement& statement);
[[nodiscard]] StatementResult show_other(Context& context, const Statement& statement);

// Values.
/// `YYYY-MM-DD hh:mm:ss` in the session's zone; empty for 0. `of_nodes` are the times of SHOW
/// FRONTENDS, BACKENDS and COMPUTE NODES, which main prints in UTC+8 always.
[[nodiscard]] std::optional<std::string> show_time(const Context& context,
                                                   Millis time,
                                                   bool of_nodes);
[[nodiscard]] std::string format_time(Millis time, int offset_minutes);
/// Offset of a time zone text ("+08:00", "UTC", "Asia/Shanghai"), if known.
[[nodiscard]] std::optional<int> zone_offset_minutes(const std::string& zone);
/// SQL LIKE with % and _, case-insensitive.
[[nodiscard]] bool like(std::string_view text, std::string_view pattern);
/// Value of a session, global or built-in variable (lower case).
[[nodiscard]] std::optional<std::string> variable(const Context& context, const std::string& name);
/// All variables by name.
[[nodiscard]] std::map<std::string, std::string> variables(const Context& context, bool global);
/// Present value of a mutable or fixed FE configuration key.
[[nodiscard]] std::optional<std::string> config_value(const NodeView& view,
                                                      const Catalog& catalog,
                                                      const std::string& key);
/// `Backend node not found. ...` with the list of BEs.
[[nodiscard]] SqlError backend_not_found(const Context& context);

/// Commits, or gives the error to answer with.
[[nodiscard]] std::optional<SqlError> commit(Context& context, const JournalEntry& change);

}  // namespace srsim
