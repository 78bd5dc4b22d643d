#include "runtime/host_text.h"

#include <algorithm>
#include <vector>

#include "core/printable.h"
#include "core/text.h"

namespace sragent {
namespace {

/// No machine has as much; version 1 writes LONG_MAX rounded down to a page for "no limit".
constexpr std::uint64_t kGroupNoLimit = std::uint64_t{1} << 62U;
constexpr unsigned kKiloBits = 10;
constexpr std::size_t kShown = 60;

tl::unexpected<Error> garbled(std::string_view expected, std::string_view got) {
  return tl::unexpected(Error{ErrorKind::kGarbled,
                              "expected " + std::string{expected} + ", found \"" +
                                  printable(got.substr(0, kShown)) + "\""});
}

std::string_view next_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::optional<std::uint64_t> kilobytes(std::string_view text) {
  const auto out = whole_number<std::uint64_t>(text);
  return out && *out <= (UINT64_MAX >> kKiloBits) ? std::optional{*out << kKiloBits} : std::nullopt;
}

std::optional<std::uint64_t> limit_number(std::string_view word) {
  return word == "unlimited" ? std::optional{kUnlimited} : whole_number<std::uint64_t>(word);
}

}  // namespace

Result<std::uint64_t> parse_count(std::string_view text) {
  auto rest = text;
  const auto out = whole_number<std::uint64_t>(next_line(rest));
  if (!out || !rest.empty()) return garbled("a number", text);
  return *out;
}

Result<HostLimit> parse_limit(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto line = next_line(text);
    if (line.substr(0, name.size()) != name) continue;
    const auto words = words_in(line.substr(name.size()));
    const auto soft = words.size() < 2 ? std::nullopt : limit_number(words[0]);
    const auto hard = words.size() < 2 ? std::nullopt : limit_number(words[1]);
    if (!soft || !hard) return garbled("a soft and a hard limit", line);
    return HostLimit{*soft, *hard};
  }
  return garbled("a line \"" + std::string{name} + "\"", "none");
}

Result<std::uint64_t> parse_swaps(std::string_view text) {
  if (const auto head = next_line(text); head.substr(0, 8) != "Filename")
    return garbled("a line that begins with Filename", head);
  constexpr std::size_t kSize = 2;  ///< Filename, Type, Size, Used, Priority.
  std::uint64_t out = 0;
  while (!text.empty()) {
    const auto line = next_line(text);
    const auto words = words_in(line);
    const auto size = words.size() <= kSize ? std::nullopt : kilobytes(words[kSize]);
    if (!size) return garbled("a swap space with its size", line);
    out = *size > UINT64_MAX - out ? UINT64_MAX : out + *size;
  }
  return out;
}

Result<std::uint64_t> parse_memory(std::string_view text) {
  while (!text.empty()) {
    const auto line = next_line(text);
    const auto words = words_in(line);
    if (words.empty() || words[0] != "MemTotal:") continue;
    const auto size = words.size() < 3 || words[2] != "kB" ? std::nullopt : kilobytes(words[1]);
    if (!size || *size == 0) return garbled("MemTotal in kB", line);
    return *size;
  }
  return garbled("a line MemTotal", "none");
}

Result<std::string> parse_huge_pages(std::string_view text) {
  auto rest = text;
  for (const auto word : words_in(next_line(rest))) {
    const bool chosen = word.size() > 2 && word.front() == '[' && word.back() == ']';
    if (chosen) return printable(word.substr(1, word.size() - 2).substr(0, kShown));
  }
  return garbled("a word in brackets", text);
}

Result<HostCpu> parse_cpu(std::string_view text) {
  while (!text.empty()) {
    const auto line = next_line(text);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = words_in(line.substr(0, colon));
    if (name.size() != 1) continue;
    if (name[0] == "Features") return HostCpu{false, false};
    if (name[0] != "flags") continue;
    const auto flags = words_in(line.substr(colon + 1));
    return HostCpu{true, std::find(flags.begin(), flags.end(), "avx2") != flags.end()};
  }
  return garbled("a line flags or Features", "none");
}

Result<std::optional<std::uint64_t>> parse_group_limit(std::string_view text) {
  auto rest = text;
  const auto line = next_line(rest);
  if (line == "max") return std::nullopt;
  const auto out = whole_number<std::uint64_t>(line);
  if (!out) return garbled("a size or \"max\"", text);
  return *out >= kGroupNoLimit ? std::nullopt : std::optional{*out};
}

Result<GroupPlace> parse_groups(std::string_view text) {
  GroupPlace out;
  while (!text.empty()) {
    const auto line = next_line(text);
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos || line.substr(second + 1, 1) != "/")
      return garbled("HIERARCHY:CONTROLLERS:/PATH", line);
    const std::string path{line.substr(second + 1)};
    const auto controllers = "," + std::string{line.substr(first + 1, second - first - 1)} + ",";
    if (controllers == ",,") {
      out.unified = path;
    } else if (controllers.find(",memory,") != std::string::npos) {
      out.memory_v1 = path;
    }
  }
  return out;
}

}  // namespace sragent
