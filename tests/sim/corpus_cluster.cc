#include "corpus_cluster.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "text_codec.h"

namespace srsim::testing {
namespace {

std::string cell(const RecordedRow& row, const char* column) {
  const auto found = row.find(column);
  return found == row.end() ? "" : found->second.value_or("");
}

int number(const RecordedRow& row, const char* column) {
  return static_cast<int>(parse_number(cell(row, column)).value_or(0));
}

std::int64_t id_of(const RecordedRow& row, NodeKind kind) {
  return number(row, kind == NodeKind::kBackend ? "BackendId" : "ComputeNodeId");
}

/// "61.035GB" or "90.000 GB" to bytes; the nearest to what was rounded.
std::int64_t bytes_of(const std::string& text) {
  static constexpr std::array<std::pair<const char*, double>, 5> kUnits{{{"TB", 1099511627776.0},
                                                                         {"GB", 1073741824.0},
                                                                         {"MB", 1048576.0},
                                                                         {"KB", 1024.0},
                                                                         {"B", 1.0}}};
  for (const auto& [unit, factor] : kUnits)
    if (text.ends_with(unit)) return std::llround(std::stod(text) * factor);
  return 0;
}

NodeStatus status_of(const std::string& text) {
  for (const NodeStatus status :
       {NodeStatus::kOk, NodeStatus::kShutdown, NodeStatus::kDisconnected}) {
    if (to_string(status) == text) return status;
  }
  return NodeStatus::kConnecting;
}

}  // namespace

CorpusCluster::CorpusCluster(Origin origin)
    : origin_(std::move(origin)), nodes_known_(origin_.nodes_recorded) {}

std::string CorpusCluster::host_of(const std::string& node) const {
  const std::string number = node.substr(2);
  return origin_.ip_mode ? "10.89.0.1" + number : "fe-" + number + "." + origin_.domain;
}

FakeView& CorpusCluster::fe(const std::string& node) {
  auto& slot = fes_[node];
  if (slot) return *slot;
  slot = std::make_unique<FakeView>(origin_.profile, shared_);
  slot->own.host = host_of(node);
  slot->own.fqdn_mode = !origin_.ip_mode;
  slot->leads = false;
  for (int i = 0; i < 5; ++i) {
    const std::string digit = std::to_string(i);
    for (const char* prefix : {"fe-", "FE-"}) {
      slot->names[prefix + digit + "." + origin_.domain] = "10.89.0.1" + digit;
      slot->names[prefix + digit] = "10.89.0.1" + digit;
    }
    if (i < 4) slot->names["be-" + digit + ".be.lab"] = "10.89.0.2" + digit;
  }
  return *slot;
}

void CorpusCluster::set_leader(const std::string& node) {
  leader_ = node;
  FakeView& leader = fe(node);
  for (auto& [name, view] : fes_) {
    view->leads = view.get() == &leader;
    view->leader = &leader;
    view->readable = true;
    view->group_view.error.clear();
  }
  const auto catalog = shared_->catalog;
  for (const auto& [name, row] : catalog->frontends) {
    for (auto& [key, view] : fes_)
      if (view->own.host == row.host) view->own.node_name = name;
    leader.live_members.insert(name);
  }
}

void CorpusCluster::set_time(Millis now) {
  for (auto& [name, view] : fes_)
    view->time = now;
}

void CorpusCluster::change(const JournalEntry& entry) {
  auto next = std::make_shared<Catalog>(*shared_->catalog);
  apply(*next, entry);
  shared_->catalog = std::move(next);
}

void CorpusCluster::found(const std::string& node, int id) {
  const std::string host = host_of(node);
  change(entry::found(0, "token", origin_.mode));
  change(entry::put_frontend(
      {.id = id, .name = host + "_9010_0", .host = host, .edit_log_port = 9010}));
  known_ = true;
}

void CorpusCluster::load_frontends(const std::vector<RecordedRow>& rows) {
  change(entry::found(0, "token", origin_.mode));
  for (const RecordedRow& row : rows) {
    const bool observer = cell(row, "Role") == "OBSERVER";
    change(entry::put_frontend({.id = number(row, "Id"),
                                .name = cell(row, "Name"),
                                .host = cell(row, "IP"),
                                .edit_log_port = number(row, "EditLogPort"),
                                .role = observer ? FeRole::kObserver : FeRole::kFollower}));
  }
  known_ = true;
}

/// The millisecond in a node name is the recorded one.
void CorpusCluster::adopt_name(FakeView& view, const RecordedRow& row) {
  const auto catalog = view.catalog();
  const FrontendRow* found = catalog->frontend(cell(row, "IP"), number(row, "EditLogPort"));
  if (found == nullptr || found->name == cell(row, "Name")) return;
  FrontendRow renamed = *found;
  renamed.name = cell(row, "Name");
  view.change(entry::drop_frontend(found->name));
  view.change(entry::put_frontend(renamed));
}

void CorpusCluster::freeze(const std::string& node) {
  auto state = std::make_shared<FakeView::Shared>();
  state->catalog = shared_->catalog;
  fe(node).use(state);
}

Millis CorpusCluster::time_of(const RecordedRow& row, const char* column) const {
  const std::string text = cell(row, column);
  if (text.size() != 19) return 0;
  std::tm parts{};
  if (strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts) == nullptr) return 0;
  const bool utc8 = parse_profile(origin_.profile)->show_times_utc8;
  return (timegm(&parts) - (utc8 ? 8 * 3600 : 0)) * 1000;
}

