#include "runtime/decision_file.h"

#include <algorithm>

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
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
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
