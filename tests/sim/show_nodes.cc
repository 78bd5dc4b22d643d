#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

#include "dialect.h"

// SHOW BACKENDS, SHOW COMPUTE NODES and their SHOW PROC forms. docs/starrocks.md sections 3.2-3.4.

namespace srsim {
namespace {

std::string flag(bool value) {
  return value ? "true" : "false";
}

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return {text.data(), static_cast<std::size_t>(size)};
}

constexpr std::array<const char*, 5> kUnits{"B", "KB", "MB", "GB", "TB"};

/// Three decimals and a unit in steps of 1024.
std::string bytes(std::int64_t value, const char* gap) {
  auto scaled = static_cast<double>(value);
  std::size_t unit = 0;
  while (scaled >= 1024 && unit + 1 < kUnits.size()) {
    scaled /= 1024;
    ++unit;
  }
  return fixed(scaled, 3) + gap + kUnits.at(unit);
}

std::string percent(double value, int decimals) {
  return fixed(value, decimals) + " %";
}

double share(std::int64_t part, std::int64_t whole) {
  return whole <= 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// A row under construction: titles and values grow together, so they cannot disagree.
class Line {
 public:
  void add(const char* title, std::optional<std::string> value) {
    titles_.emplace_back(title);
    values_.push_back(std::move(value));
  }
  void add(const char* title, std::int64_t value) { add(title, std::to_string(value)); }
  void rename_last(std::initializer_list<const char*> titles) {
    std::size_t at = titles_.size() - titles.size();
    for (const char* title : titles)
      titles_[at++] = title;
  }
  [[nodiscard]] const std::vector<std::string>& titles() const { return titles_; }
  [[nodiscard]] Row take_values() { return std::move(values_); }

 private:
  std::vector<std::string> titles_{};
  Row values_{};
};

struct Subject {
  const Context& context;
  const Catalog& catalog;
  const NodeRow& row;
  NodeRuntime runtime{};
};

void add_identity(Line& out, const Subject& node) {
  const NodeHealth& health = node.row.health;
  out.add(node.row.kind == NodeKind::kBackend ? "BackendId" : "ComputeNodeId", node.row.id);
  out.add("IP", node.row.host);
  out.add("HeartbeatPort", node.row.heartbeat_port);
  out.add("BePort", health.be_port);
  out.add("HttpPort", health.http_port);
  out.add("BrpcPort", health.brpc_port);
  out.add("LastStartTime", show_time(node.context, health.last_start, true));
  out.add("LastHeartbeat", show_time(node.context, health.last_heartbeat, true));
  out.add("Alive", flag(health.alive));
  out.add("SystemDecommissioned", flag(node.row.system_decommissioned));
  out.add("ClusterDecommissioned", flag(node.row.cluster_decommissioned));
}

void add_disk(Line& out, const Subject& node) {
  const NodeDisk& disk = node.row.disk;
  const bool shared_data = node.catalog.run_mode == RunMode::kSharedData;
  const double used = share(disk.total_bytes - disk.available_bytes, disk.total_bytes);
  out.add("TabletNum", shared_data ? 0 : node.catalog.tablet_num(node.row.id));
  out.add("DataUsedCapacity", bytes(disk.data_used_bytes, " "));
  out.add("AvailCapacity", bytes(disk.available_bytes, " "));
  out.add("TotalCapacity", bytes(disk.total_bytes, " "));
  out.add("UsedPct", percent(used, 2));
  out.add("MaxDiskUsedPct", percent(used, 2));
}

void add_data_total(Line& out, const Subject& node) {
  const NodeDisk& disk = node.row.disk;
  const std::int64_t total =
      disk.total_bytes == 0 ? 0 : disk.data_used_bytes + disk.available_bytes;
  out.add("Status", R"({"lastSuccessReportTabletsTime":"N/A"})");
  out.add("DataTotalCapacity", bytes(total, " "));
  out.add("DataUsedPct", percent(share(disk.data_used_bytes, total), 2));
}

void add_load(Line& out, const Subject& node) {
  const Profile& profile = node.context.profile;
  out.add("CpuCores", node.row.health.cpu_cores);
  if (profile.mem_limit_column) out.add("MemLimit", bytes(node.row.health.mem_limit_bytes, ""));
  out.add("NumRunningQueries", node.runtime.running_queries);
  out.add("MemUsedPct", percent(node.runtime.mem_used_pct, 2));
  out.add("CpuUsedPct", percent(node.runtime.cpu_used_pct, 1));
  if (profile.datacache_column) out.add("DataCacheMetrics", "N/A");
}

void add_shared_data(Line& out, const Subject& node) {
  const Profile& profile = node.context.profile;
  if (node.catalog.run_mode != RunMode::kSharedData) return;
  out.add("StarletPort", node.row.health.starlet_port);
  out.add("WorkerId", node.row.health.worker_id);
  if (profile.warehouse_column) out.add("WarehouseName", node.row.warehouse);
}

Line backend(const Subject& node) {
  const Profile& profile = node.context.profile;
  Line out;
  add_identity(out, node);
  add_disk(out, node);
  out.add("ErrMsg", node.row.health.err_msg);
  out.add("Version", node.row.health.version);
  add_data_total(out, node);
  add_load(out, node);
  if (profile.location_column) out.add("Location", node.row.location);
  if (profile.status_code_column)
    out.add("StatusCode", std::string(to_string(node.row.health.status)));
  add_shared_data(out, node);
  return out;
}

Line compute_node(const Subject& node) {
  const Profile& profile = node.context.profile;
  const bool shared_data = node.catalog.run_mode == RunMode::kSharedData;
  const std::string storage = flag(node.row.health.has_storage_path);
  Line out;
  add_identity(out, node);
  out.add("ErrMsg", node.row.health.err_msg);
  out.add("Version", node.row.health.version);
  add_load(out, node);
  if (shared_data && profile.cn_shifted_values) {
    add_shared_data(out, node);
    out.add("HasStoragePath", storage);
    out.rename_last({"HasStoragePath", "StarletPort", "WorkerId"});
    return out;
  }
  if (profile.has_storage_path_column) out.add("HasStoragePath", storage);
  if (profile.status_code_column)
    out.add("StatusCode", std::string(to_string(node.row.health.status)));
  add_shared_data(out, node);
  if (shared_data && profile.cn_tablet_num_column) out.add("TabletNum", 0);
  return out;
}

Line build(const Subject& node) {
  return node.row.kind == NodeKind::kBackend ? backend(node) : compute_node(node);
}

/// By host, then BePort as text; ties as a Java hash map of 16 buckets yields the ids.
bool before(const NodeRow* a, const NodeRow* b) {
  const auto key = [](const NodeRow* row) {
    return std::tuple(row->host, std::to_string(row->health.be_port), row->id % 16);
  };
  return key(a) < key(b);
}

}  // namespace

StatementResult show_nodes(Context& context, NodeKind kind) {
  const auto catalog = context.view.catalog();
  const NodeRow titles_only{.kind = kind};
  ResultRows out;
  const Subject empty{.context = context, .catalog = *catalog, .row = titles_only};
  const Line titles = build(empty);
  for (const std::string& title : titles.titles())
    out.columns.push_back({.name = title, .length = 90});
  auto rows = catalog->nodes_of(kind);
  std::ranges::stable_sort(rows, before);
  for (const NodeRow* row : rows) {
    const Subject node{.context = context,
                       .catalog = *catalog,
                       .row = *row,
                       .runtime = context.view.node_runtime(row->id).value_or(NodeRuntime{})};
    out.rows.push_back(build(node).take_values());
  }
  return out;
}

}  // namespace srsim
