#include <algorithm>

#include "fe_server.h"

/// The invariants of what is, at any time and at the end.
namespace sragent::simulate {
namespace {

constexpr Ms kResumePatience = 20'000;
constexpr Ms kTryPatience = 130'000;

/// The nodes of a set of N take turns of 0.3 s, at most 300 of them (S32): a login may wait for one
/// after its back-off.
Ms try_patience(std::size_t nodes) {
  constexpr Ms kTurn = 300;
  constexpr std::size_t kMostTurns = 300;
  return kTryPatience + kTurn * static_cast<Ms>(std::min(nodes, kMostTurns));
}

}  // namespace

void World::check_always() {
  const Ms patience = try_patience(slots.size());
  for (const auto& slot : slots) {
    if (long_list_limit == 0) track_row(*slot);  // a search through all rows for each of them
    const auto* const pod = slot->pod;
    if (pod == nullptr || !pod->agent || pod->agent->dead() || pod->deleting) continue;
    if (leaves(*slot)) continue;  // judged at the end
    auto& agent = *pod->agent;
    if (agent.paused_until + patience > now() && agent.paused_until > 0) continue;
    check_ready(*slot);
    if (now() - agent.last_try > patience)
      violate(Broken::kNoMoreTries, slot->name + ": " + agent.status()->detail);
    const bool sealed = slot->kind == NodeKind::kFe && complete(*pod->data) &&
                        pod->data->find("/data/.sr-agent/sealed") != nullptr &&
                        pod->data->find("/data/.sr-agent/left") == nullptr;
    const bool started = pod->server && pod->server->started >= agent.started_at;
    if (!sealed || started || now() - agent.started_at < kResumePatience) continue;
    const auto status = agent.status();
    if (status->reason != Reason::kIdentityConflict)
      violate(Broken::kResumeWaits, slot->name + ": " + status->detail);
  }
}

namespace {

bool has_row(const Group& group, const Slot& slot) {
  return slot.kind == NodeKind::kFe ? group.catalog->frontend(slot.fqdn, kEditLogPort) != nullptr
                                    : row_of(group, slot) != nullptr;
}

}  // namespace

const srsim::NodeRow* row_of(const Group& group, const Slot& slot) {
  const auto id = group.node_ids.find(slot.fqdn);
  if (id == group.node_ids.end()) return nullptr;
  const auto row = group.catalog->nodes.find(id->second);
  return row == group.catalog->nodes.end() ? nullptr : &row->second;
}

bool listed(const World& world, const Slot& slot) {
  return std::any_of(world.groups.begin(), world.groups.end(), [&](const auto& group) {
    return has_row(*group, slot);
  });
}

/// Also while nothing is asked of the node: what it was before a pause says nothing of now.
void World::track_row(Slot& slot) const {
  if (listed(*this, slot)) {
    slot.row_gone_since = -1;
    slot.row_was = true;
  } else {
    if (slot.row_gone_since < 0) slot.row_gone_since = now();
    if (slot.row_was && asked_to_leave(*this, slot)) slot.departure.row_out = true;
    slot.row_was = false;
  }
}

/// A fact may be as old as its limit, and speaks for the node that long (S55).
void World::check_ready(const Slot& slot) {
  constexpr Ms kSlack = 15'000;
  if (slot.row_gone_since < 0) return;
  auto& agent = *slot.pod->agent;
  const Ms limit = Ms{agent.config.ready.row_age.count()} * 1'000 + kSlack;
  if (now() - slot.row_gone_since > limit && agent.ready())
    violate(Broken::kReadyUnregistered, slot.name);
}

namespace {

const Group* serving(const World& world) {
  for (const auto& group : world.groups) {
    if (group->leader != nullptr && group->leader->ready() &&
        has_majority(world, *group, *group->leader))
      return group.get();
  }
  return nullptr;
}

std::string state_of(const Slot& slot) {
  if (slot.pod == nullptr) return "no pod";
  if (!slot.pod->agent) return "no agent, " + std::to_string(slot.pod->restarts) + " restarts";
  const auto status = slot.pod->agent->status();
  return std::string{to_string(status->phase)} + ", " + std::string{to_string(status->reason)} +
         ", meta " + status->meta + ": " + status->detail;
}

}  // namespace

/// Its server serves and its row is alive: Kubernetes has to be told so.
void World::check_good_order(const Slot& slot) {
  auto* const agent = slot.pod->agent.get();
  if (agent == nullptr || agent->dead() || agent->ready()) return;
  violate(Broken::kNotReady, slot.name + ": " + agent->handler({"/readyz"}).body);
}

namespace {

/// The leader keeps an address for a minute, hears of a process at the next heartbeat, and the
/// agent reads its row every 15 s: before that a new process may rightly not be alive in the list.
bool known_to_leader(const FeServer& server) {
  constexpr Ms kByThen = 60'000 + 10'000 + 20'000;
  return server.now() - server.start_ms() >= kByThen;
}

}  // namespace

void World::check_end() {
  const auto* const group = serving(*this);
  const bool person = founding_excused || person_needed || !admin_dropped_fes.empty();
  const bool lost_any = std::any_of(slots.begin(), slots.end(), [](const auto& slot) {
    return slot->kind == NodeKind::kFe && slot->volume_lost;
  });
  // docs/start-rules.md section 5: what is left to a person.
  const auto gone = std::count_if(slots.begin(), slots.end(), [this](const auto& slot) {
    return slot->kind == NodeKind::kFe && on_its_way_out(*this, *slot);
  });
  const bool excused =
      person || (lost_any && plan.electable() - gone <= 2) || (lost_any && plan.count == 0);
  for (const auto& slot : slots) {
    if (slot->kind != NodeKind::kFe || excused || has_left(*this, *slot)) continue;
    const auto* const server = slot->pod == nullptr ? nullptr : fe_at(*slot->pod);
    const bool well = server != nullptr && server->ready() && server->ring() == group;
    if (!well) violate(Broken::kStuck, slot->name + ": " + state_of(*slot));
    if (well && !slot->admin_out && known_to_leader(*server)) check_good_order(*slot);
  }
  if (group == nullptr) return;
  for (const auto& slot : slots) {
    if (slot->kind == NodeKind::kFe || slot->admin_out || slot->pod == nullptr) continue;
    if (excused || has_left(*this, *slot)) continue;
    const auto* const row = row_of(*group, *slot);
    // Taken back once it had none: `sr-agent register` adds a new row, if a person wants one.
    const auto& departure = slot->departure;
    if (row == nullptr && departure.pod == 0 && departure.row_out) continue;
    if (row == nullptr || !row->health.alive) {
      violate(
          Broken::kNotRegistered,
          slot->name + (row == nullptr ? " has no row: " : " is not alive: ") + state_of(*slot));
    } else if (plan.warehouse && slot->kind == NodeKind::kCn && row->warehouse != kWarehouse) {
      violate(Broken::kNotRegistered,
              slot->name + " is in warehouse " + row->warehouse + ": " + state_of(*slot));
    } else {
      check_good_order(*slot);
    }
  }
}

}  // namespace sragent::simulate
