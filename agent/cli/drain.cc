#include <fmt/format.h>

#include "cli/agent_views.h"
#include "cli/drain_watch.h"
#include "cli/leaving_view.h"
#include "cli/one_drain.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "runtime/hold_asks.h"

namespace sragent {
namespace {

/// How long a call waits for the end, by --wait; no limit without it.
struct Patience {
  std::optional<std::chrono::seconds> limit{};
  std::optional<int> usage{};  ///< Exit code where it was said wrong.
};

Patience patience_of(const Invocation& call) {
  const auto wait = call.value("--wait");
  if (wait.empty()) return {};
  const auto limit = span_of(wait);
  if (limit) return {limit, {}};
  return {{},
          complain(call.verb,
                   fmt::format("--wait {}: expected a number with s, m or h, as 90s", wait),
                   kExitUsage)};
}

int run_leaving(const Invocation& call, const std::string& request) {
  const auto patience = patience_of(call);
  if (patience.usage) return *patience.usage;
  const auto loaded = load_to_find_agent(call);
  if (const auto code = hand_over(call, loaded.config, request)) return *code;
  return watch_leaving(call, loaded.config, patience.limit);
}

int print_plan(const Invocation& call, const std::vector<std::string>& plan) {
  if (call.output == OutputFormat::kJson) {
    print_out("{\"plan\":" + json_list(plan) + "}\n");
  } else {
    for (const auto& line : plan)
      print_out(line + "\n");
  }
  return plan.front().starts_with("refused") ? kExitNo : kExitDone;
}

/// What a drain would do; nothing is changed.
int run_plan(const Invocation& call) {
  constexpr std::chrono::seconds kPatience{45};  // longer than an agent's look may take
  const auto loaded = load_to_find_agent(call);
  if (const auto code =
          hand_over(call, loaded.config, call.has("--for-good") ? "leave-plan" : "drain-plan"))
    return *code;
  for (const auto until = Deadline::after(kPatience); !until.expired();) {
    const auto plan = ask_leaving_plan(loaded.config);
    if (plan && !plan->empty()) return print_plan(call, *plan);
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  return complain(call.verb, "the agent found nothing out in time", kExitTryAgain);
}

/// What is shown may be the result of a leaving that was over before.
int run_cancel(const Invocation& call) {
  const auto patience = patience_of(call);
  if (patience.usage) return *patience.usage;
  const auto loaded = load_to_find_agent(call);
  if (const auto code = hand_over(call, loaded.config, "drain-cancel")) return *code;
  const auto leaving = ask_leaving(loaded.config);
  if (leaving && !(*leaving && (*leaving)->in_force)) return kExitDone;
  return watch_leaving(call, loaded.config, patience.limit);
}

}  // namespace

int run_drain(const Invocation& call) {
  const bool cancel = call.has("--cancel");
  const bool plan = call.has("--dry-run");
  if (plan && (cancel || call.has("--wait") || call.has("--reason")))
    return complain(call.verb, "--dry-run goes with --for-good alone", kExitUsage);
  if (cancel && (call.has("--for-good") || call.has("--reason")))
    return complain(call.verb, "--cancel goes with --wait alone", kExitUsage);
  if (cancel) return run_cancel(call);
  if (const auto code = start_for_one_drain(call, load_to_find_agent(call).config)) return *code;
  if (plan) return run_plan(call);
  const std::string_view request = call.has("--for-good") ? "leave " : "drain ";
  return run_leaving(call, std::string{request} + call.value("--reason"));
}

int run_transfer_leader(const Invocation& call) {
  return run_leaving(call, "transfer-leader");
}

}  // namespace sragent
