// What no key can say alone: defaults that follow other keys, and settings that exclude each other.

#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "config/sources.h"

namespace sragent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Origins = std::map<std::string, Origin, std::less<>>;

/// Grace period that the StarRocks operator gives its pods.
constexpr seconds kOperatorGrace{120};

bool is_default(const Origins& origins, std::string_view key) {
  return origins.find(key)->second.kind == OriginKind::kDefault;
}

bool verifies(TlsSetting mode) {
  return mode >= TlsSetting::kVerifyCa;
}

/// Only as a whole: a password goes with the user it was made for.
void take_login(const MountedLogin& login, SqlConfig& sql, Origins& origins) {
  for (const auto* key : {"sql.user", "sql.password", "sql.password_file"})
    if (!is_default(origins, key)) return;
  sql.mounted_login = true;
  sql.password_file = login.password_file;
  origins["sql.password_file"].place = "found in sql.auth_dir";
  if (login.user.empty()) return;
  sql.user = login.user;
  origins["sql.user"].place = "found in sql.auth_dir";
}

void fill_defaults(const ConfigSources& sources, Config& config, Origins& origins) {
  if (sources.login && sources.login->problem.empty())
    take_login(*sources.login, config.sql, origins);
  if (is_default(origins, "http.peer_port")) {
    config.http.peer_port = config.http.listen.port;
    origins["http.peer_port"].place = "the port of http.listen";
  }
  const auto rows = config.membership.check_interval * 5 / 2;
  if (is_default(origins, "ready.row_age_s") && rows > config.ready.row_age) {
    config.ready.row_age = rows;
    origins["ready.row_age_s"].place = "from membership.check_interval_s";
  }
  if (is_default(origins, "sql.tls_mode") && !config.sql.tls_ca.empty()) {
    config.sql.tls_mode = TlsSetting::kVerifyCa;
    origins["sql.tls_mode"].place = "sql.tls_ca is set";
  }
  config.node.operator_pod = sources.environment.contains("COMPONENT_NAME");
  if (is_default(origins, "stop.grace_s") && sources.environment.contains("COMPONENT_NAME")) {
    config.stop.grace = kOperatorGrace;
    origins["stop.grace_s"].place = "COMPONENT_NAME is set: the operator's grace period";
  }
  if (is_default(origins, "stop.reserve_s")) {
    const auto tenth = std::clamp(config.stop.grace / 10, seconds{5}, seconds{30});
    config.stop.reserve = std::min(tenth, config.stop.grace / 2);
    origins["stop.reserve_s"].place = "from stop.grace_s";
  }
}

/// `wrong` is a mistake at `key`, said at the place where its value was set.
void require(bool right,
             const Origins& origins,
             std::string_view key,
             std::string_view expected,
             LoadedConfig& out) {
  if (right) return;
  out.errors.push_back(
      fmt::format("{}: expected {}", message_place(origins.find(key)->second, key), expected));
}

/// The key of the two that somebody set: blaming a default helps nobody.
std::string_view blamed(const Origins& origins, std::string_view a, std::string_view b) {
  return is_default(origins, a) ? b : a;
}

std::string below_text(std::string_view small, std::string_view large) {
  return fmt::format("{} not above {}", small, large);
}

void check_order(const Origins& origins, LoadedConfig& out) {
  const auto ordered =
      [&](std::string_view small, milliseconds low, std::string_view large, milliseconds high) {
        require(low <= high, origins, blamed(origins, small, large), below_text(small, large), out);
      };
  const auto& m = out.config.membership;
  const auto& sql = out.config.sql;
  const auto& loop = out.config.loop;
  ordered("membership.connect_probe_ms",
          m.connect_probe,
          "membership.slow_connect_probe_ms",
          m.slow_connect_probe);
  ordered("membership.backoff_min_ms", m.backoff_min, "membership.backoff_max_s", m.backoff_max);
  ordered("sql.connect_timeout_ms",
          sql.connect_timeout,
          "sql.statement_timeout_ms",
          sql.statement_timeout);
  ordered("sql.connect_timeout_ms", sql.connect_timeout, "sql.show_timeout_ms", sql.show_timeout);
  require(out.config.ready.row_age >= 2 * m.check_interval,
          origins,
          blamed(origins, "ready.row_age_s", "membership.check_interval_s"),
          "ready.row_age_s at least twice membership.check_interval_s",
          out);
  require(loop.live_limit >= 2 * loop.tick,
          origins,
          blamed(origins, "loop.live_limit_ms", "loop.tick_ms"),
          "loop.live_limit_ms at least twice loop.tick_ms",
          out);
}

