#include "catalog.h"

#include <algorithm>

#include "catalog_fields.h"

namespace srsim {

std::string_view to_string(RunMode mode) {
  return mode == RunMode::kSharedData ? "shared_data" : "shared_nothing";
}

std::optional<RunMode> parse_run_mode(std::string_view text) {
  if (text == "shared_nothing") return RunMode::kSharedNothing;
  if (text == "shared_data") return RunMode::kSharedData;
  return std::nullopt;
}

std::string_view to_string(FeRole role) {
  return role == FeRole::kObserver ? "OBSERVER" : "FOLLOWER";
}

std::string_view to_string(NodeStatus status) {
  switch (status) {
    case NodeStatus::kConnecting:
      return "CONNECTING";
    case NodeStatus::kOk:
      return "OK";
    case NodeStatus::kShutdown:
      return "SHUTDOWN";
    case NodeStatus::kDisconnected:
      return "DISCONNECTED";
  }
  return "";
}

Catalog::Catalog() {
  databases.insert("_statistics_");
  users.emplace("root", User{.name = "root", .roles = {"root"}, .default_roles = {"root"}});
}

const FrontendRow* Catalog::frontend(std::string_view host, int edit_log_port) const {
  for (const auto& [name, row] : frontends)
    if (row.host == host && row.edit_log_port == edit_log_port) return &row;
  return nullptr;
}

const FrontendRow* Catalog::frontend_by_name(std::string_view name) const {
  const auto found = frontends.find(std::string(name));
  return found == frontends.end() ? nullptr : &found->second;
}

const NodeRow* Catalog::node(NodeKind kind, std::string_view host, int heartbeat_port) const {
  for (const auto& [id, row] : nodes)
    if (row.kind == kind && row.host == host && row.heartbeat_port == heartbeat_port) return &row;
  return nullptr;
}

std::vector<const NodeRow*> Catalog::nodes_of(NodeKind kind) const {
  std::vector<const NodeRow*> found;
  for (const auto& [id, row] : nodes)
    if (row.kind == kind) found.push_back(&row);
  return found;
}

int Catalog::tablet_num(std::int64_t node_id) const {
  std::ptrdiff_t count = 0;
  for (const auto& [key, table] : tables) {
    for (const auto& tablet : table.tablets)
      count += std::ranges::count(tablet, node_id);
  }
  return static_cast<int>(count);
}

std::optional<int> Catalog::free_frontend_id(int first) const {
  for (int id = first; id <= 255; ++id) {
    const auto taken = [id](const auto& item) { return item.second.id == id; };
    if (std::ranges::none_of(frontends, taken)) return id;
  }
  return std::nullopt;
}

namespace {

std::string text(const JournalEntry& change, const std::string& key) {
  const auto found = change.fields.find(key);
  return found == change.fields.end() ? std::string() : found->second;
}

void put_frontend(Catalog& catalog, const JournalEntry& change) {
  FrontendRow row;
  visit_fields(row, FieldReader(change.fields));
  const auto found = catalog.frontends.find(row.name);
  if (found != catalog.frontends.end()) row.health = found->second.health;
  catalog.frontends.insert_or_assign(row.name, row);
}

void put_node(Catalog& catalog, const JournalEntry& change) {
  NodeRow row;
  visit_fields(row, FieldReader(change.fields));
  const auto found = catalog.nodes.find(row.id);
  if (found != catalog.nodes.end()) {
    row.health = found->second.health;
    row.disk = found->second.disk;
  }
  catalog.next_id = std::max(catalog.next_id, row.id + 1);
  catalog.nodes.insert_or_assign(row.id, row);
}

void drop_node(Catalog& catalog, std::int64_t id) {
  catalog.nodes.erase(id);
  for (auto& [key, table] : catalog.tables) {
    for (auto& tablet : table.tablets)
      std::erase(tablet, id);
  }
}

void drop_database(Catalog& catalog, const std::string& name) {
  catalog.databases.erase(name);
  std::erase_if(catalog.tables, [&](const auto& item) { return item.second.db == name; });
}

void found_cluster(Catalog& catalog, const JournalEntry& change) {
  FieldReader reader(change.fields);
  reader("cluster_id", catalog.cluster_id);
  reader("token", catalog.token);
  reader("run_mode", catalog.run_mode);
}

template <typename Rows, typename Key, typename Member>
void update(Rows& rows, const Key& key, Member member, const JournalEntry& change) {
  const auto found = rows.find(key);
  if (found != rows.end()) visit_fields(found->second.*member, FieldReader(change.fields));
}

template <typename Row>
Row read_row(const JournalEntry& change) {
  Row row;
  visit_fields(row, FieldReader(change.fields));
  return row;
}

std::int64_t id_of(const JournalEntry& change) {
  return parse_number(text(change, "id")).value_or(0);
}

}  // namespace

void apply(Catalog& catalog, const JournalEntry& change) {
  switch (change.op) {
    case JournalOp::kFound:
      return found_cluster(catalog, change);
    case JournalOp::kPutFrontend:
      return put_frontend(catalog, change);
    case JournalOp::kDropFrontend:
      catalog.frontends.erase(text(change, "name"));
      return;
    case JournalOp::kFrontendHealth:
      return update(catalog.frontends, text(change, "name"), &FrontendRow::health, change);
    case JournalOp::kPutNode:
      return put_node(catalog, change);
    case JournalOp::kDropNode:
      return drop_node(catalog, id_of(change));
    case JournalOp::kNodeHealth:
      return update(catalog.nodes, id_of(change), &NodeRow::health, change);
    case JournalOp::kNodeDisk:
      return update(catalog.nodes, id_of(change), &NodeRow::disk, change);
    case JournalOp::kPutDatabase:
      catalog.databases.insert(text(change, "name"));
      return;
    case JournalOp::kPutWarehouse:
      catalog.warehouses.insert(text(change, "name"));
      return;
    case JournalOp::kDropDatabase:
      return drop_database(catalog, text(change, "name"));
    case JournalOp::kPutTable: {
      const auto table = read_row<Table>(change);
      catalog.tables.insert_or_assign(table.db + "." + table.name, table);
      return;
    }
    case JournalOp::kDropTable:
      catalog.tables.erase(text(change, "db") + "." + text(change, "name"));
      return;
    case JournalOp::kPutUser: {
      const auto user = read_row<User>(change);
      catalog.users.insert_or_assign(user.name, user);
      return;
    }
    case JournalOp::kDropUser:
      catalog.users.erase(text(change, "name"));
      return;
    case JournalOp::kSetConfig:
      catalog.config.insert_or_assign(text(change, "key"), text(change, "value"));
      return;
    case JournalOp::kSetGlobal:
      catalog.global_variables.insert_or_assign(text(change, "key"), text(change, "value"));
      return;
    case JournalOp::kNextId:
      catalog.next_id = std::max<std::int64_t>(catalog.next_id, id_of(change));
      return;
    case JournalOp::kTimestamp:
      catalog.last_timestamp = parse_number(text(change, "at")).value_or(0);
      return;
  }
}

std::vector<JournalEntry> image_of(const Catalog& catalog) {
  std::vector<JournalEntry> all;
  all.push_back(entry::found(catalog.cluster_id, catalog.token, catalog.run_mode));
  for (const auto& [name, row] : catalog.frontends)
    all.push_back(entry::put_frontend(row));
  for (const auto& [id, row] : catalog.nodes) {
    all.push_back(entry::put_node(row));
    all.push_back(entry::node_health(id, row.health));
    all.push_back(entry::node_disk(id, row.disk));
  }
  for (const auto& name : catalog.warehouses)
    all.push_back(entry::put_warehouse(name));
  for (const auto& name : catalog.databases)
    all.push_back(entry::put_database(name));
  for (const auto& [key, table] : catalog.tables)
    all.push_back(entry::put_table(table));
  for (const auto& [name, user] : catalog.users)
    all.push_back(entry::put_user(user));
  for (const auto& [key, value] : catalog.config)
    all.push_back(entry::set_config(key, value));
  for (const auto& [key, value] : catalog.global_variables)
    all.push_back(entry::set_global(key, value));
  all.push_back(entry::next_id(catalog.next_id));
  all.push_back(entry::timestamp(catalog.last_timestamp));
  return all;
}

}  // namespace srsim
