#include <chrono>

#include "dialect.h"
#include "host_port.h"
#include "text_codec.h"

// ALTER SYSTEM ADD|DROP FOLLOWER|OBSERVER and MODIFY ... HOST. docs/starrocks.md sections 2.2-2.5.

namespace srsim {
namespace {

using Lock = std::unique_lock<DdlLock>;

/// The address in the statement, or the analyzer's error. In IP mode ADD stores the resolved IP.
std::variant<HostPort, SqlError> analyse(Context& context, const Statement& statement) {
  auto parsed = parse_host_port(context.profile, HostPortKind::kFrontend, statement.names.front());
  if (auto* error = std::get_if<HostPortError>(&parsed)) return analysing_error(error->reason);
  auto address = std::get<HostPort>(parsed);
  if (statement.kind != StatementKind::kAddFrontend || context.view.self().fqdn_mode)
    return address;
  const auto ip = context.view.resolve(address.host);
  if (!ip) {
    const std::string why = context.view.resolve_failure(address.host);
    return analysing_error("Unknown host: " + address.host + (why.empty() ? "" : ": " + why));
  }
  address.host = *ip;
  return address;
}

bool same_host(Context& context, const std::string& host, const std::string& ip) {
  const auto catalog = context.view.catalog();
  for (const auto& [name, row] : catalog->frontends)
    if (row.host == host || context.view.resolve(row.host) == ip) return true;
  return false;
}

Millis lock_timeout_ms(const Context& context) {
  const auto text =
      config_value(context.view, *context.view.catalog(), "catalog_try_lock_timeout_ms");
  return parse_number(text.value_or("5000")).value_or(5000);
}

StatementResult add(Context& context, const Statement& statement, const HostPort& address) {
  const auto ip = context.view.resolve(address.host);
  if (!ip) return ddl_error(context.profile, "unknown fqdn host: " + address.host);
  if (same_host(context, address.host, *ip))
    return ddl_error(context.profile, "FE with the same host: " + address.host + " already exists");
  const auto catalog = context.view.catalog();
  const std::string name =
      address.host + "_" + std::to_string(address.port) + "_" + std::to_string(context.view.now());
  if (catalog->frontend_by_name(name) != nullptr)
    return ddl_error(context.profile, "frontend name already exists " + name + ". Try again");
  const auto id = catalog->free_frontend_id(context.profile.first_frontend_id);
  if (!id)
    return ddl_error(context.profile, "No available frontend ID can allocate to new frontend");
  const FrontendRow row{.id = *id,
                        .name = name,
                        .host = address.host,
                        .edit_log_port = address.port,
                        .role = statement.role};
  if (auto error = commit(context, entry::put_frontend(row))) return *error;
  return ResultOk{};
}

StatementResult drop(Context& context, const Statement& statement, const HostPort& address) {
  const SelfInfo self = context.view.self();
  if (address.host == self.host && address.port == self.edit_log_port)
    return ddl_error(context.profile, "can not drop current master node.");
  const auto catalog = context.view.catalog();
  const FrontendRow* row = catalog->frontend(address.host, address.port);
  if (row == nullptr)
    return ddl_error(context.profile, "frontend does not exist[" + to_string(address) + "]");
  if (row->role != statement.role) {
    return ddl_error(
        context.profile,
        std::string(to_string(statement.role)) + " does not exist[" + to_string(address) + "]");
  }
  if (auto error = commit(context, entry::drop_frontend(row->name))) return *error;
  return ResultOk{};
}

/// Both names are resolved first, the old one too: a vanished name cannot be modified.
std::optional<SqlError> refuse_hosts(Context& context, const Statement& statement) {
  if (is_ip_literal(statement.name) && is_ip_literal(statement.value))
    return analysing_error("Can't change ip to ip");
  for (const std::string& host : {statement.name, statement.value}) {
    if (context.view.resolve(host)) continue;
    const std::string why = context.view.resolve_failure(host);
    return analysing_error("unknown host " + host + (why.empty() ? "" : ": " + why));
  }
  return std::nullopt;
}

StatementResult modify_frontend(Context& context, const Statement& statement) {
  const auto catalog = context.view.catalog();
  const FrontendRow* old_row = nullptr;
  bool taken = false;
  for (const auto& [name, row] : catalog->frontends) {
    if (row.host == statement.name) old_row = &row;
    if (row.host == statement.value) taken = true;
  }
  if (old_row == nullptr)
    return ddl_error(context.profile, "frontend [" + statement.name + "] not found");
  if (taken) {
    return ddl_error(context.profile,
                     "frontend with host [" + statement.value + "] already exists ");
  }
  if (old_row->name == context.view.self().node_name)
    return ddl_error(context.profile, "(JE 18.3.20) Can't update address for the current master.");
  if (context.view.is_live_member(old_row->name)) {
    return ddl_error(context.profile,
                     "(JE 18.3.20) (JE 18.3.20) Can't update the network address for a live node.");
  }
  FrontendRow row = *old_row;
  row.host = statement.value;
  if (auto error = commit(context, entry::put_frontend(row))) return *error;
  return ResultOk{};
}

StatementResult modify_backend(Context& context, const Statement& statement) {
  const auto catalog = context.view.catalog();
  if (catalog->run_mode == RunMode::kSharedData &&
      context.profile.modify_be_refused_in_shared_data) {
    return ddl_error(context.profile,
                     "modify backend host is not supported in shared-data cluster.");
  }
  for (const NodeRow* found : catalog->nodes_of(NodeKind::kBackend)) {
    if (found->host != statement.name) continue;
    NodeRow row = *found;
    row.host = statement.value;
    if (auto error = commit(context, entry::put_node(row))) return *error;
    return ResultOk{};
  }
  return ddl_error(context.profile, "backend [" + statement.name + "] not found");
}

}  // namespace

StatementResult run_frontend_ddl(Context& context, const Statement& statement) {
  const auto address = analyse(context, statement);
  if (const auto* error = std::get_if<SqlError>(&address)) return *error;
  if (auto refusal = refuse(context, statement)) return *refusal;
  Lock lock(context.view.ddl_lock(), std::defer_lock);
  if (!lock.try_lock_for(std::chrono::milliseconds(lock_timeout_ms(context))))
    return ddl_error(context.profile, "Failed to acquire globalStateMgr lock. Try again");
  const auto& host_port = std::get<HostPort>(address);
  return statement.kind == StatementKind::kAddFrontend ? add(context, statement, host_port)
                                                       : drop(context, statement, host_port);
}

StatementResult run_modify_host(Context& context, const Statement& statement) {
  if (auto error = refuse_hosts(context, statement)) return *error;
  if (auto refusal = refuse(context, statement)) return *refusal;
  const Lock lock(context.view.ddl_lock());
  return statement.kind == StatementKind::kModifyFrontendHost ? modify_frontend(context, statement)
                                                              : modify_backend(context, statement);
}

}  // namespace srsim
