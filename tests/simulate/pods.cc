#include <algorithm>
#include <csignal>

#include "fe_server.h"
#include "world.h"

/// Kubernetes: pods, containers, volumes; and what goes wrong with them.
namespace sragent::simulate {
namespace {

constexpr int kKilled = 137;
/// The kubelet's pauses, cut short so that ten minutes show the healing.
constexpr Ms kLongestPause = 20'000;

Ms restart_pause(const Pod& pod) {
  if (pod.restarts == 0) return 300;
  return std::min(kLongestPause, Ms{2'500} << std::min(pod.restarts, 4));
}

std::string address_text(int number) {
  return "10." + std::to_string(1 + number / 62'500) + "." + std::to_string(number / 250 % 250) +
         "." + std::to_string(1 + number % 250);
}

}  // namespace

void World::schedule(Slot& slot, Ms after_span) {
  auto owned = std::make_unique<Pod>();
  auto& pod = *owned;
  pods.push_back(std::move(owned));
  pod.slot = &slot;
  pod.number = ++slot.pods;
  pod.address = address_text(next_address++);
  if (!plan.claims && slot.pods > 1) note_loss(slot);
  if (!plan.claims || !slot.volume) slot.volume = std::make_shared<Disk>();
  pod.data = slot.volume;
  pod.version = plan.version;
  addresses[pod.address] = &pod;
  slot.pod = &pod;
  slot.fault_at = now() + after_span;
  const Ms start = now() + after_span + rng.between(500, 3'000);
  pod.listed_at = start + rng.between(0, 2'500);
  kernel.at(start, [this, &pod] { start_container(pod); });
}

void World::start_container(Pod& pod) {
  if (pod.gone || pod.deleting || pod.agent) return;
  note(&pod, {"container starts"});
  pod.last_start = now();
  pod.agent = std::make_unique<Agent>(*this, pod, static_cast<int>(agents.size()));
  agents.push_back(pod.agent.get());
  pod.agent->start();
}

void World::container_ended(Pod& pod, int status) {
  note(&pod, {"container ends with ", std::to_string(status)});
  if (pod.server && !pod.server->over) pod.server->end(SIGKILL, true);
  if (pod.agent) {
    agents[static_cast<std::size_t>(pod.agent->id)] = nullptr;
    pod.agent->kill();
    old_agents.push_back(std::move(pod.agent));
  }
  pod.slot->fault_at = now();
  if (pod.deleting) return forget_pod(pod);
  if (now() - pod.last_start > 120'000) pod.restarts = 0;
  kernel.after(restart_pause(pod), [this, &pod] { start_container(pod); });
  ++pod.restarts;
}

void World::kill_container(Pod& pod) {
  if (pod.gone || !pod.agent) return;
  container_ended(pod, kKilled);
}

/// TERM, and KILL at the end of the grace period.
void World::delete_pod(Pod& pod) {
  if (pod.deleting || pod.gone) return;
  pod.deleting = true;
  pod.slot->fault_at = now();
  pod.unlisted_at = now() + rng.between(0, 2'000);
  if (!pod.agent) return forget_pod(pod);
  pod.agent->stop(SIGTERM);
  watch_stop(pod);
  constexpr Ms kGrace = 30'000;
  kernel.after(kGrace, [this, &pod] {
    if (!pod.gone && !pod.removed) kill_container(pod);
  });
}

/// The pod is over; the StatefulSet makes the next one.
void World::forget_pod(Pod& pod) {
  if (pod.removed && pod.gone) return;
  pod.removed = true;
  pod.gone = true;
  if (!pod.unlisted_at) pod.unlisted_at = now() + rng.between(0, 2'000);
  if (pod.slot->pod != &pod) return;
  pod.slot->pod = nullptr;
  if (pod.slot->wanted) schedule(*pod.slot, rng.between(1'000, 5'000));
}

/// A group of one or two that loses a volume is left to a person (docs/start-rules.md section 5).
void World::note_loss(Slot& slot) {
  slot.volume_lost = true;
  if (slot.kind != NodeKind::kFe || slot.observer) return;
  for (const auto& group : groups)
    if (group->members.size() <= 2) person_needed = true;
}

void World::lose_volume(Slot& slot) {
  note_loss(slot);
  slot.volume.reset();
  if (slot.pod == nullptr) return;
  auto& pod = *slot.pod;
  pod.deleting = true;
  pod.data = std::make_shared<Disk>();
  if (pod.agent) return kill_container(pod);
  forget_pod(pod);
}

void World::upgrade_next(int slot, std::string version) {
  if (slot < 0) return;
  auto& next = *slots[static_cast<std::size_t>(slot)];
  if (next.pod != nullptr) delete_pod(*next.pod);
  kernel.after(kRollStep,
               [this, slot, version = std::move(version)] { upgrade_next(slot - 1, version); });
}

namespace {

/// Until the new pod is up the old one is nobody's: it keeps its address and its own volume.
void force_delete(World& world, Slot& slot) {
  auto* const old = slot.pod;
  if (old == nullptr || old->gone) return;
  world.founding_excused = true;  // docs/start-rules.md section 5, limit 2
  old->removed = true;
  old->unlisted_at = world.now() + world.rng.between(0, 2'000);
  slot.pod = nullptr;
  world.note_loss(slot);
  world.schedule(slot, 2'000);
  world.kernel.after(world.rng.between(5'000, 60'000), [&world, old] {
    old->deleting = true;
    old->gone = true;
    world.kill_container(*old);
    if (old->agent) {
      old->gone = false;
      world.kill_container(*old);
      old->gone = true;
    }
  });
}

FeServer* leader_of(World& world) {
  for (const auto& group : world.groups)
    if (group->leader != nullptr) return group->leader;
  return nullptr;
}

/// The highest ordinal of the set that `node` is in.
void scale(World& world, int node) {
  const auto& plan = world.plan;
  const int fes = plan.electable() < 3 ? 0 : plan.fes;  // fewer would lose their majority
  const int last = node < plan.fes              ? fes - 1
                   : node < plan.fes + plan.bes ? plan.fes + plan.bes - 1
                                                : plan.nodes() - 1;
  auto& slot = *world.slots[static_cast<std::size_t>(last < 0 ? plan.nodes() - 1 : last)];
  if (slot.pod == nullptr) return;
  slot.wanted = false;
  slot.fault_at = world.now();
  world.delete_pod(*slot.pod);
  world.kernel.after(plan.scaled_in, [&world, &slot] {
    slot.wanted = true;
    if (slot.pod == nullptr) world.schedule(slot, 0);
  });
}

void admin_statement(World& world, const Fault& fault, Slot& slot) {
  auto* const leader = leader_of(world);
  if (leader == nullptr || !leader->listens(kQueryPort)) return;
  const bool fe = fault.kind == FaultKind::kAdminDropFe;
  const auto& group = *leader->ring();
  const bool listed = fe ? group.catalog->frontend(slot.fqdn, kEditLogPort) != nullptr
                         : row_of(group, slot) != nullptr;
  if (!listed || (fe && &leader->pod == slot.pod)) return;
  if (slot.kind == NodeKind::kCn && fault.kind == FaultKind::kAdminDecommission) return;
  const std::string verb = fault.kind == FaultKind::kAdminDecommission ? "DECOMMISSION BACKEND"
                           : slot.observer                             ? "DROP OBSERVER"
                           : fe                                        ? "DROP FOLLOWER"
                           : slot.kind == NodeKind::kCn                ? "DROP COMPUTE NODE"
                                                                       : "DROP BACKEND";
  const auto port = fe ? kEditLogPort : kHeartbeatPort;
  // 3.3.6 to 3.5 look for a row without this in the default warehouse alone.
  const bool placed = slot.kind == NodeKind::kCn && world.plan.warehouse;
  const std::string sql = "ALTER SYSTEM " + verb + " \"" + slot.fqdn + ":" + std::to_string(port) +
                          "\"" +
                          (placed ? std::string{" FROM WAREHOUSE `"} + kWarehouse + "`" : "");
  const auto members = group.members.size();
  if (!leader->person_says(sql)) {
    // The member is out all the same (fe_view.cc): what is left of the group is no majority.
    if (group.members.size() < members) world.person_needed = true;
    return;
  }
  // One that never was a member begins its join anew: nothing of it was acknowledged (row 11).
  const bool member = slot.volume && slot.volume->find("/data/.sr-agent/sealed") != nullptr;
  slot.admin_out = true;
  if (fe && !member) return;
  // One that leaves for good anyway may come back with another pod, as if nobody had helped it.
  if (fe && !leaves(slot)) world.admin_dropped_fes.insert(slot.fqdn);
  // A pod whose agent never saw the row cannot tell that it was taken out: it is new, and wanted.
  const bool seen = slot.pod != nullptr &&
                    slot.pod->own.find("/dev/shm/sr-agent/" + slot.fqdn + ".seen") != nullptr;
  slot.admin_pod = seen ? slot.pods : slot.pods - 1;
  slot.admin_at = world.now();
  slot.admin_for_good = fault.kind == FaultKind::kAdminDecommission;
}

/// With a second file the new word stands there before the cluster has it, and moves afterwards.
void change_password(World& world, const Fault& fault) {
  const auto word = "word" + std::to_string(fault.at);
  const Ms half = fault.span / 2;
  if (world.plan.next_password) world.next_secret = word;
  world.kernel.after(world.plan.next_password ? half : 0,
                     [&world, word] { world.password = word; });
  world.kernel.after(fault.span, [&world, word] {
    world.secret = world.password;
    if (world.next_secret == word) world.next_secret.reset();
  });
}

/// The eight letters behind "--consent", where the agent asks for consent.
std::string challenge_in(const std::string& text) {
  constexpr std::string_view kBefore = "--consent ";
  constexpr std::size_t kLetters = 8;
  const auto at = text.find(kBefore);
  return at == std::string::npos ? std::string{} : text.substr(at + kBefore.size(), kLetters);
}

/// A person who has made sure that no volume of the old group is left.
void consent(World& world, Slot& slot) {
  if (slot.pod == nullptr || !slot.pod->agent || slot.pod->agent->dead()) return;
  auto& agent = *slot.pod->agent;
  const auto letters = challenge_in(agent.status()->detail);
  if (letters.empty() || world.volume_of_a_group(slot)) return;
  agent.order("consent " + letters + " the volumes are gone");
}

}  // namespace

void World::strike(const Fault& fault) {
  note(nullptr, {"FAULT ", describe(fault, plan)});
  auto& slot = *slots[static_cast<std::size_t>(fault.node)];
  auto* const pod = slot.pod;
  slot.fault_at = now() + fault.span;
  switch (fault.kind) {
    case FaultKind::kAgentCrash:
      if (pod != nullptr) kill_container(*pod);
      return;
    case FaultKind::kCrashAtStep:
      if (pod != nullptr && pod->agent) pod->agent->crash_at = fault.extra;
      return;
    case FaultKind::kServerCrash:
      if (pod != nullptr && pod->server && !pod->server->over) pod->server->end(SIGKILL, true);
      return;
    case FaultKind::kAgentPause:
      if (pod != nullptr && pod->agent) pod->agent->paused_until = now() + fault.span;
      return;
    case FaultKind::kPodDelete:
      if (pod != nullptr) delete_pod(*pod);
      return;
    case FaultKind::kForcedDelete:
      return force_delete(*this, slot);
    case FaultKind::kVolumeLost:
      return lose_volume(slot);
    case FaultKind::kOutage:
      for (const auto& each : slots)
        if (each->pod != nullptr) kill_container(*each->pod);
      return;
    case FaultKind::kLeaderChange:
      if (auto* const leader = leader_of(*this)) leader->end(SIGKILL, true);
      return;
    case FaultKind::kPartition:
      cuts.push_back({static_cast<std::uint64_t>(fault.extra), now() + fault.span});
      return;
    case FaultKind::kSlowNetwork:
      slow_until = now() + fault.span;
      return;
    case FaultKind::kDnsDown:
      dns_down_until = now() + fault.span;
      return;
    case FaultKind::kPasswordChange:
      return change_password(*this, fault);
    case FaultKind::kUpgrade:
      return upgrade_next(plan.nodes() - 1, "main");
    case FaultKind::kScale:
      return scale(*this, fault.node);
    case FaultKind::kConsent:
      return consent(*this, slot);
    case FaultKind::kLeave:
      if (pod != nullptr && pod->agent) pod->agent->order("leave a person");
      return;
    case FaultKind::kLeaveBack:
      if (pod != nullptr && pod->agent && leaves(slot)) pod->agent->order("drain-cancel");
      return;
    case FaultKind::kLeaveAway:
      if (pod == nullptr || !has_left(*this, slot)) return;
      slot.departure.away = true;
      slot.wanted = false;
      return delete_pod(*pod);
    case FaultKind::kAdminDrop:
    case FaultKind::kAdminDecommission:
    case FaultKind::kAdminDropFe:
      return admin_statement(*this, fault, slot);
  }
}

}  // namespace sragent::simulate
