#include "config/keys.h"

#include <chrono>
#include <limits>
#include <type_traits>

namespace sragent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kMaxPort = std::numeric_limits<std::uint16_t>::max();
constexpr std::int64_t kDaySeconds = 86'400;

template <typename T>
constexpr KeyType type_of() {
  if constexpr (std::is_same_v<T, bool>) return KeyType::kBool;
  if constexpr (std::is_enum_v<T>) return KeyType::kChoice;
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, ConfigEndpoint>)
    return KeyType::kText;
  if constexpr (std::is_same_v<T, std::vector<std::string>> ||
                std::is_same_v<T, std::vector<ConfigEndpoint>>)
    return KeyType::kList;
  return KeyType::kInteger;
}

template <typename T>
constexpr std::string_view unit_of() {
  if constexpr (std::is_same_v<T, milliseconds>) return "milliseconds";
  if constexpr (std::is_same_v<T, seconds>) return "seconds";
  return {};
}

const std::string& text_of(const ConfigValue& value) {
  return std::get<std::string>(value);
}

/// Choices are stored by their place in the row, which the enumerators follow.
std::size_t choice_index(const KeySpec& spec, std::string_view text) {
  const std::size_t first = spec.choice_may_be_unset ? 1 : 0;
  for (std::size_t i = 0; i < spec.choices.size(); ++i)
    if (!text.empty() && spec.choices.at(i) == text) return i + first;
  return 0;
}

std::string choice_text(const KeySpec& spec, std::size_t index) {
  if (!spec.choice_may_be_unset) return std::string{spec.choices.at(index)};
  return index == 0 ? std::string{} : std::string{spec.choices.at(index - 1)};
}

void store_value(const KeySpec& /*spec*/, const ConfigValue& value, bool& out) {
  out = std::get<bool>(value);
}
void store_value(const KeySpec& /*spec*/, const ConfigValue& value, std::string& out) {
  out = text_of(value);
}
void store_value(const KeySpec& /*spec*/, const ConfigValue& value, ConfigEndpoint& out) {
  out = parse_endpoint(text_of(value)).value_or(ConfigEndpoint{});
}
void store_value(const KeySpec& /*spec*/, const ConfigValue& value, std::vector<std::string>& out) {
  out = std::get<std::vector<std::string>>(value);
}
void store_value(const KeySpec& /*spec*/,
                 const ConfigValue& value,
                 std::vector<ConfigEndpoint>& out) {
  out.clear();
  for (const auto& item : std::get<std::vector<std::string>>(value))
    if (auto endpoint = parse_endpoint(item)) out.push_back(*std::move(endpoint));
}
template <typename Rep, typename Period>
void store_value(const KeySpec& /*spec*/,
                 const ConfigValue& value,
                 std::chrono::duration<Rep, Period>& out) {
  out = std::chrono::duration<Rep, Period>{std::get<std::int64_t>(value)};
}
template <typename T>
void store_value(const KeySpec& spec, const ConfigValue& value, T& out) {
  if constexpr (std::is_enum_v<T>) {
    out = static_cast<T>(choice_index(spec, text_of(value)));
  } else {
    out = static_cast<T>(std::get<std::int64_t>(value));
  }
}

ConfigValue fetch_value(const KeySpec& /*spec*/, bool in) {
  return in;
}
ConfigValue fetch_value(const KeySpec& /*spec*/, const std::string& in) {
  return in;
}
ConfigValue fetch_value(const KeySpec& /*spec*/, const ConfigEndpoint& in) {
  return to_text(in);
}
ConfigValue fetch_value(const KeySpec& /*spec*/, const std::vector<std::string>& in) {
  return in;
}
ConfigValue fetch_value(const KeySpec& /*spec*/, const std::vector<ConfigEndpoint>& in) {
  std::vector<std::string> out;
  out.reserve(in.size());
  for (const auto& endpoint : in)
    out.push_back(to_text(endpoint));
  return out;
}
template <typename Rep, typename Period>
ConfigValue fetch_value(const KeySpec& /*spec*/, std::chrono::duration<Rep, Period> in) {
  return std::int64_t{in.count()};
}
template <typename T>
ConfigValue fetch_value(const KeySpec& spec, const T& in) {
  if constexpr (std::is_enum_v<T>) {
    return choice_text(spec, static_cast<std::size_t>(in));
  } else {
    return std::int64_t{in};
  }
}

