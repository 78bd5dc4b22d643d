#include "text_codec.h"

#include <charconv>

namespace srsim {

void put_text(std::string& out, std::string_view value) {
  out += std::to_string(value.size());
  out += ':';
  out += value;
  out += ',';
}

std::optional<std::string> take_text(std::string_view& in) {
  const std::size_t colon = in.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto length = parse_number(in.substr(0, colon));
  if (!length || *length < 0) return std::nullopt;
  const auto size = static_cast<std::size_t>(*length);
  if (size > in.size() || in.size() - colon - 1 < size + 1 || in[colon + 1 + size] != ',')
    return std::nullopt;
  std::string value(in.substr(colon + 1, size));
  in.remove_prefix(colon + size + 2);
  return value;
}

std::string join_texts(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts)
    put_text(out, part);
  return out;
}

std::optional<std::vector<std::string>> split_texts(std::string_view in) {
  std::vector<std::string> parts;
  while (!in.empty()) {
    auto part = take_text(in);
    if (!part) return std::nullopt;
    parts.push_back(std::move(*part));
  }
  return parts;
}

std::optional<long long> parse_number(std::string_view text) {
  long long value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (text.empty() || code != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace srsim
