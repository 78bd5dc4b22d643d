#include "runtime/live_render.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/words.h"
#include "runtime/observation_json.h"
#include "runtime/start_facts.h"

namespace sragent {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

std::string peer_line(const Peer& peer, Instant now) {
  const bool unknown = peer.kind == PeerKind::kUnknown;
  return fmt::format("  {:<15} {:<24} {:<16} {:<12} {}\n",
                     peer.address,
                     peer.host.empty() ? "-" : peer.host,
                     to_string(peer.kind),
                     age_text(peer.asked_at, now),
                     unknown            ? peer.why
                     : peer.ids.empty() ? std::string{}
                                        : "cluster " + joined(peer.ids));
}

std::string decision_lines(const NodeStatus& status) {
  if (status.decisions.empty()) return {};
  std::string out = "\nDecisions, newest last:\n";
  for (const auto& line : status.decisions) {
    out += fmt::format("  {} {} (row {}) {}: {}{}\n",
                       line.wall,
                       line.action,
                       line.rule,
                       to_string(line.reason),
                       line.detail,
                       line.outcome.empty() ? "" : "; " + line.outcome);
  }
  return out;
}

std::string fact_line(const FactLine& fact, Instant now) {
  return fmt::format("  {:<28}  {}  [{}, {}]\n",
                     fact.name,
                     fact.value.empty() ? "unknown: " + fact.why : fact.value,
                     fact.source,
                     age_text(fact.at, now));
}

std::string fact_lines(const NodeStatus& status, Instant now) {
  if (status.facts.empty()) return {};
  std::string out = "\nFacts:\n";
  for (const auto& fact : status.facts)
    out += fact_line(fact, now);
  return out;
}

/// When the newest of the peers' answers was asked for.
Instant asked_last(const std::vector<Peer>& peers) {
  Instant out{};
  for (const auto& peer : peers)
    out = std::max(out, peer.asked_at);
  return out;
}

/// A member does not ask its peers while all is well: what it tells may be as old as its start.
std::string peers_title(const NodeStatus& status, Instant now) {
  const bool asks = !status.server.running || status.meta != to_string(MetaKind::kSealed);
  if (asks) return "Peers";
  return fmt::format(
      "Peers as last asked, {}; a member asks again before its next start, or while it sees no "
      "leader",
      age_text(asked_last(status.peers), now));
}

bool about_fe(const FactLine& fact) {
  return fact.name.starts_with("fe ");
}

/// A BE or CN asks FEs by SQL alone, so these may run anywhere (S83).
constexpr std::array kNotAsked{"state of an FE's metadata",
                               "session of an FE's agent",
                               "cluster that an FE remembers while it does not run"};

std::string fe_lines(const NodeStatus& status, Instant now) {
  std::string out = "\nFEs, by SQL:\n";
  for (const auto& fact : status.facts)
    if (about_fe(fact)) out += fact_line(fact, now);
  out += "\nNot asked, since a BE or CN needs no agent beside an FE:\n";
  for (const auto* what : kNotAsked)
    out += fmt::format("  {}\n", what);
  return out;
}

std::string without_decision(const NodeStatus& status, Instant now) {
  std::string out = fmt::format("node      {} {}\nphase     {}\nreason    {}: {}\nuntil     {}\n",
                                to_string(status.kind),
                                status.host,
                                to_string(status.phase),
                                to_string(status.reason),
                                explain(status.reason),
                                status.detail);
  return out + fact_lines(status, now) + decision_lines(status);
}

}  // namespace

std::string peers_text(const NodeStatus& status, Instant now) {
  std::string out = fmt::format("node     {} {}\nleader   {}\nmembers  {}\n",
                                to_string(status.kind),
                                status.host,
                                status.leader.empty() ? "unknown" : status.leader,
                                status.members.empty() ? "unknown" : joined(status.members));
  if (status.kind != NodeKind::kFe) return out + fe_lines(status, now);
  if (status.peers.empty()) return out + "\nno peer was asked yet\n";
  out += fmt::format("\n{}:\n", peers_title(status, now));
  for (const auto& peer : status.peers)
    out += peer_line(peer, now);
  return out;
}

std::string peers_json(const NodeStatus& status, Instant now) {
  auto peers = Json::array();
  for (const auto& peer : status.peers) {
    peers.push_back({{"address", peer.address},
                     {"host", text_or_null(peer.host)},
                     {"kind", to_string(peer.kind)},
                     {"cluster_ids", peer.ids},
                     {"why_unknown", text_or_null(peer.why)},
                     {"age_ms", (now - peer.asked_at).count()}});
  }
  Json out{{"host", status.host},
           {"leader", text_or_null(status.leader)},
           {"members", status.members},
           {"peers", peers},
           {"peers_asked_ms_ago",
            status.peers.empty() ? Json(nullptr) : Json((now - asked_last(status.peers)).count())}};
  if (status.kind != NodeKind::kFe) {
    out["frontends"] = Json::array();
    for (const auto& fact : status.facts) {
      if (about_fe(fact)) {
        out["frontends"].push_back({{"address", fact.name.substr(3)},
                                    {"told", text_or_null(fact.value)},
                                    {"why_unknown", text_or_null(fact.why)}});
      }
    }
    out["not_asked"] = kNotAsked;
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string live_explain_text(const NodeStatus& status, Instant now) {
  const auto made_of = parse_start_case(status.explain_input);
  if (!made_of) return without_decision(status, now);
  const auto consent = status.consent ? fmt::format("\nA person may permit: {}\n  {}\n",
                                                    status.consent->permits,
                                                    status.consent->command)
                                      : std::string{};
  return fmt::format(
             "decided   {}; phase now {}\n", age_text(made_of->now, now), to_string(status.phase)) +
         explain_text(*made_of, "Facts as of that decision, " + age_text(made_of->now, now)) +
         consent + decision_lines(status);
}

std::string live_explain_json(const NodeStatus& status, Instant now) {
  auto out = Json::object();
  const auto made_of = parse_start_case(status.explain_input);
  if (made_of) {
    out = Json::parse(explain_json(*made_of));
    out["decided_ms_ago"] = (now - made_of->now).count();
    out["facts_as_of_ms_ago"] = out["decided_ms_ago"];
  } else {
    out["explain_input"] = nullptr;
  }
  out["status"] = Json::parse(status_json(status, now));
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sragent
