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

/// What that file says. Errors as read_file and read_fe_conf.
class ConfToBe {
 public:
  ConfToBe(const Config& config, NodeKind kind)
      : context_(server_conf_context(config, kind)),
        path_(conf_to_be(config, context_)),
        file_(read_file(path_, kMaxConf).map([this](const std::string& text) {
          return parse_conf(text, context_);
        })) {}

  [[nodiscard]] Result<FeConf> fe() const {
    return file_.and_then(
        [this](const ConfFile& file) { return read_fe_conf(file, context_, path_); });
  }
  [[nodiscard]] Result<BeConf> be() const {
    return file_.and_then(
        [this](const ConfFile& file) { return read_be_conf(file, context_, path_); });
  }
  [[nodiscard]] const std::string& home() const { return context_.home; }

 private:
  ConfContext context_;
  std::string path_;
  Result<ConfFile> file_;
};

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

}  // namespace

std::string data_seal(const Config& config, NodeKind kind) {
  const ConfToBe to_be{config, kind};
  if (kind == NodeKind::kFe) {
    const auto conf = to_be.fe();
    return conf ? fe_seal(config, *conf) : std::string{};
  }
  const auto conf = to_be.be();
  return conf ? worker_seal(kind, *conf) : std::string{};
}

std::uint16_t health_port(const Config& config, NodeKind kind) {
  const ConfToBe to_be{config, kind};
  return kind == NodeKind::kFe ? to_be.fe().value_or(FeConf{}).http_port
                               : to_be.be().value_or(BeConf{}).http_port;
}

std::string strange_server(const Config& config, NodeKind kind, pid_t own) {
  const ConfToBe to_be{config, kind};
  const auto pid_dir = kind == NodeKind::kFe ? to_be.fe().value_or(FeConf{}).pid_dir
                                             : to_be.be().value_or(BeConf{}).pid_dir;
  const auto is_strange = [&](const ProcessInfo& process) {
    return process.pid != own && process.state != 'Z' &&
           is_server_process(kind, process.comm, process.argv);
  };
  const auto named = pid_in(pid_file_path(config.node.root, kind, pid_dir));
  auto found = named > 0 ? process_info(named) : Result<ProcessInfo>{tl::unexpected(Error{})};
  if (found && is_strange(*found))
    return "pid " + std::to_string(found->pid) + " (" + found->comm + ")";
  // One that `kubectl exec` began is nobody's descendant here; its command line names the folder.
  for (const auto pid : process_ids()) {
    const auto process = process_info(pid);
    if (process && is_strange(*process) && names(*process, to_be.home()))
      return "pid " + std::to_string(pid) + " (" + process->comm + ")";
  }
  return {};
}

}  // namespace sragent
