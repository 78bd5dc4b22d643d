#include "runtime/run.h"

#include <unistd.h>

#include <cstdio>
#include <optional>

#include "core/exit_codes.h"
#include "io/files.h"
#include "io/http_server.h"
#include "io/memory.h"
#include "runtime/control.h"
#include "runtime/coredump_uploader.h"
#include "runtime/endpoints.h"
#include "runtime/epoch.h"
#include "runtime/hold_data.h"
#include "runtime/host_watch.h"
#include "runtime/kube_condition.h"
#include "runtime/log.h"
#include "runtime/log_follow.h"
#include "runtime/loop.h"
#include "runtime/node_parts.h"
#include "runtime/node_tools.h"
#include "runtime/probe_desk.h"
#include "runtime/server_env.h"
#include "runtime/server_places.h"
#include "runtime/termination.h"

namespace sragent {
namespace {

constexpr std::size_t kWorkerThreads = 16;

int usage_error(const NodeConfig& config, const std::string& what) {
  std::fprintf(stderr, "sr-agent: %s\n", what.c_str());
  write_termination_message(config.termination_log, early_end_message(what, kExitUsage));
  return kExitUsage;
}

/// The word that this pod has its agent: held until the process ends, however it ends, and by
/// nobody that it starts. A folder that cannot be locked is told and locks nothing: a server
/// without the verbs is better than none. kRejected: another agent runs.
Result<std::optional<FileLock>> take_pod(const std::string& runtime_dir) {
  auto made = mkdir_p(runtime_dir, 0700);
  auto lock = made ? FileLock::acquire(runtime_dir + "/agent.lock")
                   : Result<FileLock>{tl::unexpected(std::move(made).error())};
  if (lock) return *std::move(lock);
  if (lock.error().kind == ErrorKind::kRejected) return tl::unexpected(std::move(lock).error());
  log_warn("runtime_dir", {{"error", lock.error().what}});
  return std::nullopt;
}

/// Kubernetes is not told: the termination message belongs to the agent that runs.
int second_agent(const std::string& why) {
  std::fprintf(stderr,
               "sr-agent run: another agent runs in this pod: %s; 'sr-agent status' asks it. Two "
               "nodes in one pod need a node.runtime_dir and an http.listen each\n",
               why.c_str());
  return kExitBusy;
}

/// As another program's child we still reap what the server leaves behind; a shell above us that
/// did not use exec swallows SIGTERM (S53).
std::vector<std::string> take_place_in_tree() {
  std::vector<std::string> warnings;
  if (is_pid1()) return warnings;
  if (auto done = set_subreaper(); !done) warnings.push_back(done.error().what);
  const auto first = pid1_comm();
  if (first == "bash" || first == "sh" || first == "dash") {
    warnings.push_back("process 1 is " + first +
                       ": SIGTERM will not reach the agent; start it with exec");
  }
  return warnings;
}

NodeStatus base_status(const NodeIdentity& node,
                       const NodeConfig& config,
                       std::vector<std::string> warnings) {
  NodeStatus out;
  out.kind = node.kind;
  out.pod = node.pod;
  out.pod_namespace = config.pod_namespace;
  out.pod_uid = config.pod_uid;
  out.host = node.host;
  out.address = node.address;
  out.session = node.session;
  out.started_unix_ms = Clock::unix_ms();
  out.started = Clock::wall_of(out.started_unix_ms);
  out.reason = Reason::kStarting;
  out.warnings = std::move(warnings);
  return out;
}

ProbeTools make_probe_tools(const NodeTools& tools, std::shared_ptr<ChildDesk> children) {
  ProbeTools out;
  out.look.config = std::make_shared<const Config>(tools.config);
  out.look.kind = tools.node.kind;
  out.look.me = fe_self(tools.config, tools.node, 0);
  out.look.own_addresses = tools.node.addresses;
  out.look.clock = tools.clock;
  out.look.credentials = tools.credentials;
  out.self = tools.node.address;
  out.env = server_env(own_env());
  out.children = std::move(children);
  return out;
}

/// The same with what it takes to find the leader's agent.
LookContext clock_look(const NodeTools& tools, LookContext look) {
  look.resolver = tools.resolver;
  look.workers = tools.workers;
  return look;
}

/// What a person should know of this start; each is logged.
std::vector<std::string> start_warnings(const LoadedConfig& loaded, const Clock& clock) {
  auto out = loaded.warnings;
  for (auto& warning : take_place_in_tree())
    out.push_back(std::move(warning));
  if (clock.scale() > 1.0) out.emplace_back("simulation.time_scale is set: for simulators only");
  for (const auto& warning : out)
    log_warn("warning", {{"text", warning}});
  return out;
}

}  // namespace

int run_agent(NodeKind kind, const LoadedConfig& loaded, ReloadSource reload) {
  Config config = loaded.config;
  auto signals = SignalFd::create();
  if (!signals) return usage_error(config.node, signals.error().what);
  set_up_log(config.log.level, config.log.format);
  const auto pod = take_pod(config.node.runtime_dir);
  if (!pod) return second_agent(pod.error().what);
  const auto node = identify_node(kind, config, read_host_facts());
  if (!node) return usage_error(config.node, node.error().what);
  const Clock clock{static_cast<double>(config.simulation.time_scale)};
  const auto warnings = start_warnings(loaded, clock);
  log_info("start",
           {{"kind", std::string{to_string(kind)}},
            {"host", node->host},
            {"address", node->address},
            {"session", node->session}});

  const auto board = std::make_shared<StatusBoard>();
  const auto book = std::make_shared<IdentityBook>(fe_self(config, *node, 0), kind);
  board->publish(base_status(*node, config.node, warnings));
  board->beat(clock.now());
  const auto live_limit = clock.scaled(config.loop.live_limit);
  const auto endpoint = make_handler(board, book, clock, live_limit);
  auto http = HttpServer::start(config.http.listen.host, config.http.listen.port, endpoint);
  if (!http) return usage_error(config.node, http.error().what);

  auto resolver = Resolver::start(resolver_options(config));
  if (!resolver) return usage_error(config.node, resolver.error().what);
  ServerProcess server;
  if (config.node.sidecar) server.stand_beside(server_marks(config, kind, node->address));
  NodeTools tools{config,
                  *node,
                  clock,
                  std::shared_ptr<Resolver>{*std::move(resolver)},
                  std::make_shared<WorkerPool>("look", WorkerLimits{.threads = kWorkerThreads}),
                  std::make_shared<Credentials>(config.sql),
                  book,
                  server};
  const auto children = std::make_shared<ChildDesk>();
  const auto probe_tools = make_probe_tools(tools, children);
  const ProbeDesk probes{board, endpoint, probe_tools};
  auto desk = ControlDesk::start(control_path(config),
                                 board,
                                 clock,
                                 ControlDesk::kPatience,
                                 [probes](const std::string& line) { return probes.answer(line); });
  if (!desk) log_warn("no_control_socket", {{"error", desk.error().what}});

  std::optional<LogFollow> follow;
  std::optional<CoredumpUploader> uploader;
  NodeParts parts;  // outlives the loop, whose agent refers to it
  LoopParts loop{config, clock, *signals, server, *board};
  HostWatch host{
      {config, server_conf_context(config, kind), clock_look(tools, probe_tools.look), {}}};
  loop.make_agent = [&]() -> tl::expected<std::unique_ptr<NodeAgent>, NoAgent> {
    if (auto linked = link_node_conf(tools); !linked)
      return tl::unexpected(NoAgent{std::move(linked).error()});
    if (auto why = host.before_start(); !why.empty()) {
      return tl::unexpected(
          NoAgent{Error{ErrorKind::kBadConfig, std::move(why)}, Reason::kHostCheck});
    }
    auto made = make_node(tools);
    if (!made) return tl::unexpected(NoAgent{std::move(made).error()});
    parts = *std::move(made);
    if (kind != NodeKind::kFe && config.restart.coredump_enabled && !config.node.sidecar &&
        !uploader)
      uploader.emplace(config.node.root, children);
    if (config.node.log_follow && !follow) {
      const auto logs = server_places(config, kind).logs;
      follow.emplace(std::vector<std::string>{logs.main, logs.output}, STDOUT_FILENO);
    }
    return std::move(parts.agent);
  };
  loop.settled = give_back_start_memory;
  loop.reload = std::move(reload.read);
  loop.config_file = ConfigWatch{std::move(reload.file)};
  if (desk) {
    loop.desk = [&](const LoopParts::Answer& answer) { (*desk)->serve(answer); };
    loop.desk_fd = (*desk)->fd();
  }
  if (!config.node.until_drained) {  // what an agent of this pod was told is not for that one
    loop.leave_note = config.node.runtime_dir + "/" + node->host + ".leave";
    loop.hold_note = config.node.runtime_dir + "/" + node->host + ".hold";
  }
  loop.server_conf = server_conf_context(config, kind);
  loop.workers = tools.workers;
  loop.children = children;
  loop.probe_tools = [&] {
    auto out = probe_tools;
    if (const auto now = board->read()->config) out.look.config = now;
    return out;
  };
  loop.describe_host = [&host](NodeStatus& status, Instant now) { host.describe(status, now); };
  KubeCondition condition{
      {config.kubernetes, node->pod, config.node.pod_namespace, clock, tools.workers}};
  loop.tell_operator = [&condition](NodeStatus& status, Instant now) {
    condition.describe(status, now);
  };
  loop.base = base_status(*node, config.node, warnings);
  loop.base.epoch = next_epoch(config.node.runtime_dir + "/" + node->host + ".epoch");
  const int code = Loop{std::move(loop)}.run();
  probes.close();
  return code;
}

}  // namespace sragent
