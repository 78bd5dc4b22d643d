#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srsim {

/// Appends `value` as `<length>:<bytes>,`: binary safe and self-delimiting.
void put_text(std::string& out, std::string_view value);
/// Takes one such text off the front of `in`; empty if there is none.
[[nodiscard]] std::optional<std::string> take_text(std::string_view& in);

/// Lists and maps as texts of texts.
[[nodiscard]] std::string join_texts(const std::vector<std::string>& parts);
[[nodiscard]] std::optional<std::vector<std::string>> split_texts(std::string_view in);

/// Decimal number, or empty.
[[nodiscard]] std::optional<long long> parse_number(std::string_view text);

}  // namespace srsim
