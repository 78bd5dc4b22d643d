#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

/// Small readers and writers of text that several parts share. Pure. Any thread.
namespace sragent {

/// The number that the whole of `text` is; nullopt: it is none, or more than a Number holds.
/// Neither blanks nor a '+' belong to one.
template <typename Number>
[[nodiscard]] std::optional<Number> whole_number(std::string_view text) {
  Number out{};
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && stop == end ? std::optional{out} : std::nullopt;
}

/// The same in base 2 to 36.
template <std::integral Number>
[[nodiscard]] std::optional<Number> whole_number(std::string_view text, int base) {
  Number out{};
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out, base);
  return error == std::errc{} && stop == end ? std::optional{out} : std::nullopt;
}

/// The decimal number right behind the first `name` in `text`; nullopt: no `name`, no digit behind
/// it, or more than a Number holds. What follows the digits does not matter.
template <std::integral Number = std::int64_t>
[[nodiscard]] std::optional<Number> number_after(std::string_view text, std::string_view name) {
  const auto at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(at + name.size());
  Number out = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  return error == std::errc{} ? std::optional{out} : std::nullopt;
}

/// What stands between `blanks`, in order; none of them is empty.
[[nodiscard]] inline std::vector<std::string_view> words_in(std::string_view text,
                                                            std::string_view blanks = " \t") {
  std::vector<std::string_view> out;
  while (true) {
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return out;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(blanks), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

/// For a value in the query of a URL: each byte that is not unreserved (RFC 3986 section 2.3) as
/// `%XX`, in capitals.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace sragent
