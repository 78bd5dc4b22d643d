#include "runtime/metrics_samples.h"

#include <map>
#include <set>

#include "core/leader.h"
#include "runtime/probe_text.h"
#include "runtime/startup.h"

namespace sragent {
namespace {

void add_info(MetricWriter& out, std::string_view label, const std::string& value) {
  if (!value.empty()) out.add(1, {{label, value}});
}

void add_tri(MetricWriter& out, Tri value) {
  if (value != Tri::kUnknown) out.add_bool(value == Tri::kYes);
}

void add_count(MetricWriter& out, const std::optional<int>& value) {
  if (value) out.add(*value);
}

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

}  // namespace

void sample_info(const MetricView& view, MetricWriter& out) {
  const auto& status = view.status;
  out.add(1,
          {{"version", SRAGENT_VERSION},
           {"kind", to_string(status.kind)},
           {"pod", status.pod},
           {"namespace", status.pod_namespace},
           {"host", status.host},
           {"session", status.session}});
}

void sample_start_time(const MetricView& view, MetricWriter& out) {
  constexpr double kMillis = 1000;
  out.add(static_cast<double>(view.status.started_unix_ms) / kMillis);
}

void sample_loop_age(const MetricView& view, MetricWriter& out) {
  out.add_seconds(view.now - view.beat);
}

void sample_snapshots(const MetricView& view, MetricWriter& out) {
  out.add(number(view.status.sequence));
}

void sample_phase(const MetricView& view, MetricWriter& out) {
  for (int i = 0; i < kPhaseCount; ++i) {
    const auto phase = static_cast<Phase>(i);
    out.add_bool(phase == view.status.phase, {{"phase", to_string(phase)}});
  }
}

void sample_reason(const MetricView& view, MetricWriter& out) {
  for (int i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    out.add_bool(reason == view.status.reason, {{"reason", to_string(reason)}});
  }
}

void sample_ready(const MetricView& view, MetricWriter& out) {
  out.add_bool(is_ready(view.checks));
}

void sample_check_ok(const MetricView& view, MetricWriter& out) {
  for (const auto& check : view.checks) {
    if (check.state != CheckState::kSkipped)
      out.add_bool(check.state == CheckState::kOk, {{"check", check.name}});
  }
}

void sample_check_failure(const MetricView& view, MetricWriter& out) {
  for (const auto& check : view.checks) {
    if (check.state == CheckState::kFailed)
      out.add(1, {{"check", check.name}, {"reason", to_string(check.reason)}});
  }
}

void sample_startup(const MetricView& view, MetricWriter& out) {
  const auto state = start_verdict(view.status, view.now).state;
  for (const auto one :
       {StartState::kDown, StartState::kMoving, StartState::kStalled, StartState::kUp})
    out.add_bool(one == state, {{"state", to_string(one)}});
}

void sample_startup_position(const MetricView& view, MetricWriter& out) {
  const auto& last = view.status.startup.last;
  if (last.position) out.add(static_cast<double>(*last.position));
}

void sample_startup_remaining(const MetricView& view, MetricWriter& out) {
  const auto verdict = start_verdict(view.status, view.now);
  if (verdict.eta) out.add_seconds(*verdict.eta);
}

void sample_startup_longest(const MetricView& view, MetricWriter& out) {
  if (view.status.longest_start) out.add_seconds(*view.status.longest_start);
}

void sample_probe_ok(const MetricView& view, MetricWriter& out) {
  for (const auto& probe : view.status.probes) {
    out.add_bool(probe.state.ok,
                 {{"probe", probe.config.name},
                  {"kind", to_string(kind_of(probe.config))},
                  {"counts_for", to_string(counts_of(probe.config))}});
  }
}

void sample_probe_runs(const MetricView& view, MetricWriter& out) {
  for (const auto& probe : view.status.probes)
    out.add(number(probe.state.runs), {{"probe", probe.config.name}});
}

void sample_probe_failures(const MetricView& view, MetricWriter& out) {
  for (const auto& probe : view.status.probes)
    out.add(number(probe.state.failures), {{"probe", probe.config.name}});
}

void sample_probe_took(const MetricView& view, MetricWriter& out) {
  for (const auto& probe : view.status.probes)
    if (probe.state.at) out.add_seconds(probe.state.last.took, {{"probe", probe.config.name}});
}

void sample_clusters(const MetricView& view, MetricWriter& out) {
  std::set<ClusterId> ids;
  if (!view.status.cluster_id.empty()) ids.insert(view.status.cluster_id);
  for (const auto& peer : view.status.peers)
    ids.insert(peer.ids.begin(), peer.ids.end());
  if (!ids.empty()) out.add(number(ids.size()));
}

void sample_host_check(const MetricView& view, MetricWriter& out) {
  for (const auto& finding : view.status.host_checks.findings) {
    if (finding.state == HostState::kUnknown) continue;
    out.add_bool(finding.state == HostState::kOk,
                 {{"check", finding.check}, {"subject", finding.subject}});
  }
}

void sample_pod_condition(const MetricView& view, MetricWriter& out) {
  const auto& told = view.status.kubernetes;
  if (told && (told->written || !told->problem.empty())) out.add_bool(told->problem.empty());
}

void sample_advice(const MetricView& view, MetricWriter& out) {
  for (const auto& advice : view.status.advice)
    out.add(1, {{"field", advice.field}, {"value", advice.value}});
}

void sample_warnings(const MetricView& view, MetricWriter& out) {
  out.add(number(view.status.warnings.size()));
}

void sample_feature_off(const MetricView& view, MetricWriter& out) {
  std::set<std::string> names;
  for (const auto& off : view.status.features_off)
    names.insert(off.feature);
  for (const auto& name : names)
    out.add(1, {{"feature", name}});
}

void sample_reload_refused(const MetricView& view, MetricWriter& out) {
  out.add_bool(view.status.reload_refused.has_value());
}

void sample_consent(const MetricView& view, MetricWriter& out) {
  out.add_bool(view.status.consent.has_value());
}

void sample_decision(const MetricView& view, MetricWriter& out) {
  if (view.status.decisions.empty()) return;
  const auto& last = view.status.decisions.back();
  out.add(1, {{"rule", last.rule}, {"action", last.action}, {"reason", to_string(last.reason)}});
}

void sample_server_running(const MetricView& view, MetricWriter& out) {
  out.add_bool(view.status.server.running);
}

void sample_server_starts(const MetricView& view, MetricWriter& out) {
  out.add(number(view.status.server.starts));
}

void sample_server_info(const MetricView& view, MetricWriter& out) {
  add_info(out, "version", view.status.server.version);
}

void sample_last_exit(const MetricView& view, MetricWriter& out) {
  add_info(out, "status", view.status.server.last_exit);
}

void sample_orphans(const MetricView& view, MetricWriter& out) {
  out.add(number(view.status.server.orphans_reaped));
}

void sample_row_registered(const MetricView& view, MetricWriter& out) {
  add_tri(out, view.status.row.registered);
}

void sample_row_alive(const MetricView& view, MetricWriter& out) {
  add_tri(out, view.status.row.alive);
}

void sample_row_age(const MetricView& view, MetricWriter& out) {
  if (view.status.row.at) out.add_seconds(view.now - *view.status.row.at);
}

void sample_ghost_rows(const MetricView& view, MetricWriter& out) {
  if (const auto& ghosts = view.status.ghost_rows) out.add(number(ghosts->size()));
}

void sample_cluster(const MetricView& view, MetricWriter& out) {
  add_info(out, "cluster_id", view.status.cluster_id);
}

void sample_leader(const MetricView& view, MetricWriter& out) {
  add_info(out, "leader", view.status.leader);
}

void sample_fe_role(const MetricView& view, MetricWriter& out) {
  if (view.status.role.empty()) return;
  for (const auto role : {RowRole::kLeader, RowRole::kFollower, RowRole::kObserver})
    out.add_bool(to_string(role) == view.status.role, {{"role", to_string(role)}});
}

void sample_members(const MetricView& view, MetricWriter& out) {
  if (!view.status.members.empty()) out.add(number(view.status.members.size()));
}

void sample_journal_behind(const MetricView& view, MetricWriter& out) {
  if (const auto& behind = view.status.row.journal_behind) out.add(static_cast<double>(*behind));
}

void sample_peers(const MetricView& view, MetricWriter& out) {
  std::map<std::string_view, int> kinds;
  for (const auto& peer : view.status.peers)
    ++kinds[to_string(peer.kind)];
  for (const auto& [kind, count] : kinds)
    out.add(count, {{"kind", kind}});
}

void sample_leaving(const MetricView& view, MetricWriter& out) {
  const auto& leaving = view.status.leaving;
  if (leaving && leaving->in_force)
    out.add(1, {{"trigger", leaving->trigger}, {"phase", leaving->phase}});
}

void sample_leaving_running(const MetricView& view, MetricWriter& out) {
  if (const auto& leaving = view.status.leaving) add_count(out, leaving->running);
}

void sample_leaving_remaining(const MetricView& view, MetricWriter& out) {
  const auto& leaving = view.status.leaving;
  if (leaving && leaving->ends) out.add_seconds(*leaving->ends - view.now);
}

void sample_leaving_cut_off(const MetricView& view, MetricWriter& out) {
  if (const auto& leaving = view.status.leaving) add_count(out, leaving->cut_off);
}

void sample_workers_running(const MetricView& view, MetricWriter& out) {
  out.add(number(view.status.workers.running));
}

void sample_workers_queued(const MetricView& view, MetricWriter& out) {
  out.add(number(view.status.workers.queued));
}

void sample_workers_abandoned(const MetricView& view, MetricWriter& out) {
  out.add(number(view.status.workers.abandoned_total));
}

void sample_workers_refused(const MetricView& view, MetricWriter& out) {
  out.add(number(view.status.workers.refused_total));
}

}  // namespace sragent
