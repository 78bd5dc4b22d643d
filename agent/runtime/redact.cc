#include "runtime/redact.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "core/text.h"

namespace sragent {
namespace {

constexpr std::size_t kLeast = 3;
constexpr std::string_view kBlanks = " \t";

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

std::string json_form(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

void replace_all(std::string& text, const std::string& what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), kRedacted);
    at += kRedacted.size();
  }
}

/// Where the value ends that begins at `at`: a quoted one at its quote, any other one at a blank or
/// a sign that cannot belong to it.
std::size_t end_of_value(std::string_view line, std::size_t at, std::string_view ends) {
  if (at >= line.size()) return line.size();
  const char quote = line[at];
  if (quote != '"' && quote != '\'' && quote != '`')
    return std::min(line.find_first_of(ends, at), line.size());
  for (auto i = at + 1; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == quote) {
      return i + 1;
    }
  }
  return line.size();
}

/// [begin, end) of a secret in a line.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// A secret name at `at`, then '=' or ':', then its value. A line that begins with the name is one
/// of a conf file, of the environment or a header, whose value may have blanks.
std::optional<Span> named_value(std::string_view line, std::size_t at) {
  if (at > 0 && in_name(line[at - 1])) return std::nullopt;
  auto end = at;
  while (end < line.size() && in_name(line[end]))
    ++end;
  if (end == at || !is_secret_name(line.substr(at, end - at))) return std::nullopt;
  auto sign = end;
  while (sign < line.size() && (line[sign] == '"' || line[sign] == '\''))
    ++sign;
  sign = std::min(line.find_first_not_of(kBlanks, sign), line.size());
  if (sign == line.size() || (line[sign] != '=' && line[sign] != ':')) return std::nullopt;
  const auto value = std::min(line.find_first_not_of(kBlanks, sign + 1), line.size());
  if (value == line.size()) return std::nullopt;
  const bool whole_line =
      line.find_first_not_of(kBlanks) == at || lower(line.substr(at, end - at)) == "authorization";
  const auto end_of = whole_line ? line.size() : end_of_value(line, value, " \t,;&)}]");
  return Span{value, end_of};
}

/// What comes behind one of these words.
std::optional<Span> behind_word(std::string_view line, const std::string& small, std::size_t at) {
  constexpr std::array<std::string_view, 5> kWords{
      "identified by", "password(", "bearer ", "basic ", "password "};
  for (const auto word : kWords) {
    if (small.compare(at, word.size(), word) != 0) continue;
    const auto value = std::min(line.find_first_not_of(kBlanks, at + word.size()), line.size());
    if (value == line.size()) continue;
    const bool sql = word == "password ";  // SET PASSWORD ... = 'x' has its quote right here
    if (sql && line[value] != '\'' && line[value] != '"') continue;
    return Span{value, end_of_value(line, value, " \t,;)\"'")};
  }
  return std::nullopt;
}

/// "://user:PASSWORD@"
std::optional<Span> in_url(std::string_view line, std::size_t at) {
  constexpr std::string_view kSign = "://";
  if (line.compare(at, kSign.size(), kSign) != 0) return std::nullopt;
  const auto from = at + kSign.size();
  const auto end = std::min(line.find_first_of(" \t/\"'", from), line.size());
  const auto at_sign = line.substr(0, end).rfind('@');
  const auto colon = line.find(':', from);
  if (at_sign == std::string_view::npos || at_sign < from || colon >= at_sign) return std::nullopt;
  return Span{colon + 1, at_sign};
}

std::string clean_line(std::string_view line) {
  const auto small = lower(line);
  std::string out;
  std::size_t at = 0;
  while (at < line.size()) {
    auto span = named_value(line, at);
    if (!span) span = behind_word(line, small, at);
    if (!span) span = in_url(line, at);
    if (!span) {
      out += line[at++];
      continue;
    }
    out += line.substr(at, span->begin - at);
    out += kRedacted;
    at = std::max(span->end, span->begin + 1);
  }
  return out;
}

}  // namespace

bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 10> kParts{"password",
                                                    "passwd",
                                                    "pwd",
                                                    "secret",
                                                    "token",
                                                    "credential",
                                                    "access_key",
                                                    "private_key",
                                                    "shared_key",
                                                    "authorization"};
  constexpr std::array<std::string_view, 4> kPlaces{"_file", "_path", "_dir", "_origin"};
  const auto small = lower(name);
  const auto has = [&](std::string_view part) { return small.find(part) != std::string::npos; };
  if (std::ranges::none_of(kParts, has)) return false;
  return std::ranges::none_of(kPlaces, [&](std::string_view end) { return small.ends_with(end); });
}

void Redactor::add(std::string_view secret) {
  if (secret.size() < kLeast) return;
  for (auto form : {std::string{secret}, json_form(secret), percent_encoded(secret)})
    if (std::ranges::find(known_, form) == known_.end()) known_.push_back(std::move(form));
  std::ranges::sort(known_, [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

void Redactor::learn(std::string_view lines) {
  for (const auto line : words_in(lines, "\r\n")) {
    const auto at = line.find_first_not_of(kBlanks);
    const auto span = at == std::string_view::npos ? std::nullopt : named_value(line, at);
    if (!span) continue;
    auto value = line.substr(span->begin, span->end - span->begin);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t'))
      value.remove_suffix(1);
    if (value.size() >= 2 && value.front() == value.back() &&
        (value.front() == '"' || value.front() == '\''))
      value = value.substr(1, value.size() - 2);
    add(value);
  }
}

std::string Redactor::clean(std::string_view text) const {
  std::string known{text};
  for (const auto& secret : known_)
    replace_all(known, secret);
  std::string out;
  std::string_view rest{known};
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    out += clean_line(rest.substr(0, end));
    if (end < rest.size()) out += '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

}  // namespace sragent
