#include "runtime/log_line.h"

#include "core/printable.h"

namespace sragent {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    const char first = text.front();
    if (length == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD, since JSON is UTF-8
    } else if (first == '\n') {
      out += "\\n";
    } else if (!is_shown(text, length)) {  // C0, DEL or C1: the last byte is the code
      const auto code = static_cast<unsigned char>(text[length - 1]);
      out += "\\u00";
      out += kHex[code >> 4U];
      out += kHex[code & 15U];
    } else {
      if (first == '"' || first == '\\') out += '\\';
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

bool plain(std::string_view text) {
  return !text.empty() && printable(text) == text &&
         text.find_first_of(" \"=\\") == std::string_view::npos;
}

}  // namespace

std::string log_text(std::string_view event, std::initializer_list<LogField> fields) {
  std::string out{event};
  for (const auto& [name, value] : fields) {
    out += ' ';
    out += name;
    out += '=';
    if (plain(value)) {
      out += value;
      continue;
    }
    out += '"';
    append_escaped(out, value);
    out += '"';
  }
  return out;
}

std::string log_json(std::string_view event, std::initializer_list<LogField> fields) {
  std::string out = R"("event":")";
  append_escaped(out, event);
  out += '"';
  for (const auto& [name, value] : fields) {
    out += ",\"";
    append_escaped(out, name);
    out += "\":\"";
    append_escaped(out, value);
    out += '"';
  }
  return out;
}

}  // namespace sragent
