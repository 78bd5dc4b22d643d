#include <fmt/format.h>

#include "cli/agent_views.h"
#include "cli/consent.h"
#include "cli/kind_of.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "runtime/init_once.h"

namespace sragent {
namespace {

constexpr const char* kVerb = "init";

std::string values_json(const DecisionValues& values) {
  JsonObject out;
  for (const auto& [key, value] : values)
    out.text(key, value);
  return out.str();
}

void print_json(const InitResult& result, const std::string& file) {
  print_out(JsonObject{}
                .boolean("decided", result.code == kExitDone)
                .number("code", result.code)
                .text("row", result.rule)
                .text("action", result.action)
                .text("reason", to_string(result.reason))
                .text("detail", result.detail)
                .text("file", file)
                .raw("values", values_json(result.values))
                .str() +
            "\n");
}

void print_text(const InitResult& result, const std::string& file) {
  std::string out = result.action;
  if (!result.rule.empty()) out += fmt::format(", row {}", result.rule);
  if (!out.empty()) out = fmt::format("decision  {}\n", out);
  if (result.reason != Reason::kNone)
    out += fmt::format("reason    {}\n", to_string(result.reason));
  if (!result.detail.empty()) out += fmt::format("detail    {}\n", result.detail);
  for (const auto& [key, value] : result.values)
    out += fmt::format("  {}={}\n", key, value);
  out += file.empty() ? "nothing was written\n" : fmt::format("written to {}\n", file);
  print_out(out);
}

/// Without a decision no file may stand there for somebody to start by.
int settle_file(const InitResult& result, const std::string& path) {
  if (result.code == kExitDone) {
    const auto written = write_decision(path, result.values);
    return written ? kExitDone : complain(kVerb, written.error().what, kExitPath);
  }
  const auto removed = remove_decision(path);
  return removed ? result.code : complain(kVerb, removed.error().what, kExitPath);
}

}  // namespace

int run_init(const Invocation& call) {
  LoadedConfig loaded;
  if (!load_or_complain(call, loaded)) return kExitUsage;
  if (call.has("--consent") || call.has("--reason")) return give_consent(call, loaded.config);
  const auto& config = loaded.config;
  const auto kind = kind_or_complain(config, kVerb);
  if (!kind) return kExitUsage;
  if (!service_or_complain(config, kVerb)) return kExitNo;
  const bool dry = call.has("--dry-run");
  if (!dry && agent_runs(config)) {
    return complain(kVerb,
                    "an agent runs in this pod and decides itself; 'sr-agent explain' tells how",
                    kExitBusy);
  }
  const auto shot = make_one_shot(*kind, config);
  if (!shot) return complain(kVerb, shot.error().what, kExitUsage);
  InitOptions options;
  options.dry_run = dry;
  const auto result = init_once(*shot, options);
  const auto path = call.value("--write", kDefaultDecisionFile);
  const int code = dry ? result.code : settle_file(result, path);
  const auto file = !dry && code == kExitDone ? path : std::string{};
  if (call.output == OutputFormat::kJson) {
    print_json(result, file);
  } else {
    print_text(result, file);
  }
  return code;
}

}  // namespace sragent
