#include "starrocks/properties.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace sragent {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}
bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

/// Takes natural lines from a text and joins those that a backslash continues.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  struct Line {
    int number = 0;
    std::string text{};
  };

  /// The next line that is neither blank nor a comment; nullopt at the end.
  std::optional<Line> next() {
    while (!rest_.empty()) {
      const int number = line_ + 1;
      auto part = without_leading_blanks(take());
      if (part.empty() || part.front() == '#' || part.front() == '!') continue;
      std::string text{part};
      while (continues(part)) {
        text.pop_back();
        if (rest_.empty()) break;
        part = without_leading_blanks(take());
        text += part;
      }
      return Line{number, std::move(text)};
    }
    return std::nullopt;
  }

 private:
  std::string_view take() {
    ++line_;
    std::size_t end = 0;
    while (end < rest_.size() && !is_line_end(rest_[end]))
      ++end;
    const auto out = rest_.substr(0, end);
    if (end < rest_.size()) end += rest_.substr(end, 2) == "\r\n" ? std::size_t{2} : std::size_t{1};
    rest_.remove_prefix(end);
    return out;
  }

  static std::string_view without_leading_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
      text.remove_prefix(1);
    return text;
  }

  static bool continues(std::string_view text) {
    std::size_t slashes = 0;
    while (slashes < text.size() && text[text.size() - 1 - slashes] == '\\')
      ++slashes;
    return slashes % 2 == 1;
  }

  std::string_view rest_;
  int line_ = 0;
};

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80U) {
    byte(code);
  } else if (code < 0x800U) {
    byte(0xC0U | (code >> 6U));
    byte(0x80U | (code & 0x3FU));
  } else if (code < 0x10000U) {
    byte(0xE0U | (code >> 12U));
    byte(0x80U | ((code >> 6U) & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  } else {
    byte(0xF0U | (code >> 18U));
    byte(0x80U | ((code >> 12U) & 0x3FU));
    byte(0x80U | ((code >> 6U) & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  }
}

std::optional<std::uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t out = 0;
  const auto* const end = text.data() + 4;
  const auto [stop, error] = std::from_chars(text.data(), end, out, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return out;
}

bool high_surrogate(std::uint32_t code) {
  return code >= 0xD800U && code < 0xDC00U;
}
bool low_surrogate(std::uint32_t code) {
  return code >= 0xDC00U && code < 0xE000U;
}

/// Reads the four digits behind "\u" (and a second half, if they are one half of a pair).
bool append_unicode(std::string& out, std::string_view text, std::size_t& at) {
  const auto first = hex4(text.substr(at));
  if (!first) return false;
  at += 4;
  if (!high_surrogate(*first) || text.substr(at, 2) != "\\u") {
    append_utf8(out, high_surrogate(*first) || low_surrogate(*first) ? 0xFFFDU : *first);
    return true;
  }
  const auto second = hex4(text.substr(at + 2));
  if (!second) return false;
  if (!low_surrogate(*second)) {
    append_utf8(out, 0xFFFDU);
    return true;
  }
  at += 6;
  append_utf8(out, 0x10000U + ((*first - 0xD800U) << 10U) + (*second - 0xDC00U));
  return true;
}

char escaped(char c) {
  switch (c) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    default:
      return c;
  }
}

/// nullopt: a malformed \uXXXX.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c != '\\' || at == text.size()) {
      if (c != '\\') out += c;
      continue;
    }
    const char next = text[at++];
    if (next != 'u') {
      out += escaped(next);
    } else if (!append_unicode(out, text, at)) {
      return std::nullopt;
    }
  }
  return out;
}

/// End of the key in a logical line.
std::size_t key_end(std::string_view line) {
  std::size_t at = 0;
  for (; at < line.size(); ++at) {
    if (line[at] == '\\') {
      ++at;
      continue;
    }
    if (line[at] == '=' || line[at] == ':' || is_blank(line[at])) break;
  }
  return std::min(at, line.size());
}

/// Skips blanks, one separator, blanks.
std::size_t value_begin(std::string_view line, std::size_t at, bool& separator) {
  while (at < line.size() && is_blank(line[at]))
    ++at;
  if (at < line.size() && (line[at] == '=' || line[at] == ':')) {
    separator = true;
    ++at;
  }
  while (at < line.size() && is_blank(line[at]))
    ++at;
  return at;
}

}  // namespace

Result<void> scan_properties(std::string_view text, const PropertySink& sink) {
  LineReader lines(text);
  while (auto line = lines.next()) {
    PropertyLine out;
    out.line = line->number;
    const std::string_view whole = line->text;
    const auto end = key_end(whole);
    const auto begin = value_begin(whole, end, out.separator);
    auto key = unescape(whole.substr(0, end));
    auto value = unescape(whole.substr(begin));
    if (!key || !value) {
      const auto where = "line " + std::to_string(line->number);
      return tl::unexpected(
          Error{ErrorKind::kGarbled, where + ": a malformed \\uXXXX; Java refuses the whole file"});
    }
    out.key = *std::move(key);
    out.value = *std::move(value);
    sink(std::move(out));
  }
  return {};
}

Result<Properties> parse_properties(std::string_view text) {
  Properties out;
  auto scanned = scan_properties(
      text, [&](PropertyLine line) { out.insert_or_assign(line.key, std::move(line.value)); });
  if (!scanned) return tl::unexpected(scanned.error());
  return out;
}

}  // namespace sragent
