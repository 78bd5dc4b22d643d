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

/// Waiting begins nothing, so nothing stands on what was seen.
bool begins_something(const DecisionLine& line) {
  return line.action != "Wait" && line.action != "Refuse";
}

/// What each peer said, and when it was asked.
Json answers_of(const std::vector<Peer>& peers) {
  auto out = Json::array();
  for (const auto& peer : peers) {
    Json answer{{"address", peer.address},
                {"host", peer.host},
                {"kind", to_string(peer.kind)},
                {"asked_at_ms", peer.asked_at.count()}};
    if (!peer.ids.empty()) answer["cluster_ids"] = peer.ids;
    if (!peer.why.empty()) answer["why"] = peer.why;
    out.push_back(std::move(answer));
  }
  return out;
}

Json bare_line(const DecisionLine& line, Instant now) {
  return {{"time", line.wall},
          {"at_ms", now.count()},
          {"rule", line.rule},
          {"action", line.action},
          {"reason", to_string(line.reason)},
          {"detail", line.detail}};
}

}  // namespace

std::string journal_line(const DecisionLine& line, const StartObservation& seen, Instant now) {
  const Json set =
      seen.set.outcome == Tri::kUnknown ? Json(nullptr) : Json(seen.set.addresses.size());
  Json out{{"time", line.wall},
           {"at_ms", now.count()},
           {"rule", line.rule},
           {"action", line.action},
           {"reason", to_string(line.reason)},
           {"detail", line.detail},
           {"seen", observation_digest(seen)},
           {"meta", to_string(seen.meta.kind)},
           {"addresses", set},
           {"peers", peer_counts(seen.peers)},
           {"lists", seen.lists.size()}};
  if (begins_something(line)) out["answers"] = answers_of(seen.peers);
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

std::string outcome_line(const DecisionLine& line, Instant now) {
  return dumped(Json{{"time", Clock::wall()},
                     {"at_ms", now.count()},
                     {"outcome_of", line.rule + " " + line.action},
                     {"outcome", line.outcome}});
}

std::string worker_journal_line(const DecisionLine& line,
                                const WorkerObservation& seen,
                                Instant now) {
  auto out = bare_line(line, now);
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

std::string bare_journal_line(const DecisionLine& line, Instant now) {
  return dumped(bare_line(line, now));
}

}  // namespace sragent
