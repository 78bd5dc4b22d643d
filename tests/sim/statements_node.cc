#include <algorithm>

#include "dialect.h"
#include "host_port.h"

// ALTER SYSTEM ADD|DROP BACKEND|COMPUTE NODE, MODIFY BACKEND ... SET, blacklist. docs/starrocks.md
// sections 2.1 to 2.5.

namespace srsim {
namespace {

using Lock = std::unique_lock<DdlLock>;
using Addresses = std::variant<std::vector<HostPort>, SqlError>;

bool computes(const Statement& statement) {
  return statement.node_kind == NodeKind::kComputeNode;
}

/// The addresses of the statement; only ADD resolves names, and only in IP mode.
Addresses analyse(Context& context, const Statement& statement) {
  const HostPortKind kind =
      computes(statement) ? HostPortKind::kComputeNode : HostPortKind::kBackend;
  std::vector<HostPort> all;
  for (const std::string& text : statement.names) {
    auto parsed = parse_host_port(context.profile, kind, text);
    if (auto* error = std::get_if<HostPortError>(&parsed)) return analysing_error(error->reason);
    auto address = std::get<HostPort>(parsed);
    if (statement.kind == StatementKind::kAddNodes && !context.view.self().fqdn_mode) {
      const auto ip = context.view.resolve(address.host);
      const std::string why = ip ? "" : context.view.resolve_failure(address.host);
      if (!ip)
        return analysing_error("Unknown host: " + address.host + (why.empty() ? "" : ": " + why));
      address.host = *ip;
    }
    all.push_back(std::move(address));
  }
  return all;
}

bool has_warehouse(const Context& context, const std::string& name) {
  return name == "default_warehouse" || context.view.catalog()->warehouses.contains(name);
}

std::optional<SqlError> refuse_warehouse(Context& context, const Statement& statement) {
  if (statement.cngroup && !context.profile.makes_warehouses) {
    return SqlError{
        .message = "CNGroup feature not implemented", .code = 5912, .sqlstate = "0A000"};
  }
  if (statement.warehouse && !has_warehouse(context, *statement.warehouse))
    return unknown_warehouse(context.profile, *statement.warehouse);
  return std::nullopt;
}

SqlError duplicate(const Context& context, NodeKind found, const HostPort& address) {
  const bool backend = found == NodeKind::kBackend;
  if (context.profile.new_duplicate_text) {
    return ddl_error(context.profile,
                     std::string(backend ? "Backend" : "Compute node") +
                         " already exists with same host " + address.host + " and port " +
                         std::to_string(address.port));
  }
  return ddl_error(context.profile,
                   std::string("Same ") + (backend ? "backend" : "compute node") +
                       " already exists[" + to_string(address) + "]");
}

std::optional<SqlError> refuse_duplicate(Context& context,
                                         const Statement& statement,
                                         const Catalog& catalog,
                                         const HostPort& address) {
  const bool compute = computes(statement);
  if (catalog.node(NodeKind::kBackend, address.host, address.port) != nullptr)
    return duplicate(context, NodeKind::kBackend, address);
  if (compute || context.profile.add_backend_checks_cn) {
    if (catalog.node(NodeKind::kComputeNode, address.host, address.port) != nullptr)
      return duplicate(context, NodeKind::kComputeNode, address);
  }
  return std::nullopt;
}

bool repeated(const std::vector<HostPort>& all, std::size_t at) {
  for (std::size_t i = 0; i < at; ++i)
    if (all[i].host == all[at].host && all[i].port == all[at].port) return true;
  return false;
}

StatementResult add(Context& context,
                    const Statement& statement,
                    const std::vector<HostPort>& all) {
  const auto catalog = context.view.catalog();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (auto error = refuse_duplicate(context, statement, *catalog, all[i])) return *error;
    if (computes(statement) && context.profile.cn_add_checks_twins && repeated(all, i))
      return duplicate(context, NodeKind::kComputeNode, all[i]);
  }
  std::int64_t id = catalog->next_id;
  for (const HostPort& address : all) {
    const NodeRow row{.id = id++,
                      .kind = statement.node_kind,
                      .host = address.host,
                      .heartbeat_port = address.port,
                      .warehouse = statement.warehouse.value_or("default_warehouse")};
    if (auto error = commit(context, entry::put_node(row))) return *error;
  }
  return ResultOk{};
}

SqlError missing(const Context& context, const Statement& statement, const HostPort& address) {
  return ddl_error(context.profile,
                   std::string(computes(statement) ? "compute node" : "backend") +
                       " does not exists[" + to_string(address) + "]");
}

/// A table of replication_num 1 with a replica on the node, as "db.table".
std::optional<std::string> single_replica_table(const Catalog& catalog, std::int64_t node_id) {
  for (const auto& [key, table] : catalog.tables) {
    if (table.replication_num != 1 || table.dropped_ms != 0) continue;
    for (const auto& tablet : table.tablets)
      if (std::ranges::find(tablet, node_id) != tablet.end()) return key;
  }
  return std::nullopt;
}

std::optional<SqlError> drop_one(Context& context,
                                 const Statement& statement,
                                 const HostPort& address) {
  const auto catalog = context.view.catalog();
  const NodeRow* row = catalog->node(statement.node_kind, address.host, address.port);
  if (row == nullptr) return missing(context, statement, address);
  const bool checks = context.profile.warehouse_clause && !context.profile.cngroup_clause;
  const auto from = statement.warehouse.value_or("default_warehouse");
  if ((statement.warehouse || checks) && from != row->warehouse) {
    return ddl_error(context.profile,
                     std::string(computes(statement) ? "compute node" : "backend") + " [" +
                         to_string(address) + "] does not exist in warehouse " + from);
  }
  if (!computes(statement) && !statement.force) {
    if (const auto table = single_replica_table(*catalog, row->id)) {
      return runtime_error(
          context.profile,
          "Tables such as [" + *table + "] on the backend[" + to_string(address) +
              "] have only one replica. To avoid data loss, please change the replication_num of "
              "[" +
              *table +
              "] to three. ALTER SYSTEM DROP BACKEND <backends> FORCE can be used to forcibly "
              "drop the backend. ");
    }
  }
  return commit(context, entry::drop_node(row->id));
}

StatementResult drop(Context& context,
                     const Statement& statement,
                     const std::vector<HostPort>& all) {
  if (!context.profile.multi_drop_stepwise) {
    const auto catalog = context.view.catalog();
    for (const HostPort& address : all) {
      if (catalog->node(statement.node_kind, address.host, address.port) == nullptr)
        return missing(context, statement, address);
    }
  }
  for (const HostPort& address : all)
    if (auto error = drop_one(context, statement, address)) return *error;
  return ResultOk{};
}

StatementResult set_location(Context& context,
                             const Statement& statement,
                             const HostPort& address) {
  const auto catalog = context.view.catalog();
  const NodeRow* found = catalog->node(NodeKind::kBackend, address.host, address.port);
  if (found == nullptr)
    return ddl_error(context.profile, "backend [" + to_string(address) + "] not found");
  NodeRow row = *found;
  for (const auto& [key, value] : statement.properties)
    if (key == "labels.location") row.location = value;
  if (auto error = commit(context, entry::put_node(row))) return *error;
  return ResultOk{};
}

}  // namespace

