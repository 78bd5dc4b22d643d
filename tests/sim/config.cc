#include <array>

#include "dialect.h"
#include "text_codec.h"

// ADMIN SET FRONTEND CONFIG and ADMIN SHOW FRONTEND CONFIG.

namespace srsim {
namespace {

struct ConfigKey {
  std::string_view key;
  std::string_view type;
  std::string_view default_value;
  bool changeable;
};

/// Defaults: docs/starrocks.md section 1.2; alter_table_timeout_second as recorded.
constexpr std::array<ConfigKey, 14> kKeys{{
    {"alter_table_timeout_second", "int", "86400", true},
    {"bdbje_heartbeat_timeout_second", "int", "30", false},
    {"bdbje_replica_ack_timeout_second", "int", "10", false},
    {"catalog_trash_expire_second", "long", "86400", true},
    {"catalog_try_lock_timeout_ms", "long", "5000", true},
    {"drop_backend_after_decommission", "boolean", "true", true},
    {"edit_log_port", "int", "9010", false},
    {"heartbeat_timeout_second", "int", "5", true},
    {"heartbeat_retry_times", "int", "3", true},
    {"http_port", "int", "8030", false},
    {"meta_delay_toleration_second", "int", "300", true},
    {"query_port", "int", "9030", false},
    {"rpc_port", "int", "9020", false},
    {"tablet_sched_disable_balance", "boolean", "false", true},
}};

const ConfigKey* find_key(const std::string& name) {
  for (const ConfigKey& key : kKeys)
    if (key.key == name) return &key;
  return nullptr;
}

std::optional<SqlError> set_one(Context& context,
                                const std::string& name,
                                const std::string& value) {
  const ConfigKey* key = find_key(name);
  if (key == nullptr || !key->changeable)
    return plain_error("Config '" + name + "' does not exist or is not mutable");
  const bool numeric = key->type != "boolean";
  if (numeric && !parse_number(value)) {
    return plain_error("Failed to set config '" + name + "'. err: For input string: \"" + value +
                       "\"");
  }
  return commit(context, entry::set_config(name, value));
}

StatementResult show(const Context& context, const Statement& statement) {
  ResultRows out;
  for (const char* name : {"Key", "AliasNames", "Value", "Type", "IsMutable", "Comment"})
    out.columns.push_back({.name = name, .length = 90});
  const auto catalog = context.view.catalog();
  const std::string pattern = statement.name.empty() ? "%" : statement.name;
  for (const ConfigKey& key : kKeys) {
    if (!like(key.key, pattern)) continue;
    const std::string name(key.key);
    out.rows.push_back({name,
                        "[]",
                        config_value(context.view, *catalog, name),
                        std::string(key.type),
                        key.changeable ? "true" : "false",
                        ""});
  }
  return out;
}

}  // namespace

std::optional<std::string> config_value(const NodeView& view,
                                        const Catalog& catalog,
                                        const std::string& key) {
  const SelfInfo self = view.self();
  if (key == "edit_log_port") return std::to_string(self.edit_log_port);
  if (key == "http_port") return std::to_string(self.http_port);
  if (key == "query_port") return std::to_string(self.query_port);
  if (key == "rpc_port") return std::to_string(self.rpc_port);
  const auto found = catalog.config.find(key);
  if (found != catalog.config.end()) return found->second;
  const ConfigKey* known = find_key(key);
  return known == nullptr ? std::nullopt : std::optional(std::string(known->default_value));
}

StatementResult run_config(Context& context, const Statement& statement) {
  if (auto refusal = refuse(context, statement)) return *refusal;
  if (statement.kind == StatementKind::kAdminShowConfig) return show(context, statement);
  for (const auto& [key, value] : statement.properties)
    if (auto error = set_one(context, key, value)) return *error;
  return ResultOk{};
}

}  // namespace srsim
