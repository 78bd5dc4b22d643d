#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "pod.h"

namespace podlab {

/// Lines of the decision journal of an FE or BE that are JSON objects, oldest first.
[[nodiscard]] std::vector<nlohmann::json> journal_lines(const Pod& pod);
/// The first whose `field` is `value`; an empty object if there is none.
[[nodiscard]] nlohmann::json journal_line_with(const Pod& pod,
                                               const std::string& field,
                                               const std::string& value);

}  // namespace podlab
