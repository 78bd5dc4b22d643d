#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "config/nearest.h"
#include "config/sources.h"

namespace sragent {
namespace {

constexpr std::string_view kPrefix = "SR_AGENT_";
constexpr std::size_t kMaxSecondsDigits = 6;

/// Names that are known and not obeyed. Silence about them would be a wrong promise.
struct UnusedName {
  std::string_view name{};
  std::string_view why{};
};

constexpr std::array kUnusedNames{
    UnusedName{"PROBE_LEADER_POD0_TIMEOUT", "no time-out ends in founding a cluster"},
    UnusedName{"PROBE_LEADER_PODX_TIMEOUT", "no time-out ends in founding a cluster"},
    UnusedName{"RESTORE_CLUSTER_SNAPSHOT",
               "this version does not take part in the restore of a cluster snapshot"},
};

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isdigit(c) != 0;
  });
}

/// <n>_TCP, <n>_TCP_ADDR, ... behind X_PORT_
bool is_link_port(std::string_view text) {
  const auto number = text.substr(0, text.find('_'));
  if (!is_number(number) || number.size() == text.size()) return false;
  text.remove_prefix(number.size() + 1);
  const auto protocol = text.substr(0, text.find('_'));
  if (protocol != "TCP" && protocol != "UDP" && protocol != "SCTP") return false;
  text.remove_prefix(protocol.size());
  return text.empty() || text == "_ADDR" || text == "_PORT" || text == "_PROTO";
}

std::string place_of(const std::string& name) {
  return message_place({OriginKind::kEnvironment, name}, {});
}

std::string with_dashes(std::string text) {
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

class Reader {
 public:
  Reader(const ConfigSources& sources, Findings& out) : sources_(sources), out_(out) {}

  void read() {
    for (const auto& key : config_keys())
      read_key(key);
    for (const auto& [name, value] : sources_.environment)
      if (name.starts_with(kPrefix)) judge_own_name(name);
    for (const auto& unused : kUnusedNames) {
      if (const auto* value = find(unused.name); value != nullptr && !value->empty()) {
        out_.warnings.push_back(
            fmt::format("{}: ignored: {}", place_of(std::string{unused.name}), unused.why));
      }
    }
  }

 private:
  [[nodiscard]] const std::string* find(std::string_view name) const {
    const auto at = sources_.environment.find(name);
    return at == sources_.environment.end() ? nullptr : &at->second;
  }

  /// Aliases from the lowest rank up, then the agent's own name, which wins.
  void read_key(const ConfigKey& key) {
    const auto& aliases = key.spec.aliases;
    for (std::size_t rank = aliases.size(); rank > 0; --rank) {
      const auto& alias = aliases.at(rank - 1);
      if (!alias.name.empty()) read_alias(key, alias);
    }
    const auto name = env_name(key);
    if (const auto* text = find(name)) accept_or_fail(key, name, *text);
  }

  void read_alias(const ConfigKey& key, const KeyAlias& alias) {
    const auto* text = find(alias.name);
    if (text == nullptr || text->empty()) return;
    const std::string name{alias.name};
    switch (alias.rule) {
      case AliasRule::kSame:
        return accept_or_fail(key, name, *text);
      case AliasRule::kIgnoreBad:
        return accept_or_ignore(key, name, *text, parse_text(key, *text));
      case AliasRule::kSeconds:
        return accept_or_ignore(key, name, *text, from_seconds(key, *text));
      case AliasRule::kOne:
        if (*text == "1") add(key, name, true);
        return;
      case AliasRule::kTrue:
        return add(key, name, *text == "true");
      case AliasRule::kTrueOrOne:
        return add(key, name, *text == "true" || *text == "1");
      case AliasRule::kHostType:
        return add_host_type(key, name, *text);
      case AliasRule::kDiscouraged:
        out_.warnings.push_back(fmt::format("{}: use {} instead; this name is read last and may go",
                                            place_of(name),
                                            env_name(key)));
        return accept_or_fail(key, name, *text);
      case AliasRule::kDashes:
        return accept_or_fail(key, name, with_dashes(*text));
    }
  }

  void add(const ConfigKey& key, const std::string& name, ConfigValue value) {
    out_.candidates.push_back({&key, std::move(value), {OriginKind::kEnvironment, name}});
  }

  void accept_or_fail(const ConfigKey& key, const std::string& name, const std::string& text) {
    if (auto value = parse_text(key, text)) return add(key, name, *std::move(value));
    out_.errors.push_back(fmt::format(
        "{}: expected {}{}", place_of(name), expected_text(key), found_text(key, text)));
  }

  void accept_or_ignore(const ConfigKey& key,
                        const std::string& name,
                        const std::string& text,
                        std::optional<ConfigValue> value) {
    if (value) return add(key, name, *std::move(value));
    out_.warnings.push_back(fmt::format(
        "{}: ignored: expected {}{}", place_of(name), expected_text(key), found_text(key, text)));
  }

  static std::optional<ConfigValue> from_seconds(const ConfigKey& key, const std::string& text) {
    if (!is_number(text) || text.size() > kMaxSecondsDigits) return std::nullopt;
    return parse_text(key, text + "000");
  }

  void add_host_type(const ConfigKey& key, const std::string& name, const std::string& text) {
    if (auto value = parse_text(key, text)) return add(key, name, *std::move(value));
    out_.warnings.push_back(fmt::format("{}: taken as FQDN: expected {}{}",
                                        place_of(name),
                                        expected_text(key),
                                        found_text(key, text)));
    add(key, name, std::string{"FQDN"});
  }

  /// Without the prefix, which would make any two names look alike.
  static std::optional<std::string> nearest_own_name(std::string_view name,
                                                     std::vector<std::string> known) {
    for (auto& candidate : known)
      if (candidate.starts_with(kPrefix)) candidate.erase(0, kPrefix.size());
    auto nearest = nearest_word(name.substr(kPrefix.size()), known);
    if (nearest) nearest->insert(0, kPrefix);
    return nearest;
  }

  void judge_own_name(const std::string& name) {
    const auto known = known_names();
    if (std::find(known.begin(), known.end(), name) != known.end() || is_service_link(name)) return;
    const auto nearest = nearest_own_name(name, known);
    out_.warnings.push_back(
        fmt::format("{}: ignored: expected a known name{}",
                    place_of(name),
                    nearest ? fmt::format("; the nearest is {}", *nearest) : std::string{}));
  }

  static std::vector<std::string> known_names() {
    std::vector<std::string> out{"SR_AGENT_CONFIG"};
    for (const auto& key : config_keys()) {
      out.push_back(env_name(key));
      for (const auto& alias : key.spec.aliases)
        if (alias.name.starts_with(kPrefix)) out.emplace_back(alias.name);
    }
    for (const auto& unused : kUnusedNames)
      out.emplace_back(unused.name);
    return out;
  }

  const ConfigSources& sources_;
  Findings& out_;
};

}  // namespace

bool is_service_link(std::string_view name) {
  if (name.ends_with("_SERVICE_HOST") || name.ends_with("_PORT")) return true;
  if (name.find("_SERVICE_PORT_") != std::string_view::npos) return true;
  for (auto at = name.find("_PORT_"); at != std::string_view::npos;
       at = name.find("_PORT_", at + 1))
    if (is_link_port(name.substr(at + std::string_view{"_PORT_"}.size()))) return true;
  return false;
}

void read_environment(const ConfigSources& sources, Findings& out) {
  Reader{sources, out}.read();
}

}  // namespace sragent
