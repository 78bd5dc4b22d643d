#include "starrocks/conf_files.h"

#include "starrocks/small_file.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxConf = std::size_t{1} << 20U;

}  // namespace

std::string conf_path(const ConfContext& context) {
  return context.home + "/conf/" + std::string(conf_name(context.kind));
}

Result<ConfFile> load_conf(const ConfContext& context) {
  return starrocks_detail::read_small_file(conf_path(context), kMaxConf)
      .map([&](const std::string& text) { return parse_conf(text, context); });
}

Result<FeConf> load_fe_conf(const ConfContext& context) {
  return load_conf(context).and_then(
      [&](const ConfFile& file) { return read_fe_conf(file, context, conf_path(context)); });
}

Result<BeConf> load_be_conf(const ConfContext& context) {
  return load_conf(context).and_then(
      [&](const ConfFile& file) { return read_be_conf(file, context, conf_path(context)); });
}

}  // namespace sragent
