#include "cli/consent.h"

#include <algorithm>

#include "cli/agent_views.h"
#include "cli/once_result.h"
#include "cli/output.h"
#include "core/exit_codes.h"

namespace sragent {
namespace {

constexpr std::size_t kMostReason = 500;

/// The request is one line of text.
bool plain(const std::string& text) {
  return !text.empty() && text.size() <= kMostReason &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= ' '; });
}

}  // namespace

int give_consent(const Invocation& call, const Config& config) {
  const auto letters = call.value("--consent");
  const auto reason = call.value("--reason");
  const bool one_word = plain(letters) && letters.find(' ') == std::string::npos;
  if (!one_word || !plain(reason) || call.has("--write") || call.has("--dry-run")) {
    print_error_line(
        "sr-agent init: --consent LETTERS --reason TEXT: expected both, on one line of at most 500 "
        "characters, and neither --write nor --dry-run beside them");
    return kExitUsage;
  }
  const auto reply =
      ask_agent(config, "consent " + letters + " " + reason, Deadline::after(kAgentPatience));
  if (!reply) {
    return print_refusal(
        call, kExitTryAgain, "no agent answers in this pod: " + reply.error().what);
  }
  auto text = reply->text.substr(0, reply->text.find('\n'));
  if (reply->code == kExitDone && text.rfind("taken", 0) == 0) {
    print_out(text + "\n");
    return kExitDone;
  }
  return print_refusal(call, reply->code == kExitDone ? kExitNo : reply->code, text);
}

}  // namespace sragent
