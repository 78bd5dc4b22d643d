#include "runtime/node_parts.h"

#include "io/files.h"
#include "io/mounts.h"
#include "runtime/conf_links.h"
#include "runtime/fe_agent.h"
#include "runtime/log.h"
#include "runtime/meta_volume.h"
#include "runtime/node_tools.h"
#include "runtime/worker_agent.h"
#include "starrocks/conf_files.h"

namespace sragent {
namespace {

void log_warnings(const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings)
    log_warn("server_conf", {{"warning", warning}});
}

Result<NodeParts> open_parts(const NodeTools& tools,
                             const std::string& dir,
                             const std::string& data_dir,
                             const std::string& log_dir) {
  auto folder = StateFolder::open(dir, data_dir, log_dir);
  if (!folder) return tl::unexpected(std::move(folder).error());
  NodeParts out;
  out.state = std::make_unique<StateFolder>(*std::move(folder));
  out.shell = std::make_unique<Shell>(Shell{tools.config,
                                            tools.node,
                                            tools.clock,
                                            tools.resolver,
                                            tools.workers,
                                            tools.credentials,
                                            *out.state,
                                            tools.server});
  return out;
}

/// The agent listens already: a server on its port would end at once, and for no reason told.
Result<void> keep_own_port(const NodeTools& tools, const std::vector<NamedPort>& ports) {
  const auto own = tools.config.http.listen.port;
  for (const auto& [key, port] : ports) {
    if (port != own) continue;
    const auto path = conf_path(server_conf_context(tools.config, tools.node.kind));
    return tl::unexpected(Error{ErrorKind::kBadConfig,
                                path + ": " + std::string{key} + ": expected another port than " +
                                    std::to_string(own) +
                                    ", where the agent listens (http.listen)"});
  }
  return {};
}

template <typename News>
Result<std::shared_ptr<Mailbox<News>>> make_mail() {
  auto event = EventFd::create();
  if (!event) return tl::unexpected(std::move(event).error());
  return std::make_shared<Mailbox<News>>(*std::move(event));
}

Result<NodeParts> make_fe(const NodeTools& tools) {
  auto conf = load_fe_conf(server_conf_context(tools.config, tools.node.kind));
  if (!conf) return tl::unexpected(std::move(conf).error());
  if (auto kept = keep_own_port(tools, ports_of(*conf)); !kept)
    return tl::unexpected(std::move(kept).error());
  if (auto told = fleeting_metadata(read_mountinfo(), conf->meta_dir); !told.empty())
    conf->warnings.push_back(std::move(told));
  log_warnings(conf->warnings);
  log_info("fe_conf",
           {{"meta_dir", conf->meta_dir},
            {"edit_log_port", std::to_string(conf->edit_log_port)},
            {"query_port", std::to_string(conf->query_port)},
            {"http_port", std::to_string(conf->http_port)}});
  auto parts =
      open_parts(tools, state_dir_of(tools.config, conf->meta_dir), conf->meta_dir, conf->log_dir);
  if (!parts) return parts;
  auto mail = make_mail<FeNews>();
  if (!mail) return tl::unexpected(std::move(mail).error());
  auto me = fe_self(tools.config, tools.node, conf->edit_log_port);
  parts->agent = std::make_unique<FeAgent>(
      *parts->shell, *conf, start_policy(tools.config), std::move(me), tools.book, *mail);
  return parts;
}

Result<NodeParts> make_worker(const NodeTools& tools) {
  auto conf = load_be_conf(server_conf_context(tools.config, tools.node.kind));
  if (!conf) return tl::unexpected(std::move(conf).error());
  if (auto kept = keep_own_port(tools, ports_of(*conf)); !kept)
    return tl::unexpected(std::move(kept).error());
  if (tools.node.kind == NodeKind::kBe) {
    for (auto& missing : missing_roots(*conf))
      conf->warnings.push_back(std::move(missing));
  }
  log_warnings(conf->warnings);
  const bool be = tools.node.kind == NodeKind::kBe;
  // A storage root that does not exist is the server's to complain about; it is not made here.
  const auto root = be && !conf->storage_roots.empty() ? conf->storage_roots.front() : "";
  const bool there =
      !root.empty() && file_kind(root).value_or(FileKind::kAbsent) == FileKind::kDirectory;
  const std::string data_dir = there ? root : "";
  auto parts = open_parts(tools, state_dir_of(tools.config, data_dir), data_dir, conf->log_dir);
  if (!parts) return parts;
  auto mail = make_mail<WorkerNews>();
  if (!mail) return tl::unexpected(std::move(mail).error());
  parts->agent = std::make_unique<WorkerAgent>(*parts->shell, *conf, tools.book, *mail);
  return parts;
}

}  // namespace

Self fe_self(const Config& config, const NodeIdentity& node, std::uint16_t edit_log_port) {
  Self out;
  out.host = node.host;
  out.fqdn = node.fqdn;
  out.address = node.address;
  out.headless = node.headless;
  out.session = node.session;
  out.edit_log_port = edit_log_port;
  out.ordinal = ordinal_of(node.fqdn.empty() ? node.pod : node.fqdn);
  out.role = role_of(config, out, {}, {});
  const bool ip_mode = config.node.host_type == HostTypeSetting::kIp;
  out.host_type = ip_mode ? HostType::kIp : HostType::kFqdn;
  out.founder = sibling_host(node.fqdn, 0);
  if (ip_mode && out.founder == node.fqdn) out.founder = node.host;
  return out;
}

FeRole role_of(const Config& config,
               const Self& me,
               const MetaState& meta,
               const std::vector<FeList>& lists) {
  if (config.fe.observer) return FeRole::kObserver;
  return role_by_number(me, static_cast<int>(config.fe.electors), meta, lists);
}

StartPolicy start_policy(const Config& config) {
  StartPolicy out;
  switch (config.fe.bootstrap) {
    case BootstrapSetting::kAuto:
      out.bootstrap = Bootstrap::kAuto;
      break;
    case BootstrapSetting::kStrict:
      out.bootstrap = Bootstrap::kStrict;
      break;
    case BootstrapSetting::kNever:
      out.bootstrap = Bootstrap::kNever;
      break;
  }
  out.count = static_cast<int>(config.fe.count);
  if (config.fe.observer) out.role_told = FeRole::kObserver;
  out.census_gap = config.fe.census_gap;
  return out;
}

Result<void> link_node_conf(const NodeTools& tools) {
  const auto linked = link_server_conf(tools.config, tools.node.kind);
  if (!linked) return tl::unexpected(linked.error());
  log_warnings(*linked);
  return {};
}

Result<NodeParts> make_node(const NodeTools& tools) {
  return tools.node.kind == NodeKind::kFe ? make_fe(tools) : make_worker(tools);
}

}  // namespace sragent
