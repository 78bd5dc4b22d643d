#include <algorithm>
#include <cctype>

#include "sql_parser_parts.h"

// SHOW, SELECT and SET.

namespace srsim {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(
      text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void like(SqlCursor& in, Statement& out) {
  out.name = "%";
  if (in.accept("LIKE")) out.name = in.expect_string();
}

void show_nodes(SqlCursor& in, std::size_t verb, Statement& out) {
  out.kind = StatementKind::kShowWarehouseNodes;
  if (!in.accept("FROM")) in.not_viable(verb);
  if (in.accept("WAREHOUSES")) return;
  in.expect("WAREHOUSE");
  out.warehouse = in.expect_name();
}

bool show_blacklist(SqlCursor& in, Statement& out) {
  const Profile& profile = in.profile();
  out.kind = StatementKind::kShowBlacklist;
  if (profile.backend_blacklist && in.accept({"BACKEND", "BLACKLIST"})) return true;
  if (!profile.compute_node_blacklist || !in.accept({"COMPUTE", "NODE", "BLACKLIST"})) return false;
  out.node_kind = NodeKind::kComputeNode;
  return true;
}

}  // namespace

void parse_show(SqlCursor& in, Statement& out) {
  const std::size_t verb = in.position() - 1;
  const Profile& profile = in.profile();
  if (show_blacklist(in, out)) return;
  out.kind = StatementKind::kShowFrontends;
  if (in.accept("FRONTENDS")) return;
  out.kind = StatementKind::kShowNodes;
  if (in.accept("BACKENDS")) return;
  if (in.accept("COMPUTE")) {
    out.node_kind = NodeKind::kComputeNode;
    return in.expect("NODES");
  }
  if (in.accept("PROC")) {
    out.kind = StatementKind::kShowProc;
    out.name = in.expect_string();
    return;
  }
  if (profile.show_running_queries && in.accept({"RUNNING", "QUERIES"})) {
    out.kind = StatementKind::kShowRunningQueries;
    return;
  }
  if (in.accept("PROCESSLIST") || in.accept({"FULL", "PROCESSLIST"})) {
    out.kind = StatementKind::kShowProcesslist;
    return;
  }
  out.global = in.accept({"GLOBAL", "VARIABLES"});
  if (out.global || in.accept("VARIABLES") || in.accept({"SESSION", "VARIABLES"})) {
    out.kind = StatementKind::kShowVariables;
    return like(in, out);
  }
  if (profile.show_warehouses && in.accept("WAREHOUSES")) {
    out.kind = StatementKind::kShowWarehouses;
    return like(in, out);
  }
  if (profile.warehouse_clause && in.accept("NODES")) return show_nodes(in, verb, out);
  if (in.accept("DATABASES") || in.accept("SCHEMAS")) {
    out.kind = StatementKind::kShowDatabases;
    return like(in, out);
  }
  if (in.accept("GRANTS")) {
    out.kind = StatementKind::kShowGrants;
    if (in.accept("FOR")) out.name = parse_user_name(in);
    return;
  }
  in.not_viable(verb);
}

namespace {

/// `@@name`, `@@session.name`, `@@global.name` behind the `@@`.
std::string variable_name(SqlCursor& in) {
  if (in.accept({"SESSION", "."}) || in.accept({"GLOBAL", "."})) return lower(in.expect_name());
  return lower(in.expect_name());
}

SelectItem select_item(SqlCursor& in) {
  const std::size_t first = in.position();
  SelectItem item;
  if (in.peek().kind == TokenKind::kNumber) {
    item = {.kind = SelectItem::Kind::kInteger, .value = in.take().raw};
  } else if (in.peek().kind == TokenKind::kString) {
    item = {.kind = SelectItem::Kind::kString, .value = in.take().text};
  } else if (in.accept("NULL")) {
    item.kind = SelectItem::Kind::kNull;
  } else if (in.accept("@@")) {
    item = {.kind = SelectItem::Kind::kVariable, .value = variable_name(in)};
  } else {
    item = {.kind = SelectItem::Kind::kFunction, .value = in.peek().text};
    if (in.peek().kind != TokenKind::kWord) in.not_viable(first);
    in.take();
    if (in.accept("(")) in.expect(")");
  }
  const std::size_t begin = in.token(first).begin;
  item.title = std::string(in.sql().substr(begin, in.token(in.position() - 1).end - begin));
  if (item.value == "CURRENT_ROLE") item.title = "CURRENT_ROLE()";
  if (item.kind == SelectItem::Kind::kString) item.title = "'" + item.value + "'";
  if (in.accept("AS")) item.title = in.expect_name();
  return item;
}

}  // namespace

void parse_select(SqlCursor& in, Statement& out) {
  out.kind = StatementKind::kSelect;
  if (!in.accept("*")) {
    out.items.push_back(select_item(in));
    while (in.accept(","))
      out.items.push_back(select_item(in));
  }
  if (in.accept("FROM")) {
    out.from_table = true;
    while (!in.at_end())
      in.take();
    return;
  }
  if (out.items.empty()) in.unexpected("'FROM'");
  if (in.accept("LIMIT")) out.limit_zero = in.expect_number() == 0;
}

namespace {

void set_password(SqlCursor& in, Statement& out) {
  out.kind = StatementKind::kSetPassword;
  if (in.accept("FOR")) out.name = parse_user_name(in);
  in.expect("=");
  out.plain_password = in.accept("PASSWORD");
  if (out.plain_password) in.expect("(");
  out.value = in.expect_string();
  if (out.plain_password) in.expect(")");
}

std::vector<std::string> role_names(SqlCursor& in) {
  std::vector<std::string> names;
  do {
    names.push_back(in.peek().kind == TokenKind::kString ? in.expect_string() : in.expect_name());
  } while (in.accept(","));
  return names;
}

/// ALL, NONE, DEFAULT into `value`, else names.
void role_list(SqlCursor& in, Statement& out) {
  for (const char* word : {"ALL", "NONE", "DEFAULT"}) {
    if (!in.accept(word)) continue;
    out.value = word;
    return;
  }
  out.names = role_names(in);
}

std::string set_value(SqlCursor& in) {
  const bool negative = in.accept("-");
  if (in.peek().kind == TokenKind::kEnd) in.unexpected("DEFAULT");
  const Token token = in.take();
  return (negative ? "-" : "") + (token.kind == TokenKind::kString ? token.text : token.raw);
}

void assignment(SqlCursor& in, Statement& out) {
  if (in.accept("GLOBAL")) {
    out.global = true;
  } else if (!in.accept("SESSION")) {
    static_cast<void>(in.accept("LOCAL"));
  }
  const std::string name =
      in.accept("@@") ? variable_name(in) : (in.accept("@") ? "@" : "") + lower(in.expect_name());
  static_cast<void>(in.accept(":"));
  in.expect("=");
  out.properties.emplace_back(name, set_value(in));
}

}  // namespace

void parse_set(SqlCursor& in, Statement& out) {
  if (in.accept("PASSWORD")) return set_password(in, out);
  if (in.accept("ROLE")) {
    out.kind = StatementKind::kSetRole;
    return role_list(in, out);
  }
  if (in.accept({"DEFAULT", "ROLE"})) {
    out.kind = StatementKind::kSetDefaultRole;
    role_list(in, out);
    in.expect("TO");
    out.name = parse_user_name(in);
    return;
  }
  out.kind = StatementKind::kSetVariables;
  if (in.accept("NAMES") || in.accept({"CHARACTER", "SET"})) {
    in.take();
    if (in.accept("COLLATE")) in.take();
    return;
  }
  assignment(in, out);
  while (in.accept(","))
    assignment(in, out);
}

}  // namespace srsim
