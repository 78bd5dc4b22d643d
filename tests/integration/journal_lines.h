#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "pod.h"

namespace podlab {

/// Lines of an FE's decision journal that are JSON objects, oldest first.
[[nodiscard]] std::vector<nlohmann::json> journal_lines(const Pod& pod);

}  // namespace podlab
