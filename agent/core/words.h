#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sragent {

/// The words in their order with `separator` between them: "a, b". Pure.
[[nodiscard]] std::string joined(const std::vector<std::string>& words,
                                 std::string_view separator = ", ");

}  // namespace sragent
