#include "cli/output.h"

#include <cstddef>
#include <cstdio>

#include <fmt/format.h>

namespace sragent {
namespace {

bool is_continuation(unsigned char byte) {
  return (byte & 0xC0U) == 0x80U;
}

/// Length by the first byte; 0 for a byte that begins nothing. Overlong and surrogate forms are
/// refused by the second byte (RFC 3629 section 4).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80U) return 1;
  if (first < 0xC2U || first > 0xF4U || text.size() < 2) return 0;
  const auto second = byte(1);
  if ((first == 0xE0U && second < 0xA0U) || (first == 0xEDU && second > 0x9FU)) return 0;
  if ((first == 0xF0U && second < 0x90U) || (first == 0xF4U && second > 0x8FU)) return 0;
  const std::size_t length = first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!is_continuation(byte(i))) return 0;
  return length;
}

std::string escaped(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20U || byte == 0x7FU) return fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
  return {c};
}

}  // namespace

void print_out(std::string_view text) {
  // The stream keeps its error flag, which flush_out reads.
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
}

void print_error_line(std::string_view text) {
  // One write for the whole line, so that lines of several processes do not mix.
  const auto line = fmt::format("{}\n", text);
  static_cast<void>(std::fwrite(line.data(), 1, line.size(), stderr));
}

int complain(std::string_view verb, std::string_view what, int code) {
  print_error_line(fmt::format("sr-agent {}: {}", verb, what));
  return code;
}

bool flush_out() {
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

std::string json_text(std::string_view text) {
  std::string out{"\""};
  while (!text.empty()) {
    const auto length = sequence_length(text);
    if (length == 0) {
      out += "\\ufffd";
    } else if (length == 1) {
      out += escaped(text.front());
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + '"';
}

std::string json_list(std::span<const std::string> items) {
  std::string out{"["};
  for (const auto& item : items) {
    if (out.size() > 1) out += ", ";
    out += json_text(item);
  }
  return out + ']';
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  return raw(name, json_text(value));
}

JsonObject& JsonObject::number(std::string_view name, std::int64_t value) {
  return raw(name, fmt::format("{}", value));
}

JsonObject& JsonObject::boolean(std::string_view name, bool value) {
  return raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ", ";
  members_ += fmt::format("{}: {}", json_text(name), json);
  return *this;
}

}  // namespace sragent
