#include <algorithm>

#include "core/exit_codes.h"
#include "fe_server.h"
#include "starrocks/state_file.h"

/// The invariants of nodes that a person lets leave for good.
namespace sragent::simulate {
namespace {

/// A statement that was under way when its leaving was taken back, may come as late as this.
constexpr Ms kUnderWay = 30'000;

const std::string kStateDir = std::string{kDataDir} + "/.sr-agent/";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

bool leaves(const Slot& slot) {
  return slot.departure.pod != 0 && slot.departure.pod == slot.pods;
}

bool asked_to_leave(const World& world, const Slot& slot) {
  const auto& departure = slot.departure;
  return leaves(slot) || (departure.back_at >= 0 && world.now() - departure.back_at < kUnderWay);
}

bool has_left(const World& world, const Slot& slot) {
  if (slot.departure.away) return true;
  const auto* const pod = slot.pod;
  return leaves(slot) && !listed(world, slot) &&
         (pod == nullptr || pod->server == nullptr || pod->server->over);
}

bool on_its_way_out(const World& world, const Slot& slot) {
  const bool marked = slot.volume && slot.volume->find("/data/.sr-agent/left") != nullptr;
  const bool row_out = slot.departure.row_out && !listed(world, slot);
  return has_left(world, slot) || (leaves(slot) && (marked || row_out));
}

void World::on_ordered(const Pod& pod, std::string_view line, const ControlReply& reply) {
  auto& departure = pod.slot->departure;
  if (reply.code != kExitDone) return;
  if (line.starts_with("leave ")) {
    const bool row_out = departure.row_out && !pod.slot->row_was;  // by an earlier leaving
    departure = {.pod = pod.number, .row_out = row_out};
    admin_dropped_fes.erase(pod.slot->fqdn);  // its next pod is a scale-out
  }
  if (line != "drain-cancel" || departure.pod == 0) return;
  departure.pod = 0;
  departure.row_out = departure.row_out || !listed(*this, *pod.slot);
  departure.back_at = now();
  admin_dropped_fes.erase(pod.slot->fqdn);  // a person wants it back
}

/// What a crash leaves is taken back by the record alone.
void judge_mark(World& world, const Agent& agent, std::string_view text) {
  if (!text.starts_with("ADD ") || !contains(text, " BLACKLIST ")) return;
  const auto* const file = agent.pod.data->find(kStateDir + "marks");
  const auto note = file == nullptr ? Result<MarksNote>{} : parse_marks(*file);
  if (file == nullptr || !note || !contains(text, note->node_id))
    world.violate(Broken::kUnrecorded, agent.pod.slot->name + ": " + std::string{text});
}

void judge_own_row(World& world, const Agent& agent, std::string_view text) {
  auto& slot = *agent.pod.slot;
  if (!contains(text, slot.fqdn)) return;
  if (contains(text, " ADD ") && leaves(slot) && slot.departure.row_out)
    world.violate(Broken::kCameBack, slot.name + " is added");
  const bool worker = slot.kind != NodeKind::kFe;
  if (!worker && contains(text, " DROP ") && leaves(slot) &&
      !agent.pod.data->exists(kStateDir + "left"))
    world.violate(Broken::kUnrecorded, slot.name + ": " + std::string{text});
  const bool out =
      contains(text, " DROP ") || (contains(text, " DECOMMISSION ") && !contains(text, " CANCEL "));
  if (!worker || !out) return;
  if (!asked_to_leave(world, slot) || contains(text, "DROP BACKEND"))
    return world.violate(Broken::kLeftUnasked, slot.name + ": " + std::string{text});
  const auto* const server = agent.pod.server.get();
  if (slot.kind == NodeKind::kCn && server != nullptr && !server->over)
    world.violate(Broken::kDropNotDead, slot.name + " drops its row before its server is down");
}

/// Of an agent that was up when the sign came and was not paused since.
void World::watch_stop(const Pod& pod) {
  constexpr Ms kSlack = 1'000;
  const Ms signalled = now();
  const Ms budget = Ms{pod.agent->config.stop.budget().count()} * 1'000;
  kernel.after(budget + kSlack, [this, &pod, signalled] {
    const bool ended = pod.gone || pod.removed || !pod.agent || pod.agent->dead();
    if (ended || pod.agent->paused_until >= signalled || pod.agent->started_at > signalled) return;
    violate(Broken::kStopTooLong, pod.slot->name + ": " + pod.agent->status()->detail);
  });
}

/// An FE that leaves for good is stopped while the others are a majority without it, by what their
/// lists can show.
void World::on_server_end(const Server& server) {
  const auto* const fe = dynamic_cast<const FeServer*>(&server);
  const auto& pod = server.pod;
  if (fe == nullptr || fe->observer() || !server.terminating || pod.deleting) return;
  if (!leaves(*pod.slot) || fe->ring() == nullptr) return;
  judge_majority_without(*fe->ring(), fe->node_name());
}

}  // namespace sragent::simulate
