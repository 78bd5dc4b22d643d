#include "cli/cli.h"
#include "cli/output.h"
#include "core/exit_codes.h"

namespace sragent {
namespace {

int report_json(const LoadedConfig& loaded) {
  print_out(JsonObject{}
                .boolean("valid", loaded.ok())
                .raw("errors", json_list(loaded.errors))
                .raw("warnings", json_list(loaded.warnings))
                .str() +
            "\n");
  return loaded.ok() ? kExitDone : kExitUsage;
}

}  // namespace

int run_config_check(const Invocation& call) {
  if (call.output == OutputFormat::kJson) return report_json(load_for(call));
  LoadedConfig loaded;
  if (!load_or_complain(call, loaded)) return kExitUsage;
  print_out("the configuration is valid\n");
  return kExitDone;
}

}  // namespace sragent
