#include <csignal>

#include "fe_server.h"

/// BE and CN processes, the common part of all servers, and the elections of the groups.
namespace sragent::simulate {
namespace {

const std::string kClusterFile = "/data/cluster_id";

/// A BE or CN: boots, answers heartbeats and /api/health.
class WorkerServer : public Server {
 public:
  using Server::Server;

  void run() override {
    world.kernel.sleep(world.rng.between(500, 5'000));
    up_ = true;
    pod.healthy_since = world.now();
    world.note(&pod, {"server is up"});
    while (true)
      world.kernel.sleep(Ms{24} * 3'600'000);
  }

  [[nodiscard]] bool listens(std::uint16_t port) const override {
    return up_ && (port == kHeartbeatPort || port == kBeHttpPort);
  }

  /// Empty: well.
  std::string heartbeat(const std::string& cluster_id) {
    const auto* const stored = disk().find(kClusterFile);
    if (stored == nullptr) {
      disk().write(kClusterFile, cluster_id);
    } else if (*stored != cluster_id) {
      return "Unmatched cluster id";
    }
    return {};
  }

 private:
  bool up_ = false;
};

constexpr int kTolerated = 3;

void miss(srsim::NodeRow& row, int& misses, std::string error) {
  if (++misses <= kTolerated) return;
  row.health.alive = false;
  row.health.status = srsim::NodeStatus::kDisconnected;
  row.health.err_msg = std::move(error);
}

}  // namespace

void beat_node(FeServer& leader, srsim::NodeRow& row, int& misses) {
  auto& world = leader.world;
  const auto address = leader.resolve(row.host);
  auto* const pod = address ? world.at_address(*address) : nullptr;
  auto* const server =
      pod != nullptr && world.linked(leader.pod, *pod) && World::listens(*pod, kHeartbeatPort)
          ? dynamic_cast<WorkerServer*>(pod->server.get())
          : nullptr;
  if (server == nullptr) return miss(row, misses, "java.net.ConnectException: Connection refused");
  auto refusal = server->heartbeat(std::to_string(leader.ring()->catalog->cluster_id));
  if (!refusal.empty()) return miss(row, misses, std::move(refusal));
  misses = 0;
  auto& health = row.health;
  auto& slot = *pod->slot;
  if (!slot.seen_alive) world.last_registered = world.now();
  slot.seen_alive = true;
  if (!health.alive) health.last_start = kEpoch + world.now();
  health.alive = true;
  health.status = srsim::NodeStatus::kOk;
  health.err_msg.clear();
  health.last_heartbeat = kEpoch + world.now();
  health.be_port = 9060;
  health.http_port = kBeHttpPort;
  health.brpc_port = 8060;
  health.version = leader.profile().build;
}

Server::Server(World& world_in, Pod& pod_in, int pid_in, std::vector<std::string> argv_in)
    : world(world_in),
      pod(pod_in),
      pid(pid_in),
      argv(std::move(argv_in)),
      started(world_in.now()) {}

Disk& Server::disk() const {
  return *pod.data;
}

/// In its own fiber it does not come back.
void Server::end(int status, bool by_signal) {
  if (over) return;
  over = true;
  world.on_server_end(*this);
  const auto how = by_signal ? ExitStatus::How::kSignaled : ExitStatus::How::kExited;
  world.note(&pod, {"server ends with ", std::to_string(status)});
  if (auto* const fe = dynamic_cast<FeServer*>(this); fe != nullptr && fe->ring() != nullptr) {
    if (fe->ring()->leader == fe) {
      fe->ring()->leader = nullptr;
      fe->ring()->leaderless_since = world.now();
      fe->ring()->elect_at = world.now() + world.rng.between(2'000, 8'000);
    }
  }
  if (pod.agent && !pod.agent->dead()) {
    pod.agent->reaped.push_back({pid, {how, status}});
    pod.agent->poke();
  }
  const bool inside = Kernel::current().owner() == this;
  kill();
  if (inside) throw Killed{};
}

std::unique_ptr<Server> make_server(World& world,
                                    Pod& pod,
                                    int pid,
                                    std::vector<std::string> argv) {
  if (pod.slot->kind == NodeKind::kFe)
    return std::make_unique<FeServer>(world, pod, pid, std::move(argv));
  return std::make_unique<WorkerServer>(world, pod, pid, std::move(argv));
}

namespace {

std::vector<FeServer*> servers_of(const World& world, const Group& group) {
  std::vector<FeServer*> out;
  for (const auto& pod : world.pods) {
    if (!pod->gone) {
      if (auto* const server = fe_at(*pod); server != nullptr && server->ring() == &group)
        out.push_back(server);
    }
  }
  return out;
}

/// A leader that learns of a later one ends, as FEs do.
void end_rivals(const World& world, const Group& group, const std::vector<FeServer*>& all) {
  if (group.leader == nullptr) return;
  for (auto* const server : all) {
    if (server->leading() && server != group.leader && world.linked(server->pod, group.leader->pod))
      server->end(255);
  }
}

void elect(World& world, Group& group) {
  const auto all = servers_of(world, group);
  end_rivals(world, group, all);
  if (group.leader != nullptr && has_majority(world, group, *group.leader)) {
    group.elect_at = 0;
    return;
  }
  std::vector<FeServer*> able;
  for (auto* const server : all) {
    if (server->attached() && !server->observer() && server != group.leader &&
        has_majority(world, group, *server))
      able.push_back(server);
  }
  if (able.empty()) return;
  if (group.elect_at == 0) group.elect_at = world.now() + world.rng.between(2'000, 8'000);
  if (world.now() < group.elect_at) return;
  group.elect_at = 0;
  group.leader =
      able[static_cast<std::size_t>(world.rng.below(static_cast<std::int64_t>(able.size())))];
  group.led_since = world.now();
  ++world.leader_changes;
  group.leader->lead();
}

}  // namespace

void elections(World& world) {
  for (const auto& group : world.groups)
    elect(world, *group);
}

}  // namespace sragent::simulate
