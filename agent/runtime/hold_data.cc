#include "runtime/hold_data.h"

#include <algorithm>

#include "core/meta.h"
#include "io/files.h"
#include "io/supervise.h"
#include "runtime/node_tools.h"
#include "starrocks/conf_files.h"
#include "starrocks/conf_links.h"
#include "starrocks/meta_dir.h"
#include "starrocks/start_command.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxConf = std::size_t{1} << 20U;
constexpr std::size_t kMaxPidFile = 64;

/// The file that the server will read: of the ConfigMap where it has one.
std::string conf_to_be(const Config& config, const ConfContext& context) {
  if (!config.node.config_mount.empty()) {
    auto linked = link_text(config.node.config_mount, conf_name(context.kind));
    if (file_kind(linked).value_or(FileKind::kAbsent) != FileKind::kAbsent) return linked;
  }
  return conf_path(context);
}

Result<ConfFile> read_conf(const std::string& path, const ConfContext& context) {
  return read_file(path, kMaxConf).map([&](const std::string& text) {
    return parse_conf(text, context);
  });
}

std::string fe_seal(const Config& config, const FeConf& conf) {
  const auto meta = classify_meta(
      read_meta_dir(conf.meta_dir, read_state_files(state_dir_of(config, conf.meta_dir))));
  if (meta.kind != MetaKind::kSealed) return {};
  return "cluster " + meta.cluster_id + ", " + std::string{to_string(meta.role)} + " " +
         host_port(meta.host, meta.port);
}

std::string worker_seal(NodeKind kind, const BeConf& conf) {
  if (kind == NodeKind::kCn) return "a CN without data of its own";
  if (conf.storage_roots.empty()) return {};
  const auto id = read_be_cluster_id(conf.storage_roots.front());
  return id && !id->empty() ? "cluster " + *id : std::string{};
}

bool names(const ProcessInfo& process, const std::string& folder) {
  return std::ranges::any_of(process.argv, [&](const std::string& word) {
    return word.find(folder + "/") != std::string::npos;
  });
}

pid_t pid_in(const std::string& path) {
  const auto text = read_file(path, kMaxPidFile);
  return text ? parse_pid(*text).value_or(0) : 0;
}

std::string pid_dir_of(const ConfContext& context, const Result<ConfFile>& file) {
  if (!file) return {};
  if (context.kind == NodeKind::kFe)
    return read_fe_conf(*file, context, "")
        .map([](const FeConf& conf) { return conf.pid_dir; })
        .value_or("");
  return read_be_conf(*file, context, "")
      .map([](const BeConf& conf) { return conf.pid_dir; })
      .value_or("");
}

}  // namespace

std::string data_seal(const Config& config, NodeKind kind) {
  const auto context = server_conf_context(config, kind);
  const auto path = conf_to_be(config, context);
  const auto file = read_conf(path, context);
  if (!file) return {};
  if (kind == NodeKind::kFe) {
    const auto conf = read_fe_conf(*file, context, path);
    return conf ? fe_seal(config, *conf) : std::string{};
  }
  const auto conf = read_be_conf(*file, context, path);
  return conf ? worker_seal(kind, *conf) : std::string{};
}

std::uint16_t health_port(const Config& config, NodeKind kind) {
  const auto context = server_conf_context(config, kind);
  const auto path = conf_to_be(config, context);
  const auto file = read_conf(path, context).value_or(ConfFile{});
  if (kind == NodeKind::kFe) return read_fe_conf(file, context, path).value_or(FeConf{}).http_port;
  return read_be_conf(file, context, path).value_or(BeConf{}).http_port;
}

std::string strange_server(const Config& config, NodeKind kind, pid_t own) {
  const auto context = server_conf_context(config, kind);
  const auto file = read_conf(conf_to_be(config, context), context);
  const auto is_strange = [&](const ProcessInfo& process) {
    return process.pid != own && process.state != 'Z' &&
           is_server_process(kind, process.comm, process.argv);
  };
  const auto named = pid_in(pid_file_path(config.node.root, kind, pid_dir_of(context, file)));
  auto found = named > 0 ? process_info(named) : Result<ProcessInfo>{tl::unexpected(Error{})};
  if (found && is_strange(*found))
    return "pid " + std::to_string(found->pid) + " (" + found->comm + ")";
  // One that `kubectl exec` began is nobody's descendant here; its command line names the folder.
  for (const auto pid : process_ids()) {
    const auto process = process_info(pid);
    if (process && is_strange(*process) && names(*process, context.home))
      return "pid " + std::to_string(pid) + " (" + process->comm + ")";
  }
  return {};
}

}  // namespace sragent
