#include "dialect.h"
#include "text_codec.h"

// SELECT of constants, variables and functions; KILL. Without a BE alive, whatever needs one is
// refused as StarRocks refuses it. With one, a SELECT ... FROM says that there is no data.

namespace srsim {
namespace {

struct Cell {
  Column column{};
  std::optional<std::string> value{};
};

Column integer_column(const std::string& title, long long value) {
  const bool tiny = value >= -128 && value <= 127;
  const bool small = value >= -32768 && value <= 32767;
  const bool normal = value >= -2147483648LL && value <= 2147483647LL;
  if (tiny) return {.name = title, .type = WireType::kTiny, .charset = 63, .length = 4};
  if (small) return {.name = title, .type = WireType::kShort, .charset = 63, .length = 6};
  if (normal) return {.name = title, .type = WireType::kLong, .charset = 63, .length = 11};
  return {.name = title, .type = WireType::kLongLong, .charset = 63, .length = 20};
}

std::string roles_of(const Context& context) {
  std::string out;
  for (const std::string& role : context.session.active_roles)
    out += (out.empty() ? "" : ", ") + role;
  return out.empty() ? "NONE" : out;
}

std::optional<std::string> function(const Context& context, const std::string& name) {
  const Session& session = context.session;
  if (name == "VERSION") return context.profile.server_version;
  if (name == "CURRENT_ROLE") return roles_of(context);
  if (name == "CURRENT_USER") return "'" + session.user + "'@'%'";
  if (name == "USER" || name == "SESSION_USER")
    return "'" + session.user + "'@'" + session.peer.substr(0, session.peer.rfind(':')) + "'";
  if (name == "DATABASE" || name == "SCHEMA") return session.db;
  if (name == "CONNECTION_ID") return std::to_string(session.connection_id);
  return std::nullopt;
}

/// Version of a BE that would run a query; empty if none is alive.
std::optional<std::string> version_of_a_backend(const Context& context) {
  const auto catalog = context.view.catalog();
  for (const NodeRow* row : catalog->nodes_of(NodeKind::kBackend))
    if (row->health.alive) return row->health.version;
  return std::nullopt;
}

/// Executed on a BE, which prints `<version> <commit>`.
std::variant<Cell, SqlError> current_version(const Context& context, const SelectItem& item) {
  auto version = version_of_a_backend(context);
  if (!version) return backend_not_found(context);
  const std::size_t dash = version->rfind('-');
  if (dash != std::string::npos) (*version)[dash] = ' ';
  return Cell{.column = {.name = item.title}, .value = std::move(version)};
}

std::variant<Cell, SqlError> evaluate(const Context& context, const SelectItem& item) {
  switch (item.kind) {
    case SelectItem::Kind::kInteger:
      return Cell{.column = integer_column(item.title, parse_number(item.value).value_or(0)),
                  .value = item.value};
    case SelectItem::Kind::kString:
      return Cell{.column = {.name = item.title}, .value = item.value};
    case SelectItem::Kind::kNull:
      return Cell{.column = {.name = "NULL", .type = WireType::kTiny, .charset = 63, .length = 4},
                  .value = std::nullopt};
    case SelectItem::Kind::kVariable:
      if (auto value = variable(context, item.value))
        return Cell{.column = {.name = item.title}, .value = std::move(value)};
      return SqlError{.message = "Unknown system variable '" + item.value + "'",
                      .code = 1193,
                      .sqlstate = "HY000"};
    case SelectItem::Kind::kFunction:
      break;
  }
  if (item.value == "CURRENT_VERSION") return current_version(context, item);
  if (auto value = function(context, item.value))
    return Cell{.column = {.name = item.title}, .value = std::move(value)};
  return analysing_error("Column '" + item.title + "' cannot be resolved");
}

}  // namespace

StatementResult run_select(Context& context, const Statement& statement) {
  if (statement.from_table) {
    if (!version_of_a_backend(context)) return backend_not_found(context);
    return plain_error("the simulated BEs hold no data: SELECT ... FROM is not simulated");
  }
  ResultRows out;
  Row row;
  for (const SelectItem& item : statement.items) {
    auto cell = evaluate(context, item);
    if (auto* error = std::get_if<SqlError>(&cell)) return std::move(*error);
    out.columns.push_back(std::get<Cell>(cell).column);
    row.push_back(std::get<Cell>(cell).value);
  }
  if (!statement.limit_zero) out.rows.push_back(std::move(row));
  return out;
}

StatementResult run_kill(Context& context, const Statement& statement) {
  if (statement.kind == StatementKind::kKillQuery && statement.ids.empty())
    return plain_error("Unknown query id: " + statement.name);
  const auto id = static_cast<std::uint32_t>(statement.ids.front());
  if (statement.kind == StatementKind::kKill && id == context.session.connection_id) {
    context.session.closing = true;
    return ResultOk{};
  }
  for (const ProcessRow& row : context.view.processes()) {
    if (row.connection_id != id) continue;
    if (row.user != context.session.user)
      if (auto refusal = refuse_without(context, {"OPERATE"})) return *refusal;
    if (statement.kind == StatementKind::kKill) context.view.kill_connection(id);
    return ResultOk{};
  }
  return SqlError{.message = "Unknown thread id: " + std::to_string(statement.ids.front()),
                  .code = 1094,
                  .sqlstate = "HY000"};
}

}  // namespace srsim
