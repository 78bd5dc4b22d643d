#include "runtime/journal.h"

#include <nlohmann/json.hpp>

#include "io/clock.h"
#include "runtime/start_facts.h"

namespace sragent {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// How many peers are of each kind: "member": 2, ...
Json peer_counts(const std::vector<Peer>& peers) {
  auto out = Json::object();
  for (const auto& peer : peers) {
    auto& count = out[std::string{to_string(peer.kind)}];
    count = count.is_null() ? 1 : count.get<int>() + 1;
  }
  return out;
}

}  // namespace

std::string journal_line(const DecisionLine& line, const StartObservation& seen, Instant now) {
  const Json set =
      seen.set.outcome == Tri::kUnknown ? Json(nullptr) : Json(seen.set.addresses.size());
  const Json out{{"time", line.wall},
                 {"at_ms", now.count()},
                 {"rule", line.rule},
                 {"action", line.action},
                 {"reason", to_string(line.reason)},
                 {"detail", line.detail},
                 {"outcome", line.outcome},
                 {"seen", observation_digest(seen)},
                 {"meta", to_string(seen.meta.kind)},
                 {"addresses", set},
                 {"peers", peer_counts(seen.peers)},
                 {"lists", seen.lists.size()}};
  return dumped(out);
}

std::string consent_line(const ConsentMatter& matter,
                         std::string_view challenge,
                         std::string_view reason,
                         Instant now) {
  const Json out{{"time", Clock::wall()},
                 {"at_ms", now.count()},
                 {"consent", to_string(matter.kind)},
                 {"cluster_ids", matter.ids},
                 {"challenge", challenge},
                 {"reason", reason}};
  return dumped(out);
}

std::string worker_journal_line(const DecisionLine& line, const WorkerObservation& seen) {
  Json out;
  out["at"] = line.wall;
  out["row"] = line.rule;
  out["action"] = line.action;
  out["reason"] = to_string(line.reason);
  out["detail"] = line.detail;
  out["own_name"] = to_string(seen.own_name);
  if (!seen.stored_id.empty()) out["stored_id"] = seen.stored_id;
  if (seen.list) {
    out["leader"] = seen.list->leader;
    out["leader_start_time"] = seen.list->leader_start_time;
    out["cluster_id"] = seen.list->cluster_id;
    out["rows"] = seen.list->rows.size();
  }
  return dumped(out);
}

}  // namespace sragent
