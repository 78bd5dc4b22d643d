#include "starrocks/conf_files.h"

#include "starrocks/small_file.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxConf = std::size_t{1} << 20U;

}  // namespace

std::string conf_path(const ConfContext& context) {
  return context.home + "/conf/" + std::string(conf_name(context.kind));
}

Result<FeConf> load_fe_conf(const ConfContext& context) {
  const auto path = conf_path(context);
  return starrocks_detail::read_small_file(path, kMaxConf).and_then([&](const std::string& text) {
    return read_fe_conf(parse_conf(text, context), context, path);
  });
}

Result<BeConf> load_be_conf(const ConfContext& context) {
  const auto path = conf_path(context);
  return starrocks_detail::read_small_file(path, kMaxConf).and_then([&](const std::string& text) {
    return read_be_conf(parse_conf(text, context), context, path);
  });
}

}  // namespace sragent
