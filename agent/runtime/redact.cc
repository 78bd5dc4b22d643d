#include "runtime/redact.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>

#include "core/text.h"

namespace sragent {
namespace {

constexpr std::size_t kLeast = 3;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kSpace = " \t\r\n";
/// An unquoted value in the middle of a line ends here: rather a word too many than one too few.
constexpr std::string_view kEnds = " \t\r\n;&)}]\"'";

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}

std::size_t skip(std::string_view text, std::size_t at, std::string_view what) {
  return std::min(text.find_first_not_of(what, at), text.size());
}

/// As JSON writers do it; `html`: those that write for a page escape three signs more.
std::string json_form(std::string_view text, bool html) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\t') {
      out += "\\t";
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || (html && (c == '<' || c == '>' || c == '&'))) {
      out += "\\u00";
      out += kHex.at(byte >> 4U);
      out += kHex.at(byte & 0x0FU);
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

void replace_all(std::string& text, const std::string& what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), kRedacted);
    at += kRedacted.size();
  }
}

/// Behind the value that begins at `at`. A quoted one ends at its quote, which SQL doubles and
/// others escape; one whose quote is escaped itself (JSON in JSON) at the next such.
std::size_t end_of_value(std::string_view text, std::size_t at, std::string_view ends = kEnds) {
  if (at >= text.size()) return text.size();
  if (text[at] == '\\' && at + 1 < text.size() && is_quote(text[at + 1])) {
    const auto close = text.find(text.substr(at, 2), at + 2);
    return close == std::string_view::npos ? text.size() : close + 2;
  }
  const char quote = text[at];
  if (!is_quote(quote)) return std::min(text.find_first_of(ends, at), text.size());
  for (auto i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return text.size();
}

/// [begin, end) of a secret.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Behind "Basic " or "Bearer " at `at`, where one stands there.
std::size_t behind_scheme(std::string_view line, std::size_t at) {
  constexpr std::size_t kLongest = 8;
  const auto word = lower(line.substr(at, kLongest));
  if (word.starts_with("basic ")) return skip(line, at + 6, kBlanks);
  return word.starts_with("bearer ") ? skip(line, at + 7, kBlanks) : at;
}

/// A secret name at `at`, then '=' or ':' or '=>', then its value; or as a flag, `--token x`; or as
/// an element, `<password>x<`. A line that begins with the name is one of a conf file, of the
/// environment or a header, whose value may have blanks.
std::optional<Span> named_value(std::string_view line, std::size_t at) {
  if (at > 0 && in_name(line[at - 1])) return std::nullopt;
  auto end = at;
  while (end < line.size() && in_name(line[end]))
    ++end;
  const auto name = line.substr(at, end - at);
  if (name.empty() || !is_secret_name(name)) return std::nullopt;
  if (at > 0 && line[at - 1] == '<' && end < line.size() && line[end] == '>')
    return Span{end + 1, std::min(line.find('<', end), line.size())};
  auto sign = skip(line, end, "\"'\\`");
  sign = skip(line, sign, kBlanks);
  const bool says = sign < line.size() && (line[sign] == '=' || line[sign] == ':');
  if (!says) {
    const auto value = skip(line, end, " \t\"',");
    const bool flag = name.front() == '-' && value > end && value < line.size();
    return flag ? std::optional{Span{value, end_of_value(line, value)}} : std::nullopt;
  }
  auto value = skip(line, sign + 1, kBlanks);
  if (value < line.size() && line[value] == '>') value = skip(line, value + 1, kBlanks);
  if (value >= line.size()) return std::nullopt;
  const bool whole_line = line.find_first_not_of(kBlanks) == at;
  const auto begin = whole_line ? value : behind_scheme(line, value);
  return Span{begin, whole_line ? line.size() : end_of_value(line, begin)};
}

/// `-u user:PASSWORD` of curl, `-pPASSWORD` of mysql.
std::optional<Span> in_option(std::string_view line, std::size_t at) {
  if (at > 0 && in_name(line[at - 1])) return std::nullopt;
  if (line.compare(at, 2, "-p") == 0 && at + 2 < line.size()) {
    const char next = line[at + 2];
    const bool joined = in_name(next) || is_quote(next);
    return joined && next != '-' ? std::optional{Span{at + 2, end_of_value(line, at + 2)}}
                                 : std::nullopt;
  }
  const bool user = line.compare(at, 2, "-u") == 0 || line.compare(at, 6, "--user") == 0;
  if (!user) return std::nullopt;
  const auto word = skip(line, at + (line[at + 1] == '-' ? 6 : 2), " \t\"',=");
  const auto end = std::min(line.find_first_of(" \t\"'", word), line.size());
  const auto colon = line.find(':', word);
  return colon < end ? std::optional{Span{colon + 1, end}} : std::nullopt;
}

std::optional<Span> behind_scheme_word(std::string_view line, std::size_t at) {
  if (at > 0 && in_name(line[at - 1])) return std::nullopt;
  const auto value = behind_scheme(line, at);
  return value > at && value < line.size() ? std::optional{Span{value, end_of_value(line, value)}}
                                           : std::nullopt;
}

/// "://user:PASSWORD@"
std::optional<Span> in_url(std::string_view line, std::size_t at) {
  constexpr std::string_view kSign = "://";
  if (line.compare(at, kSign.size(), kSign) != 0) return std::nullopt;
  const auto from = at + kSign.size();
  const auto run = line.substr(from, line.find_first_of(" \t\"'<>", from) - from);
  const auto colon = run.find(':');
  const auto at_sign = run.rfind('@');
  if (at_sign == std::string_view::npos || colon > at_sign || run.find('/') < colon)
    return std::nullopt;
  return Span{from + colon + 1, from + at_sign};
}

std::string clean_line(std::string_view line) {
  std::string out;
  std::size_t at = 0;
  while (at < line.size()) {
    auto span = named_value(line, at);
    if (!span) span = in_option(line, at);
    if (!span) span = behind_scheme_word(line, at);
    if (!span) span = in_url(line, at);
    if (!span || span->begin >= span->end) {
      out += line[at++];
      continue;
    }
    out += line.substr(at, span->begin - at);
    out += kRedacted;
    at = span->end;
  }
  return out;
}

/// The next word of a statement, in small letters, and `at` behind it.
std::string next_word(std::string_view text, std::size_t& at) {
  at = skip(text, at, kSpace);
  const auto begin = at;
  while (at < text.size() && in_name(text[at]))
    ++at;
  return lower(text.substr(begin, at - begin));
}

/// IDENTIFIED [WITH plugin] BY|AS [PASSWORD] value, over any white space; `at` behind IDENTIFIED.
std::optional<Span> identified(std::string_view text, std::size_t at) {
  auto word = next_word(text, at);
  if (word == "with") {
    at = skip(text, at, kSpace);
    if (at < text.size() && is_quote(text[at])) at = end_of_value(text, at);
    word = next_word(text, at);
    if (word != "by" && word != "as") word = next_word(text, at);
  }
  if (word != "by" && word != "as") return std::nullopt;
  auto value = at;
  if (next_word(text, value) != "password") value = at;
  value = skip(text, value, kSpace);
  return value < text.size() ? std::optional{Span{value, end_of_value(text, value)}} : std::nullopt;
}

/// PASSWORD ( value ), and SET PASSWORD ... = value; `at` behind PASSWORD.
std::optional<Span> password_of(std::string_view text, std::size_t at) {
  constexpr std::size_t kFar = 200;
  auto sign = skip(text, at, kSpace);
  if (sign < text.size() && text[sign] == '(') {
    const auto value = skip(text, sign + 1, kSpace);
    return Span{value, end_of_value(text, value)};
  }
  if (lower(text.substr(sign, 4)) != "for ") return std::nullopt;
  sign = text.substr(0, std::min(text.size(), at + kFar)).find('=', sign);
  if (sign == std::string_view::npos) return std::nullopt;
  const auto value = skip(text, sign + 1, kSpace);
  return value < text.size() ? std::optional{Span{value, end_of_value(text, value)}} : std::nullopt;
}

/// Statements, which may go over several lines.
std::string clean_statements(std::string_view text) {
  constexpr std::string_view kIdentified = "identified";
  constexpr std::string_view kPassword = "password";
  const auto small = lower(text);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const bool word = at == 0 || !in_name(text[at - 1]);
    std::optional<Span> span;
    if (word && small.compare(at, kIdentified.size(), kIdentified) == 0)
      span = identified(text, at + kIdentified.size());
    if (word && small.compare(at, kPassword.size(), kPassword) == 0)
      span = password_of(text, at + kPassword.size());
    if (!span || span->begin >= span->end) {
      out += text[at++];
      continue;
    }
    out += text.substr(at, span->begin - at);
    out += kRedacted;
    at = span->end;
  }
  return out;
}

}  // namespace

bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 15> kParts{"pass",
                                                    "pwd",
                                                    "secret",
                                                    "token",
                                                    "credential",
                                                    "access_key",
                                                    "private_key",
                                                    "shared_key",
                                                    "master_key",
                                                    "account.key",
                                                    "account_key",
                                                    "api_key",
                                                    "apikey",
                                                    "authorization",
                                                    "connection_string"};
  constexpr std::array<std::string_view, 4> kWhole{"auth", "sig", "dsn", "pat"};
  constexpr std::array<std::string_view, 4> kPlaces{"_file", "_path", "_dir", "_origin"};
  auto small = lower(name);
  small.erase(0, std::min(small.find_first_not_of('-'), small.size()));
  std::ranges::replace(small, '-', '_');
  const auto has = [&](std::string_view part) { return small.find(part) != std::string::npos; };
  const auto is = [&](std::string_view word) {
    return small == word || small.ends_with("_" + std::string{word});
  };
  if (std::ranges::none_of(kParts, has) && std::ranges::none_of(kWhole, is)) return false;
  return std::ranges::none_of(kPlaces, [&](std::string_view end) { return small.ends_with(end); });
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kSigns =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      const bool pad = i + k > bytes.size();
      out += pad ? '=' : kSigns.at(group >> (18U - 6U * k) & 0x3FU);
    }
  }
  return out;
}

