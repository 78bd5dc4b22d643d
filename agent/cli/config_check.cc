#include "cli/cli.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "core/printable.h"
#include "io/files.h"

namespace sragent {
namespace {

int report_json(const LoadedConfig& loaded) {
  print_out(JsonObject{}
                .boolean("valid", loaded.ok())
                .raw("errors", json_list(loaded.errors))
                .raw("warnings", json_list(loaded.warnings))
                .str() +
            "\n");
  return loaded.ok() ? kExitDone : kExitUsage;
}

/// What the agent will read only when it logs in. It may be that only the pod has these files.
void warn_of_files(LoadedConfig& loaded) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;
  const auto& sql = loaded.config.sql;
  const auto look = [&loaded](const char* key, const std::string& path) {
    if (path.empty()) return;
    if (const auto text = read_file(path, kMaxBytes); !text)
      loaded.warnings.push_back(printable(std::string{key} + ": " + text.error().what));
  };
  look("sql.password_file", sql.password_file);
  look("sql.tls_ca", sql.tls_ca);
}

}  // namespace

int run_config_check(const Invocation& call) {
  auto loaded = load_for(call);
  warn_of_files(loaded);
  if (call.output == OutputFormat::kJson) return report_json(loaded);
  if (!complain_of(loaded)) return kExitUsage;
  print_out("the configuration is valid\n");
  return kExitDone;
}

}  // namespace sragent
