#pragma once

#include <string>
#include <string_view>

namespace sragent {

/// The words of a container in its order with `separator` between them: "a, b". Pure.
template <typename Words>
[[nodiscard]] std::string joined(const Words& words, std::string_view separator = ", ") {
  std::string out;
  bool first = true;
  for (const auto& word : words) {
    if (!first) out += separator;
    first = false;
    out += word;
  }
  return out;
}

}  // namespace sragent
