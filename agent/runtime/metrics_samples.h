#pragma once

#include "runtime/metrics.h"

/// One function for each row of the table of metrics.
namespace sragent {

void sample_info(const MetricView& view, MetricWriter& out);
void sample_start_time(const MetricView& view, MetricWriter& out);
void sample_loop_age(const MetricView& view, MetricWriter& out);
void sample_snapshots(const MetricView& view, MetricWriter& out);
void sample_phase(const MetricView& view, MetricWriter& out);
void sample_reason(const MetricView& view, MetricWriter& out);
void sample_ready(const MetricView& view, MetricWriter& out);
void sample_check_ok(const MetricView& view, MetricWriter& out);
void sample_check_failure(const MetricView& view, MetricWriter& out);
void sample_startup(const MetricView& view, MetricWriter& out);
void sample_startup_position(const MetricView& view, MetricWriter& out);
void sample_startup_remaining(const MetricView& view, MetricWriter& out);
void sample_startup_longest(const MetricView& view, MetricWriter& out);
void sample_probe_ok(const MetricView& view, MetricWriter& out);
void sample_probe_runs(const MetricView& view, MetricWriter& out);
void sample_probe_failures(const MetricView& view, MetricWriter& out);
void sample_probe_took(const MetricView& view, MetricWriter& out);
void sample_clusters(const MetricView& view, MetricWriter& out);
void sample_host_check(const MetricView& view, MetricWriter& out);
void sample_pod_condition(const MetricView& view, MetricWriter& out);
void sample_advice(const MetricView& view, MetricWriter& out);
void sample_warnings(const MetricView& view, MetricWriter& out);
void sample_feature_off(const MetricView& view, MetricWriter& out);
void sample_reload_refused(const MetricView& view, MetricWriter& out);
void sample_consent(const MetricView& view, MetricWriter& out);
void sample_decision(const MetricView& view, MetricWriter& out);
void sample_server_running(const MetricView& view, MetricWriter& out);
void sample_server_starts(const MetricView& view, MetricWriter& out);
void sample_server_info(const MetricView& view, MetricWriter& out);
void sample_last_exit(const MetricView& view, MetricWriter& out);
void sample_orphans(const MetricView& view, MetricWriter& out);
void sample_row_registered(const MetricView& view, MetricWriter& out);
void sample_row_alive(const MetricView& view, MetricWriter& out);
void sample_row_age(const MetricView& view, MetricWriter& out);
void sample_ghost_rows(const MetricView& view, MetricWriter& out);
void sample_cluster(const MetricView& view, MetricWriter& out);
void sample_leader(const MetricView& view, MetricWriter& out);
void sample_fe_role(const MetricView& view, MetricWriter& out);
void sample_members(const MetricView& view, MetricWriter& out);
void sample_journal_behind(const MetricView& view, MetricWriter& out);
void sample_peers(const MetricView& view, MetricWriter& out);
void sample_leaving(const MetricView& view, MetricWriter& out);
void sample_leaving_running(const MetricView& view, MetricWriter& out);
void sample_leaving_remaining(const MetricView& view, MetricWriter& out);
void sample_leaving_cut_off(const MetricView& view, MetricWriter& out);
void sample_workers_running(const MetricView& view, MetricWriter& out);
void sample_workers_queued(const MetricView& view, MetricWriter& out);
void sample_workers_abandoned(const MetricView& view, MetricWriter& out);
void sample_workers_refused(const MetricView& view, MetricWriter& out);

}  // namespace sragent
