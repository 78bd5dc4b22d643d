#include "here.h"
#include "runtime/endpoints.h"
#include "runtime/node_tools.h"

/// The agent's process: what run_agent makes, with the loop turned by events.
namespace sragent::simulate {

struct Agent::Parts {
  Clock clock{};
  SignalFd signals;
  std::shared_ptr<Resolver> resolver{};
  std::shared_ptr<WorkerPool> workers{};
  std::shared_ptr<Credentials> credentials{};
  ServerProcess server{};
  NodeParts node{};
  std::unique_ptr<Loop> loop{};
};

namespace {

/// The loop's own tick has nothing to do but look after hanging jobs; what is due has its timer.
constexpr std::chrono::milliseconds kTick{10'000};

/// Four connects a second while no FE accepts are most of what happens: not in every world.
constexpr std::chrono::milliseconds kSlowProbe{1'000};

std::string hex(std::uint64_t value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (unsigned shift = 0; shift < 64; shift += 4)
    out += kHex[(value >> shift) & 15U];
  return out;
}

Config config_for(const World& world, const Slot& slot) {
  Config out;
  out.node.host_type = HostTypeSetting::kFqdn;
  out.node.pod_name = slot.name;
  out.node.termination_log.clear();
  if (world.plan.service) out.node.service = {{"sr-fe-service.sr.svc.cluster.local", 0}};
  out.fe.count = static_cast<std::uint32_t>(world.plan.count);
  out.fe.observer = slot.observer;
  if (slot.kind == NodeKind::kCn && world.plan.warehouse) out.node.warehouse = kWarehouse;
  if (world.plan.ghost_drop) out.policy.ghost_rows = GhostRowsSetting::kDrop;
  out.sql.password_file = kPasswordFile;
  if (world.plan.next_password) out.sql.next_password_file = kNextPasswordFile;
  out.loop.tick = kTick;
  out.http.peer_port = kAgentPort;
  if (!world.plan.quick_connects) out.membership.connect_probe = kSlowProbe;
  return out;
}

}  // namespace

Agent::Agent(World& world_in, Pod& pod_in, int id_in) : world(world_in), pod(pod_in), id(id_in) {}
Agent::~Agent() = default;

void Agent::build() {
  const auto& slot = *pod.slot;
  config = config_for(world, slot);
  identity = {slot.kind,
              slot.name,
              slot.fqdn,
              pod.address,
              {pod.address},
              slot.headless,
              slot.fqdn,
              hex(world.rng.next())};
  board = std::make_shared<StatusBoard>();
  book = std::make_shared<IdentityBook>(fe_self(config, identity, 0), slot.kind);
  handler = make_handler(board, book, Clock{}, config.loop.live_limit);
  auto resolver = *Resolver::start({});
  parts_ = std::make_unique<Parts>(Parts{Clock{},
                                         *SignalFd::create(),
                                         std::shared_ptr<Resolver>{std::move(resolver)},
                                         std::make_shared<WorkerPool>("look", WorkerLimits{}),
                                         std::make_shared<Credentials>(config.sql)});
  LoopParts loop{config, parts_->clock, parts_->signals, parts_->server, *board};
  loop.make_agent = [this]() -> Result<std::unique_ptr<NodeAgent>> {
    const NodeTools tools{config,
                          identity,
                          parts_->clock,
                          parts_->resolver,
                          parts_->workers,
                          parts_->credentials,
                          book,
                          parts_->server};
    auto made = make_node(tools);
    if (!made) return tl::unexpected(std::move(made).error());
    parts_->node = *std::move(made);
    return std::move(parts_->node.agent);
  };
  loop.desk = [this](const LoopParts::Answer& answer) {
    for (const auto& line : std::exchange(orders_, {})) {
      const auto reply = answer(line).value_or(ControlReply{});
      world.note(&pod, {line, ": ", reply.text});
      world.on_ordered(pod, line, reply);
    }
  };
  loop.leave_note = config.node.runtime_dir + "/" + slot.fqdn + ".leave";
  loop.base.kind = slot.kind;
  loop.base.host = slot.fqdn;
  parts_->loop = std::make_unique<Loop>(std::move(loop));
}

void Agent::start() {
  started_at = world.now();
  last_try = world.now();
  world.kernel.run_as(*this, [this] { build(); });
  turn();
}

void Agent::turn() {
  if (dead()) return;
  if (paused_until > world.now()) return world.kernel.at(paused_until, [this] { turn(); });
  std::optional<int> code;
  ++world.counters.turns;
  turn_due_ = false;
  try {
    world.kernel.run_as(*this, [&] { code = parts_->loop->turn(); });
  } catch (const std::exception& error) {
    world.violate(Broken::kMainBlocked, pod.slot->name + ": " + error.what());
  }
  if (!dead() && code) world.container_ended(pod, *code);
}

std::shared_ptr<const NodeStatus> Agent::status() {
  world.kernel.run_as(*this, [this] { parts_->loop->publish(); });
  return board->read();
}

void Agent::poke() {
  if (turn_due_ || dead()) return;
  turn_due_ = true;
  world.kernel.after(0, [this] { turn(); });
}

/// One event at most is under way for a timer: it goes on to where the timer stands by then.
void Agent::arm(Ms span) {
  armed_ = world.now() + span;
  if (alarm_ <= armed_ && alarm_ >= world.now()) return;
  alarm_ = armed_;
  world.kernel.at(alarm_, [this, at = alarm_] { on_alarm(at); });
}

void Agent::on_alarm(Ms at) {
  if (dead() || at != alarm_) return;
  alarm_ = kNoAlarm;
  if (armed_ > at) return arm(armed_ - at);
  if (!turn_due_) turn();
}

void Agent::order(std::string line) {
  orders_.push_back(std::move(line));
  poke();
}

bool Agent::ready() {
  static_cast<void>(status());
  return !dead() && handler({"/readyz"}).status == 200;
}

void Agent::stop(int signal) {
  signals.push_back({signal, 0, 0});
  pod.slot->left_at = world.now();
  poke();
}

}  // namespace sragent::simulate
