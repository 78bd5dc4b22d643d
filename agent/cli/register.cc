#include "cli/agent_views.h"
#include "cli/kind_of.h"
#include "cli/once_result.h"
#include "cli/output.h"
#include "core/exit_codes.h"

namespace sragent {
namespace {

/// A running agent is told first, so that it forgets that the row was taken out and watches it
/// again; its word "refused" (a stop or a hold is under way) counts. Empty: go on.
std::string refusal_of_agent(const Config& config) {
  const auto reply = ask_agent(config, "register", Deadline::after(kAgentPatience));
  const bool refused = reply && reply->text.starts_with("refused");
  return refused ? reply->text.substr(0, reply->text.find('\n')) : std::string{};
}

}  // namespace

int run_register(const Invocation& call) {
  LoadedConfig loaded;
  if (const auto code = lacks_kind(call, loaded)) return *code;
  const auto& config = loaded.config;
  const auto kind = kind_of(config.node.role);
  if (*kind == NodeKind::kFe) {
    return print_refusal(call,
                         kExitNo,
                         "an FE registers itself by the start rules, before its server starts; "
                         "'sr-agent explain' tells what it waits for");
  }
  if (const auto code = lacks_service(call, config)) return *code;
  if (const auto why = refusal_of_agent(config); !why.empty())
    return print_refusal(call, kExitNo, why);
  const auto shot = make_one_shot(*kind, config);
  if (!shot) return print_refusal(call, kExitUsage, shot.error().what);
  const auto context = worker_context(*shot);
  if (!context) return print_refusal(call, kExitUsage, context.error().what);
  WorkerMemory memory;
  return print_once(call, register_once(*context, memory));
}

}  // namespace sragent
