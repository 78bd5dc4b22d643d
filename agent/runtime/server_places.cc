#include "runtime/server_places.h"

#include "io/files.h"
#include "runtime/node_tools.h"
#include "starrocks/conf_files.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxConf = std::size_t{1} << 20U;

}  // namespace

ServerPlaces server_places(const Config& config, NodeKind kind) {
  const auto context = server_conf_context(config, kind);
  ServerPlaces out;
  out.conf = conf_path(context);
  const auto text = read_file(out.conf, kMaxConf);
  if (!text) return out;
  out.conf_text = *text;
  const auto file = parse_conf(*text, context);
  if (kind == NodeKind::kFe) {
    if (const auto conf = read_fe_conf(file, context, out.conf)) {
      out.data = conf->meta_dir;
      out.logs = log_files(kind, conf->sys_log_dir, conf->log_dir);
    }
    return out;
  }
  if (const auto conf = read_be_conf(file, context, out.conf)) {
    if (kind == NodeKind::kBe && !conf->storage_roots.empty())
      out.data = conf->storage_roots.front();
    out.logs = log_files(kind, conf->sys_log_dir, conf->log_dir);
  }
  return out;
}

}  // namespace sragent
