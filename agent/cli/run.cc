#include "runtime/run.h"

#include "cli/cli.h"
#include "cli/kind_of.h"
#include "cli/output.h"
#include "core/exit_codes.h"

namespace sragent {
int run_run(const Invocation& call) {
  const auto loaded = load_for(call);
  if (!loaded.ok()) {
    for (const auto& error : loaded.errors)
      print_error_line(error);
    return kExitUsage;
  }
  const auto kind = kind_or_complain(loaded.config, "run");
  if (!kind) return kExitUsage;
  if (!service_or_complain(loaded.config, "run")) return kExitNo;
  return run_agent(
      *kind, loaded, {config_file_name(call.config_file, process_environment()), [call] {
                        return load_for(call);
                      }});
}

}  // namespace sragent