void CorpusCluster::observe_frontends(const std::string& node,
                                      const std::vector<RecordedRow>& rows) {
  if (!known_) load_frontends(rows);
  FakeView& view = fe(node);
  view.group_view = {};
  std::int64_t replayed = 0;
  for (const RecordedRow& row : rows) {
    adopt_name(view, row);
    view.change(entry::found(number(row, "ClusterId"), "token", origin_.mode));
    const std::string host = cell(row, "IP");
    const bool own = host == view.own.host;
    const bool stored_alive = own ? row.at("StartTime") != std::optional<std::string>("NULL")
                                  : cell(row, "Alive") == "true";
    const std::string version = cell(row, "Version");
    view.change(entry::frontend_health(cell(row, "Name"),
                                       {.alive = stored_alive,
                                        .last_heartbeat = time_of(row, "LastHeartbeat"),
                                        .replayed_id = number(row, "ReplayedJournalId"),
                                        .start_time = time_of(row, "StartTime"),
                                        .version = version == "NULL" ? "" : version,
                                        .err_msg = cell(row, "ErrMsg"),
                                        .query_port = number(row, "QueryPort"),
                                        .rpc_port = number(row, "RpcPort")}));
    const GroupView::Member member{.host = host, .port = number(row, "EditLogPort")};
    if (cell(row, "Join") == "true") view.group_view.members.push_back(member);
    if (cell(row, "Role") == "LEADER") view.group_view.master = member;
    if (!own) continue;
    view.own.node_name = cell(row, "Name");
    replayed = number(row, "ReplayedJournalId");
  }
  view.journal_id = replayed;
}

/// Tables and other objects take ids from the same counter: recorded ids are taken over, row by
/// row of the same address. A recorded row that no statement added stays away: a mismatch.
void CorpusCluster::adopt_node_ids(NodeKind kind, const std::vector<RecordedRow>& rows) {
  std::map<std::pair<std::string, int>, std::vector<std::int64_t>> recorded;
  std::set<std::int64_t> leaving;
  for (const RecordedRow& row : rows) {
    recorded[{cell(row, "IP"), number(row, "HeartbeatPort")}].push_back(id_of(row, kind));
    if (cell(row, "SystemDecommissioned") == "true") leaving.insert(id_of(row, kind));
  }
  std::vector<NodeRow> renumbered;
  const auto catalog = shared_->catalog;
  for (auto& [address, ids] : recorded) {
    std::ranges::sort(ids);
    std::vector<const NodeRow*> same;
    for (const NodeRow* row : catalog->nodes_of(kind))
      if (row->host == address.first && row->heartbeat_port == address.second) same.push_back(row);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (i >= same.size() && nodes_known_) continue;
      NodeRow row{.kind = kind, .host = address.first, .heartbeat_port = address.second};
      row.system_decommissioned = leaving.contains(ids[i]);
      if (i < same.size()) row = *same[i];
      if (row.id == ids[i]) continue;
      if (i < same.size()) change(entry::drop_node(row.id));
      row.id = ids[i];
      renumbered.push_back(row);
    }
  }
  for (const NodeRow& row : renumbered)
    change(entry::put_node(row));
}

/// Tablets beside those of replayed tables: the FE's own statistics tables.
void CorpusCluster::set_tablets(std::int64_t node_id, int wanted) {
  const std::string name = "filler_" + std::to_string(node_id);
  change(entry::drop_table("_statistics_", name));
  const int more = wanted - shared_->catalog->tablet_num(node_id);
  Table filler{.db = "_statistics_", .name = name, .replication_num = 3};
  for (int i = 0; i < more; ++i)
    filler.tablets.push_back({node_id});
  if (more > 0) change(entry::put_table(filler));
}

void CorpusCluster::observe_nodes(NodeKind kind, const std::vector<RecordedRow>& rows) {
  adopt_node_ids(kind, rows);
  for (const RecordedRow& row : rows) {
    const std::int64_t id = id_of(row, kind);
    change(entry::node_health(id,
                              {.alive = cell(row, "Alive") == "true",
                               .status = status_of(cell(row, "StatusCode")),
                               .be_port = number(row, "BePort"),
                               .http_port = number(row, "HttpPort"),
                               .brpc_port = number(row, "BrpcPort"),
                               .starlet_port = number(row, "StarletPort"),
                               .worker_id = parse_number(cell(row, "WorkerId")).value_or(-1),
                               .last_start = time_of(row, "LastStartTime"),
                               .last_heartbeat = time_of(row, "LastHeartbeat"),
                               .err_msg = cell(row, "ErrMsg"),
                               .version = cell(row, "Version"),
                               .cpu_cores = number(row, "CpuCores"),
                               .mem_limit_bytes = bytes_of(cell(row, "MemLimit"))}));
    if (kind != NodeKind::kBackend) continue;
    change(entry::node_disk(id,
                            {.data_used_bytes = bytes_of(cell(row, "DataUsedCapacity")),
                             .available_bytes = bytes_of(cell(row, "AvailCapacity")),
                             .total_bytes = bytes_of(cell(row, "TotalCapacity"))}));
    set_tablets(id, number(row, "TabletNum"));
  }
  nodes_known_ = true;
  // A decommissioned BE that is gone from the record was dropped by the daemon.
  for (const NodeRow* row : shared_->catalog->nodes_of(kind)) {
    const bool listed = std::ranges::any_of(
        rows, [&](const RecordedRow& recorded) { return id_of(recorded, kind) == row->id; });
    if (listed || !row->system_decommissioned) continue;
    set_tablets(row->id, 0);
    static_cast<void>(decommission_tick(fe(leader_)));
    return;
  }
}

}  // namespace srsim::testing
