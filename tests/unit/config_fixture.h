#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/keys.h"
#include "config/load.h"

namespace sragent::test {

inline ConfigSources file_only(std::string text) {
  return {.file_name = "a.toml", .file_text = std::move(text)};
}

inline ConfigSources env_only(std::map<std::string, std::string, std::less<>> environment) {
  return {.environment = std::move(environment)};
}

/// A valid value of `key` that is not its default; other `variant`s give other values.
/// As text for environment and flags, and as TOML.
struct SampleValue {
  std::string text{};
  std::string toml{};
};

inline std::string sample_text(const ConfigKey& key, int variant) {
  const auto digit = std::to_string(variant + 1);
  switch (key.spec.format) {
    case TextFormat::kAny:
    case TextFormat::kHost:
    case TextFormat::kSqlName:
      return "name" + digit;
    case TextFormat::kPath:
      return "/path/" + digit;
    case TextFormat::kAddress:
      return "127.0.0." + digit;
    case TextFormat::kFqdn:
      return "pod-" + digit + ".fe-search.ns";
    case TextFormat::kHostPort:
    case TextFormat::kHostAndPort:
      return "fe" + digit + ".ns:1903" + digit;
    case TextFormat::kAddressPort:
    case TextFormat::kListen:
      return "127.0.0." + digit + ":53" + digit;
  }
  return {};
}

inline SampleValue sample(const ConfigKey& key, int variant) {
  switch (key.type) {
    case KeyType::kBool: {
      const std::string text = variant % 2 == 0 ? "true" : "false";
      return {text, text};
    }
    case KeyType::kInteger: {
      // Near the default: values that other keys contradict would be errors of their own.
      const auto usual = std::get<std::int64_t>(key.fetch(Config{}));
      const auto step = key.spec.max > usual + variant ? variant + 1 : -variant - 1;
      const auto text = std::to_string(usual + step);
      return {text, text};
    }
    case KeyType::kChoice: {
      std::vector<std::string> choices;
      for (const auto choice : key.spec.choices)
        if (!choice.empty()) choices.emplace_back(choice);
      const auto usual = std::get<std::string>(key.fetch(Config{}));
      const auto at = std::find(choices.begin(), choices.end(), usual) - choices.begin();
      const auto next = static_cast<std::size_t>(at + variant + 1);
      const auto text = choices[next % choices.size()];
      return {text, "\"" + text + "\""};
    }
    case KeyType::kText: {
      const auto text = sample_text(key, variant);
      return {text, "\"" + text + "\""};
    }
    case KeyType::kList: {
      const auto text = sample_text(key, variant);
      return {text, "[\"" + text + "\"]"};
    }
  }
  return {};
}

/// The value of one key after loading, as TOML writes it.
inline std::string loaded_value(const LoadedConfig& loaded, const ConfigKey& key) {
  return to_toml(key.fetch(loaded.config));
}

}  // namespace sragent::test
