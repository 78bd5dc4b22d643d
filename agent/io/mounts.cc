#include "io/mounts.h"

#include <sstream>
#include <vector>

#include "io/files.h"

namespace sragent {
namespace {

constexpr std::size_t kMostBytes = std::size_t{4} << 20U;
constexpr std::size_t kRoot = 3;  ///< Fields by position, proc(5).
constexpr std::size_t kPoint = 4;

/// Blank, tab, newline and backslash stand as three octal digits.
std::string unescape(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '7'; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() && digit(text[i + 1]) &&
                       digit(text[i + 2]) && digit(text[i + 3]);
    if (!octal) {
      out += text[i];
      continue;
    }
    const int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
    out += static_cast<char>(value);
    i += 3;
  }
  return out;
}

std::optional<Mount> parse_line(const std::string& line) {
  std::istringstream words{line};
  std::vector<std::string> fields;
  for (std::string word; words >> word;)
    fields.push_back(std::move(word));
  std::size_t dash = kPoint + 1;
  while (dash < fields.size() && fields[dash] != "-")
    ++dash;
  if (dash + 1 >= fields.size()) return std::nullopt;
  return Mount{unescape(fields[kRoot]), unescape(fields[kPoint]), fields[dash + 1]};
}

bool holds(const std::string& point, std::string_view path) {
  if (point == "/" || path == point) return true;
  return path.size() > point.size() && path.substr(0, point.size()) == point &&
         path[point.size()] == '/';
}

}  // namespace

std::optional<Mount> mount_of(std::string_view mountinfo, std::string_view path) {
  std::optional<Mount> out;
  std::istringstream lines{std::string{mountinfo}};
  for (std::string line; std::getline(lines, line);) {
    auto mount = parse_line(line);
    if (!mount || !holds(mount->point, path)) continue;
    if (!out || mount->point.size() >= out->point.size()) out = std::move(mount);
  }
  return out;
}

std::string read_mountinfo() {
  return read_file("/proc/self/mountinfo", kMostBytes).value_or(std::string{});
}

}  // namespace sragent
