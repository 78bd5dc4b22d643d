#include "runtime/ready.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/probe_text.h"

namespace sragent {
namespace {

constexpr int kUnavailable = 503;

/// While the server is meant to serve the other checks tell more than the phase.
bool meant_to_serve(Phase phase) {
  return phase == Phase::kStarting || phase == Phase::kRunning;
}

void fill_phase(ReadyFacts& facts, const NodeStatus& status) {
  if (meant_to_serve(status.phase)) {
    if (facts.under_way == Reason::kNone) facts.under_way_detail = to_string(status.phase);
    return;
  }
  facts.under_way = status.reason == Reason::kNone ? Reason::kServerDown : status.reason;
  facts.under_way_detail = fmt::format("{}: {}", to_string(status.phase), status.detail);
}

std::string server_text(const ServerStatus& server) {
  if (server.running) return fmt::format("pid {}", server.pid);
  return server.last_exit.empty() ? "not started" : server.last_exit;
}

struct Exclusions {
  std::vector<std::string> names{};
  [[nodiscard]] bool has(std::string_view name) const {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
};

Exclusions exclusions(const HttpQuery& query) {
  Exclusions out;
  for (const auto& [name, value] : query.parameters)
    if (name == "exclude") out.names.push_back(value);
  return out;
}

std::string line_of(const ReadyCheck& check, bool excluded) {
  const auto detail = check.detail.empty() ? std::string{} : ": " + check.detail;
  if (excluded) return fmt::format("[+]{} excluded: ok\n", check.name);
  switch (check.state) {
    case CheckState::kOk:
      return fmt::format("[+]{} ok{}\n", check.name, detail);
    case CheckState::kFailed:
      return fmt::format("[-]{} failed: {}{}\n", check.name, to_string(check.reason), detail);
    case CheckState::kSkipped:
      return fmt::format("[ ]{} not judged{}\n", check.name, detail);
  }
  return {};
}

std::string warning_of(const std::vector<ReadyCheck>& checks, const Exclusions& excluded) {
  std::string unknown;
  for (const auto& name : excluded.names) {
    const bool known = std::any_of(
        checks.begin(), checks.end(), [&](const ReadyCheck& check) { return check.name == name; });
    if (!known) unknown += fmt::format("{}\"{}\"", unknown.empty() ? "" : ", ", name);
  }
  if (unknown.empty()) return {};
  return fmt::format("warn: some checks cannot be excluded: no matches for {}\n", unknown);
}

}  // namespace

void complete_ready(NodeStatus& status, const Config& config, const Clock& clock) {
  auto& facts = status.ready;
  facts.kind = status.kind;
  facts.published = clock.now();
  facts.limits.snapshot = clock.scaled(config.loop.live_limit);
  facts.limits.health = config.ready.health_age;
  facts.limits.row = config.ready.row_age;
  facts.limits.leader = config.ready.leader_age;
  facts.server_running = status.server.running;
  facts.server_detail = server_text(status.server);
  facts.own_names.push_back(status.host);
  facts.own_names.push_back(status.address);
  fill_phase(facts, status);
  for (const auto& probe : status.probes) {
    if (counts_of(probe.config) == ProbeCounts::kReady)
      facts.probes.push_back({"probe-" + probe.config.name, probe.state.ok, probe_text(probe)});
  }
}

HttpReply ready_reply(const HttpQuery& query, const NodeStatus& status, Instant now) {
  const auto checks = judge_readiness(status.ready, now);
  const auto excluded = exclusions(query);
  HttpReply out;
  std::string lines;
  std::string words;
  bool ready = true;
  for (const auto& check : checks) {
    const bool left_out = excluded.has(check.name);
    lines += line_of(check, left_out);
    if (left_out || check.state != CheckState::kFailed) continue;
    ready = false;
    words += fmt::format("{}: {}\n", check.name, to_string(check.reason));
  }
  if (!ready) out.status = kUnavailable;
  out.body = ready ? "ok\n" : words;
  if (query.has("verbose")) {
    out.body = warning_of(checks, excluded) + lines +
               (ready ? "readyz check passed\n" : "readyz check failed\n");
  }
  return out;
}

}  // namespace sragent
