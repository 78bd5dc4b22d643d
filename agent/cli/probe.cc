#include <fmt/format.h>

#include "cli/agent_views.h"
#include "cli/output.h"
#include "core/exit_codes.h"

namespace sragent {
namespace {

/// A probe of the user's own may take a minute.
constexpr std::chrono::seconds kProbePatience{70};

/// One request line; CHECK may be several with commas.
std::string request_of(const Invocation& call) {
  auto out = std::string{"probe "} + (call.output == OutputFormat::kJson ? "json " : "") +
             call.arguments.front();
  if (call.has("--verbose")) out += " verbose";
  const auto excluded = call.value("--exclude");
  std::string_view checks = excluded;
  while (!checks.empty()) {
    const auto comma = checks.find(',');
    out += fmt::format(" exclude={}", checks.substr(0, comma));
    checks = comma == std::string_view::npos ? std::string_view{} : checks.substr(comma + 1);
  }
  return out;
}

}  // namespace

int run_probe_verb(const Invocation& call) {
  if (call.arguments.empty())
    return complain("probe", "expected live, ready, startup or the name of a probe", kExitUsage);
  for (const auto& word : {call.arguments.front(), call.value("--exclude")}) {
    if (word.find_first_of(" \t\r\n") != std::string::npos)
      return complain("probe", "expected names without blanks", kExitUsage);
  }
  const auto loaded = load_to_find_agent(call);
  const auto reply = ask_or_complain(call, loaded.config, request_of(call), kProbePatience);
  if (!reply) return kExitTryAgain;
  print_out(reply->text);
  return reply->code;
}

}  // namespace sragent
