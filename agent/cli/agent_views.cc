#include "cli/agent_views.h"

#include <fmt/format.h>

#include "cli/output.h"
#include "core/exit_codes.h"

namespace sragent {

std::optional<Error> no_agent(const Config& config) {
  const auto reply = ask_agent(config, "status", Deadline::after(kAgentPatience));
  if (reply) return std::nullopt;
  const auto kind = reply.error().kind;
  if (kind == ErrorKind::kTimeout || kind == ErrorKind::kGarbled) return std::nullopt;
  return reply.error();
}

std::optional<ControlReply> ask_or_complain(const Invocation& call,
                                            const Config& config,
                                            const std::string& request,
                                            std::chrono::seconds patience) {
  auto reply = ask_agent(config, request, Deadline::after(patience));
  if (reply) return *std::move(reply);
  print_error_line(fmt::format("sr-agent {}: no agent answers at {}: {}",
                               call.verb,
                               control_path(config),
                               reply.error().what));
  return std::nullopt;
}

std::optional<int> hand_over(const Invocation& call,
                             const Config& config,
                             const std::string& request,
                             std::string* told) {
  const auto reply = ask_or_complain(call, config, request);
  if (!reply) return kExitTryAgain;
  const auto line = reply->text.substr(0, reply->text.find('\n'));
  if (reply->code != kExitDone) return complain(call.verb, line, reply->code);
  print_error_line(line);
  if (told != nullptr) *told = line;
  return std::nullopt;
}

int print_agent_view(const Invocation& call, std::string_view view) {
  const auto loaded = load_to_find_agent(call);
  const bool json = call.output == OutputFormat::kJson;
  const auto request = fmt::format("{}{}", view, json ? " json" : "");
  const auto reply = ask_or_complain(call, loaded.config, request);
  if (!reply) return kExitTryAgain;
  print_out(reply->text);
  return reply->code;
}

}  // namespace sragent
