#include <algorithm>

#include "dialect.h"
#include "host_port.h"
#include "text_codec.h"

// DECOMMISSION, CANCEL DECOMMISSION and the daemon's tick. docs/starrocks.md section 8.

namespace srsim {
namespace {

using Lock = std::unique_lock<DdlLock>;

using Rows = std::vector<const NodeRow*>;

bool available(const NodeRow& row) {
  return row.health.alive && !row.system_decommissioned;
}

bool named(const Rows& rows, std::int64_t id) {
  return std::ranges::any_of(rows, [id](const NodeRow* row) { return row->id == id; });
}

/// Largest replication_num of a table that counts, as (replicas, "db.table").
std::pair<int, std::string> widest_table(const Profile& profile, const Catalog& catalog) {
  std::pair<int, std::string> widest;
  for (const auto& [key, table] : catalog.tables) {
    if (table.dropped_ms != 0) continue;
    if (profile.statistics_exempt && table.db == "_statistics_") continue;
    if (table.replication_num > widest.first) widest = {table.replication_num, key};
  }
  return widest;
}

std::optional<SqlError> refuse_shrinking(const Context& context,
                                         const Catalog& catalog,
                                         const Rows& leaving) {
  std::int64_t needed = 0;
  std::int64_t free_bytes = 0;
  int remaining = 0;
  for (const NodeRow* row : catalog.nodes_of(NodeKind::kBackend)) {
    if (named(leaving, row->id)) {
      needed += row->disk.data_used_bytes;
    } else if (available(*row)) {
      free_bytes += row->disk.available_bytes;
      ++remaining;
    }
  }
  if (needed > free_bytes) {
    return ddl_error(context.profile,
                     "It will cause insufficient disk space if these BEs are decommissioned.");
  }
  const auto [replicas, table] = widest_table(context.profile, catalog);
  if (remaining < replicas) {
    return ddl_error(context.profile,
                     "It will cause insufficient BE number if these BEs are decommissioned because "
                     "the table " +
                         table + " requires " + std::to_string(replicas) + " replicas.");
  }
  return std::nullopt;
}

std::string missing_text(const Context& context, bool cancel, const HostPort& address) {
  if (cancel && !context.profile.new_cancel_text)
    return "Backend does not exists[" + address.host + "]";
  return "Backend does not exist[" + to_string(address) + "]";
}

StatementResult apply_decommission(Context& context,
                                   const Statement& statement,
                                   const std::vector<HostPort>& addresses) {
  const bool cancel = statement.kind == StatementKind::kCancelDecommission;
  const auto catalog = context.view.catalog();
  Rows rows;
  for (const HostPort& address : addresses) {
    const NodeRow* row = catalog->node(NodeKind::kBackend, address.host, address.port);
    if (row == nullptr) return ddl_error(context.profile, missing_text(context, cancel, address));
    if (cancel == row->system_decommissioned) rows.push_back(row);
  }
  const bool checked = catalog->run_mode == RunMode::kSharedNothing ||
                       context.profile.decommission_checks_shared_data;
  if (!cancel && checked && !rows.empty())
    if (auto error = refuse_shrinking(context, *catalog, rows)) return *error;
  for (const NodeRow* found : rows) {
    NodeRow row = *found;
    row.system_decommissioned = !cancel;
    if (auto error = commit(context, entry::put_node(row))) return *error;
  }
  return ResultOk{};
}

/// Moves each replica of `leaving` that another available BE can take.
void move_replicas(NodeView& view, const Catalog& catalog, std::int64_t leaving) {
  for (const auto& [key, table] : catalog.tables) {
    if (table.dropped_ms != 0) continue;
    Table moved = table;
    bool changed = false;
    for (auto& tablet : moved.tablets) {
      const auto replica = std::ranges::find(tablet, leaving);
      if (replica == tablet.end()) continue;
      for (const NodeRow* target : catalog.nodes_of(NodeKind::kBackend)) {
        if (!available(*target) || std::ranges::find(tablet, target->id) != tablet.end()) continue;
        *replica = target->id;
        changed = true;
        break;
      }
    }
    if (changed && view.commit(entry::put_table(moved))) return;
  }
}

/// The recycle bin lets go of what is older than catalog_trash_expire_second.
void empty_recycle_bin(NodeView& view) {
  const auto catalog = view.catalog();
  const auto text = config_value(view, *catalog, "catalog_trash_expire_second").value_or("86400");
  const auto span = parse_number(text).value_or(86'400) * 1000;
  for (const auto& [key, table] : catalog->tables) {
    if (table.dropped_ms == 0 || view.now() - table.dropped_ms < span) continue;
    if (view.commit(entry::drop_table(table.db, table.name))) return;
  }
}

}  // namespace

StatementResult run_decommission(Context& context, const Statement& statement) {
  std::vector<HostPort> addresses;
  for (const std::string& text : statement.names) {
    auto parsed = parse_host_port(context.profile, HostPortKind::kBackend, text);
    if (auto* error = std::get_if<HostPortError>(&parsed)) return analysing_error(error->reason);
    addresses.push_back(std::get<HostPort>(parsed));
  }
  if (auto refusal = refuse(context, statement)) return *refusal;
  const Lock lock(context.view.ddl_lock());
  return apply_decommission(context, statement, addresses);
}

std::vector<std::string> decommission_tick(NodeView& view) {
  std::vector<std::string> log;
  const Lock lock(view.ddl_lock());
  empty_recycle_bin(view);
  const auto catalog = view.catalog();
  const bool drops =
      config_value(view, *catalog, "drop_backend_after_decommission").value_or("true") == "true";
  for (const NodeRow* row : catalog->nodes_of(NodeKind::kBackend)) {
    if (!row->system_decommissioned) continue;
    const bool shared_data = catalog->run_mode == RunMode::kSharedData;
    const int tablets = shared_data ? 0 : catalog->tablet_num(row->id);
    const std::string id = std::to_string(row->id);
    if (tablets > 0) {
      log.push_back("backend " + id + " lefts " + std::to_string(tablets) +
                    " replicas to decommission(show up to 20): [...]");
      move_replicas(view, *catalog, row->id);
    } else if (drops) {
      log.push_back("no tablet on decommission backend " + id + ", drop it");
      if (auto error = view.commit(entry::drop_node(row->id))) log.push_back(error->message);
    }
  }
  return log;
}

}  // namespace srsim
