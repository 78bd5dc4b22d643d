#include "sql_parser_parts.h"
#include "text_codec.h"

// CREATE, DROP, GRANT, REVOKE and their pieces.

namespace srsim {

std::vector<std::pair<std::string, std::string>> parse_properties(SqlCursor& in) {
  std::vector<std::pair<std::string, std::string>> all;
  in.expect("(");
  do {
    std::string key = in.expect_string();
    in.expect("=");
    all.emplace_back(std::move(key), in.expect_string());
  } while (in.accept(","));
  in.expect(")");
  return all;
}

std::string parse_user_name(SqlCursor& in) {
  std::string name = in.peek().kind == TokenKind::kString ? in.expect_string() : in.expect_name();
  if (in.accept("@")) {
    if (in.peek().kind == TokenKind::kString) {
      in.take();
    } else {
      static_cast<void>(in.expect_name());
    }
  }
  return name;
}

void parse_user_statement(SqlCursor& in, StatementKind kind, Statement& out) {
  out.kind = kind;
  out.if_exists = kind == StatementKind::kCreateUser ? in.accept({"IF", "NOT", "EXISTS"})
                                                     : in.accept({"IF", "EXISTS"});
  out.name = parse_user_name(in);
  if (in.accept({"IDENTIFIED", "BY"})) {
    out.plain_password = !in.accept("PASSWORD");
    out.value = in.expect_string();
  } else if (in.accept({"IDENTIFIED", "WITH", "MYSQL_NATIVE_PASSWORD"})) {
    if (in.accept("BY")) {
      out.plain_password = true;
      out.value = in.expect_string();
    } else if (in.accept("AS")) {
      out.value = in.expect_string();
    }
  }
  if (kind == StatementKind::kCreateUser && in.accept({"DEFAULT", "ROLE"})) {
    do {
      out.names.push_back(in.peek().kind == TokenKind::kString ? in.expect_string()
                                                               : in.expect_name());
    } while (in.accept(","));
  }
}

namespace {

void table_name(SqlCursor& in, Statement& out) {
  out.name = in.expect_name();
  if (in.accept(".")) {
    out.value = out.name;  // the database
    out.name = in.expect_name();
  }
}

void skip_parentheses(SqlCursor& in) {
  int depth = 0;
  do {
    if (in.peek().kind == TokenKind::kEnd) in.unexpected("')'");
    const Token token = in.take();
    if (token.kind != TokenKind::kSymbol) continue;
    if (token.raw == "(") ++depth;
    if (token.raw == ")") --depth;
  } while (depth > 0);
}

void create_table(SqlCursor& in, Statement& out) {
  out.kind = StatementKind::kCreateTable;
  out.if_exists = in.accept({"IF", "NOT", "EXISTS"});
  table_name(in, out);
  while (!in.at_end()) {
    if (in.accept("BUCKETS")) {
      out.buckets = static_cast<int>(in.expect_number());
    } else if (in.accept("PROPERTIES")) {
      out.properties = parse_properties(in);
    } else if (in.peek().raw == "(") {
      skip_parentheses(in);
    } else {
      in.take();
    }
  }
}

/// CREATE or DROP WAREHOUSE.
bool warehouse(SqlCursor& in, bool create, Statement& out) {
  if (!in.profile().warehouse_clause || !in.accept("WAREHOUSE")) return false;
  out.kind = StatementKind::kWarehouseDdl;
  if (create) out.value = "create";
  out.if_exists = in.accept({"IF", "NOT", "EXISTS"}) || in.accept({"IF", "EXISTS"});
  out.warehouse = in.expect_name();
  while (!in.at_end())
    in.take();
  return true;
}

}  // namespace

void parse_create(SqlCursor& in, Statement& out) {
  const std::size_t verb = in.position() - 1;
  if (in.accept("USER")) return parse_user_statement(in, StatementKind::kCreateUser, out);
  if (warehouse(in, true, out)) return;
  if (in.accept("DATABASE") || in.accept("SCHEMA")) {
    out.kind = StatementKind::kCreateDatabase;
    out.if_exists = in.accept({"IF", "NOT", "EXISTS"});
    out.name = in.expect_name();
    return;
  }
  if (in.accept("TABLE")) return create_table(in, out);
  in.not_viable(verb);
}

void parse_drop(SqlCursor& in, Statement& out) {
  const std::size_t verb = in.position() - 1;
  if (warehouse(in, false, out)) return;
  if (in.accept("USER")) {
    out.kind = StatementKind::kDropUser;
  } else if (in.accept("DATABASE") || in.accept("SCHEMA")) {
    out.kind = StatementKind::kDropDatabase;
  } else if (in.accept("TABLE")) {
    out.kind = StatementKind::kDropTable;
  } else {
    in.not_viable(verb);
  }
  out.if_exists = in.accept({"IF", "EXISTS"});
  if (out.kind == StatementKind::kDropUser) {
    out.name = parse_user_name(in);
  } else {
    table_name(in, out);
  }
  out.force = out.kind != StatementKind::kDropUser && in.accept("FORCE");
}

namespace {

/// A privilege of one or two words, or a role name.
std::string granted_word(SqlCursor& in) {
  if (in.peek().kind == TokenKind::kString) return in.expect_string();
  std::string name = in.expect_name();
  while (in.peek().kind == TokenKind::kWord && in.peek().text != "ON" && in.peek().text != "TO" &&
         in.peek().text != "FROM") {
    name += " " + in.expect_name();
  }
  return name;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

}  // namespace

void parse_grant(SqlCursor& in, bool grant, Statement& out) {
  do {
    out.names.push_back(granted_word(in));
  } while (in.accept(","));
  const bool on_system = in.accept({"ON", "SYSTEM"});
  if (on_system) {
    out.kind = grant ? StatementKind::kGrantPrivileges : StatementKind::kRevokePrivileges;
    for (std::string& name : out.names)
      name = upper(name);
  } else {
    out.kind = grant ? StatementKind::kGrantRoles : StatementKind::kRevokeRoles;
  }
  in.expect(grant ? "TO" : "FROM");
  static_cast<void>(in.accept("USER"));
  out.name = parse_user_name(in);
}

}  // namespace srsim