StatementResult run_node_ddl(Context& context, const Statement& statement) {
  const auto analysed = analyse(context, statement);
  if (const auto* error = std::get_if<SqlError>(&analysed)) return *error;
  if (auto refusal = refuse(context, statement)) return *refusal;
  if (auto error = refuse_warehouse(context, statement)) return *error;
  const auto& all = std::get<std::vector<HostPort>>(analysed);
  const Lock lock(context.view.ddl_lock());
  if (statement.kind == StatementKind::kAddNodes) return add(context, statement, all);
  if (statement.kind == StatementKind::kDropNodes) return drop(context, statement, all);
  return set_location(context, statement, all.front());
}

/// No open FE carries these out; SR_SIM_WAREHOUSES=1 stands for a build that does.
StatementResult run_warehouse_ddl(Context& context, const Statement& statement) {
  if (auto refusal = refuse(context, statement)) return *refusal;
  const bool group = statement.kind == StatementKind::kCnGroupDdl;
  if (!context.profile.makes_warehouses || (!group && statement.value != "create"))
    return plain_error(group ? "CnGroup is not implemented" : "Multi-Warehouse is not implemented");
  const auto& name = statement.warehouse.value_or("");
  if (group && !has_warehouse(context, name)) return unknown_warehouse(context.profile, name);
  const auto key = group ? name + "/" + statement.cngroup.value_or("") : name;
  if (auto error = commit(context, entry::put_warehouse(key))) return *error;
  return ResultOk{};
}

StatementResult run_blacklist(Context& context, const Statement& statement) {
  if (auto refusal = refuse(context, statement)) return *refusal;
  const bool adds = statement.kind == StatementKind::kAddBlacklist;
  const auto catalog = context.view.catalog();
  for (const std::int64_t id : statement.ids) {
    const auto found = catalog->nodes.find(id);
    const bool known = found != catalog->nodes.end() && found->second.kind == statement.node_kind;
    if (!known && (adds || context.profile.blacklist_delete_checks)) {
      return plain_error(std::string("Not found ") +
                         (computes(statement) ? "compute node: " : "backend: ") +
                         std::to_string(id));
    }
    if (adds) {
      context.view.blacklist().add(id, context.view.now());
    } else {
      context.view.blacklist().remove(id);
    }
  }
  return ResultOk{};
}

}  // namespace srsim
