#include "runtime/start_facts.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/words.h"

namespace sragent {
namespace {

constexpr std::string_view kDisk = "own disk";
constexpr std::string_view kNames = "name servers";
constexpr std::string_view kMemory = "own memory";

std::string or_none(const std::string& text) {
  return text.empty() ? "none" : text;
}

using Facts = std::vector<FactLine>;

void add(Facts& out,
         std::string name,
         std::string value,
         std::string_view source,
         std::optional<Instant> at) {
  out.push_back({std::move(name), std::move(value), {}, std::string{source}, at});
}

void add_unknown(Facts& out,
                 std::string name,
                 const std::string& why,
                 std::string_view source,
                 std::optional<Instant> at) {
  out.push_back(
      {std::move(name), {}, why.empty() ? "it was not asked yet" : why, std::string{source}, at});
}

std::string meta_text(const MetaState& meta) {
  std::string out{to_string(meta.kind)};
  if (!meta.cluster_id.empty()) out += ", cluster " + meta.cluster_id;
  if (!meta.host.empty())
    out += fmt::format(", {} as {}", to_string(meta.role), host_port(meta.host, meta.port));
  if (!meta.helper.empty()) out += ", helper " + meta.helper;
  if (meta.helper_run_ended) out += ", a start with it ended by itself";
  if (!meta.detail.empty()) out += ": " + meta.detail;
  return out;
}

void add_disk(const StartCase& value, Facts& out) {
  const auto& seen = value.seen;
  add(out, "metadata", meta_text(seen.meta), kDisk, value.now);
  add(out, "certificate", or_none(seen.certificate), kDisk, value.now);
  add(out, "remembered ids", or_none(joined(seen.remembered)), kDisk, value.now);
  const auto members = seen.own_members.value_or(std::vector<std::string>{});
  add(out, "last member list", or_none(joined(members)), kDisk, value.now);
}

void add_names(const StartCase& value, Facts& out) {
  const auto& set = value.seen.set;
  const bool asked = set.outcome != Tri::kUnknown || !set.why.empty();
  const auto at = asked ? std::optional{set.asked_at} : std::nullopt;
  const auto name = "headless set " + value.me.headless;
  if (set.outcome == Tri::kUnknown) {
    add_unknown(out, name, set.why, kNames, at);
  } else {
    const auto addresses = fmt::format("{} (TTL {} ms)", joined(set.addresses), set.ttl.count());
    add(out, name, set.outcome == Tri::kNo ? "does not exist" : addresses, kNames, at);
  }
  if (value.seen.own_name == Tri::kUnknown) {
    add_unknown(out, "own name", asked ? "no answer" : "", kNames, at);
    return;
  }
  const bool served = value.seen.own_name == Tri::kYes;
  add(out,
      "own name",
      fmt::format("{} {} {}", value.me.fqdn, served ? "gives" : "does not give", value.me.address),
      kNames,
      at);
}

std::string peer_text(const Peer& peer) {
  std::string out{to_string(peer.kind)};
  if (!peer.host.empty()) out = peer.host + ": " + out;
  if (!peer.ids.empty()) out += ", cluster " + joined(peer.ids);
  if (peer.members) out += fmt::format(", knows {} members", peer.members->size());
  return out;
}

void add_peers(const StartCase& value, Facts& out) {
  for (const auto& peer : value.seen.peers) {
    const auto name = "peer " + peer.address;
    if (peer.kind == PeerKind::kUnknown) {
      add_unknown(out, name, peer.why, "its agent", peer.asked_at);
    } else {
      add(out, name, peer_text(peer), "its agent", peer.asked_at);
    }
  }
}

std::string row_text(const FeRow& row) {
  return fmt::format("{}, Join {}, Alive {}, LastHeartbeat {}",
                     to_string(row.role),
                     row.join,
                     row.alive,
                     or_none(row.last_heartbeat));
}

void add_lists(const StartCase& value, Facts& out) {
  for (const auto& list : value.seen.lists) {
    const auto asked = or_none(list.asked_host);
    const auto source = "SHOW FRONTENDS at " + asked;
    const bool old = value.now - list.asked_at > kListLife;
    std::string text = fmt::format("cluster {}, {} rows, its word {}",
                                   or_none(list.cluster_id),
                                   list.rows.size(),
                                   old                 ? "is too old"
                                   : word_counts(list) ? "counts as the leader's"
                                                       : "does not count as a leader's");
    if (!list.self_declared_leaders.empty())
      text += "; others say that they lead: " + joined(list.self_declared_leaders);
    add(out, "list of " + asked, std::move(text), source, list.asked_at);
    for (const auto& row : list.rows)
      add(out, "row " + host_port(row.host, row.port), row_text(row), source, list.asked_at);
  }
}

void add_servers(const StartCase& value, Facts& out) {
  const auto& seen = value.seen;
  if (!seen.leaderless.empty())
    add(out, "FEs without a leader", joined(seen.leaderless), "SQL", std::nullopt);
  if (seen.refusal) {
    add(out,
        "refusal",
        fmt::format("{}: {}", to_string(seen.refusal->reason), seen.refusal->who),
        "SQL",
        std::nullopt);
  }
  if (seen.service == ServiceProbe::kUnknown) {
    add_unknown(out, "service name", seen.service_why, "TCP connect", std::nullopt);
  } else {
    add(out,
        "service name",
        std::string{to_string(seen.service)} +
            (seen.service_why.empty() ? "" : ": " + seen.service_why),
        "TCP connect",
        std::nullopt);
  }
  for (const auto& memory : seen.memories) {
    const auto name = "memory of " + memory.who;
    const bool unknown = memory.unreadable || memory.mute;
    const auto why = memory.why.empty() ? "it cannot be read" : memory.why;
    const auto told = or_none(memory.id) + (memory.since.empty() ? "" : " since " + memory.since);
    if (unknown) {
      add_unknown(out, name, why, memory.who, std::nullopt);
    } else {
      add(out, name, told, memory.who, std::nullopt);
    }
  }
  if (seen.siblings_absent_since)
    add(out, "missing ordinals", "their names do not exist", kNames, seen.siblings_absent_since);
}

void add_memory(const StartCase& value, Facts& out) {
  const auto& memory = value.memory;
  if (memory.grant) {
    add(out,
        "consent given",
        "to " + memory.grant->host + (grant_alive(memory.grant, value.now) ? "" : ", over by now"),
        kMemory,
        memory.grant->at);
  }
  if (memory.consent) {
    add(out,
        "a person's consent",
        fmt::format(
            "{} {}", to_string(memory.consent->matter.kind), joined(memory.consent->matter.ids)),
        "control socket",
        memory.consent->at);
  }
  if (memory.statement_at)
    add(out, "statement without answer", "sent", kMemory, memory.statement_at);
  if (memory.census_first) add(out, "census", "first reading passed", kMemory, memory.census_first);
  if (memory.row_watched_since)
    add(out, "own row", "seen alive", kMemory, memory.row_watched_since);
}

}  // namespace

std::vector<FactLine> start_facts(const StartCase& value) {
  Facts out;
  add_disk(value, out);
  add_names(value, out);
  add_peers(value, out);
  add_lists(value, out);
  add_servers(value, out);
  add_memory(value, out);
  return out;
}

std::string_view to_string(RuleVerdict verdict) {
  switch (verdict) {
    case RuleVerdict::kNo:
      return "no";
    case RuleVerdict::kYes:
      return "yes";
    case RuleVerdict::kNotTried:
      return "not tried";
  }
  return "invalid";
}

std::vector<RuleLine> rule_lines(std::string_view matched) {
  std::vector<RuleLine> out;
  auto verdict = RuleVerdict::kNo;
  for (const auto& rule : start_rules()) {
    const bool match = rule.name == matched;
    out.push_back({rule.name, rule.guard, match ? RuleVerdict::kYes : verdict});
    if (match) verdict = RuleVerdict::kNotTried;
  }
  return out;
}

std::vector<std::string> rules_tried(std::string_view matched) {
  std::vector<std::string> out;
  for (const auto& rule : rule_lines(matched)) {
    if (rule.verdict != RuleVerdict::kNotTried)
      out.push_back(fmt::format("{} {}: {}", rule.name, rule.guard, to_string(rule.verdict)));
  }
  return out;
}

std::string action_text(const StartAction& action) {
  const auto name = action_name(action);
  if (const auto* join = std::get_if<Join>(&action)) {
    return fmt::format("{} ({}) by {} of cluster {}",
                       name,
                       to_string(join->step),
                       host_port(join->leader_host, join->leader_port),
                       join->cluster_id);
  }
  if (const auto* finish = std::get_if<Finish>(&action))
    return fmt::format("{} with helper {}", name, finish->helper);
  if (const auto* found = std::get_if<Found>(&action))
    return fmt::format("{} ({})", name, to_string(found->basis));
  if (const auto* resume = std::get_if<Resume>(&action))
    return fmt::format("{} (host type {})", name, to_string(resume->host_type));
  return std::string{name};
}

std::string age_text(const std::optional<Instant>& at, Instant now) {
  if (!at) return "never";
  constexpr double kSecond = 1'000.0;
  constexpr double kMinute = 60.0;
  constexpr double kHour = 3'600.0;
  const double seconds = static_cast<double>((now - *at).count()) / kSecond;
  if (seconds < 2 * kMinute) return fmt::format("{:.1f} s ago", seconds);
  if (seconds < 2 * kHour) return fmt::format("{:.0f} min ago", seconds / kMinute);
  return fmt::format("{:.0f} h ago", seconds / kHour);
}

}  // namespace sragent
