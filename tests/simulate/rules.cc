#include <algorithm>
#include <array>

#include "fe_server.h"
#include "starrocks/sql_text.h"
#include "starrocks/state_file.h"

/// The invariants. They look at disks, processes and groups, never at an agent's own word, except
/// to know what an agent waits for.
namespace sragent::simulate {
namespace {

constexpr std::array<std::string_view, 22> kNames{"nothing",
                                                  "two groups serve",
                                                  "founded beside a complete volume",
                                                  "founded on an old answer",
                                                  "dropped a row of a live process",
                                                  "a sealed member was not started",
                                                  "a statement cost the majority",
                                                  "an emptied volume voted",
                                                  "joined without a row",
                                                  "an FE does not come up",
                                                  "a BE or CN is not registered",
                                                  "too many statements",
                                                  "no more tries",
                                                  "a person's act was undone",
                                                  "a node is ready without a row",
                                                  "a node in good order is not ready",
                                                  "too many refused logins",
                                                  "a node left unasked",
                                                  "a node that had left came back",
                                                  "a mark or a DROP without its record",
                                                  "a stop outlasted its budget",
                                                  "the main thread blocked or threw"};

/// The age that a proof may have at the spawn, and the time that it takes from there to here.
constexpr Ms kLeaseMs = 2'000;
constexpr Ms kMinute = 60'000;
/// Of a BE or CN, logins among them, whatever happens to the FEs.
constexpr std::size_t kWorkerStatements = 40;
/// Besides these, of one that leaves: lists, and looks whether an FE still believes in it ...
constexpr std::size_t kLeaveStatements = 30;
/// ... for good, with every FE that does not answer in time asked again ...
constexpr std::size_t kMoveStatements = 30;
/// ... and logins with up to two passwords, SHOW, ADD and DELETE at each FE.
constexpr std::size_t kMarkStatements = 11;
/// Besides these, of a CN that may have to make its warehouse: CREATE, and the refused ADD again.
constexpr std::size_t kWarehouseStatements = 8;
/// S62: of the refused logins at one FE.
constexpr std::size_t kRefusedLogins = 10;
/// What an agent saw last may be this old.
constexpr Ms kLastSeen = 130'000;

const Group* group_on(const World& world, const Disk& disk) {
  const auto* const log = disk.find("/data/bdb/00000000.jdb");
  if (log == nullptr || log->find("group=") == std::string::npos) return nullptr;
  const int id = std::stoi(log->substr(log->find("group=") + 6));
  return world.groups[static_cast<std::size_t>(id - 1)].get();
}

std::string node_name_on(const Disk& disk) {
  const auto* const role = disk.find("/data/image/ROLE");
  const auto at = role == nullptr ? std::string::npos : role->find("\nname=");
  if (at == std::string::npos) return {};
  return role->substr(at + 6, role->find('\n', at + 6) - at - 6);
}

/// Volumes that could bring a group back, but the one of `mine`.
std::vector<const Slot*> holders(const World& world, const Slot& mine) {
  std::vector<const Slot*> out;
  for (const auto& slot : world.slots) {
    if (slot.get() == &mine || slot->kind != NodeKind::kFe || !slot->volume) continue;
    const auto* const group = group_on(world, *slot->volume);
    const bool member = group != nullptr && group->members.contains(node_name_on(*slot->volume));
    if (complete(*slot->volume) && member) out.push_back(slot.get());
  }
  return out;
}

/// Whichever pod of the ordinal it was: one that was force-deleted answers while its processes live
/// (limit 2 of docs/start-rules.md section 5), and one that is deleted may have answered just
/// before.
bool answered_lately(const World& world, const Agent& agent, const Slot& slot) {
  return std::any_of(world.pods.begin(), world.pods.end(), [&](const auto& pod) {
    const auto it = pod->slot == &slot ? agent.asked.find(pod->address) : agent.asked.end();
    return it != agent.asked.end() && world.now() - it->second <= kLeaseMs;
  });
}

/// Long enough in the name servers and up to be asked at both readings of a census.
bool in_sight(const World& world, const Slot& slot) {
  constexpr Ms kSeen = 45'000;
  const auto* const pod = slot.pod;
  return pod != nullptr && pod->agent && world.now() - pod->agent->started_at > kSeen &&
         world.now() - pod->listed_at > kSeen && pod->agent->paused_until < world.now() - kSeen;
}

std::vector<std::string> hosts_attached(const World& world, const Group& group) {
  std::vector<std::string> out;
  for (const auto& pod : world.pods) {
    if (pod->gone) continue;
    const auto* const server = fe_at(*pod);
    if (server != nullptr && server->ring() == &group && server->attached())
      out.push_back(server->node_name());
  }
  return out;
}

/// The old instance of a force-deleted pod does not count: the leader's heartbeat goes to the new
/// pod, so no list can show that it lives (limit 2 of docs/start-rules.md section 5).
bool runs_in_its_pod(const World& world, const Group& group, const std::string& name) {
  return std::any_of(world.pods.begin(), world.pods.end(), [&](const auto& pod) {
    const auto* const server = pod->gone || pod->removed ? nullptr : fe_at(*pod);
    return server != nullptr && server->ring() == &group && server->attached() &&
           server->node_name() == name;
  });
}

std::size_t voters_among(const World& world, const Group& group, const std::set<std::string>& of) {
  auto voters = hosts_attached(world, group);
  for (const auto& [name, row] : group.catalog->frontends)
    if (row.health.alive && group.members.contains(name)) voters.push_back(name);
  const std::set<std::string> unique{voters.begin(), voters.end()};
  return static_cast<std::size_t>(std::count_if(
      unique.begin(), unique.end(), [&](const auto& name) { return of.contains(name); }));
}

/// Another node's row of a CN: it has to be dead, and no pod may have the name for so long that
/// each name server tells it.
void note_ghost_drop(World& world, const Group& group, const Slot& slot) {
  constexpr Ms kNameTold = 60'000;
  ++world.counters.ghost_drops;
  const auto* const row = row_of(group, slot);
  if (row != nullptr && row->health.alive)
    world.violate(Broken::kDropNotDead, "the row of " + slot.name + " is alive");
  if (slot.pod != nullptr && !slot.pod->gone && world.now() - slot.pod->listed_at > kNameTold)
    world.violate(Broken::kDropNotDead, slot.name + " has a pod");
}

/// "sr-fe-1.sr-fe-search..." of a statement that names host:port in quotes.
std::string host_in(std::string_view sql) {
  const auto begin = sql.find_first_of("'\"");
  if (begin == std::string_view::npos) return {};
  const auto end = sql.find_first_of(":'\"", begin + 1);
  return std::string{sql.substr(begin + 1, end - begin - 1)};
}

Slot* slot_of(const World& world, const std::string& host) {
  for (const auto& slot : world.slots)
    if (slot->fqdn == host) return slot.get();
  return nullptr;
}

/// Decommissioned, and the agent had the time to see it: a BE without tablets is gone in 10 s.
bool knows_decommission(const Slot& slot) {
  const auto* const text =
      slot.admin_for_good && slot.volume ? slot.volume->find("/data/.sr-agent/worker") : nullptr;
  const auto note = text == nullptr ? Result<WorkerNote>{} : parse_worker(*text);
  return note && note->decommissioned;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

std::string_view to_string(Broken broken) {
  return kNames.at(static_cast<std::size_t>(broken));
}

namespace {

void count_costs(const World& world, Slot& slot, std::string_view text) {
  auto& costs = slot.costs;
  if (costs.first_at < 0) costs.first_at = world.now();
  ++(world.now() - costs.first_at < kMinute ? costs.first_minute : costs.later);
  if (costs.verified) return;
  ++costs.to_row;
  costs.verified = text.starts_with("SHOW") && text != kShowFrontends && listed(world, slot);
}

void count_second(std::vector<std::uint64_t>& seconds, Ms now) {
  const auto second = static_cast<std::size_t>(now / 1'000);
  if (seconds.size() <= second) seconds.resize(second + 1);
  ++seconds[second];
}

}  // namespace

void World::on_executed(const Pod& fe, const Pod* leader) {
  count_second(asked_at[&fe], now());
  if (leader != nullptr) count_second(forwarded_to[leader], now());
}

void World::on_failed(Agent& agent) const {
  auto& costs = agent.pod.slot->costs;
  if (now() - costs.first_at < kMinute) ++costs.failed;
}

bool complete(const Disk& disk) {
  const auto* const role = disk.find("/data/image/ROLE");
  return role != nullptr && role->find("hostType=FQDN") != std::string::npos &&
         disk.find("/data/bdb/00000000.jdb") != nullptr;
}

void World::on_side_effect(Agent& agent, std::string_view what) {
  if (agent.dead()) throw Killed{};
  note(&agent.pod, {"does: ", what});
  // A node that does little may come to its step after an hour: by then the end is to be quiet.
  if (now() > plan.faults_end) agent.crash_at = 0;
  if (agent.crash_at == 0 || --agent.crash_at != 0) return;
  note(&agent.pod, {"agent dies before: ", what});
  auto& pod = agent.pod;
  kernel.after(0, [this, &pod, &agent] {
    if (pod.agent.get() == &agent) kill_container(pod);
  });
  agent.kill();
  throw Killed{};
}

void World::on_spawn(Agent& agent, const std::vector<std::string>& argv) {
  auto& slot = *agent.pod.slot;
  // A BE serves until its agent has seen that its row is gone, so it may be started for that.
  if (leaves(slot) && slot.departure.row_out && slot.kind != NodeKind::kBe)
    violate(Broken::kCameBack, slot.name + " is started");
  if (slot.kind != NodeKind::kFe) return;
  const bool helper = std::find(argv.begin(), argv.end(), "--helper") != argv.end();
  const auto& disk = *agent.pod.data;
  const bool empty =
      disk.find("/data/image/ROLE") == nullptr && disk.find("/data/bdb/00000000.jdb") == nullptr;
  if (helper && empty) {
    const bool row = std::any_of(groups.begin(), groups.end(), [&](const auto& group) {
      return group->catalog->frontend(slot.fqdn, kEditLogPort) != nullptr;
    });
    const bool dropped = admin_dropped_fes.contains(slot.fqdn);
    if (!row && !dropped) violate(Broken::kJoinWithoutRow, slot.name + " has no row");
  }
  if (helper || !empty) return;
  for (const auto* holder : holders(*this, slot)) {
    const bool excused = founding_excused || (plan.count < 2 && !in_sight(*this, *holder));
    if (!excused) {
      violate(Broken::kFoundBeside,
              slot.name + " founds while " + holder->name + " holds a complete volume");
    }
  }
  if (plan.count < 2) return;
  for (const auto& other : slots) {
    if (other->kind != NodeKind::kFe || other.get() == &slot || other->ordinal >= plan.count)
      continue;
    if (!answered_lately(*this, agent, *other))
      violate(Broken::kFoundTooOld, slot.name + " founds without a fresh answer of " + other->name);
  }
}

/// A login costs the FE as much as a statement; it counts as one.
void World::on_statement(Agent& agent, std::string_view text) {
  if (agent.dead()) throw Killed{};
  if (text.starts_with("ALTER") || text.starts_with("CREATE")) on_side_effect(agent, text);
  judge_mark(*this, agent, text);
  auto& slot = *agent.pod.slot;
  ++counters.statements;
  ++slot.statements_total;
  if (slot.kind != NodeKind::kFe && text != "login") count_costs(*this, slot, text);
  auto& recent = slot.statements;
  std::erase_if(recent, [&](Ms at) { return now() - at >= kMinute; });
  recent.push_back(now());
  auto& most = slot.kind == NodeKind::kFe ? most_fe_statements : most_worker_statements;
  most = std::max(most, recent.size());
  // The quickest look is one a second: a login and two statements at each FE, and once more at the
  // leader.
  const auto fes = static_cast<std::size_t>(plan.fes);
  // It leaves as long as a mark of its own is to be taken back, also after its restart.
  // ... or it has left for good.
  if (agent.pod.data->exists(std::string{kDataDir} + "/.sr-agent/marks") || leaves(slot))
    slot.left_at = now();
  std::size_t limit = kWorkerStatements;
  if (slot.left_at && now() - *slot.left_at < kMinute)
    limit += kLeaveStatements + kMarkStatements * fes;
  if (leaves(slot)) limit += kMoveStatements;
  if (slot.kind == NodeKind::kCn && plan.warehouse) limit += kWarehouseStatements;
  if (slot.kind == NodeKind::kFe) limit = std::size_t{60} * 3 * (fes + 1);
  if (recent.size() > limit) {
    violate(Broken::kTooManyStatements,
            slot.name + " sent " + std::to_string(recent.size()) + " statements in a minute");
  }
}

void World::before_change(Agent* agent, Group& group, std::string_view text) {
  if (agent == nullptr) return;
  judge_own_row(*this, *agent, text);
  const bool voter = contains(text, "FOLLOWER");
  const bool fe = voter || contains(text, "OBSERVER");
  const auto host = host_in(text);
  auto* const slot = slot_of(*this, host);
  if (slot == nullptr) return;
  if (!fe && contains(text, " ADD ")) {
    ++slot->adds;
    if (row_of(group, *slot) != nullptr) ++slot->adds_again;
    const bool pod_is_new = slot->pods != slot->admin_pod && !knows_decommission(*slot);
    // S27: a list that lost rows, or another leader, makes the row one that was lost, not dropped.
    const bool leader_changed = group.led_since > slot->admin_at - kLastSeen;
    const bool others_out = std::any_of(slots.begin(), slots.end(), [&](const auto& other) {
      const bool left =
          other->departure.row_out && std::abs(other->row_gone_since - slot->admin_at) < kLastSeen;
      const bool dropped =
          other->admin_out && std::abs(other->admin_at - slot->admin_at) < kLastSeen;
      return other.get() != slot && other->kind == slot->kind && (left || dropped);
    });
    if (slot->admin_out && !pod_is_new && !leader_changed && !others_out && !slot->volume_lost)
      violate(Broken::kAdminUndone, slot->name + " was taken out by a person");
  }
  if (!fe && contains(text, " DROP ") && slot != agent->pod.slot)
    note_ghost_drop(*this, group, *slot);
  if (!fe) return;
  const bool drop = contains(text, " DROP ");
  const bool add = contains(text, " ADD ");
  if (add && admin_dropped_fes.contains(host) && !slot->volume_lost)
    violate(Broken::kAdminUndone, slot->name + " was dropped by a person");
  const auto* const row = group.catalog->frontend(host, kEditLogPort);
  const bool own_leaving = slot == agent->pod.slot && asked_to_leave(*this, *slot);
  if (drop && row != nullptr && !own_leaving) {
    if (row->health.alive || runs_in_its_pod(*this, group, row->name))
      violate(Broken::kDropNotDead, "the process of " + host + " lives");
  }
  if (!voter || voters_among(*this, group, group.members) * 2 <= group.members.size()) return;
  std::set<std::string> electorate = group.members;
  if (drop && row != nullptr) electorate.erase(row->name);
  if (add && row == nullptr) {
    for (const auto& [name, one] : group.catalog->frontends) {
      if (one.role == srsim::FeRole::kFollower && !group.unstable.contains(name))
        electorate.insert(name);
    }
  }
  if (voters_among(*this, group, electorate) * 2 <= electorate.size())
    violate(Broken::kQuorumThrown, std::string{text});
}

void World::judge_majority_without(const Group& group, const std::string& member) {
  auto rest = group.members;
  if (rest.erase(member) == 0) return;
  if (voters_among(*this, group, group.members) * 2 <= group.members.size()) return;
  if (voters_among(*this, group, rest) * 2 <= group.members.size())
    violate(Broken::kQuorumThrown, member + " is stopped");
}

void World::on_group_serves(Group& group) {
  group.served = true;
  for (const auto& other : groups) {
    if (other.get() == &group || other->leader == nullptr || !other->leader->ready()) continue;
    if (founding_excused || plan.count < 2) continue;  // limits of docs/start-rules.md section 5
    violate(Broken::kTwoGroups,
            "groups " + std::to_string(group.id) + " and " + std::to_string(other->id));
  }
}

bool World::volume_of_a_group(const Slot& slot) const {
  return !holders(*this, slot).empty();
}

/// By the address that was asked: which FE stands behind the one of a service is not seen.
void World::on_refused_login(Agent& agent, const std::string& address) {
  auto& recent = agent.refused[address];
  std::erase_if(recent, [&](Ms at) { return now() - at >= kMinute; });
  recent.push_back(now());
  if (recent.size() >= kRefusedLogins)
    violate(Broken::kTooManyRefused, agent.pod.slot->name + " at " + address);
}

}  // namespace sragent::simulate
