#include "runtime/support.h"

#include <array>

#include <fmt/format.h>

#include "io/files.h"
#include "io/http_client.h"
#include "io/mounts.h"
#include "io/supervise.h"
#include "runtime/control.h"
#include "runtime/host_facts.h"
#include "runtime/kube_api.h"
#include "runtime/node_tools.h"
#include "runtime/password_file.h"
#include "runtime/pod_annotations.h"
#include "runtime/server_env.h"
#include "runtime/server_places.h"
#include "starrocks/state_file.h"

namespace sragent {
namespace {

constexpr std::size_t kLogBytes = std::size_t{1} << 20U;
constexpr std::size_t kFileBytes = std::size_t{1} << 20U;
constexpr std::size_t kNames = 2'000;
constexpr std::chrono::seconds kPatience{5};
/// Names whose value is a secret though their own words do not say so.
constexpr std::array<std::string_view, 3> kSecretVariables{"MYSQL_PWD", "FE_PWD", "FE_PASSWORD"};
/// Variables whose value is shown; of all others the name alone, since any may hold a secret.
constexpr std::array<std::string_view, 22> kShownVariables{"COMPONENT_NAME",
                                                           "CONFIGMAP_MOUNT_PATH",
                                                           "COREDUMP_ENABLED",
                                                           "DEBUG_MODE",
                                                           "FE_ADDRS",
                                                           "FE_SERVICE_NAME",
                                                           "HOME",
                                                           "HOSTNAME",
                                                           "HOST_TYPE",
                                                           "IS_FE_OBSERVER",
                                                           "JAVA_HOME",
                                                           "LANG",
                                                           "LOG_CONSOLE",
                                                           "PATH",
                                                           "POD_FQDN",
                                                           "POD_IP",
                                                           "POD_NAME",
                                                           "POD_NAMESPACE",
                                                           "POD_UID",
                                                           "STARROCKS_ROOT",
                                                           "TZ",
                                                           "TERM"};
/// The same for every name with this beginning, but for those that are secret by name.
constexpr std::array<std::string_view, 2> kShownBeginnings{"SR_AGENT_", "KUBERNETES_"};

std::string or_why(const Result<std::string>& text) {
  return text ? *text : "cannot be had: " + text.error().what + "\n";
}

class Gatherer {
 public:
  explicit Gatherer(const Config& config) : config_(config) {}

  void agent() {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kAsked{{
        {"agent/status.txt", "status"},
        {"agent/status.json", "status json"},
        {"agent/peers.txt", "peers"},
        {"agent/explain.txt", "explain"},
        {"agent/observation.json", "explain input"},
        {"agent/readyz.txt", "probe ready --verbose"},
        {"agent/livez.txt", "probe live --verbose"},
        {"agent/startupz.txt", "probe startup --verbose"},
    }};
    for (const auto& [name, request] : kAsked) {
      const auto reply = ask_agent(config_, request, Deadline::after(kPatience));
      add(name, reply ? reply->text : "no agent answers: " + reply.error().what + "\n");
      if (!reply) return;  // the others would wait in vain as well
    }
    add("agent/metrics.txt", metrics());
  }

  void server(NodeKind kind) {
    const auto places = server_places(config_, kind);
    add("server/" + std::string{conf_name(kind)},
        places.conf_text.empty() ? places.conf + " cannot be read\n" : places.conf_text);
    for (const auto& log : {places.logs.main, places.logs.output})
      if (!log.empty()) add("server/" + log.substr(log.rfind('/') + 1), tail(log));
    if (!places.data.empty()) add("server/data.txt", listing(places.data));
    const auto state = state_dir_of(config_, places.data);
    add("agent/journal.jsonl", tail(state + "/" + std::string{state_names::kJournal}));
    add("agent/state.txt", listing(state) + listing(config_.node.runtime_dir));
    add("host/checks.txt", checks(kind));
  }

  void host() {
    for (const auto* path : {"/etc/resolv.conf",
                             "/etc/hosts",
                             "/proc/self/limits",
                             "/proc/self/cgroup",
                             "/proc/meminfo",
                             "/proc/loadavg",
                             "/proc/version"}) {
      add("host/" + std::string{path}.substr(std::string{path}.rfind('/') + 1),
          or_why(read_file(path, kFileBytes)));
    }
    add("host/mountinfo", read_mountinfo());
    add("host/processes.txt", processes());
    add("host/environment.txt", environment());
    add("host/annotations", annotations());
  }

  std::vector<TarEntry> take() { return std::move(out_); }

 private:
  void add(std::string_view name, std::string text) {
    out_.push_back({std::string{name}, std::move(text)});
  }

  /// Whole lines: a secret that was cut could not be told from other words.
  [[nodiscard]] static std::string tail(const std::string& path) {
    auto text = read_tail(path, kLogBytes);
    if (text && text->size() >= kLogBytes) text->erase(0, text->find('\n') + 1);
    return or_why(text);
  }

