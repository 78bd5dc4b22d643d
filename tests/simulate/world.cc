#include "world.h"

/// One run of a plan.
namespace sragent::simulate {
namespace {

thread_local World* t_world = nullptr;

constexpr Ms kElectionTick = 1'000;
constexpr Ms kCheckTick = 5'000;

void every(World& world, Ms span, void (*run)(World&)) {
  world.kernel.after(span, [&world, span, run] {
    run(world);
    every(world, span, run);
  });
}

std::string headless_of(NodeKind kind) {
  return "sr-" + std::string{to_string(kind)} + "-search.sr.svc.cluster.local";
}

}  // namespace

World::World(const Plan& plan_in, bool keep_story)
    : plan(plan_in), trace(keep_story), rng(plan_in.seed ^ 0xA5A5'5A5A'1234'8765U) {
  t_world = this;
  const int nodes = plan.nodes();
  for (int i = 0; i < nodes; ++i) {
    auto slot = std::make_unique<Slot>();
    slot->index = i;
    slot->kind = i < plan.fes              ? NodeKind::kFe
                 : i < plan.fes + plan.bes ? NodeKind::kBe
                                           : NodeKind::kCn;
    slot->ordinal = i < plan.fes              ? i
                    : i < plan.fes + plan.bes ? i - plan.fes
                                              : i - plan.fes - plan.bes;
    slot->observer = i < plan.fes && i >= plan.electable();
    slot->name = node_name(plan, i);
    slot->headless = headless_of(slot->kind);
    slot->fqdn = slot->name + "." + slot->headless;
    slots.push_back(std::move(slot));
  }
}

World::~World() {
  t_world = nullptr;
}

World& World::current() {
  return *t_world;
}

void World::note(const Pod* pod, std::initializer_list<std::string_view> words) {
  const std::string_view who = pod == nullptr ? "world" : std::string_view{pod->slot->name};
  trace.add(now(), who, words);
}

void World::violate(Broken broken, std::string what) {
  if (outcome.broken != Broken::kNothing) return;
  outcome.broken = broken;
  outcome.what = std::move(what);
  outcome.at = now();
  kernel.stop();
  note(nullptr, {"BROKEN ", to_string(broken), ": ", outcome.what});
}

Outcome World::run() {
  for (const auto& slot : slots) {
    const bool late = plan.late_founder && slot->index == 0;
    const Ms begin = slot->kind == NodeKind::kFe ? 0 : plan.workers_at;
    const Ms within = slot->kind == NodeKind::kFe ? 10'000 : plan.workers_within;
    schedule(*slot, begin + (late ? rng.between(20'000, 70'000) : rng.between(0, within)));
  }
  for (const auto& fault : plan.faults)
    kernel.at(fault.at, [this, &fault] { strike(fault); });
  every(*this, kElectionTick, [](World& world) { elections(world); });
  every(*this, kCheckTick, [](World& world) { world.check_always(); });
  if (kernel.run_until(plan.end)) check_end();
  outcome.simulated = now();
  outcome.hash = trace.hash();
  outcome.counters = counters;
  outcome.story = trace.lines();
  clean_up();
  return outcome;
}

/// Fibers hold objects on their stacks: they are unwound before anything is freed.
void World::clean_up() {
  for (const auto& pod : pods) {
    if (pod->agent) pod->agent->kill();
    if (pod->server) pod->server->kill();
  }
  for (const auto& server : old_servers)
    server->kill();
}

}  // namespace sragent::simulate