/// Makes a row for the member `Member` of the table `Table` of Config. `Spec` is a function, so
/// that store and fetch, which are plain function pointers, can reach the row's choices.
template <auto Table, auto Member, auto Spec>
constexpr ConfigKey row(std::string_view table, std::string_view name) {
  using T = std::decay_t<decltype((std::declval<Config&>().*Table).*Member)>;
  return {
      .table = table,
      .name = name,
      .type = type_of<T>(),
      .unit = unit_of<T>(),
      .spec = Spec(),
      .store =
          [](Config& config, const ConfigValue& value) {
            store_value(Spec(), value, (config.*Table).*Member);
          },
      .fetch = [](const Config& config) { return fetch_value(Spec(), (config.*Table).*Member); },
  };
}

// The only macro of this part: it names table, member and key once, and the key's unit suffix.
#define SRAGENT_KEY(table, member, suffix, Struct, ...) \
  row<&Config::table, &Struct::member, [] { return KeySpec{__VA_ARGS__}; }>(#table, #member suffix)

// clang-format off
constexpr std::array kKeys{
    SRAGENT_KEY(node, role, "", NodeConfig,
        .help = "What this node is. The first argument of `run` and COMPONENT_NAME say it as well; they must not contradict each other.",
        .choices = {"fe", "be", "cn"}, .aliases = {{{"COMPONENT_NAME", AliasRule::kIgnoreBad}}}, .choice_may_be_unset = true),
    SRAGENT_KEY(node, root, "", NodeConfig,
        .help = "The folder that holds `fe/`, `be/` and `cn/` of StarRocks.",
        .format = TextFormat::kPath, .aliases = {{{"STARROCKS_ROOT"}}}),
    SRAGENT_KEY(node, service, "", NodeConfig,
        .help = "Names of the FE service, tried in this order. Usually the second argument of `run`.",
        .format = TextFormat::kHostPort, .aliases = {{{"FE_SERVICE_NAME"}, {"FE_ADDRS"}}}),
    SRAGENT_KEY(node, host_type, "", NodeConfig,
        .help = "How this node is named in the member list. IP does not survive a new pod; a StatefulSet wants FQDN.",
        .choices = {"IP", "FQDN"}, .aliases = {{{"HOST_TYPE", AliasRule::kHostType}}}),
    SRAGENT_KEY(node, pod_name, "", NodeConfig,
        .help = "Name of the pod. Empty: the host name.",
        .format = TextFormat::kHost, .aliases = {{{"POD_NAME"}}}),
    SRAGENT_KEY(node, pod_namespace, "", NodeConfig,
        .help = "Namespace of the pod, shown in /v1/status. Empty: unknown.",
        .format = TextFormat::kHost, .aliases = {{{"POD_NAMESPACE"}}}),
    SRAGENT_KEY(node, pod_ip, "", NodeConfig,
        .help = "Own address. Empty: the first address of an interface that is not loopback.",
        .format = TextFormat::kAddress, .aliases = {{{"POD_IP"}}}),
    SRAGENT_KEY(node, pod_fqdn, "", NodeConfig,
        .help = "Own full name; the name without its first label is the headless service. Empty: asked of the system.",
        .format = TextFormat::kFqdn, .aliases = {{{"POD_FQDN"}}}),
    SRAGENT_KEY(node, pod_uid, "", NodeConfig,
        .help = "UID of the pod, shown in /v1/status. Empty: unknown.",
        .aliases = {{{"POD_UID"}}}),
    SRAGENT_KEY(node, warehouse, "", NodeConfig,
        .help = "CN: the warehouse to register in; made if it is missing. A row in another warehouse is told as wrong_warehouse and not moved. Empty: default_warehouse.",
        .format = TextFormat::kSqlName,        .aliases = {{{"KUBE_STARROCKS_MULTI_WAREHOUSE"}}}),
    SRAGENT_KEY(node, cn_group, "", NodeConfig,
        .help = "CN: the CN group inside `node.warehouse`; made if it is missing. FEs before 4.0 know none. Empty: none.",
        .format = TextFormat::kSqlName,        .aliases = {{{"KUBE_STARROCKS_CNGROUP"}}}),
    SRAGENT_KEY(node, state_dir, "", NodeConfig,
        .help = "Folder for the decision journal, intent and certificate. Empty: `.sr-agent/` in `meta_dir` (FE) or the first storage root (BE), else `node.runtime_dir`.",
        .format = TextFormat::kPath, .aliases = {{{"SR_AGENT_STATE_DIR"}}}),
    SRAGENT_KEY(node, runtime_dir, "", NodeConfig,
        .help = "Folder for the control socket and for the lock that lets one agent of a pod run. It must be writable and live as long as the pod.",
        .format = TextFormat::kPath),
    SRAGENT_KEY(node, termination_log, "", NodeConfig,
        .help = "File for the last words of the container.",
        .format = TextFormat::kPath),
    SRAGENT_KEY(node, config_mount, "", NodeConfig,
        .help = "Folder of a mounted ConfigMap: before the server starts, each of its files becomes a link in the server's `conf/`, and what was there is kept as `NAME.bak`. Empty: nothing is linked.",
        .format = TextFormat::kPath, .aliases = {{{"CONFIGMAP_MOUNT_PATH", AliasRule::kIgnoreBad}}}),
    SRAGENT_KEY(node, annotations_file, "", NodeConfig,
        .help = "The pod's annotations, as a downward API volume shows them (docs/hold.md). A file that is not there says nothing. Empty: not looked at.",
        .format = TextFormat::kPath),
    SRAGENT_KEY(node, sidecar, "", NodeConfig,
        .help = "Another container of the pod runs the server: `run` starts none, `run-server` starts what the agent tells it (docs/sidecar.md). Both containers share `node.runtime_dir`."),
    SRAGENT_KEY(node, log_console, "", NodeConfig,
        .help = "Start the server with `--logconsole`.",
        .aliases = {{{"LOG_CONSOLE", AliasRule::kOne}, {"SYS_LOG_TO_CONSOLE", AliasRule::kOne}}}),
    SRAGENT_KEY(node, log_follow, "", NodeConfig,
        .help = "Print on standard output what the server appends to its log and to the file of its output (`fe.log` and `fe.out`, `be.INFO` and `be.out`), over every rotation. With `node.log_console` the server itself does so and its log files stay empty."),

    SRAGENT_KEY(fe, count, "", FeConfig,
        .help = "Number of FEs of the cluster. With 2 or more a new cluster is founded as soon as each of them has consented. 0: unknown; then, and with 1 (which a template may say of a larger set), a census decides: two readings `fe.census_gap_s` apart.",
        .min = 0, .max = 31, .aliases = {{{"SR_AGENT_FE_COUNT"}}}),
    SRAGENT_KEY(fe, bootstrap, "", FeConfig,
        .help = "Whether this node may found a cluster: `auto`; `strict`, only when `fe.count` is told (1 proves no more than a census); `never`.",
        .choices = {"auto", "strict", "never"}, .aliases = {{{"SR_AGENT_BOOTSTRAP"}}}),
    SRAGENT_KEY(fe, observer, "", FeConfig,
        .help = "Join as an observer and never found. The role of a member that exists already is not changed.",
        .aliases = {{{"IS_FE_OBSERVER", AliasRule::kTrueOrOne}}}),
    SRAGENT_KEY(fe, electors, "", FeConfig,
        .help = "FEs that may elect and be elected: one that is new and whose ordinal is not below this number joins as an observer. Metadata and a row keep their role; a follower beyond the number whose volume is lost comes back as an observer. 0: all of them elect.",
        .min = 0, .max = 31, .aliases = {{{"ELECT_NUMBER", AliasRule::kIgnoreBad}}}),
    SRAGENT_KEY(fe, helper, "", FeConfig,
        .help = "One more FE, host and query port, that is asked for the leader. Empty: none.",
        .format = TextFormat::kHostAndPort, .aliases = {{{"SR_AGENT_HELPER"}}}),
    SRAGENT_KEY(fe, query_port, "", FeConfig,
        .help = "MySQL port of the FEs, for BE and CN. An FE takes `query_port` of its `fe.conf`.",
        .min = 1, .max = kMaxPort, .aliases = {{{"FE_QUERY_PORT", AliasRule::kIgnoreBad}}}),
    SRAGENT_KEY(fe, cluster_id_file, "", FeConfig,
        .help = "File that holds the id of the cluster that this node belonged to, as a further memory. A file that cannot be read forbids founding. Empty: no such memory.",
        .format = TextFormat::kPath),
    SRAGENT_KEY(fe, cluster_exists, "", FeConfig,
        .help = "Tells that a cluster exists, whatever this node sees: with empty metadata it joins and never founds without a person's consent. Worth setting once the first cluster runs."),
    SRAGENT_KEY(fe, memory_names, "", FeConfig,
        .help = "Names whose BE and CN agents are asked which cluster they remember, besides those that follow from the own headless name (`x-fe-search`: `x-be-search`, `x-cn-search`). A name without an answer of the name servers forbids founding.",
        .format = TextFormat::kHost),
    SRAGENT_KEY(fe, census_gap, "_s", FeConfig,
        .help = "Least time between the two readings of the census: how long DNS caches an answer, and 5 s.",
        .min = 6, .max = 3600),

    SRAGENT_KEY(membership, check_interval, "_s", MembershipConfig,
        .help = "Time between two looks at the own row once it is verified; spread by pod name.",
        .min = 5, .max = kDaySeconds, .reloadable = true),
    SRAGENT_KEY(membership, connect_probe, "_ms", MembershipConfig,
        .help = "Time that one FE has to accept a TCP connection before the next one is tried.",
        .min = 10, .max = 60'000, .reloadable = true),
    SRAGENT_KEY(membership, slow_connect_probe, "_ms", MembershipConfig,
        .help = "The same, in the round that follows one in which no FE accepted.",
        .min = 10, .max = 60'000, .reloadable = true),
    SRAGENT_KEY(membership, backoff_min, "_ms", MembershipConfig,
        .help = "First wait after a failed try.",
        .min = 10, .max = 60'000, .reloadable = true),
    SRAGENT_KEY(membership, backoff_max, "_s", MembershipConfig,
        .help = "Longest wait after failed tries.",
        .min = 1, .max = 3600, .reloadable = true),

    SRAGENT_KEY(sql, user, "", SqlConfig,
        .help = "User for the statements to the FE.",
        .aliases = {{{"SR_AGENT_USER"}, {"FE_USR"}}}, .reloadable = true),
    SRAGENT_KEY(sql, password_file, "", SqlConfig,
        .help = "File that holds the password, read for each login. It wins over `sql.password`.",
        .format = TextFormat::kPath, .aliases = {{{"SR_AGENT_PASSWORD_FILE"}}}, .reloadable = true),
    SRAGENT_KEY(sql, auth_dir, "", SqlConfig,
        .help = "Folder of a mounted Secret. Where it has a file `password`, and neither `sql.user` nor a password was said, that file is `sql.password_file`, and the text of its file `username`, as it is at the start and at a reload, is `sql.user`. Empty: not looked at.",
        .format = TextFormat::kPath, .reloadable = true),
    SRAGENT_KEY(sql, next_password_file, "", SqlConfig,
        .help = "File that holds the password to come: tried when the other one is refused, so that the password can be changed in the FE first. May be absent.",
        .format = TextFormat::kPath, .reloadable = true),
    SRAGENT_KEY(sql, password, "", SqlConfig,
        .help = "Password. There is no flag for it: arguments are seen by everyone.",
        .aliases = {{{"MYSQL_PWD"}, {"FE_PWD"}, {"FE_PASSWORD", AliasRule::kDiscouraged}}}, .reloadable = true, .secret = true),
    SRAGENT_KEY(sql, first_password, "", SqlConfig,
        .help = "`set_once`: while root has no password, the agent of the leading FE gives it the one of `sql.password_file`. `off`: somebody else does, as the chart's job.",
        .choices = {"off", "set_once"}, .reloadable = true),
    SRAGENT_KEY(sql, tls_mode, "", SqlConfig,
        .help = "TLS to the FEs' MySQL port: `disabled`; `preferred`, where the FE offers it, else plain; `required`, any certificate; `verify-ca`, one that `sql.tls_ca` signed; `verify-identity`, one that was also made for the FE's name. The last three send nothing to an FE that offers no TLS.",
        .choices = {"disabled", "preferred", "required", "verify-ca", "verify-identity"},
        .aliases = {{{"SR_AGENT_TLS_MODE", AliasRule::kDashes}, {"SR_MYSQL_SSL_MODE", AliasRule::kDashes}}}, .reloadable = true,
        .default_note = "verify-ca if `sql.tls_ca` is set, else preferred"),
    SRAGENT_KEY(sql, tls_ca, "", SqlConfig,
        .help = "File with the certificates (PEM) of the CAs that may have signed an FE's. Read for each connection.",
        .format = TextFormat::kPath, .aliases = {{{"SR_AGENT_TLS_CA"}, {"SR_MYSQL_SSL_CA"}}}, .reloadable = true),
    SRAGENT_KEY(sql, tls_name, "", SqlConfig,
        .help = "Name that every FE's certificate must be made for, with `verify-identity`. Empty: the name by which that FE was found.",
        .format = TextFormat::kHost, .reloadable = true),
    SRAGENT_KEY(sql, connect_timeout, "_ms", SqlConfig,
        .help = "Time for TCP and handshake of a connection to an FE.",
        .min = 10, .max = 600'000, .aliases = {{{"SR_MYSQL_CONNECT_TIMEOUT", AliasRule::kSeconds}}}, .reloadable = true),
    SRAGENT_KEY(sql, statement_timeout, "_ms", SqlConfig,
        .help = "Time for a statement that changes something, connection included.",
        .min = 10, .max = 600'000, .aliases = {{{"SR_MYSQL_TIMEOUT", AliasRule::kSeconds}}}, .reloadable = true),
    SRAGENT_KEY(sql, show_timeout, "_ms", SqlConfig,
        .help = "Time for a SHOW statement: an FE asks each dead peer before it answers.",
        .min = 10, .max = 600'000, .reloadable = true),

    SRAGENT_KEY(dns, servers, "", DnsConfig,
        .help = "Name servers. Empty: those of `/etc/resolv.conf`.",
        .format = TextFormat::kAddressPort),
    SRAGENT_KEY(dns, search, "", DnsConfig,
        .help = "Search domains. Empty: those of `/etc/resolv.conf`.",
        .format = TextFormat::kHost),
    SRAGENT_KEY(dns, timeout, "_ms", DnsConfig,
        .help = "Time for the first try of one name server; it doubles with each try.",
        .min = 10, .max = 60'000),
    SRAGENT_KEY(dns, tries, "", DnsConfig,
        .help = "Tries before the answer is unknown.",
        .min = 1, .max = 10),
    SRAGENT_KEY(dns, interval, "_ms", DnsConfig,
        .help = "Time between two readings of the same name.",
        .min = 100, .max = 3'600'000, .aliases = {{{"DNS_READY_INTERVAL", AliasRule::kSeconds}}}),

    SRAGENT_KEY(http, listen, "", HttpConfig,
        .help = "Address and port for probes, status and peers. Nothing that changes the node is taken there.",
        .format = TextFormat::kListen, .aliases = {{{"SR_AGENT_LISTEN"}}}),
    SRAGENT_KEY(http, peer_port, "", HttpConfig,
        .help = "Port at which the agents of the peers listen.",
        .min = 1, .max = kMaxPort, .default_note = "the port of `http.listen`"),
    SRAGENT_KEY(http, peer_timeout, "_ms", HttpConfig,
        .help = "Time for one question to a peer.",
        .min = 10, .max = 60'000),

    SRAGENT_KEY(ready, health_age, "_s", ReadyConfig,
        .help = "`/readyz`: how old the own server's last good answer may be.",
        .min = 6, .max = 3600, .reloadable = true),
    SRAGENT_KEY(ready, row_age, "_s", ReadyConfig,
        .help = "`/readyz`: how old the last reading of the own row at the leader may be. A node whose FEs are all away is ready for so long.",
        .min = 10, .max = 3 * kDaySeconds, .reloadable = true,
        .default_note = "150, or two and a half of `membership.check_interval_s` if that is more"),
    SRAGENT_KEY(ready, leader_age, "_s", ReadyConfig,
        .help = "`/readyz` of an FE: how old the last reading of whom the other FEs see lead may be.",
        .min = 20, .max = 3600, .reloadable = true),

    SRAGENT_KEY(startup, stall, "_s", StartupConfig,
        .help = "`/startupz`: a starting server of which nothing has moved for so long has stalled. It is never stopped for the time that its start takes.",
        .min = 10, .max = kDaySeconds, .reloadable = true),
    SRAGENT_KEY(startup, stall_fails_live, "", StartupConfig,
        .help = "A stalled start fails `/livez` too, so that the kubelet restarts the container.",
        .reloadable = true),

    SRAGENT_KEY(policy, on_refusal, "", PolicyConfig,
        .help = "After a refusal: `hold` keeps the agent up to explain itself, `exit` ends with the exit code of the reason.",
        .choices = {"hold", "exit"}, .aliases = {{{"SR_AGENT_ON_REFUSAL"}}}, .reloadable = true),
    SRAGENT_KEY(policy, hold, "", PolicyConfig,
        .help = "Keep the server down (docs/hold.md): a running one is drained first.",
        .reloadable = true),
    SRAGENT_KEY(policy, hold_reason, "", PolicyConfig,
        .help = "Why `policy.hold` is set, for those who look at the node.",
        .reloadable = true),
    SRAGENT_KEY(policy, hold_author, "", PolicyConfig,
        .help = "Who has set `policy.hold`.",
        .reloadable = true),
    SRAGENT_KEY(policy, hold_file, "", PolicyConfig,
        .help = "While this path exists the server is kept down, as with `policy.hold`. The file may say `reason=`, `author=` and `for=`. Empty: none.",
        .format = TextFormat::kPath, .reloadable = true),
    SRAGENT_KEY(policy, hold_limit, "_s", PolicyConfig,
        .help = "How long a hold lasts that names no time of its own. At its end a member starts again, and nothing else does.",
        .min = 1, .max = 30 * kDaySeconds, .reloadable = true),
    SRAGENT_KEY(policy, hold_stand_in, "", PolicyConfig,
        .help = "While a hold keeps the server down, answer `/api/health` on its HTTP port with 200, so that a kubelet whose probes ask there leaves the container alone. The pod then counts as ready where its readiness probe asks there too. Not done with `node.sidecar`.",
        .reloadable = true),
    SRAGENT_KEY(policy, cn_leaves_at_stop, "", PolicyConfig,
        .help = "A CN drops its own row at each stop, after its work has ended and its server is down, and the next container adds one: for CNs whose pods get new names, as those of a Deployment do. With `HOST_TYPE=IP` it does so without this. BEs and FEs leave on an explicit request alone.",
        .reloadable = true),
    SRAGENT_KEY(policy, ghost_rows, "", PolicyConfig,
        .help = "Rows of the own StatefulSet whose pods are gone (docs/operations.md, Ghost rows): `report` tells them; `drop` also drops those of CNs, highest ordinal first, one in 5 minutes, as long as no higher ordinal lives or has a DNS name; rows of BEs and FEs are told only, whatever stands here; `off` does not look.",
        .choices = {"report", "drop", "off"}, .reloadable = true),

    SRAGENT_KEY(host, checks, "", HostConfig,
        .help = "What is done where the host does not suit the server (docs/host-checks.md): `warn` tells it, `strict` does not start the server either, with reason host_check; `off` does not look.",
        .choices = {"warn", "strict", "off"}, .aliases = {{{"SR_AGENT_HOST_CHECKS"}}}, .reloadable = true),

    SRAGENT_KEY(stop, grace, "_s", StopConfig,
        .help = "Grace period of the pod, which a container cannot see: `terminationGracePeriodSeconds`.",
        .min = 1, .max = kDaySeconds, .aliases = {{{"SR_AGENT_GRACE_SECONDS"}}}, .reloadable = true,
        .default_note = "120 if COMPONENT_NAME is set (the operator's pods), else 30"),
    SRAGENT_KEY(stop, reserve, "_s", StopConfig,
        .help = "Part of the grace period that is kept to end the server by force before the kubelet does.",
        .min = 0, .max = 3600, .reloadable = true,
        .default_note = "a tenth of `stop.grace_s`, between 5 and 30, at most half of it"),

    SRAGENT_KEY(restart, debug_mode, "", RestartConfig,
        .help = "Start a crashed server again in place, as long as no stop is under way.",
        .aliases = {{{"DEBUG_MODE", AliasRule::kTrue}}}, .reloadable = true),
    SRAGENT_KEY(restart, coredump_enabled, "", RestartConfig,
        .help = "Start a server again in place that ended by abort or segmentation fault (134, 139). Where it is set at the start of a BE or CN, `upload_coredump.sh` in `node.root` is started beside the server, if the image has it.",
        .aliases = {{{"COREDUMP_ENABLED", AliasRule::kTrue}}}, .reloadable = true),
    SRAGENT_KEY(restart, wait, "_s", RestartConfig,
        .help = "First wait before a start in place.",
        .min = 0, .max = 3600, .aliases = {{{"BE_RESTART_WAIT_SECONDS", AliasRule::kIgnoreBad}}}, .reloadable = true),
    SRAGENT_KEY(restart, max_in_window, "", RestartConfig,
        .help = "Starts in place within the window before it is a crash loop.",
        .min = 1, .max = 1000, .reloadable = true),
    SRAGENT_KEY(restart, crash_loop, "", RestartConfig,
        .help = "What follows when the server ended by itself more often than that, in this container and those before it in the pod: `report` names it and lets the container end; `hold` keeps the server down, so that a person can look (docs/hold.md).",
        .choices = {"report", "hold"}, .reloadable = true),
    SRAGENT_KEY(restart, window, "_s", RestartConfig,
        .help = "The window in which they are counted.",
        .min = 1, .max = kDaySeconds, .reloadable = true),

    SRAGENT_KEY(log, level, "", LogConfig,
        .help = "Lowest level of the agent's own lines.",
        .choices = {"debug", "info", "warn", "error"}, .reloadable = true),
    SRAGENT_KEY(log, format, "", LogConfig,
        .help = "Form of the agent's own lines: `text` is key=value; `auto` is text on a terminal and JSON elsewhere.",
        .choices = {"auto", "text", "json"}),

    SRAGENT_KEY(loop, tick, "_ms", LoopConfig,
        .help = "Time between two observations when nothing happens.",
        .min = 10, .max = 60'000),
    SRAGENT_KEY(loop, live_limit, "_ms", LoopConfig,
        .help = "`/livez` fails when no tick ended for so long.",
        .min = 100, .max = 600'000),

    SRAGENT_KEY(kubernetes, api, "", KubernetesConfig,
        .help = "Write the pod condition `starrocks.com/serving` through the Kubernetes API, for readiness gates (docs/operator.md). Without the right to `patch` `pods/status` nothing is written, and `status` says so."),
    SRAGENT_KEY(kubernetes, host, "", KubernetesConfig,
        .help = "Address of the Kubernetes API, which `kubernetes.api` and `offline-helper` ask.",
        .format = TextFormat::kAddress, .aliases = {{{"KUBERNETES_SERVICE_HOST", AliasRule::kIgnoreBad}}}),
    SRAGENT_KEY(kubernetes, port, "", KubernetesConfig,
        .help = "Its port.",
        .min = 1, .max = kMaxPort, .aliases = {{{"KUBERNETES_SERVICE_PORT", AliasRule::kIgnoreBad}}}),
    SRAGENT_KEY(kubernetes, account_dir, "", KubernetesConfig,
        .help = "Folder with `token`, `ca.crt` and `namespace` of the service account, read for each question.",
        .format = TextFormat::kPath),

    SRAGENT_KEY(helper, cn_port, "", HelperConfig,
        .help = "Heartbeat port of the CNs, for `register-helper` and `offline-helper`.",
        .min = 1, .max = kMaxPort, .aliases = {{{"CN_PORT", AliasRule::kIgnoreBad}}}),
    SRAGENT_KEY(helper, cn_namespace, "", HelperConfig,
        .help = "Namespace of the Deployment whose dead CNs `offline-helper` takes out.",
        .format = TextFormat::kHost, .aliases = {{{"CN_NS"}}}),
    SRAGENT_KEY(helper, cn_deployment, "", HelperConfig,
        .help = "Name of that Deployment.",
        .format = TextFormat::kHost, .aliases = {{{"CN_NAME"}}}),

    SRAGENT_KEY(simulation, time_scale, "", SimulationConfig,
        .help = "Factor by which protocol times are shortened, for trials on loopback. Above 1 only with a `node.pod_ip` in 127.0.0.0/8.",
        .min = 1, .max = 100),
};
// clang-format on

#undef SRAGENT_KEY

}  // namespace

std::span<const ConfigKey> config_keys() {
  return kKeys;
}

}  // namespace sragent
