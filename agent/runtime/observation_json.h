#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/start.h"
#include "runtime/status.h"

namespace sragent {

/// Everything that one start decision was made of, so that it can be made again elsewhere.
struct StartCase {
  Self me{};
  StartPolicy policy{};
  StartObservation seen{};
  StartMemory memory{};
  Instant now{};
};

[[nodiscard]] std::string to_json(const StartCase& value);
/// kGarbled names the field that is missing or wrong. Reads what to_json wrote, also where it
/// stands under "explain_input" of a larger object.
[[nodiscard]] Result<StartCase> parse_start_case(std::string_view text);

/// The decision for people: what, by which row, why, every row tried, every fact with its age at
/// the decision; `facts` is the title above them.
[[nodiscard]] std::string explain_text(const StartCase& value, std::string_view facts = "Facts");
[[nodiscard]] std::string explain_json(const StartCase& value);

}  // namespace sragent
