#include "runtime/run.h"

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "core/exit_codes.h"

namespace sragent {
namespace {

NodeKind kind_of(RoleSetting role) {
  switch (role) {
    case RoleSetting::kBe:
      return NodeKind::kBe;
    case RoleSetting::kCn:
      return NodeKind::kCn;
    case RoleSetting::kFe:
    case RoleSetting::kUnset:
      return NodeKind::kFe;
  }
  return NodeKind::kFe;
}

}  // namespace

int run_run(const Invocation& call) {
  const auto loaded = load_for(call);
  if (!loaded.ok()) {
    for (const auto& error : loaded.errors)
      print_error_line(error);
    return kExitUsage;
  }
  if (loaded.config.node.role == RoleSetting::kUnset) {
    print_error_line(
        "node.role: expected fe, be or cn, as the first argument of run or in "
        "COMPONENT_NAME");
    return kExitUsage;
  }
  if (loaded.config.node.service.empty()) {
    print_error_line(
        "node.service: expected the FE service name, as the second argument of run or "
        "in FE_SERVICE_NAME\nusage: sr-agent run fe|be|cn SERVICE");
    return kExitNo;
  }
  return run_agent(kind_of(loaded.config.node.role), loaded, [call] { return load_for(call); });
}

}  // namespace sragent
