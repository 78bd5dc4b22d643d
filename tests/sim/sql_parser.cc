#include "sql_parser.h"

#include "sql_parser_parts.h"

namespace srsim {
namespace {

/// Words of the grammar's statements for the text of an empty COM_QUERY, as recorded.
constexpr const char* kEmptyHint = "'EXPORT', 'REVOKE', 'RECOVER', 'REFRESH', 'RESTORE', '(', ';'";
constexpr const char* kEnd = "<EOF>, ';'";

std::vector<std::string> host_ports(SqlCursor& in) {
  std::vector<std::string> all{in.expect_string()};
  while (in.accept(","))
    all.push_back(in.expect_string());
  return all;
}

void warehouse(SqlCursor& in, std::string_view preposition, Statement& out) {
  if (!in.profile().warehouse_clause || !in.accept({preposition, "WAREHOUSE"})) return;
  out.warehouse = in.expect_name();
  if (in.profile().cngroup_clause && in.accept("CNGROUP")) {
    out.cngroup = in.expect_name();
  }
}

/// ALTER SYSTEM {ADD|DROP} ...
void add_or_drop(SqlCursor& in, bool add, Statement& out) {
  const std::size_t verb = in.position() - 1;
  if (in.accept("FOLLOWER") || in.accept("OBSERVER")) {
    out.role =
        in.token(in.position() - 1).text == "FOLLOWER" ? FeRole::kFollower : FeRole::kObserver;
    out.kind = add ? StatementKind::kAddFrontend : StatementKind::kDropFrontend;
    out.names = {in.expect_string()};
    return;
  }
  if (in.accept({"COMPUTE", "NODE"})) {
    out.node_kind = NodeKind::kComputeNode;
  } else if (!in.accept("BACKEND")) {
    in.not_viable(verb);
  }
  out.kind = add ? StatementKind::kAddNodes : StatementKind::kDropNodes;
  out.names = host_ports(in);
  warehouse(in, add ? "INTO" : "FROM", out);
  if (!add && out.node_kind == NodeKind::kBackend) out.force = in.accept("FORCE");
}

void modify(SqlCursor& in, Statement& out) {
  const std::size_t verb = in.position() - 1;
  const bool frontend = in.accept("FRONTEND");
  if (!frontend && !in.accept("BACKEND")) in.not_viable(verb);
  if (!frontend && in.profile().location_clause && in.peek().kind == TokenKind::kString) {
    out.kind = StatementKind::kModifyBackendLocation;
    out.names = {in.expect_string()};
    in.expect("SET");
    out.properties = parse_properties(in);
    return;
  }
  out.kind = frontend ? StatementKind::kModifyFrontendHost : StatementKind::kModifyBackendHost;
  in.expect("HOST");
  out.name = in.expect_string();
  in.expect("TO");
  out.value = in.expect_string();
}

void alter_system(SqlCursor& in, Statement& out) {
  if (in.accept("ADD")) return add_or_drop(in, true, out);
  if (in.accept("DROP")) return add_or_drop(in, false, out);
  if (in.accept("MODIFY")) return modify(in, out);
  if (in.accept("DECOMMISSION")) {
    if (!in.accept("BACKEND")) in.not_viable(in.position() - 1);
    out.kind = StatementKind::kDecommission;
    out.names = host_ports(in);
    return;
  }
  if (in.accept({"CREATE", "IMAGE"})) {
    out.kind = StatementKind::kCreateImage;
    return;
  }
  if (in.accept({"CANCEL", "DECOMMISSION"})) in.unexpected("'DISK'");
  if (in.at_end()) in.not_viable(in.position() - 2);
  in.unexpected(kEnd);
}

void alter(SqlCursor& in, Statement& out) {
  const std::size_t verb = in.position() - 1;
  if (in.accept("SYSTEM")) return alter_system(in, out);
  if (in.accept("USER")) return parse_user_statement(in, StatementKind::kAlterUser, out);
  if (in.profile().warehouse_clause && in.accept("WAREHOUSE")) {
    out.warehouse = in.expect_name();
    const bool change = in.accept("ADD") || in.accept("DROP") || in.accept("MODIFY");
    if (!change || !in.accept("CNGROUP")) in.unexpected("'CNGROUP'");
    out.if_exists = in.accept({"IF", "NOT", "EXISTS"});
    out.cngroup = in.expect_name();
    out.kind = StatementKind::kCnGroupDdl;
    return;
  }
  in.not_viable(verb);
}

/// {ADD|DELETE} {BACKEND|COMPUTE NODE} BLACKLIST id, ...
void blacklist(SqlCursor& in, StatementKind kind, Statement& out) {
  const std::size_t verb = in.position() - 1;
  const Profile& profile = in.profile();
  if (profile.compute_node_blacklist && in.accept({"COMPUTE", "NODE", "BLACKLIST"})) {
    out.node_kind = NodeKind::kComputeNode;
  } else if (!profile.backend_blacklist || !in.accept({"BACKEND", "BLACKLIST"})) {
    in.not_viable(verb);
  }
  out.kind = kind;
  out.ids = {in.expect_number()};
  while (in.accept(","))
    out.ids.push_back(in.expect_number());
}

void admin(SqlCursor& in, Statement& out) {
  const std::size_t verb = in.position() - 1;
  if (in.accept({"SET", "FRONTEND", "CONFIG"})) {
    out.kind = StatementKind::kAdminSetConfig;
    out.properties = parse_properties(in);
    return;
  }
  if (in.accept({"SHOW", "FRONTEND", "CONFIG"})) {
    out.kind = StatementKind::kAdminShowConfig;
    if (in.accept("LIKE")) out.name = in.expect_string();
    return;
  }
  in.not_viable(verb);
}

void kill(SqlCursor& in, Statement& out) {
  const bool query = in.accept("QUERY");
  if (!query) static_cast<void>(in.accept("CONNECTION"));
  if (query && in.profile().kill_query_by_id && in.peek().kind == TokenKind::kString) {
    out.kind = StatementKind::kKillQuery;
    out.name = in.expect_string();
    return;
  }
  out.kind = query ? StatementKind::kKillQuery : StatementKind::kKill;
  out.ids = {in.expect_number()};
}

/// SUSPEND, RESUME, CREATE and DROP WAREHOUSE: in the grammar, never implemented.
void warehouse_ddl(SqlCursor& in, Statement& out) {
  const std::size_t verb = in.position() - 1;
  if (!in.profile().warehouse_clause || !in.accept("WAREHOUSE")) in.not_viable(verb);
  out.kind = StatementKind::kWarehouseDdl;
  while (!in.at_end())
    in.take();
}

void cancel(SqlCursor& in, Statement& out) {
  if (!in.accept({"DECOMMISSION", "BACKEND"})) in.not_viable(in.position() - 1);
  out.kind = StatementKind::kCancelDecommission;
  out.names = host_ports(in);
}

void statement(SqlCursor& in, Statement& out) {
  if (in.accept("SHOW")) return parse_show(in, out);
  if (in.accept("SELECT")) return parse_select(in, out);
  if (in.accept("ALTER")) return alter(in, out);
  if (in.accept("CANCEL")) return cancel(in, out);
  if (in.accept("ADD")) return blacklist(in, StatementKind::kAddBlacklist, out);
  if (in.accept({"DELETE", "BACKEND"}) || in.accept({"DELETE", "COMPUTE"})) {
    in.back_to(in.position() - 1);
    return blacklist(in, StatementKind::kDeleteBlacklist, out);
  }
  if (in.accept("ADMIN")) return admin(in, out);
  if (in.accept("SET")) return parse_set(in, out);
  if (in.accept("CREATE")) return parse_create(in, out);
  if (in.accept("DROP")) return parse_drop(in, out);
  if (in.accept("GRANT")) return parse_grant(in, true, out);
  if (in.accept("REVOKE")) return parse_grant(in, false, out);
  if (in.accept("SUSPEND") || in.accept("RESUME")) return warehouse_ddl(in, out);
  if (in.accept("KILL")) return kill(in, out);
  if (in.accept("USE")) {
    out.kind = StatementKind::kUse;
    out.name = in.expect_name();
    return;
  }
  in.unexpected(in.peek().kind == TokenKind::kEnd ? kEmptyHint : kEnd);
}

Statement one_statement(SqlCursor& in) {
  Statement out;
  const std::size_t first = in.position();
  statement(in, out);
  in.expect_end();
  const std::size_t begin = in.token(first).begin;
  const std::size_t end = in.token(in.position() - 1).end;
  out.sql = std::string(in.sql().substr(begin, end - begin));
  return out;
}

}  // namespace

std::variant<std::vector<Statement>, SqlError> parse_sql(const Profile& profile,
                                                         std::string_view sql) {
  SqlCursor in(profile, sql);
  std::vector<Statement> all;
  try {
    do {
      while (in.accept(";"))
        continue;
      if (in.peek().kind == TokenKind::kEnd && !all.empty()) break;
      all.push_back(one_statement(in));
    } while (in.accept(";"));
  } catch (const SyntaxError& error) {
    return SqlError{.message = error.message};
  }
  return all;
}

}  // namespace srsim
