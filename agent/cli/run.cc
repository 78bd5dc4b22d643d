#include "runtime/run.h"

#include <exception>

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

/// The settings of this call. An agent for one drain obeys no hold and no annotation beside it, and
/// the last words of the container are not its own.
LoadedConfig load(const Invocation& call) {
  auto loaded = load_for(call);
  if (!call.has("--until-drained")) return loaded;
  auto& config = loaded.config;
  config.node.until_drained = true;
  config.node.annotations_file.clear();
  config.node.termination_log = "/dev/null";
  config.policy.hold = false;
  config.policy.hold_file.clear();
  return loaded;
}

}  // namespace

int run_run(const Invocation& asked) {
  const auto call = with_sidecar(asked);
  const auto loaded = load(call);
  if (call.has("--until-drained") && !loaded.config.node.sidecar)
    return refuse(loaded, "sr-agent run: --until-drained: expected with --sidecar", kExitUsage);
  if (!loaded.ok())
    return refuse(loaded, fmt::format("{}", fmt::join(loaded.errors, "\n")), kExitUsage);
  const auto kind = kind_of(loaded.config.node.role);
  if (!kind) return refuse(loaded, kind_missing("run"), kExitUsage);
  if (loaded.config.node.service.empty()) return refuse(loaded, service_missing("run"), kExitNo);
  try {
    return run_agent(
        *kind, loaded, {config_file_name(call.config_file, process_environment()), [call] {
                          return load(call);
                        }});
  } catch (const std::exception& e) {
    const auto message = early_end_message(e.what(), kExitInternal, Reason::kNone);
    write_termination_message(loaded.config.node.termination_log, message);
    throw;
  }
}

}  // namespace sragent
