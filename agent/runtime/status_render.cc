#include <algorithm>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "runtime/probe_text.h"
#include "runtime/startup.h"
#include "runtime/status.h"

namespace sragent {
namespace {

using Json = nlohmann::ordered_json;

Json age_of(const std::optional<Instant>& at, Instant now) {
  return at ? Json((now - *at).count()) : Json(nullptr);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json server_json(const ServerStatus& server) {
  return {{"running", server.running},
          {"pid", server.pid},
          {"command", server.command},
          {"version", text_or_null(server.version)},
          {"starts", server.starts},
          {"last_exit", text_or_null(server.last_exit)},
          {"orphans_reaped", server.orphans_reaped}};
}

Json row_json(const RowStatus& row, Instant now) {
  return {{"registered", to_string(row.registered)},
          {"alive", to_string(row.alive)},
          {"error", row.error},
          {"journal_behind", row.journal_behind ? Json(*row.journal_behind) : Json(nullptr)},
          {"age_ms", age_of(row.at, now)}};
}

Json left_json(const LeavingStatus& leaving) {
  const auto left = leaving.move ? time_left(*leaving.move) : std::nullopt;
  return left ? Json(left->count()) : Json(nullptr);
}

Json leaving_json(const NodeStatus& status, Instant now) {
  if (!status.leaving) return nullptr;
  const auto& leaving = *status.leaving;
  const auto number = [](const std::optional<int>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  return {{"in_force", leaving.in_force},
          {"trigger", leaving.trigger},
          {"phase", leaving.phase},
          {"why", leaving.why},
          {"ask_id", text_or_null(leaving.ask_id)},
          {"began", leaving.began},
          {"phase_age_ms", (now - leaving.phase_began).count()},
          {"remaining_ms", leaving.ends ? Json((*leaving.ends - now).count()) : Json(nullptr)},
          {"running", number(leaving.running)},
          {"cut_off", number(leaving.cut_off)},
          {"result", number(leaving.result)},
          {"tablets", leaving.move ? Json(leaving.move->least) : Json(nullptr)},
          {"tablets_at_begin", leaving.move ? Json(leaving.move->first) : Json(nullptr)},
          {"left_ms", left_json(leaving)},
          {"stalled", leaving.stalled},
          {"waits_for_container", leaving.waits_for_container},
          {"refusal_reason",
           leaving.refusal.empty() ? Json(nullptr) : Json(to_string(leaving.refusal_reason))},
          {"refusal", text_or_null(leaving.refusal)},
          {"notes", status.leaving_notes}};
}

Json kubernetes_json(const std::optional<KubernetesStatus>& kubernetes) {
  if (!kubernetes) return nullptr;
  return {{"serving", kubernetes->written ? Json(kubernetes->serving) : Json(nullptr)},
          {"reason", kubernetes->written ? Json(to_string(kubernetes->reason)) : Json(nullptr)},
          {"problem", text_or_null(kubernetes->problem)}};
}

Json hold_json(const std::optional<HoldStatus>& hold) {
  if (!hold) return nullptr;
  return {{"source", hold->source},
          {"author", text_or_null(hold->author)},
          {"reason", text_or_null(hold->reason)},
          {"began", hold->began},
          {"until", hold->until},
          {"stays", text_or_null(hold->stuck)},
          {"strange_server", text_or_null(hold->stranger)}};
}

/// "drain, phase work, 3 running (sr-agent drain)"
std::string leaving_text(const LeavingStatus& leaving) {
  auto out = fmt::format("{}, phase {}", leaving.trigger, leaving.phase);
  if (leaving.running) out += fmt::format(", {} running", *leaving.running);
  if (leaving.move)
    out += fmt::format(", {} of {} tablets left", leaving.move->least, leaving.move->first);
  if (leaving.stalled) out += ", stands still";
  if (leaving.result) out += fmt::format(", over with {}", *leaving.result);
  if (!leaving.refusal.empty()) out += ": " + leaving.refusal;
  return out + fmt::format(" ({})", leaving.why);
}

Json consent_json(const std::optional<ConsentOffer>& offer) {
  if (!offer) return nullptr;
  return {
      {"challenge", offer->challenge}, {"permits", offer->permits}, {"command", offer->command}};
}

Json workers_json(const WorkerStats& workers) {
  return {{"running", workers.running},
          {"queued", workers.queued},
          {"abandoned", workers.abandoned_alive},
          {"abandoned_total", workers.abandoned_total}};
}

Json checks_json(const std::vector<ReadyCheck>& checks) {
  auto out = Json::array();
  for (const auto& check : checks) {
    out.push_back({{"name", check.name},
                   {"state", to_string(check.state)},
                   {"reason", to_string(check.reason)},
                   {"detail", check.detail}});
  }
  return out;
}

Json facts_json(const NodeStatus& status, Instant now) {
  auto out = Json::array();
  for (const auto& fact : status.facts) {
    out.push_back({{"name", fact.name},
                   {"value", text_or_null(fact.value)},
                   {"why_unknown", text_or_null(fact.why)},
                   {"source", fact.source},
                   {"age_ms", age_of(fact.at, now)}});
  }
  return out;
}

Json peers_json(const NodeStatus& status, Instant now) {
  auto out = Json::array();
  for (const auto& peer : status.peers) {
    out.push_back({{"address", peer.address},
                   {"host", text_or_null(peer.host)},
                   {"kind", to_string(peer.kind)},
                   {"cluster_ids", peer.ids},
                   {"why_unknown", text_or_null(peer.why)},
                   {"age_ms", age_of(peer.asked_at, now)}});
  }
  return out;
}

Json decisions_json(const NodeStatus& status) {
  auto out = Json::array();
  for (const auto& line : status.decisions) {
    out.push_back({{"time", line.wall},
                   {"rule", line.rule},
                   {"action", line.action},
                   {"reason", to_string(line.reason)},
                   {"detail", line.detail},
                   {"outcome", text_or_null(line.outcome)}});
  }
  return out;
}

Json reload_json(const std::optional<RefusedReload>& refused) {
  if (!refused) return nullptr;
  return {{"time", refused->wall}, {"errors", refused->errors}};
}

Json features_json(const NodeStatus& status) {
  auto out = Json::array();
  for (const auto& off : status.features_off)
    out.push_back({{"feature", off.feature}, {"needs", off.needs}, {"fix", off.fix}});
  return out;
}

Json startup_json(const NodeStatus& status, Instant now) {
  const auto verdict = start_verdict(status, now);
  const auto& progress = status.startup;
  const auto& last = progress.last;
  return {{"state", to_string(verdict.state)},
          {"reason", to_string(verdict.reason)},
          {"detail", verdict.detail},
          {"stage", text_or_null(last.stage)},
          {"position", last.position ? Json(*last.position) : Json(nullptr)},
          {"target", last.target ? Json(*last.target) : Json(nullptr)},
          {"rate_per_s", progress.rate ? Json(*progress.rate) : Json(nullptr)},
          {"eta_ms", verdict.eta ? Json(verdict.eta->count()) : Json(nullptr)},
          {"moved_age_ms", progress.began ? Json((now - progress.moved).count()) : Json(nullptr)}};
}

Json advice_json(const NodeStatus& status) {
  auto out = Json::array();
  for (const auto& advice : status.advice)
    out.push_back({{"field", advice.field}, {"value", advice.value}, {"why", advice.text}});
  return out;
}

Json probes_json(const NodeStatus& status, Instant now) {
  auto out = Json::array();
  for (const auto& probe : status.probes) {
    out.push_back({{"name", probe.config.name},
                   {"kind", to_string(kind_of(probe.config))},
                   {"counts_for", to_string(counts_of(probe.config))},
                   {"ok", probe.state.ok},
                   {"saw", text_or_null(probe.state.last.saw)},
                   {"last_error", text_or_null(probe.state.last_error)},
                   {"runs", probe.state.runs},
                   {"failures", probe.state.failures},
                   {"took_ms", probe.state.last.took.count()},
                   {"age_ms", age_of(probe.state.at, now)}});
  }
  return out;
}

Json host_json(const HostReport& host) {
  if (host.wall.empty()) return nullptr;
  auto checks = Json::array();
  for (const auto& finding : host.findings) {
    checks.push_back({{"check", finding.check},
                      {"subject", text_or_null(finding.subject)},
                      {"state", to_string(finding.state)},
                      {"value", finding.value},
                      {"wanted", finding.wanted},
                      {"effect", finding.effect},
                      {"remedy", finding.remedy}});
  }
  return {{"time", host.wall}, {"checks", std::move(checks)}};
}

Json ghosts_json(const std::optional<std::vector<GhostRow>>& rows) {
  if (!rows) return nullptr;
  auto out = Json::array();
  for (const auto& row : *rows)
    out.push_back({{"host", row.host}, {"port", row.port}, {"since", row.since}});
  return out;
}

std::string age_text(const std::optional<Instant>& at, Instant now) {
  return at ? fmt::format("{:.1f} s ago", static_cast<double>((now - *at).count()) / 1000.0)
            : std::string{"never"};
}

std::string ready_text(const std::vector<ReadyCheck>& checks) {
  std::string failed;
  for (const auto& check : checks) {
    if (check.state == CheckState::kFailed) {
      failed +=
          fmt::format("{}{} ({})", failed.empty() ? "" : ", ", check.name, to_string(check.reason));
    }
  }
  return failed.empty() ? "yes" : "no: " + failed;
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out += fmt::format("{:<14}{}\n", name, value);
}

/// How many, and each one that is not well.
void add_host(std::string& out, const HostReport& host) {
  if (host.wall.empty()) return;
  const auto count = [&](HostState state) {
    return std::count_if(host.findings.begin(), host.findings.end(), [&](const auto& finding) {
      return finding.state == state;
    });
  };
  add_line(out,
           "host",
           fmt::format("{} ok, {} not well, {} not known ('sr-agent check' looks again)",
                       count(HostState::kOk),
                       count(HostState::kWarning),
                       count(HostState::kUnknown)));
  for (const auto& finding : host.findings)
    if (finding.state == HostState::kWarning) add_line(out, "host check", host_line(finding));
}

}  // namespace

std::string status_json(const NodeStatus& status, Instant now) {
  const auto checks = judge_readiness(status.ready, now);
  const Json out{{"kind", to_string(status.kind)},
                 {"pod", status.pod},
                 {"namespace", text_or_null(status.pod_namespace)},
                 {"pod_uid", text_or_null(status.pod_uid)},
                 {"host", status.host},
                 {"address", status.address},
                 {"session", status.session},
                 {"epoch", status.epoch},
                 {"sequence", status.sequence},
                 {"started", status.started},
                 {"phase", to_string(status.phase)},
                 {"reason", to_string(status.reason)},
                 {"detail", status.detail},
                 {"ready", is_ready(checks)},
                 {"checks", checks_json(checks)},
                 {"cluster_id", text_or_null(status.cluster_id)},
                 {"role", text_or_null(status.role)},
                 {"leader", text_or_null(status.leader)},
                 {"members", status.members},
                 {"meta", text_or_null(status.meta)},
                 {"meta_dir", text_or_null(status.meta_dir)},
                 {"state_dir", text_or_null(status.state_dir)},
                 {"server", server_json(status.server)},
                 {"startup", startup_json(status, now)},
                 {"row", row_json(status.row, now)},
                 {"facts", facts_json(status, now)},
                 {"peers", peers_json(status, now)},
                 {"rules_tried", status.rules_tried},
                 {"decisions", decisions_json(status)},
                 {"consent", consent_json(status.consent)},
                 {"leaving", leaving_json(status, now)},
                 {"hold", hold_json(status.hold)},
                 {"kubernetes", kubernetes_json(status.kubernetes)},
                 {"leaving_plan", status.leaving_plan},
                 {"workers", workers_json(status.workers)},
                 {"features_off", features_json(status)},
                 {"reload_refused", reload_json(status.reload_refused)},
                 {"probes", probes_json(status, now)},
                 {"advice", advice_json(status)},
                 {"host_checks", host_json(status.host_checks)},
                 {"ghost_rows", ghosts_json(status.ghost_rows)},
                 {"warnings", status.warnings}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string status_text(const NodeStatus& status, Instant now) {
  std::string out;
  add_line(
      out, "node", fmt::format("{} {} ({})", to_string(status.kind), status.host, status.address));
  add_line(out, "phase", to_string(status.phase));
  const bool clear = status.reason == Reason::kNone;
  add_line(out,
           "reason",
           clear ? status.detail : fmt::format("{}: {}", to_string(status.reason), status.detail));
  add_line(out, "ready", ready_text(judge_readiness(status.ready, now)));
  if (const auto start = start_verdict(status, now);
      start.state == StartState::kMoving || start.state == StartState::kStalled)
    add_line(out, "start", fmt::format("{}: {}", to_string(start.state), start.detail));
  add_line(out, "cluster id", status.cluster_id);
  add_line(out, "role", status.role);
  add_line(out, "leader", status.leader);
  add_line(out, "metadata", status.meta.empty() ? "" : status.meta + " in " + status.meta_dir);
  const auto& server = status.server;
  add_line(out,
           "server",
           server.running ? fmt::format("running, pid {} ({})", server.pid, server.command)
                          : std::string{"not running"});
  add_line(out, "version", server.version);
  add_line(out, "last exit", server.last_exit);
  add_line(out,
           "row",
           fmt::format("registered {}, alive {}, read {}",
                       to_string(status.row.registered),
                       to_string(status.row.alive),
                       age_text(status.row.at, now)));
  if (status.row.journal_behind) {
    add_line(
        out, "journal", fmt::format("{} entries behind the leader", *status.row.journal_behind));
  }
  add_line(out, "row error", status.row.error);
  for (const auto& ghost : status.ghost_rows.value_or(std::vector<GhostRow>{})) {
    add_line(out,
             "ghost row",
             fmt::format("{}, dead and without a DNS name since {}",
                         host_port(ghost.host, ghost.port),
                         ghost.since));
  }
  if (status.leaving) add_line(out, "leaving", leaving_text(*status.leaving));
  for (const auto& note : status.leaving_notes)
    add_line(out, "", note);
  if (status.consent)
    add_line(out, "consent", status.consent->command + ": " + status.consent->permits);
  for (const auto& off : status.features_off) {
    add_line(
        out, "cannot", fmt::format("{}: it needs {}; run {}", off.feature, off.needs, off.fix));
  }
  if (const auto& refused = status.reload_refused) {
    add_line(out,
             "config",
             fmt::format("change refused at {}, the settings before it stay:", refused->wall));
    for (const auto& error : refused->errors)
      add_line(out, "", error);
  }
  if (status.kubernetes && !status.kubernetes->problem.empty())
    add_line(out, "kubernetes", status.kubernetes->problem);
  for (const auto& probe : status.probes) {
    add_line(out,
             "probe",
             fmt::format("{} {} (counts for {}): {}",
                         probe.config.name,
                         probe.state.ok ? "ok" : "failed",
                         to_string(counts_of(probe.config)),
                         probe_text(probe)));
  }
  for (const auto& advice : status.advice)
    add_line(out, "advice", fmt::format("{}={}: {}", advice.field, advice.value, advice.text));
  add_host(out, status.host_checks);
  for (const auto& warning : status.warnings)
    add_line(out, "warning", warning);
  return out;
}

}  // namespace sragent
