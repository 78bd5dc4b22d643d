#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "config/probe_config.h"

namespace sragent {

/// A host or address with a port. Port 0: not stated. An empty host: the setting is unset.
/// An IPv6 address is kept without its brackets.
struct ConfigEndpoint {
  std::string host{};
  std::uint16_t port{0};

  friend bool operator==(const ConfigEndpoint&, const ConfigEndpoint&) = default;
};

// Enumerators stand in the order of the key's `choices` in keys.cc.
enum class RoleSetting : std::uint8_t { kUnset, kFe, kBe, kCn };
enum class HostTypeSetting : std::uint8_t { kIp, kFqdn };
enum class BootstrapSetting : std::uint8_t { kAuto, kStrict, kNever };
enum class RefusalSetting : std::uint8_t { kHold, kExit };
enum class TlsSetting : std::uint8_t {
  kDisabled,
  kPreferred,
  kRequired,
  kVerifyCa,
  kVerifyIdentity
};
enum class FirstPasswordSetting : std::uint8_t { kOff, kSetOnce };
enum class HostChecksSetting : std::uint8_t { kWarn, kStrict, kOff };
enum class CrashLoopSetting : std::uint8_t { kReport, kHold };
enum class GhostRowsSetting : std::uint8_t { kReport, kDrop, kOff };
enum class LogLevelSetting : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormatSetting : std::uint8_t { kAuto, kText, kJson };

/// Who this node is and where its files are.
struct NodeConfig {
  RoleSetting role{RoleSetting::kUnset};  ///< kUnset: neither argument nor COMPONENT_NAME said.
  std::string root{"/opt/starrocks"};     ///< Holds fe/, be/, cn/.
  std::vector<ConfigEndpoint> service{};  ///< FE service names; empty: `run` must refuse.
  HostTypeSetting host_type{HostTypeSetting::kIp};
  std::string pod_name{};       ///< Empty: the host name.
  std::string pod_namespace{};  ///< Empty: unknown.
  std::string pod_ip{};         ///< Empty: the first own address that is not loopback.
  std::string pod_fqdn{};       ///< Empty: asked of the system.
  std::string pod_uid{};        ///< Empty: unknown.
  std::string warehouse{};      ///< CN: empty for default_warehouse.
  std::string cn_group{};       ///< CN, in `warehouse`; empty: none.
  std::string state_dir{};      ///< Empty: .sr-agent/ on the data volume.
  std::string runtime_dir{"/dev/shm/sr-agent"};  ///< Control socket; lives as long as the pod.
  std::string termination_log{"/dev/termination-log"};
  std::string config_mount{};  ///< Folder whose files become links in conf/; empty: none.
  std::string annotations_file{"/etc/podinfo/annotations"};  ///< Of the pod; empty: not looked at.
  bool sidecar{false};        ///< Another container of the pod runs the server.
  bool log_console{false};    ///< Start the server with --logconsole.
  bool log_follow{false};     ///< Copy the server's log files to standard output.
  bool until_drained{false};  ///< No key: an agent that 'drain' started; it adds no row.
  bool operator_pod{false};   ///< No key: COMPONENT_NAME is set, as the operator does.
};

/// How a front end finds its cluster.
struct FeConfig {
  std::uint32_t count{0};  ///< FEs of the cluster; 0: unknown. 0..31.
  BootstrapSetting bootstrap{BootstrapSetting::kAuto};
  bool observer{false};
  std::uint32_t electors{0};                ///< Ordinals below it are no observers; 0: all. 0..31.
  ConfigEndpoint helper{};                  ///< An FE that is asked as well; empty host: none.
  std::uint16_t query_port{9030};           ///< For BE/CN; an FE takes its own from fe.conf.
  std::string cluster_id_file{};            ///< A memory source (docs/start-rules.md); empty: none.
  bool cluster_exists{false};               ///< A memory source that names no id.
  std::vector<std::string> memory_names{};  ///< BE/CN agents that are asked as well.
  std::chrono::seconds census_gap{35};      ///< Between the two readings of the census.
};

/// How a node keeps its row in the member list.
struct MembershipConfig {
  std::chrono::seconds check_interval{60};
  std::chrono::milliseconds connect_probe{250};
  std::chrono::milliseconds slow_connect_probe{2000};
  std::chrono::milliseconds backoff_min{250};
  std::chrono::seconds backoff_max{30};
};

/// Access to the FE's MySQL port. Secrets are never printed.
struct SqlConfig {
  std::string user{"root"};
  std::string password_file{};              ///< Read for each login; wins over `password`.
  std::string auth_dir{"/etc/basic_auth"};  ///< With username and password; empty: none.
  FirstPasswordSetting first_password{FirstPasswordSetting::kOff};
  std::string next_password_file{};  ///< Tried where the other is refused; empty: none.
  std::string password{};
  bool mounted_login{false};      ///< No key: user and password were found in auth_dir.
  std::string password_origin{};  ///< No key: where `password` was said, "env MYSQL_PWD".
  TlsSetting tls_mode{TlsSetting::kPreferred};  ///< load_config: verify-ca if tls_ca is set.
  std::string tls_ca{};                         ///< PEM file; set where the mode verifies.
  std::string tls_name{};  ///< Name in the FEs' certificates; empty: the one looked up.
  std::chrono::milliseconds connect_timeout{2000};
  std::chrono::milliseconds statement_timeout{15'000};
  std::chrono::milliseconds show_timeout{45'000};
};

struct DnsConfig {
  std::vector<ConfigEndpoint> servers{};  ///< Address, port 0 = 53; empty list: resolv.conf.
  std::vector<std::string> search{};      ///< Empty: resolv.conf.
  std::chrono::milliseconds timeout{500};
  std::uint32_t tries{2};
  std::chrono::milliseconds interval{5000};
};

struct HttpConfig {
  ConfigEndpoint listen{"0.0.0.0", 8099};
  std::uint16_t peer_port{8099};  ///< load_config sets it to listen.port unless it was stated.
  std::chrono::milliseconds peer_timeout{2000};
};

/// How old a fact may be and still make the node ready (S55).
struct ReadyConfig {
  std::chrono::seconds health_age{15};
  std::chrono::seconds row_age{150};  ///< load_config: 2.5 check intervals if more, unless stated.
  std::chrono::seconds leader_age{60};
};

/// How a start of the server is judged (S56).
struct StartupConfig {
  std::chrono::seconds stall{300};
  bool stall_fails_live{false};
};

struct PolicyConfig {
  RefusalSetting on_refusal{RefusalSetting::kHold};
  bool hold{false};           ///< The server is kept down.
  std::string hold_reason{};  ///< Why, for people.
  std::string hold_author{};  ///< ... and who says so.
  std::string hold_file{};    ///< While this path exists the server is kept down; empty: none.
  std::chrono::seconds hold_limit{14'400};  ///< Of a hold that names no time.
  bool hold_stand_in{false};                ///< In a hold answer in the server's place.
  bool cn_leaves_at_stop{false};            ///< A CN drops its row at each stop.
  GhostRowsSetting ghost_rows{GhostRowsSetting::kReport};
};

/// What is done about a host that does not suit the server (S66).
struct HostConfig {
  HostChecksSetting checks{HostChecksSetting::kWarn};
};

struct StopConfig {
  std::chrono::seconds grace{30};   ///< load_config: 120 with operator names, unless stated.
  std::chrono::seconds reserve{5};  ///< load_config: a tenth of grace, 5..30 s, unless stated.

  /// What a stop may take from its first sign to the end of the container.
  [[nodiscard]] std::chrono::seconds budget() const {
    return std::max(std::chrono::seconds{1}, grace - reserve);
  }
};

/// When a crashed server is started again in place (S52).
struct RestartConfig {
  bool debug_mode{false};
  bool coredump_enabled{false};
  std::chrono::seconds wait{5};
  std::uint32_t max_in_window{5};
  CrashLoopSetting crash_loop{CrashLoopSetting::kReport};
  std::chrono::seconds window{600};
};

struct LogConfig {
  LogLevelSetting level{LogLevelSetting::kInfo};
  LogFormatSetting format{LogFormatSetting::kAuto};
};

struct LoopConfig {
  std::chrono::milliseconds tick{1000};
  std::chrono::milliseconds live_limit{10'000};  ///< /livez fails if no tick ended for so long.
};

/// The helpers `register-helper` and `offline-helper`, which stand beside a CN's own container.
struct HelperConfig {
  std::uint16_t cn_port{9050};  ///< Heartbeat port of the CNs.
  std::string cn_namespace{};   ///< Of the Deployment; empty: unset.
  std::string cn_deployment{};  ///< Empty: unset.
};

/// The Kubernetes API, which nothing needs (design: the agent does more with it).
struct KubernetesConfig {
  bool api{false};          ///< The pod condition is written.
  std::string host{};       ///< Address; empty: unset.
  std::uint16_t port{443};  ///< Its port.
  std::string account_dir{"/var/run/secrets/kubernetes.io/serviceaccount"};  ///< token, ca.crt
};

struct SimulationConfig {
  std::uint32_t time_scale{1};  ///< Above 1 only with a pod_ip in 127.0.0.0/8.
};

/// Everything a user can set, validated by load_config (config/load.h). The member initialisers are
/// the defaults; member `x` of `table` is the key `table.x`, with `_ms` or `_s` added for
/// durations. A plain value: copy it freely between threads.
struct Config {
  NodeConfig node{};
  FeConfig fe{};
  MembershipConfig membership{};
  SqlConfig sql{};
  DnsConfig dns{};
  HttpConfig http{};
  ReadyConfig ready{};
  StartupConfig startup{};
  PolicyConfig policy{};
  HostConfig host{};
  StopConfig stop{};
  RestartConfig restart{};
  LogConfig log{};
  LoopConfig loop{};
  KubernetesConfig kubernetes{};
  HelperConfig helper{};
  SimulationConfig simulation{};
  std::vector<ProbeConfig> probes{};  ///< No key: the tables `[[probe]]`.
};

}  // namespace sragent
