#include "cli/agent_views.h"

#include <fmt/format.h>

#include "cli/output.h"
#include "core/exit_codes.h"

namespace sragent {

bool agent_runs(const Config& config) {
  const auto reply = ask_agent(config, "status", Deadline::after(kAgentPatience));
  if (reply) return true;
  return reply.error().kind == ErrorKind::kTimeout || reply.error().kind == ErrorKind::kGarbled;
}

int print_agent_view(const Invocation& call, std::string_view view) {
  const auto loaded = load_to_find_agent(call);
  const bool json = call.output == OutputFormat::kJson;
  const auto request = fmt::format("{}{}", view, json ? " json" : "");
  const auto reply = ask_agent(loaded.config, request, Deadline::after(kAgentPatience));
  if (!reply) {
    print_error_line(fmt::format("sr-agent {}: no agent answers at {}: {}",
                                 call.verb,
                                 control_path(loaded.config),
                                 reply.error().what));
    return kExitTryAgain;
  }
  print_out(reply->text);
  return reply->code;
}

}  // namespace sragent
