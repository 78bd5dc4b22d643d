#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srsim {

/// A StarRocks version as its behaviour is ordered: `main` (the 2026-01-30 state) is newer than
/// every release.
struct Version {
  int major{};
  int minor{};
  int patch{};

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads a defaulted comparison
  friend auto operator<=>(const Version&, const Version&) = default;
};

/// Keys of the JSON body that GET /api/bootstrap answers (docs/starrocks.md section 5.1).
enum class BootstrapBody {
  kPlain,     ///< to 3.4: no heapUsedPercent
  kHeap,      ///< 3.5: heapUsedPercent after feStartTime
  kHeapCores  ///< main: heapUsedPercent and cpuCores
};

/// How analyzer and parser errors are wrapped (docs/starrocks.md section 2.4).
enum class DdlPrefix {
  kBare,              ///< the text alone (3.3.3 and newer)
  kUnexpected,        ///< "Unexpected exception: <text>" (2.5 to 3.2)
  kUnexpectedNonDdl,  ///< only for errors that are not DDL errors (3.3.0 to 3.3.2)
};

/// Shape of stop_fe.sh, stop_be.sh and stop_cn.sh (docs/starrocks.md section 1.4).
struct StopScripts {
  bool fe_graceful_option{};    ///< stop_fe.sh -g sends SIGUSR1; without it the option is unknown
  bool fe_checks_java{};        ///< a pid that is no java process: exit 1, pid file stays
  bool fe_removes_stale_pid{};  ///< main: a stale pid file is removed and the exit status is 0
  bool timeout_option{};        ///< stop_fe.sh and stop_be.sh know --timeout SEC
  bool cn_waits{};              ///< stop_cn.sh waits as stop_be.sh does
};

/// Behaviour of one StarRocks version, as one table. Everything in the simulator that differs by
/// version reads a field here; no code outside profile.cc compares version numbers.
/// Immutable after parse_profile; safe to share between threads.
/// Source: docs/starrocks.md (sections are named per field) and the recorded corpus.
struct Profile {
  std::string name{};  ///< as given by the user, for example "3.5.7"
  Version version{};
  std::string build{};  ///< `<version>-<commit>`, as SHOW ... Version and version_comment show it
  std::string server_version{};  ///< handshake string (mysql_server_version)
  int default_max_connections{4096};

  // Result sets (section 3).
  bool fe_id_column{};        ///< 3.5+: Id in front of SHOW FRONTENDS; ids 1..255
  bool fe_isolation_group{};  ///< only the recorded 3.3 fork: column ResourceIsolationGroup at the
                              ///< end
  bool mem_limit_column{};    ///< 3.3.4+
  bool datacache_column{};    ///< 3.3.0+
  bool location_column{};     ///< 3.2.8+/3.3.0+ (SHOW BACKENDS)
  bool status_code_column{};  ///< 3.4.0+; SHUTDOWN understood by the leader's heartbeat
  bool has_storage_path_column{};  ///< 3.1.1+ (SHOW COMPUTE NODES)
  bool warehouse_column{};         ///< 3.3.0+ in shared-data
  bool cn_tablet_num_column{};     ///< 3.1.10+/3.2.5+ in shared-data
  bool cn_shifted_values{};        ///< 3.1.1 and 3.1.2 in shared-data: values under wrong titles
  bool show_times_utc8{};          ///< main: SHOW times are always UTC+8
  bool leader_row_by_address{};    ///< 3.3.0+: Role and Join by BDB-JE's master address, quietly
                                   ///< absent

  // Grammar (section 2.1).
  bool warehouse_clause{};           ///< INTO/FROM WAREHOUSE, SHOW NODES (3.3.6+)
  bool show_warehouses{};            ///< 3.2+ in an old form, 3.3.6+ in the present one
  bool warehouse_property_column{};  ///< 3.5+
  bool cngroup_clause{};             ///< 4.0/main
  bool makes_warehouses{};   ///< SR_SIM_WAREHOUSES=1: the DDL is carried out (docs/simulator.md)
  bool location_clause{};    ///< MODIFY BACKEND ... SET (3.2.8+/3.3.0+)
  bool backend_blacklist{};  ///< 3.3.0+
  bool compute_node_blacklist{};  ///< 4.0/main
  bool show_running_queries{};    ///< 3.1.4+/3.2.0+
  bool kill_query_by_id{};        ///< 3.1.15+/3.3.6+
  bool ipv6_host_port{};          ///< [addr]:port (3.3+)

