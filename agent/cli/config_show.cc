#include <string>
#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "cli/cli.h"
#include "cli/config_text.h"
#include "cli/output.h"
#include "config/keys.h"
#include "config/probe_keys.h"
#include "config/reference.h"
#include "core/exit_codes.h"

namespace sragent {
namespace {

/// A comment stays on its line whatever the name of a file is.
std::string one_line(std::string text) {
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20U) c = '?';
  return text;
}

std::string json_value(const ConfigKey& key, const Config& config) {
  const auto value = key.fetch(config);
  if (key.spec.secret) return shown_value(key, config);
  if (const auto* text = std::get_if<std::string>(&value)) return json_text(*text);
  if (const auto* items = std::get_if<std::vector<std::string>>(&value)) return json_list(*items);
  return to_toml(value);  // numbers and booleans are written alike
}

std::string json_form(const LoadedConfig& loaded, bool origin) {
  JsonObject all;
  for (const auto& key : config_keys()) {
    const auto name = full_name(key);
    const auto value = json_value(key, loaded.config);
    if (!origin) {
      all.raw(name, value);
      continue;
    }
    all.raw(name, JsonObject{}.raw("value", value).text("origin", loaded.origins.at(name)).str());
  }
  std::vector<std::string> probes;
  for (const auto& probe : loaded.config.probes)
    probes.push_back(to_toml(probe));
  if (!probes.empty()) all.raw("probe", json_list(probes));
  return all.str() + "\n";
}

}  // namespace

std::string config_text(const LoadedConfig& loaded, bool origin) {
  std::string out;
  std::string_view table;
  for (const auto& key : config_keys()) {
    if (key.table != table) out += fmt::format("{}[{}]\n", table.empty() ? "" : "\n", key.table);
    table = key.table;
    const auto line = fmt::format("{} = {}", key.name, shown_value(key, loaded.config));
    out += origin ? fmt::format("{:<44} # {}\n", line, one_line(loaded.origins.at(full_name(key))))
                  : line + "\n";
  }
  for (const auto& probe : loaded.config.probes)
    out += "\n" + to_toml(probe);
  return out;
}

int run_config_show(const Invocation& call) {
  if (call.has("--default") || call.has("--reference")) {
    print_out(call.has("--default") ? reference_toml() : reference_markdown());
    return kExitDone;
  }
  LoadedConfig loaded;
  if (!load_or_complain(call, loaded)) return kExitUsage;
  const bool origin = call.has("--origin");
  print_out(call.output == OutputFormat::kJson ? json_form(loaded, origin)
                                               : config_text(loaded, origin));
  return kExitDone;
}

}  // namespace sragent
