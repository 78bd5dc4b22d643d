#include "runtime/node_tools.h"

#include "core/exit_codes.h"
#include "runtime/node_parts.h"
#include "runtime/server_env.h"
#include "starrocks/conf_files.h"
#include "starrocks/start_command.h"
#include "starrocks/state_file.h"

namespace sragent {
namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr std::size_t kThreads = 16;

}  // namespace

ResolverOptions resolver_options(const Config& config) {
  ResolverOptions out;
  for (const auto& server : config.dns.servers)
    out.servers.push_back(host_port(server.host, server.port == 0 ? kDnsPort : server.port));
  if (!config.dns.search.empty()) out.search = config.dns.search;
  out.try_timeout = config.dns.timeout;
  out.tries = static_cast<int>(config.dns.tries);
  return out;
}

ConfContext server_conf_context(const Config& config, NodeKind kind) {
  ConfContext out;
  out.kind = kind;
  out.home = server_home(config.node.root, kind);
  for (const auto& entry : server_env(own_env())) {
    const auto equals = entry.find('=');
    out.env.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return out;
}

std::string state_dir_of(const Config& config, const std::string& data_dir) {
  if (!config.node.state_dir.empty()) return config.node.state_dir;
  if (!data_dir.empty()) return state_folder(data_dir);
  return config.node.runtime_dir + "/state";
}

int refusal_exit_code(Reason reason) {
  if (reason == Reason::kMetaDamaged) return kExitMetadata;
  if (reason == Reason::kConfigInvalid) return kExitServerConf;
  if (reason == Reason::kPathNotWritable) return kExitPath;
  if (reason == Reason::kHostCheck) return kExitHost;
  return kExitIdentity;
}

int refusal_exit_code(const Error& error) {
  return error.kind == ErrorKind::kIo ? kExitPath : kExitServerConf;
}

Result<OneShot> make_one_shot(NodeKind kind, const Config& config) {
  auto node = identify_node(kind, config, read_host_facts());
  if (!node) return tl::unexpected(std::move(node).error());
  auto resolver = Resolver::start(resolver_options(config));
  if (!resolver) return tl::unexpected(std::move(resolver).error());
  OneShot out;
  out.look.config = std::make_shared<const Config>(config);
  out.look.me = fe_self(config, *node, 0);
  out.look.kind = kind;
  out.look.own_addresses = node->addresses;
  out.look.fe_query_port = config.fe.query_port;
  out.look.clock = Clock{static_cast<double>(config.simulation.time_scale)};
  out.look.resolver = *std::move(resolver);
  out.look.workers = std::make_shared<WorkerPool>("look", WorkerLimits{.threads = kThreads});
  out.look.credentials = std::make_shared<Credentials>(config.sql);
  out.node = *std::move(node);
  return out;
}

Result<WorkerContext> worker_context(const OneShot& shot) {
  const auto conf = load_be_conf(server_conf_context(*shot.look.config, shot.node.kind));
  if (!conf) return tl::unexpected(conf.error());
  WorkerContext out;
  out.look = shot.look;
  out.self = worker_self(shot.node, *shot.look.config, conf->heartbeat_port);
  const bool be = shot.node.kind == NodeKind::kBe;
  if (be && !conf->storage_roots.empty()) out.storage_root = conf->storage_roots.front();
  out.be_http_port = conf->http_port;
  return out;
}

}  // namespace sragent
