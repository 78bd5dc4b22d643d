// What the rows of the key table mean; the rows are in keys.cc.

#include <algorithm>

#include <fmt/format.h>

#include "config/keys.h"
#include "core/text.h"

namespace sragent {
namespace {

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_choice(const ConfigKey& key, std::string_view text) {
  if (text.empty()) return key.spec.choice_may_be_unset;
  return std::find(key.spec.choices.begin(), key.spec.choices.end(), text) !=
         key.spec.choices.end();
}

/// The choice as the table writes it: "ip" becomes "IP".
std::string canonical_choice(const ConfigKey& key, std::string_view text) {
  for (const auto choice : key.spec.choices)
    if (!choice.empty() && equal_ignoring_case(choice, text)) return std::string{choice};
  return std::string{text};
}

std::optional<ConfigValue> parse_bool(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return std::nullopt;
}

std::optional<ConfigValue> parse_integer(std::string_view text) {
  return whole_number<std::int64_t>(text);
}

std::optional<ConfigValue> parse_by_type(const ConfigKey& key, std::string_view text) {
  switch (key.type) {
    case KeyType::kBool:
      return parse_bool(text);
    case KeyType::kInteger:
      return parse_integer(text);
    case KeyType::kChoice:
      return canonical_choice(key, text);
    case KeyType::kText:
      return std::string{text};
    case KeyType::kList:
      return split_list(text);
  }
  return std::nullopt;
}

bool all_have_format(const std::vector<std::string>& items, TextFormat format) {
  return std::all_of(items.begin(), items.end(), [format](const std::string& item) {
    return !item.empty() && has_format(item, format);
  });
}

}  // namespace

std::string full_name(const ConfigKey& key) {
  return fmt::format("{}.{}", key.table, key.name);
}

std::string env_name(const ConfigKey& key) {
  auto out = fmt::format("SR_AGENT_{}__{}", key.table, key.name);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return out;
}

std::string flag_name(const ConfigKey& key) {
  if (key.spec.secret) return {};
  auto out = fmt::format("--{}-{}", key.table, key.name);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

const ConfigKey* find_key(std::string_view wanted) {
  const auto dot = wanted.find('.');
  if (dot == std::string_view::npos) return nullptr;
  for (const auto& key : config_keys())
    if (key.table == wanted.substr(0, dot) && key.name == wanted.substr(dot + 1)) return &key;
  return nullptr;
}

bool is_valid(const ConfigKey& key, const ConfigValue& value) {
  const auto& spec = key.spec;
  if (value == key.fetch(Config{})) return true;
  switch (key.type) {
    case KeyType::kBool:
      return std::holds_alternative<bool>(value);
    case KeyType::kInteger: {
      const auto* number = std::get_if<std::int64_t>(&value);
      return number != nullptr && *number >= spec.min && *number <= spec.max;
    }
    case KeyType::kChoice: {
      const auto* text = std::get_if<std::string>(&value);
      return text != nullptr && is_choice(key, *text);
    }
    case KeyType::kText: {
      const auto* text = std::get_if<std::string>(&value);
      return text != nullptr && !text->empty() && has_format(*text, spec.format);
    }
    case KeyType::kList: {
      const auto* items = std::get_if<std::vector<std::string>>(&value);
      return items != nullptr && all_have_format(*items, spec.format);
    }
  }
  return false;
}

std::optional<ConfigValue> parse_text(const ConfigKey& key, std::string_view text) {
  auto value = parse_by_type(key, text);
  if (!value || !is_valid(key, *value)) return std::nullopt;
  return value;
}

std::string expected_text(const ConfigKey& key) {
  const auto& spec = key.spec;
  switch (key.type) {
    case KeyType::kBool:
      return "true or false";
    case KeyType::kInteger:
      return fmt::format("an integer from {} to {}{}",
                         spec.min,
                         spec.max,
                         key.unit.empty() ? std::string{} : fmt::format(" ({})", key.unit));
    case KeyType::kChoice:
      return "one of " + listed(spec.choices, "");
    case KeyType::kText:
      return std::string{spec.format == TextFormat::kAny ? "a non-empty text"
                                                         : format_text(spec.format)};
    case KeyType::kList:
      return fmt::format("a list, each item {}", format_text(spec.format));
  }
  return {};
}

std::string shown_value(const ConfigKey& key, const Config& config) {
  const auto value = key.fetch(config);
  if (key.spec.secret && value != key.fetch(Config{})) return "\"***\"";
  return to_toml(value);
}

}  // namespace sragent
