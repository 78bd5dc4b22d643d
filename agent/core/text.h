#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

/// Small readers and writers of text that several parts share. Pure. Any thread.
namespace sragent {

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

/// For a value in the query of a URL: each byte that is not unreserved (RFC 3986 section 2.3) as
/// `%XX`, in capitals.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace sragent
