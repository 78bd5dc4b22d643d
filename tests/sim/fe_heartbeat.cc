#include <future>
#include <thread>

#include "fe_node.h"
#include "sim_log.h"

namespace srsim {
namespace {

constexpr int kTolerated = 3;

milliseconds call_limit(const FeConfig& config) {
  return scaled_at_least(milliseconds(config.number("heartbeat_timeout_second", 5) * 1000),
                         milliseconds(400));
}

std::string json_text(const std::string& body, const std::string& key) {
  const std::string mark = "\"" + key + "\":";
  std::size_t at = body.find(mark);
  if (at == std::string::npos) return {};
  at += mark.size();
  if (at < body.size() && body[at] == '"')
    return body.substr(at + 1, body.find('"', at + 1) - at - 1);
  return body.substr(at, body.find_first_of(",}", at) - at);
}

/// FE heartbeats show the exception's message alone, without its class.
std::string bare(const std::string& java_text) {
  const std::size_t colon = java_text.find(": ");
  return colon == std::string::npos ? java_text : java_text.substr(colon + 2);
}

std::string key_of(const FrontendRow& row) {
  return "fe " + row.name;
}
std::string key_of(const NodeRow& row) {
  return "node " + std::to_string(row.id);
}

}  // namespace

void FeNode::start_daemons() {
  std::thread([this] { heartbeat_loop(); }).detach();
  std::thread([this] { timestamp_loop(); }).detach();
  std::thread([this] { decommission_loop(); }).detach();
  std::thread([this] { spread_runtime_loop(); }).detach();
}

void FeNode::heartbeat_loop() {
  const auto round = scaled(milliseconds(config_.number("heartbeat_timeout_second", 5) * 1000));
  while (still_leader()) {
    const std::int64_t begun = steady_ms();
    heartbeat_round();
    const std::int64_t spent = steady_ms() - begun;
    if (spent < round.count()) sleep_for(milliseconds(round.count() - spent));
  }
}

void FeNode::heartbeat_round() {
  const auto known = catalog();
  std::map<std::string, std::future<Beat>> beats;
  for (const auto& [name, row] : known->frontends) {
    beats[key_of(row)] =
        std::async(std::launch::async, [this, &one = row] { return beat_frontend(one); });
  }
  for (const auto& [id, row] : known->nodes) {
    beats[key_of(row)] =
        std::async(std::launch::async, [this, &one = row] { return beat_node(one); });
  }
  std::vector<JournalEntry> changes;
  bool stable_changed = false;
  for (const auto& [name, row] : known->frontends) {
    const Beat beat = beats.at(key_of(row)).get();
    if (auto change = judge_frontend(row, beat)) changes.push_back(*change);
    const std::lock_guard lock(unstable_mutex_);
    stable_changed = (beat.ok && unstable_.erase(name) != 0) || stable_changed;
  }
  for (const auto& [id, row] : known->nodes)
    judge_node(row, beats.at(key_of(row)).get(), changes);
  if (stable_changed) count_group_size_of(*catalog());
  if (!still_leader() || changes.empty()) return;
  if (commit_payload(changes, true))
    log_warn("HeartbeatMgr.runAfterCatalogReady():168", "heartbeat not journaled");
}

FeNode::Beat FeNode::beat_frontend(const FrontendRow& row) {
  Beat beat;
  if (row.name == role_.role.name) {
    beat.ok = true;
    beat.fields = {{"queryPort", std::to_string(config_.query_port)},
                   {"rpcPort", std::to_string(config_.rpc_port)},
                   {"replayedJournalId", std::to_string(journal_id_)},
                   {"feStartTime", std::to_string(start_time_)},
                   {"feVersion", config_.profile.build}};
    return beat;
  }
  const auto ip = resolver_.first(row.host);
  if (!ip) {
    beat.error = row.host;
    return beat;
  }
  const auto known = catalog();
  const std::string target =
      "/api/bootstrap?cluster_id=" + std::to_string(known->cluster_id) + "&token=" + known->token;
  const auto reply =
      http_call(identity_.ip, {*ip, config_.http_port}, {.target = target}, call_limit(config_));
  if (!reply) {
    beat.error = bare(reply.error().what);
    return beat;
  }
  beat.ok = json_text(reply->body, "status") == "OK";
  beat.error =
      json_text(reply->body, config_.profile.bootstrap_heartbeat_ok_text ? "message" : "msg");
  for (const char* key :
       {"queryPort", "rpcPort", "replayedJournalId", "feStartTime", "feVersion"}) {
    beat.fields[key] = json_text(reply->body, key);
  }
  return beat;
}

std::optional<JournalEntry> FeNode::judge_frontend(const FrontendRow& row, const Beat& beat) {
  FeHealth health = row.health;
  int& misses = seen_[key_of(row)].misses;
  if (beat.ok) {
    misses = 0;
    health.alive = true;
    health.err_msg.clear();
    health.last_heartbeat = unix_ms();
    health.query_port = static_cast<int>(get_int(beat.fields, "queryPort"));
    health.rpc_port = static_cast<int>(get_int(beat.fields, "rpcPort"));
    health.replayed_id = get_int(beat.fields, "replayedJournalId");
    health.start_time = get_int(beat.fields, "feStartTime");
    health.version = get(beat.fields, "feVersion");
    return entry::frontend_health(row.name, health);
  }
  log_warn("HeartbeatMgr.runAfterCatalogReady():168",
           "get bad heartbeat response: type: FRONTEND, status: BAD, msg: " + beat.error +
               ", name: " + row.name);
  if (++misses <= kTolerated) return std::nullopt;
  if (!health.alive && health.err_msg == beat.error) return std::nullopt;
  health.alive = false;
  health.err_msg = beat.error;
  return entry::frontend_health(row.name, health);
}

FeNode::Beat FeNode::beat_node(const NodeRow& row) {
  Beat beat;
  const auto ip = resolver_.first(row.host);
  if (!ip) {
    beat.error = "java.net.UnknownHostException: " + row.host;
    return beat;
  }
  const auto known = catalog();
  const Msg question{{"op", "heartbeat"},
                     {"cluster_id", std::to_string(known->cluster_id)},
                     {"token", known->token},
                     {"epoch", std::to_string(group_->own_answer().term)},
                     {"node_id", std::to_string(row.id)},
                     {"node_type", row.kind == NodeKind::kBackend ? "BE" : "CN"},
                     {"backend_ip", row.host},
                     {"run_mode", std::string(to_string(known->run_mode))},
                     {"fe_ip", identity_.ip},
                     {"rpc_port", std::to_string(config_.rpc_port)}};
  const auto reply = ask(identity_.ip,
                         {*ip, static_cast<std::uint16_t>(row.heartbeat_port)},
                         question,
                         call_limit(config_));
  if (!reply) {
    beat.error = reply.error().what;
    return beat;
  }
  beat.ok = get(*reply, "status") == "OK";
  beat.shutdown = get(*reply, "status") == "SHUTDOWN";
  beat.error = get(*reply, "error");
  beat.fields = *reply;
  return beat;
}

void FeNode::judge_node(const NodeRow& row, const Beat& beat, std::vector<JournalEntry>& changes) {
  NodeHealth health = row.health;
  int& misses = seen_[key_of(row)].misses;
  if (beat.shutdown && config_.profile.status_code_column) {
    misses = 0;
    health.alive = false;
    health.status = NodeStatus::kShutdown;
    health.err_msg = beat.error;
    health.last_heartbeat = unix_ms();
    changes.push_back(entry::node_health(row.id, health));
    return;
  }
  if (!beat.ok) {
    log_warn("HeartbeatMgr.runAfterCatalogReady():168",
             "get bad heartbeat response: type: BACKEND, status: BAD, msg: " + beat.error);
    if (++misses <= kTolerated) return;
    const bool said =
        !health.alive && health.err_msg == beat.error && health.status == NodeStatus::kDisconnected;
    health.alive = false;
    health.status = NodeStatus::kDisconnected;
    health.err_msg = beat.error;
    if (!said) changes.push_back(entry::node_health(row.id, health));
    return;
  }
  misses = 0;
  const Millis reboot = get_int(beat.fields, "reboot_ms");
  if (config_.profile.last_start_is_reboot_time) {
    health.last_start = reboot;
  } else if (!health.alive) {
    health.last_start = unix_ms();
  }
  health.alive = true;
  health.status = NodeStatus::kOk;
  health.err_msg.clear();
  health.last_heartbeat = unix_ms();
  health.be_port = static_cast<int>(get_int(beat.fields, "be_port"));
  health.http_port = static_cast<int>(get_int(beat.fields, "http_port"));
  health.brpc_port = static_cast<int>(get_int(beat.fields, "brpc_port"));
  health.starlet_port = static_cast<int>(get_int(beat.fields, "starlet_port"));
  if (health.starlet_port != 0 && health.worker_id < 0) health.worker_id = row.id;
  health.version = get(beat.fields, "version");
  health.cpu_cores = static_cast<int>(get_int(beat.fields, "cores"));
  health.mem_limit_bytes = get_int(beat.fields, "mem_limit");
  health.has_storage_path = get(beat.fields, "storage") == "1";
  changes.push_back(entry::node_health(row.id, health));
  const NodeDisk disk{.data_used_bytes = get_int(beat.fields, "disk_used"),
                      .available_bytes = get_int(beat.fields, "disk_free"),
                      .total_bytes = get_int(beat.fields, "disk_total")};
  const bool news =
      disk.total_bytes != row.disk.total_bytes || disk.data_used_bytes != row.disk.data_used_bytes;
  if (disk.total_bytes > 0 && news) changes.push_back(entry::node_disk(row.id, disk));
}

void FeNode::timestamp_loop() {
  while (still_leader()) {
    if (commit_payload({entry::timestamp(unix_ms())}, true)) return;
    sleep_for(scaled(milliseconds(10000)));
  }
}

void FeNode::decommission_loop() {
  while (still_leader()) {
    sleep_for(scaled(milliseconds(config_.number("alter_scheduler_interval_millisecond", 10000))));
    if (!still_leader()) return;
    for (const std::string& line : decommission_tick(*this))
      log_info("SystemHandler.runAlterJobV2():1", line);
  }
}

/// The leader hands what BE and CN report every second on to the other FEs.
void FeNode::spread_runtime_loop() {
  while (still_leader()) {
    sleep_for(scaled_at_least(milliseconds(1000), milliseconds(100)));
    std::vector<std::string> items;
    {
      const std::lock_guard lock(runtime_mutex_);
      for (const auto& [id, runtime] : runtime_) {
        items.push_back(encode({{"id", std::to_string(id)},
                                {"running", std::to_string(runtime.running_queries)},
                                {"mem", std::to_string(runtime.mem_used_pct)},
                                {"cpu", std::to_string(runtime.cpu_used_pct)}}));
      }
    }
    if (items.empty()) continue;
    const auto known = catalog();
    for (const auto& [name, row] : known->frontends) {
      const auto ip = resolver_.first(row.host);
      if (!ip || !row.health.alive || name == role_.role.name) continue;
      const Msg news{{"op", "resource"}, {"nodes", join_list(items)}};
      if (!ask(identity_.ip, {*ip, config_.rpc_port}, news, call_limit(config_))) continue;
    }
  }
}

}  // namespace srsim
