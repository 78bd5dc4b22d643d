#include "fe_server.h"

#include <algorithm>

/// The start of an FE, its life as a member and as a leader.
namespace sragent::simulate {
namespace {

constexpr int kExitFailed = 255;
constexpr Ms kSecond = 1'000;
constexpr Ms kHeartbeatRound = 5 * kSecond;
constexpr int kTolerated = 3;
/// A leader that cannot commit ends after this.
constexpr Ms kLeaderPatience = 43 * kSecond;
constexpr Ms kHelperPatience = 60 * kSecond;

const std::string kRole = "/data/image/ROLE";
const std::string kVersion = "/data/image/VERSION";
const std::string kLog = "/data/bdb/00000000.jdb";
/// Part of the log in a real one: the group took this member in.
const std::string kJoined = "/data/bdb/joined";

std::string option(const std::vector<std::string>& argv, std::string_view name) {
  for (std::size_t i = 0; i + 1 < argv.size(); ++i)
    if (argv[i] == name) return argv[i + 1];
  return {};
}

std::string line_of(const std::string& text, std::string_view key) {
  const auto at = text.find("\n" + std::string{key} + "=");
  if (at == std::string::npos) return {};
  const auto begin = at + key.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

FeServer::FeServer(World& world_in, Pod& pod_in, int pid_in, std::vector<std::string> argv_in)
    : Server(world_in, pod_in, pid_in, std::move(argv_in)),
      helper_(option(argv, "--helper")),
      profile_(*srsim::parse_profile(pod_in.version)) {
  profile_.makes_warehouses = world.plan.warehouse;
}

FeServer* fe_at(const Pod& pod) {
  if (pod.slot->kind != NodeKind::kFe || !pod.server || pod.server->over) return nullptr;
  return static_cast<FeServer*>(pod.server.get());
}

bool FeServer::attached() const {
  return !over && member_ && group_ != nullptr && group_->has(name_);
}

bool has_majority(const World& world, const Group& group, const FeServer& from) {
  std::size_t with = 0;
  for (const auto& slot : world.slots) {
    if (slot->kind != NodeKind::kFe || slot->pod == nullptr) continue;
    const auto* const other = fe_at(*slot->pod);
    if (other == nullptr || other->ring() != &group || !other->attached()) continue;
    if (slot->observer) continue;
    if (world.linked(from.pod, *slot->pod)) ++with;
  }
  return with * 2 > group.members.size();
}

void FeServer::write_role(bool with_type) {
  disk().write(kRole,
               std::string{"#\nrole="} + (observer() ? "OBSERVER" : "FOLLOWER") +
                   "\nhostType=" + std::string{with_type ? "FQDN" : ""} + "\nname=" + name_ + "\n");
}

/// The first 38 bytes of a log have no root: such a file never starts.
void FeServer::write_log(int group) {
  disk().write(kLog, "cut");
  world.kernel.sleep(world.rng.between(5, 30));
  disk().write(kLog, "\ngroup=" + std::to_string(group) + "\n");
}

void FeServer::read_role() {
  const auto* const text = disk().find(kRole);
  if (text == nullptr || text->empty()) return end(kExitFailed);
  name_ = line_of(*text, "name");
}

void FeServer::new_group(std::int32_t cluster_id) {
  world.groups.push_back(std::make_unique<Group>());
  group_ = world.groups.back().get();
  group_->id = static_cast<int>(world.groups.size());
  group_->catalog = std::make_shared<srsim::Catalog>();
  group_->members.insert(name_);
  group_->leaderless_since = world.now();
  auto& catalog = group_->edit();
  // Elsewhere no list has a column for warehouses.
  const auto mode =
      world.plan.warehouse ? srsim::RunMode::kSharedData : srsim::RunMode::kSharedNothing;
  srsim::apply(catalog, srsim::entry::found(cluster_id, "token", mode));
  srsim::apply(
      catalog,
      srsim::entry::put_frontend(
          {.id = 1, .name = name_, .host = pod.slot->fqdn, .edit_log_port = kEditLogPort}));
}

void FeServer::run() {
  world.note(&pod, {"server boots", helper_.empty() ? "" : " with helper ", helper_});
  world.kernel.sleep(world.rng.between(2 * kSecond, 6 * kSecond));
  if (helper_.empty()) {
    start_alone();
  } else {
    start_with_helper();
  }
  if (over) return;
  attach();
}

void FeServer::found() {
  name_ = pod.slot->fqdn + "_9010_" + std::to_string(kEpoch + world.now());
  disk().write(kRole, "");
  world.kernel.sleep(world.rng.between(5, 40));
  write_role(false);
  world.kernel.sleep(world.rng.between(5, 100));
  const int id = ++world.next_cluster;
  disk().write(kVersion, "#\nclusterId=" + std::to_string(id) + "\ntoken=token\n");
  world.kernel.sleep(world.rng.between(100, 1'000));
  new_group(id);
  write_log(group_->id);
}

void FeServer::start_alone() {
  auto& files = disk();
  const bool role = files.find(kRole) != nullptr;
  const bool version = files.find(kVersion) != nullptr;
  if (!role && !version) return found();
  if (role != version) return end(kExitFailed);
  read_role();
  if (over) return;
  const auto* const log = files.find(kLog);
  const bool was_ready = !line_of(*files.find(kRole), "hostType").empty();
  const int id = std::stoi("0" + line_of(*files.find(kVersion), "clusterId"));
  const int group = log == nullptr ? 0 : std::stoi("0" + line_of(*log, "group"));
  if (log != nullptr && group == 0) return end(kExitFailed);
  if (group != 0) {
    group_ = world.groups[static_cast<std::size_t>(group - 1)].get();
    if (was_ready || group_->has(name_)) {
      const bool alone = !was_ready && group_->members.size() == 1;
      if (alone || !group_->has(name_)) end(kExitFailed);
      return;
    }
  }
  new_group(id);  // half-made metadata started alone: a group of its own under the same id
  write_log(group_->id);
}

FeServer* FeServer::helper() {
  const auto host = helper_.substr(0, helper_.find(':'));
  const auto address = resolve(host);
  auto* const at = address ? world.at_address(*address) : nullptr;
  if (at == nullptr || !world.linked(pod, *at)) return nullptr;
  auto* const server = fe_at(*at);
  return server != nullptr && server->ready() ? server : nullptr;
}

void FeServer::start_with_helper() {
  if (helper_.starts_with(pod.slot->fqdn + ":")) return end(kExitFailed);
  auto& files = disk();
  if (files.find(kRole) == nullptr || files.find(kVersion) == nullptr) first_files();
  if (over) return;
  read_role();
  if (over) return;
  const auto* const log = disk().find(kLog);
  const int group = log == nullptr ? 0 : std::stoi("0" + line_of(*log, "group"));
  if (log != nullptr && group == 0) return end(kExitFailed);  // has no root
  if (group == 0 || disk().find(kJoined) == nullptr) return enter_group();
  group_ = world.groups[static_cast<std::size_t>(group - 1)].get();
  if (!group_->has(name_)) end(kExitFailed);
}

/// GET /role and /version at the helper, every 5 s until it knows this host.
void FeServer::first_files() {
  const srsim::FrontendRow* row = nullptr;
  FeServer* from = nullptr;
  while (true) {
    from = helper();
    row = from == nullptr || from->ring() == nullptr
              ? nullptr
              : from->ring()->catalog->frontend(pod.slot->fqdn, kEditLogPort);
    if (row != nullptr) break;
    world.kernel.sleep(5 * kSecond);
  }
  name_ = row->name;
  const auto id = from->ring()->catalog->cluster_id;
  disk().write(kRole, "");
  world.kernel.sleep(world.rng.between(5, 40));
  write_role(false);
  world.kernel.sleep(world.rng.between(5, 100));
  if (disk().find(kVersion) == nullptr) {
    disk().write(kVersion, "#\nclusterId=" + std::to_string(id) + "\ntoken=token\n");
  } else if (line_of(*disk().find(kVersion), "clusterId") != std::to_string(id)) {
    end(kExitFailed);
  }
}

void FeServer::enter_group() {
  const Ms until = world.now() + kHelperPatience;
  world.kernel.sleep(world.rng.between(100, 1'000));
  while (true) {
    auto* const from = helper();
    if (from != nullptr && from->ring() != nullptr) {
      const auto* const log = disk().find(kLog);
      if (log == nullptr) write_log(from->ring()->id);
      if (helper() != from) continue;
      const int stored = std::stoi("0" + line_of(*disk().find(kLog), "group"));
      if (stored != from->ring()->id) return end(kExitFailed);
      group_ = from->ring();
      const auto* const row = group_->catalog->frontend_by_name(name_);
      if (row == nullptr) return end(kExitFailed);
      if (group_->leader != nullptr && has_majority(world, *group_, *group_->leader)) break;
    } else if (world.now() > until) {
      return end(kExitFailed);
    }
    world.kernel.sleep(2 * kSecond);
  }
  if (observer()) {
    group_->observers.insert(name_);
    return disk().write(kJoined, "1");
  }
  const bool known = group_->members.contains(name_);
  if (known && !disk().exists(kJoined)) {
    world.violate(Broken::kEmptiedVoter,
                  pod.slot->name + " joins with an empty log as the voter " + name_);
  }
  group_->members.insert(name_);
  group_->unstable.erase(name_);
  disk().write(kJoined, "1");
}

/// A member of the group: replays, and serves once a leader with a majority is there.
void FeServer::attach() {
  member_ = true;
  disk().write(kJoined, "1");
  while (!leading_) {
    if (!group_->has(name_)) return end(kExitFailed);  // dropped meanwhile
    auto* const leader = group_->leader;
    if (leader != nullptr && world.linked(pod, leader->pod) &&
        has_majority(world, *group_, *leader))
      break;
    world.kernel.sleep(500);
  }
  world.kernel.sleep(world.rng.between(200, 2'500));
  serve();
}

void FeServer::serve() {
  while (true) {
    if (!ready_ && (leading_ || group_->leader != nullptr)) {
      ready_ = true;
      write_role(true);
      world.note(&pod, {"server is ready"});
      if (leading_) world.on_group_serves(*group_);
    }
    if (leading_) {
      lead_on();
    } else if (ready_) {
      wait_to_lead();
    } else {
      world.kernel.sleep(kSecond);
    }
  }
}

/// A follower has nothing to do by itself.
void FeServer::wait_to_lead() {
  constexpr Ms kLong = 3'600 * kSecond;
  waits_ = world.kernel.next_wait();
  world.kernel.suspend(world.now() + kLong);
  waits_ = {};
}

void FeServer::lead() {
  leading_ = true;
  quorum_lost_at_ = 0;
  misses_.clear();
  auto& catalog = group_->edit();
  group_->unstable.clear();
  for (auto& [name, row] : catalog.frontends) {
    row.health.alive = name == name_;
    if (name != name_ && !group_->members.contains(name)) group_->unstable.erase(name);
  }
  world.note(&pod, {"leads group ", std::to_string(group_->id)});
  if (ready_) world.on_group_serves(*group_);
  world.kernel.wake(waits_);
}

void FeServer::lead_on() {
  heartbeat();
  const Ms until = world.now() + kHeartbeatRound;
  while (world.now() < until && leading_) {
    world.kernel.sleep(kSecond);
    const bool removed = !group_->members.contains(name_);
    if (has_majority(world, *group_, *this) && !removed) {
      quorum_lost_at_ = 0;
      continue;
    }
    if (quorum_lost_at_ == 0) quorum_lost_at_ = world.now();
    if (world.now() - quorum_lost_at_ > kLeaderPatience) return end(kExitFailed);
  }
}

void FeServer::heartbeat() {
  if (!has_majority(world, *group_, *this)) return;
  auto& catalog = group_->edit();
  ++group_->journal;
  for (auto& [name, row] : catalog.frontends) {
    const auto address = resolve(row.host);
    auto* const at = address ? world.at_address(*address) : nullptr;
    // A leader answers itself without the network: FrontendHeartbeatHandler of StarRocks.
    auto* const other = name == name_                             ? this
                        : at != nullptr && world.linked(pod, *at) ? fe_at(*at)
                                                                  : nullptr;
    auto& health = row.health;
    const bool same = other != nullptr && other->ready() && other->ring() != nullptr &&
                      other->ring()->catalog->cluster_id == catalog.cluster_id;
    if (!same) {
      if (++misses_[name] > kTolerated) health.alive = false;
      if (!health.alive) health.err_msg = "Connection refused";
      continue;
    }
    misses_[name] = 0;
    health = {.alive = true,
              .last_heartbeat = now(),
              .replayed_id = group_->journal,
              .start_time = other->start_ms(),
              .version = other->profile().build,
              .query_port = kQueryPort,
              .rpc_port = 9020};
  }
  for (auto& [id, row] : catalog.nodes)
    beat_node(*this, row, misses_[row.host]);
  if (group_->journal % 2 == 0) static_cast<void>(srsim::decommission_tick(*this));
}

bool FeServer::person_says(const std::string& sql) {
  auto session = srsim::open_session(*catalog(), "root");
  const auto result = srsim::execute(session, *this, sql);
  const auto* const error = srsim::first_error(result);
  world.note(&pod,
             {"a person says ",
              sql,
              error == nullptr ? "" : " : ",
              error == nullptr ? "" : error->message});
  return error == nullptr;
}

}  // namespace sragent::simulate
