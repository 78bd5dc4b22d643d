#pragma once

#include <string>
#include <string_view>

#include "core/types.h"

namespace sragent {

/// That the own name is not served, by what was seen of it: kNo is the name servers' word, kUnknown
/// their silence. Without the reason of the silence.
[[nodiscard]] std::string name_not_served(Tri own, std::string_view address, std::string_view name);
/// What a person looks at then. kYes: nothing.
[[nodiscard]] std::string_view name_not_served_advice(Tri own);

}  // namespace sragent