  [[nodiscard]] std::string metrics() const {
    HttpRequest request;
    const auto& listen = config_.http.listen;
    const bool any = listen.host == "0.0.0.0" || listen.host == "::";
    request.address = !any ? listen.host : listen.host == "::" ? "::1" : "127.0.0.1";
    request.port = listen.port;
    request.path = "/metrics";
    request.max_bytes = kFileBytes;
    const auto reply = http_get(request, Deadline::after(kPatience));
    return reply ? reply->body : "cannot be had: " + reply.error().what + "\n";
  }

  [[nodiscard]] static std::string listing(const std::string& folder) {
    std::string out = folder + "\n";
    const auto names = list_dir(folder, kNames);
    if (!names) return out + "  cannot be listed: " + names.error().what + "\n";
    for (const auto& entry : *names) {
      const auto stamp = file_stamp(folder + "/" + entry.name);
      out += "  " + entry.name + (entry.kind == FileKind::kDirectory ? "/" : "");
      if (stamp && entry.kind == FileKind::kRegular) out += " " + std::to_string(stamp->size);
      out += "\n";
    }
    return out;
  }

  [[nodiscard]] std::string checks(NodeKind kind) const {
    std::string out;
    const auto seen = read_host(config_, server_conf_context(config_, kind));
    for (const auto& finding : judge_host(seen))
      out += std::string{to_string(finding.state)} + " " + host_line(finding) + "\n";
    return out;
  }

  [[nodiscard]] static std::string processes() {
    std::string out = "pid ppid state command\n";
    for (const auto pid : process_ids()) {
      const auto process = process_info(pid);
      if (!process) continue;
      out += std::to_string(pid) + " " + std::to_string(process->ppid) + " " + process->state + " ";
      if (process->argv.empty()) out += "[" + process->comm + "]";
      for (const auto& word : process->argv)
        out += word + " ";
      out += "\n";
    }
    return out;
  }

  /// Those of the agent's own: others may hold whole manifests.
  [[nodiscard]] std::string annotations() const {
    const auto all = read_annotations(config_.node.annotations_file);
    if (!all) return "cannot be had: " + all.error().what + "\n";
    std::string out;
    for (const auto& [name, value] : *all)
      if (name.starts_with(kAnnotationPrefix)) out += fmt::format("{}={}\n", name, value);
    return out;
  }

  [[nodiscard]] static std::string environment() {
    std::string out;
    for (const auto& line : own_env()) {
      const auto name = std::string_view{line}.substr(0, line.find('='));
      const bool begins = std::ranges::any_of(
          kShownBeginnings, [&](std::string_view begin) { return name.starts_with(begin); });
      const bool shown = (begins && !is_secret_name(name)) ||
                         std::ranges::find(kShownVariables, name) != kShownVariables.end();
      out += (shown ? line : std::string{name} + "=" + std::string{kRedacted}) + "\n";
    }
    return out;
  }

  const Config& config_;
  std::vector<TarEntry> out_{};
};

}  // namespace

Redactor known_secrets(const Config& config, std::optional<NodeKind> kind) {
  Redactor out;
  std::vector<std::string> passwords{config.sql.password};
  for (const auto& path : {config.sql.password_file, config.sql.next_password_file}) {
    if (path.empty()) continue;
    if (auto text = read_password_file(path)) passwords.push_back(*std::move(text));
  }
  if (auto token = account_token(config.kubernetes)) passwords.push_back(*std::move(token));
  for (const auto& line : own_env()) {
    const auto name = line.substr(0, line.find('='));
    const bool named = std::ranges::find(kSecretVariables, name) != kSecretVariables.end();
    if (name.size() < line.size() && (named || is_secret_name(name)))
      passwords.push_back(line.substr(name.size() + 1));
  }
  for (const auto& password : passwords)
    out.add(password);
  if (kind) out.learn(server_places(config, *kind).conf_text);
  for (const auto& password : passwords) {
    for (const auto& user : {config.sql.user, std::string{"root"}})
      out.add(base64(fmt::format("{}:{}", user, password)));
  }
  return out;
}

std::optional<NodeKind> kind_of_agent(const Config& config) {
  const auto reply = ask_agent(config, "status json", Deadline::after(kPatience));
  if (!reply) return std::nullopt;
  for (const auto kind : {NodeKind::kFe, NodeKind::kBe, NodeKind::kCn}) {
    const auto member = fmt::format(R"("kind": "{}")", to_string(kind));
    const auto at = reply->text.find("\"kind\"");  // the first one is the node's own
    if (at != std::string::npos && reply->text.compare(at, member.size(), member) == 0) return kind;
  }
  return std::nullopt;
}

std::vector<TarEntry> gather_support(const Config& config, std::optional<NodeKind> kind) {
  Gatherer out{config};
  out.agent();
  if (kind) out.server(*kind);
  out.host();
  return out.take();
}

}  // namespace sragent