  // Texts and semantics (sections 2.2 to 2.6).
  DdlPrefix ddl_prefix{DdlPrefix::kBare};
  bool new_duplicate_text{};     ///< "Backend already exists with same host h and port p"
                                 ///< (3.1.6+/3.2.0+)
  bool add_backend_checks_cn{};  ///< 3.1.6+/3.2.0+
  bool cn_add_checks_twins{};    ///< 3.3: ADD COMPUTE NODE notices duplicates inside one statement
  bool multi_drop_stepwise{};    ///< 3.3.6+: DROP of a list is not atomic
  bool new_host_port_errors{};   ///< 3.3+: `Invalid host port: X` and the like
  bool new_cancel_text{};        ///< CANCEL: `Backend does not exist[h:p]` (3.3+)
  bool modify_be_refused_in_shared_data{};  ///< 3.3.7+
  bool
      statistics_exempt{};  ///< `_statistics_` does not count in DECOMMISSION (3.3.11+/3.4.1+/3.5+)
  bool blacklist_delete_checks{};  ///< main: DELETE of an unknown id is an error
  int unknown_warehouse_code{};    ///< 10001 (3.3, 3.4) or 5901 (3.5+)
  int access_denied_code{};        ///< 1227, 1252 or 5203
  bool access_denied_on_system{};  ///< "... privilege(s) on SYSTEM for ..."
  bool access_denied_hint{};       ///< "Please ask the admin ..." with the roles
  bool prepared_refusal{};         ///< 1295 at COM_STMT_PREPARE of what is no query (3.2.5+)
  bool or_separator{};             ///< "OPERATE OR NODE" (3.3+) rather than "OPERATE/NODE"

  int first_frontend_id{1};                ///< main counts from 2
  bool decommission_checks_shared_data{};  ///< space and count checks in shared-data too (to 3.3.8)
  bool processlist_server_name{};  ///< ServerName in front (3.5, main; older by assumption not)
  bool unknown_db_5501{};          ///< 5501/3F000 (3.5+, main), else 1049/42000 (by assumption)
  bool node_cngroup_columns{};     ///< SHOW NODES: CNGroupId and CNGroupName (main), else ClusterId

  // Wire (section 10).
  bool connect_attrs{};           ///< capability bit CONNECT_ATTRS (3.1.5+/3.2.0+)
  bool auth_lenenc{};             ///< capability bit PLUGIN_AUTH_LENENC_CLIENT_DATA
  bool fe_id_in_connection_id{};  ///< 3.5+: connection ids are (FE id << 24) + n
  bool dead_mysql_without_row{};  ///< 3.5+: an FE without its own row accepts and never greets

  // Processes and HTTP (sections 1, 4, 5, 7): for the FE, BE and CN processes.
  BootstrapBody bootstrap_body{BootstrapBody::kPlain};
  bool bootstrap_needs_cluster_id{};   ///< to 3.2 the cluster id counts beside the token
  bool bootstrap_heartbeat_ok_text{};  ///< 3.3+: refused token shows ErrMsg `OK` (the body's
                                       ///< message)
  bool check_answers_cluster_id{};     ///< to 3.2: /check carries a header cluster_id
  bool image_v2{};                     ///< image/v2 and checksum (3.3.3+)
  bool sigusr1_graceful{};             ///< 3.4.2+: else SIGUSR1 kills the FE (signal 10)
  bool health_500_in_drain{};          ///< 3.4.2+
  bool failed_first_start_cleans{};    ///< ROLE and VERSION of a failed first start are removed
                                       ///< (3.1.9+/3.2.4+)
  bool be_heartbeat_port_first{};      ///< to 3.1.8
  bool be_waits_for_pipeline{};        ///< 3.2.12+/3.3.6+
  int be_default_exit_loops{};         ///< loop_count_wait_fragments_finish: 0, 2 since 3.4.2
  bool last_start_is_reboot_time{};    ///< LastStartTime = node's own reboot time (3.2.13+/3.3.6+)
  bool metric_leader_label{};          ///< is_leader label on leader-aware metrics (3.4.5+/3.5.7+)
  bool fe_node_alive_metric{};         ///< node_info fe_node_num state=alive (3.3.13+/3.4.3+/3.5+)
  bool check_decommission_acts{};      ///< 3.3.0+: /api/check_decommission really decommissions
  StopScripts stop_scripts{};
};

/// The profile called `name`: any release of the lines 3.1 to 3.5 as "major.minor.patch", "main",
/// or the exact name of a recorded twin ("3.5.7-d2da301", "main-70d1c24", "3.3-92d3ab2").
/// Empty for anything else.
[[nodiscard]] std::optional<Profile> parse_profile(std::string_view name);

/// Names of the profiles that tests and the demo run: "3.1.17", "3.3.15", "3.4.5", "3.5.7", "main".
[[nodiscard]] const std::vector<std::string>& profile_names();

}  // namespace srsim
