#include <thread>

#include <fmt/format.h>

#include "cli/agent_views.h"
#include "cli/leaving_view.h"
#include "cli/output.h"
#include "core/exit_codes.h"

namespace sragent {
namespace {

constexpr std::chrono::milliseconds kPace{200};
/// The agent ends the server inside the budget; this is for its last words.
constexpr std::chrono::seconds kSlack{5};

void say(std::string_view text) {
  print_out(fmt::format("sr-agent prestop: {}\n", text));
}

/// Until the node is down, the agent is gone or `until`.
int wait_for_end(const Config& config, Deadline until) {
  std::string phase;
  while (!until.expired()) {
    const auto leaving = ask_leaving(config);
    if (!leaving && leaving.error().kind == ErrorKind::kUnreachable) {
      say("the agent has ended");
      return kExitDone;
    }
    if (leaving && *leaving && (*leaving)->phase != phase) {
      phase = (*leaving)->phase;
      say((*leaving)->detail);
    }
    if (leaving && *leaving && (*leaving)->result) return kExitDone;
    if (leaving && *leaving && (*leaving)->waits_for_container) {
      say("all else is done; the SIGTERM of this container may stop the server now");
      return kExitDone;
    }
    std::this_thread::sleep_for(kPace);
  }
  return complain("prestop", "the budget is used up; the node may still run", kExitTimeOver);
}

}  // namespace

/// Never fails for what it cannot change: a hook that fails stops nothing and is told as an event.
int run_prestop(const Invocation& call) {
  const auto loaded = load_to_find_agent(call);
  const auto& config = loaded.config;
  const auto until = Deadline::after(config.stop.budget() + kSlack);
  const auto reply = ask_agent(config, "prestop", Deadline::after(kAgentPatience).cut(until));
  if (!reply && reply.error().kind != ErrorKind::kTimeout) {
    say(fmt::format("no agent answers at {}: {}; nothing to wait for",
                    control_path(config),
                    reply.error().what));
    return kExitDone;
  }
  if (reply && reply->code != kExitDone) say(reply->text);
  return wait_for_end(config, until);
}

}  // namespace sragent
