#include "runtime/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/beside.h"
#include "cli/cli.h"
#include "cli/kind_of.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "runtime/termination.h"

namespace sragent {
namespace {

int refuse(const LoadedConfig& loaded, const std::string& what, int code) {
  print_error_line(what);
  write_termination_message(loaded.config.node.termination_log, early_end_message(what, code));
  return code;
}

}  // namespace

int run_run(const Invocation& asked) {
  const auto call = with_sidecar(asked);
  const auto loaded = load_for(call);
  if (!loaded.ok())
    return refuse(loaded, fmt::format("{}", fmt::join(loaded.errors, "\n")), kExitUsage);
  const auto kind = kind_of(loaded.config.node.role);
  if (!kind) return refuse(loaded, kind_missing("run"), kExitUsage);
  if (loaded.config.node.service.empty()) return refuse(loaded, service_missing("run"), kExitNo);
  return run_agent(
      *kind, loaded, {config_file_name(call.config_file, process_environment()), [call] {
                        return load_for(call);
                      }});
}

}  // namespace sragent