void Redactor::add(std::string_view secret) {
  if (secret.size() < kLeast) return;
  const auto once = json_form(secret, false);
  for (auto form : {std::string{secret},
                    once,
                    json_form(secret, true),
                    json_form(once, false),
                    percent_encoded(secret),
                    base64(secret)}) {
    if (std::ranges::find(known_, form) == known_.end()) known_.push_back(std::move(form));
  }
  std::ranges::sort(known_, [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

void Redactor::learn(std::string_view lines) {
  std::string joined{lines};
  for (auto at = joined.find("\\\n"); at != std::string::npos; at = joined.find("\\\n", at))
    joined.erase(at, 2);  // a value of Java properties goes on in the next line
  for (const auto line : words_in(joined, "\r\n")) {
    const auto at = line.find_first_not_of(kBlanks);
    const auto span = at == std::string_view::npos ? std::nullopt : named_value(line, at);
    if (!span || span->begin >= span->end) continue;
    auto value = line.substr(span->begin, span->end - span->begin);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t'))
      value.remove_suffix(1);
    if (value.size() >= 2 && value.front() == value.back() && is_quote(value.front()))
      value = value.substr(1, value.size() - 2);
    add(value);
  }
}

std::string Redactor::clean(std::string_view text) const {
  std::string known{text};
  for (const auto& secret : known_)
    replace_all(known, secret);
  known = clean_statements(known);
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
