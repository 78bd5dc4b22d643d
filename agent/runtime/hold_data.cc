#include "runtime/hold_data.h"

#include "core/meta.h"
#include "io/files.h"
#include "runtime/node_tools.h"
#include "runtime/server_search.h"
#include "starrocks/conf_files.h"
#include "starrocks/conf_links.h"
#include "starrocks/meta_dir.h"
#include "starrocks/start_command.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxConf = std::size_t{1} << 20U;

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

ServerBeside::Marks server_marks(const Config& config, NodeKind kind, const std::string& address) {
  const ConfToBe to_be{config, kind};
  const auto fe = to_be.fe().value_or(FeConf{});
  const auto be = to_be.be().value_or(BeConf{});
  const bool is_fe = kind == NodeKind::kFe;
  ServerBeside::Marks out;
  out.kind = kind;
  out.home = to_be.home();
  out.pid_file = pid_file_path(config.node.root, kind, is_fe ? fe.pid_dir : be.pid_dir);
  out.address = address;
  for (const auto& named : is_fe ? ports_of(fe) : ports_of(be))
    out.ports.push_back(named.port);
  out.runtime_dir = config.node.runtime_dir;
  return out;
}

std::string strange_server(const Config& config, NodeKind kind, pid_t own) {
  const ConfToBe to_be{config, kind};
  const auto pid_dir = kind == NodeKind::kFe ? to_be.fe().value_or(FeConf{}).pid_dir
                                             : to_be.be().value_or(BeConf{}).pid_dir;
  // One that `kubectl exec` began is nobody's descendant here.
  const auto found =
      search_server(kind, to_be.home(), pid_file_path(config.node.root, kind, pid_dir), own);
  return found ? "pid " + std::to_string(found->pid) + " (" + found->comm + ")" : std::string{};
}

}  // namespace sragent