/// The password has to be one that the other pods read as well.
void check_first_password(const Origins& origins, LoadedConfig& out) {
  const auto& sql = out.config.sql;
  if (sql.first_password == FirstPasswordSetting::kOff) return;
  require(!sql.password_file.empty(),
          origins,
          "sql.first_password",
          "sql.password_file to name the password that is to be set",
          out);
  require(sql.user == "root",
          origins,
          "sql.first_password",
          "sql.user root: no other user is there in a new cluster",
          out);
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.");
}

/// Whoever names a CA or a name believes that certificates are verified.
void check_tls(const Origins& origins, LoadedConfig& out) {
  const auto& sql = out.config.sql;
  require(!verifies(sql.tls_mode) || !sql.tls_ca.empty(),
          origins,
          "sql.tls_mode",
          "sql.tls_ca to name the file of the CA, which this mode verifies against",
          out);
  require(sql.tls_name.empty() || sql.tls_mode == TlsSetting::kVerifyIdentity,
          origins,
          "sql.tls_name",
          "sql.tls_mode verify-identity: no other mode looks at the name",
          out);
  require(sql.next_password_file.empty() || !sql.password_file.empty(),
          origins,
          "sql.next_password_file",
          "sql.password_file to be set too: it is the password in use",
          out);
  if (sql.tls_ca.empty() || verifies(sql.tls_mode)) return;
  out.warnings.push_back(
      fmt::format("{}: does not verify certificates, so sql.tls_ca is not used; verify-ca would",
                  message_place(origins.find("sql.tls_mode")->second, "sql.tls_mode")));
}

void check_exclusions(const Origins& origins, LoadedConfig& out) {
  const auto& config = out.config;
  require(config.stop.reserve < config.stop.grace,
          origins,
          blamed(origins, "stop.reserve_s", "stop.grace_s"),
          "stop.reserve_s below stop.grace_s",
          out);
  require(config.simulation.time_scale == 1 || is_loopback(config.node.pod_ip),
          origins,
          "simulation.time_scale",
          "1, since node.pod_ip is not in 127.0.0.0/8: other values are for loopback only",
          out);
  require(config.http.listen.port != config.fe.query_port,
          origins,
          blamed(origins, "http.listen", "fe.query_port"),
          "http.listen with another port than fe.query_port",
          out);
  require(!config.fe.observer || config.node.role == RoleSetting::kUnset ||
              config.node.role == RoleSetting::kFe,
          origins,
          "fe.observer",
          "false, since node.role is not fe",
          out);
  require(config.node.cn_group.empty() || !config.node.warehouse.empty(),
          origins,
          "node.cn_group",
          "empty, since node.warehouse is empty: a CN group is one of a warehouse",
          out);
}

/// "x-0", as a StatefulSet names its pods.
bool has_ordinal(std::string_view pod_name) {
  const auto dash = pod_name.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == pod_name.size()) return false;
  const auto tail = pod_name.substr(dash + 1);
  return std::all_of(tail.begin(), tail.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void add_warnings(const Origins& origins, LoadedConfig& out) {
  const auto& config = out.config;
  if (config.node.host_type == HostTypeSetting::kIp && has_ordinal(config.node.pod_name)) {
    out.warnings.push_back(
        fmt::format("{}: IP, and pod {} looks like one of a StatefulSet: its address will change; "
                    "FQDN would stay",
                    message_place(origins.find("node.host_type")->second, "node.host_type"),
                    config.node.pod_name));
  }
  const bool not_cn = config.node.role == RoleSetting::kFe || config.node.role == RoleSetting::kBe;
  if (not_cn && !config.node.warehouse.empty()) {
    out.warnings.push_back(
        fmt::format("{}: has no meaning here: only a compute node is placed in a warehouse",
                    message_place(origins.find("node.warehouse")->second, "node.warehouse")));
  }
  if (config.fe.bootstrap == BootstrapSetting::kStrict && config.fe.count == 0) {
    out.warnings.push_back(fmt::format(
        "{}: strict, and fe.count is not told: this node will join a cluster, never found one",
        message_place(origins.find("fe.bootstrap")->second, "fe.bootstrap")));
  }
}

}  // namespace

void complete(const ConfigSources& sources, LoadedConfig& out, Origins& origins) {
  if (sources.login && !sources.login->problem.empty())
    out.warnings.push_back("sql.auth_dir: not used: " + sources.login->problem);
  fill_defaults(sources, out.config, origins);
  check_order(origins, out);
  check_tls(origins, out);
  check_first_password(origins, out);
  check_exclusions(origins, out);
  add_warnings(origins, out);
}

}  // namespace sragent
