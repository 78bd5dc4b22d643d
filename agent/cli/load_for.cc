#include <fmt/format.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "runtime/log.h"

namespace sragent {
namespace {

constexpr std::size_t kRoleAndService = 2;

/// An empty argument, "$FE_SERVICE_NAME" of an unset variable, is a missing one.
void add_arguments(const Invocation& call, ConfigSources& sources) {
  const auto& words = call.arguments;
  if (!words.empty() && !words[0].empty())
    sources.flags.push_back({"node.role", words[0], "argument ROLE"});
  if (words.size() > 1 && !words[1].empty())
    sources.flags.push_back({"node.service", words[1], "argument SERVICE"});
}

void warn_of_more_arguments(const Invocation& call, LoadedConfig& out) {
  for (std::size_t i = kRoleAndService; i < call.arguments.size(); ++i) {
    out.warnings.push_back(
        fmt::format("argument {}: ignored: expected role and service only, found {}",
                    i + 1,
                    call.arguments[i]));
  }
}

/// A verb that ends by itself says what is wrong and no more, in the agent's own form.
LogLevelSetting level_of_verb(LogLevelSetting level) {
  return level == LogLevelSetting::kInfo ? LogLevelSetting::kWarn : level;
}

/// Who calls a verb reads what it says; a choice is kept.
LogFormatSetting format_of_verb(LogFormatSetting format) {
  return format == LogFormatSetting::kAuto ? LogFormatSetting::kText : format;
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings)
    print_error_line("warning: " + warning);
}

}  // namespace

LoadedConfig load_for(const Invocation& call) {
  ConfigSources sources;
  sources.environment = process_environment();
  sources.flags = call.config_flags;
  add_config_file(call.config_file, sources);
  const auto* verb = find_verb(call.verb);
  const bool role_and_service =
      verb != nullptr && verb->arguments == VerbArguments::kRoleAndService;
  if (role_and_service) add_arguments(call, sources);
  auto out = load_config(sources);
  sources.login = mounted_login(out.config.sql.auth_dir);
  if (sources.login) out = load_config(sources);
  if (role_and_service) warn_of_more_arguments(call, out);
  return out;
}

bool complain_of(const LoadedConfig& loaded) {
  print_warnings(loaded.warnings);
  for (const auto& error : loaded.errors)
    print_error_line(error);
  return loaded.ok();
}

bool load_or_complain(const Invocation& call, LoadedConfig& out) {
  out = load_for(call);
  set_up_log(level_of_verb(out.config.log.level), format_of_verb(out.config.log.format));
  return complain_of(out);
}

LoadedConfig load_to_find_agent(const Invocation& call) {
  auto out = load_for(call);
  set_up_log(level_of_verb(out.config.log.level), format_of_verb(out.config.log.format));
  print_warnings(out.warnings);
  print_warnings(out.errors);
  return out;
}

}  // namespace sragent
