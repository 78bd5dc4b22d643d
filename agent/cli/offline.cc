#include "cli/agent_views.h"
#include "cli/kind_of.h"
#include "cli/once_result.h"
#include "core/exit_codes.h"

namespace sragent {
namespace {

constexpr const char* kNotForFe =
    "an FE is not dropped at once: the others must keep their quorum; 'sr-agent drain --for-good' "
    "sees to that";
constexpr const char* kNotForBe =
    "a BE holds tablets: it leaves by ALTER SYSTEM DECOMMISSION BACKEND, which moves them first; "
    "nothing was dropped";

/// A running agent must know before the row is gone, or it would add it again. An agent that cannot
/// be asked is none, or one that hangs and adds nothing either.
std::string refusal_of_agent(const Config& config) {
  const auto reply = ask_agent(config, "offline", Deadline::after(kAgentPatience));
  if (!reply || reply->code == kExitDone) return {};
  return "the running agent does not take it: " + reply->text.substr(0, reply->text.find('\n'));
}

/// Nothing was dropped, so the agent goes on as before.
void take_back(const Config& config) {
  static_cast<void>(ask_agent(config, "register", Deadline::after(kAgentPatience)));
}

}  // namespace

int run_offline(const Invocation& call) {
  LoadedConfig loaded;
  if (const auto code = lacks_kind(call, loaded)) return *code;
  const auto& config = loaded.config;
  const auto kind = kind_of(config.node.role);
  if (*kind == NodeKind::kFe) return print_refusal(call, kExitQuorum, kNotForFe);
  if (*kind == NodeKind::kBe) return print_refusal(call, kExitReplicas, kNotForBe);
  if (const auto code = lacks_service(call, config)) return *code;
  const auto shot = make_one_shot(*kind, config);
  if (!shot) return print_refusal(call, kExitUsage, shot.error().what);
  const auto context = worker_context(*shot);
  if (!context) return print_refusal(call, kExitUsage, context.error().what);
  if (const auto why = refusal_of_agent(config); !why.empty())
    return print_refusal(call, kExitTryAgain, why);
  const auto result = offline_once(*context);
  const bool kept = result.outcome == OnceOutcome::kRefused;
  if (kept) take_back(config);
  return print_once(call, result);
}

}  // namespace sragent
