#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sragent {

/// Bytes of the UTF-8 sequence that `text` begins with; 0: it begins with none (RFC 3629 section
/// 4). `text` is not empty. Pure.
[[nodiscard]] constexpr std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  if (first < 0xE0) return follows(1, 0x80, 0xBF) ? 2 : 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (first == 0xE0) low = 0xA0;   // no longer than needed
  if (first == 0xED) high = 0x9F;  // no half of a surrogate pair
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;  // nothing above U+10FFFF
  if (!follows(1, low, high) || !follows(2, 0x80, 0xBF)) return 0;
  if (first < 0xF0) return 3;
  return follows(3, 0x80, 0xBF) ? 4 : 0;
}

/// True if the sequence of `length` bytes that `text` begins with may stand in a message: no
/// control character (C0, DEL, C1). Pure.
[[nodiscard]] constexpr bool is_shown(std::string_view text, std::size_t length) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (length == 1) return first >= 0x20 && first != 0x7F;
  return length != 0 && (first != 0xC2 || static_cast<unsigned char>(text[1]) >= 0xA0);
}

/// A text of somebody else's as one line of a message: what is no UTF-8 or a control character is
/// written as `\xNN`, so that it neither begins a line nor steers a terminal. Pure.
[[nodiscard]] inline std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = utf8_sequence(text);
    if (is_shown(text, length)) {
      out += text.substr(0, length);
    } else {
      length = 1;
      const auto byte = static_cast<unsigned char>(text[0]);
      out += "\\x";
      out += "0123456789abcdef"[byte >> 4U];
      out += "0123456789abcdef"[byte & 0xFU];
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace sragent
