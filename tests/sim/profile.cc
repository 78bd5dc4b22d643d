#include "profile.h"

#include <array>
#include <charconv>
#include <initializer_list>

namespace srsim {
namespace {

constexpr int kMainMajor = 1000;

/// "since 3.1.6/3.2.0": in the named patch of each named line, and in every later line.
bool since(const Version& version, std::initializer_list<Version> firsts) {
  const Version* last = nullptr;
  for (const Version& first : firsts) {
    if (version.major == first.major && version.minor == first.minor)
      return version.patch >= first.patch;
    last = &first;
  }
  return last != nullptr && version >= *last;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<Version> parse_release(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = text.find('.', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const auto major = number(text.substr(0, first));
  const auto minor = number(text.substr(first + 1, second - first - 1));
  const auto patch = number(text.substr(second + 1));
  if (!major || !minor || !patch) return std::nullopt;
  if (*major != 3 || *minor < 1 || *minor > 5) return std::nullopt;
  return Version{.major = *major, .minor = *minor, .patch = *patch};
}

void set_result_sets(Profile& p) {
  const Version& v = p.version;
  p.fe_id_column = since(v, {{3, 5, 0}});
  p.mem_limit_column = since(v, {{3, 3, 4}});
  p.datacache_column = since(v, {{3, 3, 0}});
  p.location_column = since(v, {{3, 2, 8}, {3, 3, 0}});
  p.status_code_column = since(v, {{3, 4, 0}});
  p.has_storage_path_column = since(v, {{3, 1, 1}, {3, 2, 0}});
  p.warehouse_column = since(v, {{3, 3, 0}});
  p.cn_tablet_num_column = since(v, {{3, 1, 10}, {3, 2, 5}, {3, 3, 0}});
  p.cn_shifted_values = v.minor == 1 && v.major == 3 && (v.patch == 1 || v.patch == 2);
  p.show_times_utc8 = v.major == kMainMajor;
  p.leader_row_by_address = since(v, {{3, 3, 0}});
  p.processlist_server_name = since(v, {{3, 5, 0}});
}

void set_grammar(Profile& p) {
  const Version& v = p.version;
  p.warehouse_clause = since(v, {{3, 3, 6}});
  p.show_warehouses = since(v, {{3, 2, 0}}) && (v.minor != 3 || v.patch >= 6);
  p.warehouse_property_column = since(v, {{3, 5, 0}});
  p.cngroup_clause = v.major == kMainMajor;
  p.location_clause = p.location_column;
  p.backend_blacklist = since(v, {{3, 3, 0}});
  p.compute_node_blacklist = v.major == kMainMajor;
  p.show_running_queries = since(v, {{3, 1, 4}, {3, 2, 0}});
  p.kill_query_by_id = since(v, {{3, 1, 15}, {3, 3, 6}});
  p.ipv6_host_port = since(v, {{3, 3, 0}});
  p.node_cngroup_columns = v.major == kMainMajor;
}

void set_texts(Profile& p) {
  const Version& v = p.version;
  p.ddl_prefix = since(v, {{3, 3, 3}})   ? DdlPrefix::kBare
                 : since(v, {{3, 3, 0}}) ? DdlPrefix::kUnexpectedNonDdl
                                         : DdlPrefix::kUnexpected;
  p.new_duplicate_text = since(v, {{3, 1, 6}, {3, 2, 0}});
  p.add_backend_checks_cn = p.new_duplicate_text;
  p.cn_add_checks_twins = v.major == 3 && v.minor == 3;
  p.multi_drop_stepwise = p.warehouse_clause;
  p.new_host_port_errors = since(v, {{3, 3, 0}});
  p.new_cancel_text = since(v, {{3, 3, 0}});
  p.modify_be_refused_in_shared_data = since(v, {{3, 3, 7}});
  p.statistics_exempt = since(v, {{3, 2, 16}, {3, 3, 11}, {3, 4, 1}, {3, 5, 0}});
  p.decommission_checks_shared_data = !since(v, {{3, 2, 14}, {3, 3, 9}, {3, 4, 0}});
  p.blacklist_delete_checks = v.major == kMainMajor;
  p.unknown_warehouse_code = since(v, {{3, 5, 0}}) ? 5901 : 10001;
  p.access_denied_hint = since(v, {{3, 2, 0}});
  p.access_denied_on_system = since(v, {{3, 1, 1}, {3, 2, 0}});
  p.access_denied_code = since(v, {{3, 3, 0}}) ? 5203 : (p.access_denied_on_system ? 1252 : 1227);
  p.prepared_refusal = since(v, {{3, 2, 5}, {3, 3, 0}});
  p.or_separator = since(v, {{3, 3, 0}});
  p.unknown_db_5501 = since(v, {{3, 5, 0}});
  p.first_frontend_id = v.major == kMainMajor ? 2 : 1;
}

void set_processes(Profile& p) {
  const Version& v = p.version;
  const bool is_main = v.major == kMainMajor;
  p.server_version = since(v, {{3, 4, 0}}) ? "8.0.33" : "5.1.0";
  p.default_max_connections = since(v, {{3, 1, 12}, {3, 2, 7}, {3, 3, 0}}) ? 4096 : 1024;
  p.connect_attrs = since(v, {{3, 1, 5}, {3, 2, 0}});
  p.auth_lenenc = p.connect_attrs;
  p.fe_id_in_connection_id = p.fe_id_column;
  p.dead_mysql_without_row = p.fe_id_column;
  p.bootstrap_body = is_main                 ? BootstrapBody::kHeapCores
                     : since(v, {{3, 5, 0}}) ? BootstrapBody::kHeap
                                             : BootstrapBody::kPlain;
  p.bootstrap_needs_cluster_id = !since(v, {{3, 3, 0}});
  p.bootstrap_heartbeat_ok_text = since(v, {{3, 3, 0}});
  p.check_answers_cluster_id = !since(v, {{3, 3, 0}});
  p.image_v2 = since(v, {{3, 3, 3}});
  p.sigusr1_graceful = since(v, {{3, 4, 2}});
  p.health_500_in_drain = p.sigusr1_graceful;
  p.failed_first_start_cleans = since(v, {{3, 1, 9}, {3, 2, 4}});
  p.be_heartbeat_port_first = !since(v, {{3, 1, 9}, {3, 2, 0}});
  p.be_waits_for_pipeline = since(v, {{3, 2, 12}, {3, 3, 6}});
  p.be_default_exit_loops = since(v, {{3, 4, 2}}) ? 2 : 0;
  p.last_start_is_reboot_time = since(v, {{3, 2, 13}, {3, 3, 6}});
  p.metric_leader_label = since(v, {{3, 4, 5}, {3, 5, 7}});
  p.fe_node_alive_metric = since(v, {{3, 3, 13}, {3, 4, 3}, {3, 5, 0}});
  p.check_decommission_acts = since(v, {{3, 3, 0}});
  p.stop_scripts = {.fe_graceful_option = since(v, {{3, 4, 2}}),
                    .fe_checks_java = since(v, {{3, 4, 2}}),
                    .fe_removes_stale_pid = is_main,
                    .timeout_option = since(v, {{3, 4, 2}}),
                    .cn_waits = since(v, {{3, 5, 7}})};
}

/// Names of the recorded twins, what they are by version, and what they print.
struct Twin {
  std::string_view name;
  Version version;
  std::string_view build;
};

constexpr Version kMain{.major = kMainMajor, .minor = 0, .patch = 0};
constexpr std::array<Twin, 5> kTwins{{
    {.name = "3.5.7-d2da301", .version = {3, 5, 7}, .build = "3.5.7-d2da301"},
    {.name = "3.5.7", .version = {3, 5, 7}, .build = "3.5.7-d2da301"},
    {.name = "main-70d1c24", .version = kMain, .build = "main-20260130-70d1c24"},
    {.name = "main", .version = kMain, .build = "main-20260130-70d1c24"},
    {.name = "3.3-92d3ab2", .version = {3, 3, 5}, .build = "3.3-int-92d3ab2"},
}};

Profile make_profile(std::string_view name, const Version& version, std::string build) {
  Profile profile;
  profile.name = std::string(name);
  profile.version = version;
  profile.build = std::move(build);
  set_result_sets(profile);
  set_grammar(profile);
  set_texts(profile);
  set_processes(profile);
  return profile;
}

}  // namespace

std::optional<Profile> parse_profile(std::string_view name) {
  for (const Twin& twin : kTwins) {
    if (twin.name != name) continue;
    Profile profile = make_profile(name, twin.version, std::string(twin.build));
    if (name == "3.3-92d3ab2") {
      profile.fe_isolation_group = true;
      profile.auth_lenenc = false;
    }
    return profile;
  }
  const auto version = parse_release(name);
  if (!version) return std::nullopt;
  return make_profile(name, *version, std::string(name) + "-0000000");
}

const std::vector<std::string>& profile_names() {
  static const std::vector<std::string> names{"3.1.17", "3.3.15", "3.4.5", "3.5.7", "main"};
  return names;
}

}  // namespace srsim
