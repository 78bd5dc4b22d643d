#include "config_promises.h"

#include "config/keys.h"
#include "config/probe_keys.h"
#include "config/reload.h"
#include "fuzz.h"

namespace sragent::fuzz {
namespace {

/// A file with every key that may be shown.
std::string written(const Config& config) {
  std::string out;
  std::string_view table;
  for (const auto& key : config_keys()) {
    if (key.spec.secret) continue;
    if (key.table != table) out += "[" + std::string{key.table} + "]\n";
    table = key.table;
    out += std::string{key.name} + " = " + shown_value(key, config) + "\n";
  }
  for (const auto& probe : config.probes)
    out += to_toml(probe);
  return out;
}

void require_same_again(const Config& config) {
  ConfigSources sources;
  sources.file_name = "written.toml";
  sources.file_text = written(config);
  // A path may hold any byte; TOML is UTF-8.
  for (const auto line : lines_of(sources.file_text))
    if (!is_printable(line)) return;
  const auto again = load_config(sources);
  require(again.ok(), again.ok() ? "" : "what was accepted is not: " + again.errors.front());
  for (const auto& key : config_keys()) {
    if (key.spec.secret) continue;
    require(shown_value(key, config) == shown_value(key, again.config),
            full_name(key) + " is another value after writing and reading");
  }
  require(again.config.probes == config.probes, "the probes are others after writing and reading");
}

}  // namespace

void require_config_promises(const LoadedConfig& loaded) {
  for (const auto& text : loaded.errors)
    require_printable(text, "a configuration error");
  for (const auto& text : loaded.warnings)
    require_printable(text, "a configuration warning");
  require(loaded.origins.size() == config_keys().size(), "an origin for each key");
  if (!loaded.ok()) return;
  require(plan_reload(loaded.config, loaded.config).changes.empty(), "no change without one");
  require_same_again(loaded.config);
}

}  // namespace sragent::fuzz
