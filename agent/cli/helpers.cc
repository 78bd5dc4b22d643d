// The helpers of the early CN guide; their wrappers are scripts/register and scripts/offline.
#include <fmt/format.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "runtime/log.h"
#include "runtime/offline_helper.h"
#include "runtime/register_helper.h"

namespace sragent {
namespace {

bool says_where(const Invocation& call, const Config& config) {
  if (!config.node.service.empty()) return true;
  print_error_line(fmt::format(
      "sr-agent {}: expected the FEs in FE_ADDRS (or node.service), as HOST:PORT,HOST:PORT",
      call.verb));
  return false;
}

}  // namespace

int run_register_helper_verb(const Invocation& call) {
  const auto loaded = load_for(call);
  if (!complain_of(loaded)) return kExitUsage;
  if (!says_where(call, loaded.config)) return kExitNo;
  set_up_log(loaded.config.log.level, loaded.config.log.format);
  return run_register_helper(loaded.config);
}

int run_offline_helper(const Invocation& call) {
  LoadedConfig loaded;
  if (!load_or_complain(call, loaded)) return kExitUsage;
  auto& config = loaded.config;
  if (!says_where(call, config)) return kExitNo;
  const auto& helper = config.helper;
  if (helper.cn_namespace.empty() || helper.cn_deployment.empty() ||
      config.kubernetes.host.empty()) {
    return complain(call.verb,
                    "expected the Deployment in CN_NS and CN_NAME, and the API's address in "
                    "KUBERNETES_SERVICE_HOST",
                    kExitNo);
  }
  config.node.host_type = HostTypeSetting::kIp;
  const auto shot = make_one_shot(NodeKind::kCn, config);
  if (!shot) return complain(call.verb, shot.error().what, kExitUsage);
  const auto report = offline_dead_nodes(*shot);
  if (!report.done) return complain(call.verb, report.detail, kExitNo);
  print_out(report.detail + "\n");
  return kExitDone;
}

}  // namespace sragent
