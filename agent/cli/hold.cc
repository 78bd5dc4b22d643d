#include <fmt/format.h>

#include "cli/agent_views.h"
#include "cli/drain_watch.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "runtime/hold_asks.h"
#include "runtime/holding.h"

namespace sragent {
namespace {

/// One line of the control socket: tabs and line ends are the request's own.
std::string one_line(std::string text) {
  for (auto& c : text)
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  return text;
}

}  // namespace

int run_hold(const Invocation& call) {
  const auto text = call.value("--for");
  const auto span = text.empty() ? std::optional{std::chrono::seconds{0}} : span_of(text);
  if (!span || (!text.empty() && span->count() == 0)) {
    return complain(call.verb,
                    fmt::format("--for {}: expected a number with s, m or h, as 2h", text),
                    kExitUsage);
  }
  const auto loaded = load_to_find_agent(call);
  const auto request = fmt::format("hold {} {} {}\t{}",
                                   span->count(),
                                   call.has("--force") ? "force" : "-",
                                   one_line(call.value("--author")),
                                   one_line(call.value("--reason")));
  std::string told;
  if (const auto code = hand_over(call, loaded.config, request, &told)) return *code;
  if (!told.starts_with(kDrainedToHold)) return kExitDone;  // no server ran
  return watch_leaving(call, loaded.config, {});
}

int run_resume(const Invocation& call) {
  const auto loaded = load_to_find_agent(call);
  return hand_over(call, loaded.config, "resume").value_or(kExitDone);
}

}  // namespace sragent
