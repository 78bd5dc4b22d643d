#include <algorithm>

#include "dialect.h"
#include "text_codec.h"

// CREATE and DROP of databases and tables, as far as DROP BACKEND and DECOMMISSION look at them.

namespace srsim {
namespace {

using Lock = std::unique_lock<DdlLock>;

std::vector<std::int64_t> usable_backends(const Catalog& catalog) {
  std::vector<std::int64_t> ids;
  for (const NodeRow* row : catalog.nodes_of(NodeKind::kBackend))
    if (row->health.alive && !row->system_decommissioned) ids.push_back(row->id);
  return ids;
}

std::string database_of(const Context& context, const Statement& statement) {
  return statement.value.empty() ? context.session.db : statement.value;
}

StatementResult create_database(Context& context, const Statement& statement) {
  if (context.view.catalog()->databases.contains(statement.name)) {
    if (statement.if_exists) return ResultOk{};
    return SqlError{.message = "Can't create database '" + statement.name + "'; database exists",
                    .code = 1007,
                    .sqlstate = "HY000"};
  }
  if (auto error = commit(context, entry::put_database(statement.name))) return *error;
  return ResultOk{};
}

StatementResult drop_database(Context& context, const Statement& statement) {
  if (!context.view.catalog()->databases.contains(statement.name)) {
    if (statement.if_exists) return ResultOk{};
    return unknown_database(context.profile, statement.name);
  }
  if (auto error = commit(context, entry::drop_database(statement.name))) return *error;
  return ResultOk{};
}

int replication_num(const Statement& statement) {
  for (const auto& [key, value] : statement.properties)
    if (key == "replication_num") return static_cast<int>(parse_number(value).value_or(3));
  return 3;
}

Table place(const Table& wanted, int buckets, const std::vector<std::int64_t>& backends) {
  Table table = wanted;
  for (std::size_t bucket = 0; bucket < static_cast<std::size_t>(buckets); ++bucket) {
    auto& replicas = table.tablets.emplace_back();
    for (std::size_t i = 0; i < static_cast<std::size_t>(wanted.replication_num); ++i)
      replicas.push_back(backends[(bucket + i) % backends.size()]);
  }
  return table;
}

StatementResult create_table(Context& context, const Statement& statement) {
  const auto catalog = context.view.catalog();
  const std::string db = database_of(context, statement);
  if (!catalog->databases.contains(db)) return unknown_database(context.profile, db);
  if (catalog->tables.contains(db + "." + statement.name)) {
    if (statement.if_exists) return ResultOk{};
    return SqlError{.message = "Table '" + statement.name + "' already exists",
                    .code = 1050,
                    .sqlstate = "42S01"};
  }
  const Table wanted{
      .db = db, .name = statement.name, .replication_num = replication_num(statement)};
  const auto backends = usable_backends(*catalog);
  if (backends.size() < static_cast<std::size_t>(wanted.replication_num)) {
    return analysing_error(
        "Table replication num should be less than of equal to the number of available BE nodes. "
        "You can change this default by setting the replication_num table properties");
  }
  if (auto error = commit(context, entry::put_table(place(wanted, statement.buckets, backends))))
    return *error;
  return ResultOk{};
}

StatementResult drop_table(Context& context, const Statement& statement) {
  const std::string db = database_of(context, statement);
  if (!context.view.catalog()->tables.contains(db + "." + statement.name)) {
    if (statement.if_exists) return ResultOk{};
    return SqlError{.message = "Unknown table '" + db + "." + statement.name + "'",
                    .code = 1051,
                    .sqlstate = "42S02"};
  }
  Table kept = context.view.catalog()->tables.at(db + "." + statement.name);
  if (auto error = commit(context, entry::drop_table(db, statement.name))) return *error;
  if (statement.force) return ResultOk{};
  // In the recycle bin it is no table of its database any more; its replicas stay where they are.
  kept.dropped_ms = context.view.now();
  kept.db.clear();
  kept.name = db + "." + statement.name + "@" + std::to_string(kept.dropped_ms);
  if (auto error = commit(context, entry::put_table(kept))) return *error;
  return ResultOk{};
}

}  // namespace

StatementResult run_table_ddl(Context& context, const Statement& statement) {
  if (auto refusal = refuse(context, statement)) return *refusal;
  const Lock lock(context.view.ddl_lock());
  if (statement.kind == StatementKind::kCreateDatabase) return create_database(context, statement);
  if (statement.kind == StatementKind::kDropDatabase) return drop_database(context, statement);
  if (statement.kind == StatementKind::kCreateTable) return create_table(context, statement);
  return drop_table(context, statement);
}

}  // namespace srsim
