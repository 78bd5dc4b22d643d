#include "runtime/decision_file.h"

#include <algorithm>
#include <optional>

#include "io/files.h"

namespace sragent {
namespace {

constexpr std::string_view kHeading = "# decision of sr-agent init\n";
constexpr std::size_t kMaxBytes = std::size_t{64} << 10U;

/// Read by sh as they stand, also at the beginning of a word.
bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"._:/@%+,-[]"}.find(c) != std::string_view::npos;
}

/// POSIX.1-2017 Shell Command Language, section 2.2.2: nothing but ' is special between quotes.
std::string shell_word(std::string_view value) {
  if (std::all_of(value.begin(), value.end(), plain)) return std::string{value};
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

std::string decision_text(const DecisionValues& values) {
  std::string out{kHeading};
  for (const auto& [key, value] : values)
    out += key + "=" + shell_word(value) + "\n";
  return out;
}

namespace {

/// Takes one word of sh off the front of `text`, up to the end of its line. nullopt: not of ours.
std::optional<std::string> take_word(std::string_view& text) {
  std::string out;
  bool quoted = false;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\'') {
      quoted = !quoted;
    } else if (quoted || plain(c)) {
      out += c;
    } else if (c == '\n') {
      return out;
    } else if (c == '\\' && text.starts_with('\'')) {
      out += '\'';
      text.remove_prefix(1);
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;  // no end of line: cut off
}

bool is_key(std::string_view key) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), fits);
}

}  // namespace

Result<DecisionValues> parse_decision(std::string_view text) {
  const auto garbled = [](const std::string& what) {
    return tl::unexpected(Error{ErrorKind::kGarbled, what});
  };
  if (!is_decision_text(text)) return garbled("expected the heading of 'sr-agent init'");
  text.remove_prefix(kHeading.size());
  DecisionValues out;
  while (!text.empty()) {
    const auto equals = text.find('=');
    const auto key = text.substr(0, equals);
    if (equals == std::string_view::npos || !is_key(key))
      return garbled("expected KEY=value in entry " + std::to_string(out.size() + 1));
    text.remove_prefix(equals + 1);
    auto value = take_word(text);
    if (!value)
      return garbled("expected one value and the end of the line for " + std::string{key});
    out.emplace_back(key, *std::move(value));
  }
  return out;
}

std::string_view decision_value(const DecisionValues& values, std::string_view key) {
  for (const auto& [name, value] : values)
    if (name == key) return value;
  return {};
}

Result<DecisionValues> read_decision(const std::string& path) {
  const auto text = read_file(path, kMaxBytes);
  if (!text) return tl::unexpected(text.error());
  auto values = parse_decision(*text);
  if (values) return values;
  return tl::unexpected(Error{values.error().kind, path + ": " + values.error().what});
}

bool is_decision_text(std::string_view text) {
  return text.substr(0, kHeading.size()) == kHeading;
}

Result<void> write_decision(const std::string& path, const DecisionValues& values) {
  const auto slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0)
    if (auto made = mkdir_p(path.substr(0, slash)); !made) return made;
  return write_atomic(path, decision_text(values));
}

Result<bool> remove_decision(const std::string& path) {
  const auto text = read_file(path, kMaxBytes);
  if (!text && text.error().kind == ErrorKind::kNotFound) return false;
  if (!text && text.error().kind == ErrorKind::kGarbled) return false;  // too long to be ours
  if (!text) return tl::unexpected(text.error());
  if (!is_decision_text(*text)) return false;
  if (auto removed = remove_file(path); !removed) return tl::unexpected(std::move(removed).error());
  return true;
}

}  // namespace sragent
