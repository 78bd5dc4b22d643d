#include "fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace sragent::fuzz {
namespace {

/// Bytes of the UTF-8 sequence that begins `text`; 0: none (RFC 3629 section 4).
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && at(i) >= low && at(i) <= high;
  };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first < 0xF0 || first > 0xF4) return 0;
  const unsigned low = first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
  return follows(1, low, high) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
}

[[noreturn]] void fail(std::string_view promise, const char* file, int line) {
  std::fprintf(stderr,
               "%s:%d: broken promise: %.*s\n",
               file,
               line,
               static_cast<int>(promise.size()),
               promise.data());
  std::abort();
}

}  // namespace

void require(bool holds, std::string_view promise, const char* file, int line) {
  if (!holds) fail(promise, file, line);
}

bool is_printable(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = sequence_length(text);
    const bool c1_control =
        length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length == 0 || first < 0x20 || first == 0x7F || c1_control) return false;
    text.remove_prefix(length);
  }
  return true;
}

void require_printable(std::string_view text, std::string_view what, const char* file, int line) {
  if (is_printable(text)) return;
  std::string shown{what};
  shown += " is not printable: ";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      shown += c;
      continue;
    }
    shown += "\\x";
    shown += "0123456789abcdef"[byte >> 4U];
    shown += "0123456789abcdef"[byte & 0xFU];
  }
  fail(shown, file, line);
}

std::string_view text_of(Bytes data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty())
    out.push_back(take_line(text));
  return out;
}

std::string_view take_section(std::string_view& rest) {
  constexpr std::string_view kMark = "---\n";
  std::size_t at = rest.find(kMark);
  while (at != std::string_view::npos && at != 0 && rest[at - 1] != '\n')
    at = rest.find(kMark, at + 1);
  const auto out = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + kMark.size());
  return out;
}

}  // namespace sragent::fuzz
