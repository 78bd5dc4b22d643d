#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sragent {

/// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours) to
/// `word`, the earlier one of equals. Nothing if even that differs in more than a third of `word`.
[[nodiscard]] std::optional<std::string> nearest_word(std::string_view word,
                                                      std::span<const std::string> candidates);

}  // namespace sragent
