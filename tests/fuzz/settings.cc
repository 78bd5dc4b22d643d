// Environment and command line: lines NAME=value are variables, all others are words.

#include "cli/parse.h"
#include "cli/verbs.h"
#include "config/keys.h"
#include "config_promises.h"
#include "fuzz.h"

namespace sragent::fuzz {
namespace {

constexpr std::string_view kSecret = "n0b0dy-may-see-this";

bool names_secret(std::string_view name) {
  for (const auto& key : config_keys()) {
    if (!key.spec.secret) continue;
    if (name == env_name(key) || name == "--sql-password") return true;
    for (const auto& alias : key.spec.aliases)
      if (!alias.name.empty() && name == alias.name) return true;
  }
  return false;
}

/// Where a secret belongs there stands one that is known.
std::string with_secret(std::string_view name, std::string_view value) {
  return names_secret(name) ? std::string{kSecret} + std::string{value} : std::string{value};
}

struct Words {
  std::map<std::string, std::string, std::less<>> environment{};
  std::vector<std::string> words{};
};

Words read_words(std::string_view text) {
  Words out;
  for (const auto line : lines_of(text)) {
    const auto equals = line.find('=');
    const bool variable = equals != std::string_view::npos && equals > 0 && line.front() != '-';
    const auto name = line.substr(0, equals);
    // The system ends both at a NUL byte, so none arrives.
    if (line.find('\0') != std::string_view::npos) continue;
    if (variable) {
      out.environment[std::string{name}] = with_secret(name, line.substr(equals + 1));
    } else if (equals != std::string_view::npos) {
      out.words.push_back(std::string{name} + "=" + with_secret(name, line.substr(equals + 1)));
    } else {
      out.words.emplace_back(line);
    }
  }
  return out;
}

void require_no_secret(const LoadedConfig& loaded) {
  for (const auto* list : {&loaded.errors, &loaded.warnings}) {
    for (const auto& text : *list)
      require(text.find(kSecret) == std::string::npos, "no message shows a secret");
  }
  for (const auto& [key, origin] : loaded.origins)
    require(origin.find(kSecret) == std::string::npos, "no origin shows a secret");
  for (const auto& key : config_keys()) {
    require(shown_value(key, loaded.config).find(kSecret) == std::string::npos,
            "no shown value is a secret");
  }
}

}  // namespace

void settings(Bytes data) {
  const auto text = text_of(data);
  if (text.find(kSecret) != std::string_view::npos) return;
  const Words in = read_words(text);
  const std::vector<std::string_view> words(in.words.begin(), in.words.end());
  const auto parsed = parse_words(*find_verb("run"), words);
  require(parsed.error.find(kSecret) == std::string::npos, "no usage error shows a secret");
  require_printable(parsed.error, "a usage error");
  ConfigSources sources;
  sources.environment = in.environment;
  if (parsed.error.empty()) sources.flags = parsed.call.config_flags;
  const auto loaded = load_config(sources);
  require_no_secret(loaded);
  require_config_promises(loaded);
}

}  // namespace sragent::fuzz
