#include "cli/once_result.h"

#include <fmt/format.h>

#include "cli/kind_of.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "core/words.h"

namespace sragent {
namespace {

int exit_code_of(OnceOutcome outcome) {
  switch (outcome) {
    case OnceOutcome::kDone:
      return kExitDone;
    case OnceOutcome::kNothing:
    case OnceOutcome::kRefused:
      return kExitNo;
    case OnceOutcome::kNotNow:
      return kExitTryAgain;
  }
  return kExitInternal;
}

int print(const Invocation& call,
          int code,
          Reason reason,
          const std::string& detail,
          const std::string& leader) {
  if (call.output == OutputFormat::kJson) {
    print_out(JsonObject{}
                  .boolean("done", code == kExitDone)
                  .text("reason", to_string(reason))
                  .text("detail", detail)
                  .text("leader", leader)
                  .str() +
              "\n");
    return code;
  }
  if (code == kExitDone) {
    print_out(detail + "\n");
  } else if (reason == Reason::kNone) {
    print_error_line(fmt::format("sr-agent {}: {}", call.verb, detail));
  } else {
    print_error_line(fmt::format("sr-agent {}: {}: {}", call.verb, to_string(reason), detail));
  }
  return code;
}

/// What is missing, in the words of every verb.
int tell_missing(const Invocation& call, int code, const std::string& what) {
  if (call.output == OutputFormat::kJson) return print(call, code, Reason::kNone, what, {});
  print_error_line(what);
  return code;
}

}  // namespace

std::optional<int> lacks_kind(const Invocation& call, LoadedConfig& out) {
  const bool json = call.output == OutputFormat::kJson;
  if (!load_or_complain(call, out)) {
    return json ? print(call, kExitUsage, Reason::kConfigInvalid, joined(out.errors, "; "), {})
                : kExitUsage;
  }
  if (kind_of(out.config.node.role)) return std::nullopt;
  return tell_missing(call, kExitUsage, kind_missing(call.verb.c_str()));
}

std::optional<int> lacks_service(const Invocation& call, const Config& config) {
  if (!config.node.service.empty()) return std::nullopt;
  return tell_missing(call, kExitNo, service_missing(call.verb.c_str()));
}

int print_once(const Invocation& call, const OnceResult& result) {
  return print(call, exit_code_of(result.outcome), result.reason, result.detail, result.leader);
}

int print_refusal(const Invocation& call, int code, const std::string& why) {
  return print(call, code, Reason::kNone, why, {});
}

}  // namespace sragent
