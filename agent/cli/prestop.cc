#include <thread>

#include <fmt/format.h>

#include "cli/agent_views.h"
#include "cli/leaving_view.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "io/unix_socket.h"
#include "io/write_lines.h"

namespace sragent {
namespace {

constexpr std::chrono::milliseconds kPace{200};
constexpr std::chrono::seconds kLastWords{5};

void say(std::string_view text) {
  print_out(fmt::format("sr-agent prestop: {}\n", text));
}

/// What the agent cannot tell: on the console of its container too, since nobody reads what a hook
/// says.
void say_for_agent(const Config& config, std::string_view text) {
  const pid_t agent = control_listener(control_path(config));
  if (agent > 0) static_cast<void>(write_line_of(agent, fmt::format("sr-agent prestop: {}", text)));
}

/// One that ends takes its socket with it.
bool is_gone(const Error& error) {
  return error.kind == ErrorKind::kUnreachable || error.kind == ErrorKind::kNotFound;
}

/// How long the hook may last. An agent that answers ends the server inside the budget and then has
/// its last words; of one that does not nothing is waited for beyond the budget.
struct Limits {
  Deadline budget;
  Deadline words;
};

/// Until the node is down, the agent is gone or the time is over.
int wait_for_end(const Config& config, const Limits& limits, bool answered) {
  std::string phase;
  while (!(answered ? limits.words : limits.budget).expired()) {
    const auto until = Deadline::after(kAgentPatience);
    const auto leaving = ask_leaving(config, until.cut(answered ? limits.words : limits.budget));
    if (!leaving && is_gone(leaving.error())) {
      say("the agent has ended");
      return kExitDone;
    }
    answered = answered || leaving;
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
  const auto* const what = answered ? "the budget is used up; the node may still run"
                                    : "the budget is used up and the agent gave no answer; the "
                                      "node may still run";
  say_for_agent(config, what);
  return complain("prestop", what, kExitTimeOver);
}

}  // namespace

/// Never fails for what it cannot change: a hook that fails stops nothing and is told as an event.
int run_prestop(const Invocation& call) {
  const auto loaded = load_to_find_agent(call);
  const auto& config = loaded.config;
  const auto budget = config.stop.budget();
  const Limits limits{Deadline::after(budget), Deadline::after(budget + kLastWords)};
  const auto until = Deadline::after(kAgentPatience).cut(limits.budget);
  const auto reply = ask_agent(config, "prestop", until);
  if (!reply && reply.error().kind != ErrorKind::kTimeout) {
    say(fmt::format("no agent answers at {}: {}; nothing to wait for",
                    control_path(config),
                    reply.error().what));
    return kExitDone;
  }
  if (reply && reply->code != kExitDone) say(reply->text);
  return wait_for_end(config, limits, reply.has_value());
}

}  // namespace sragent
