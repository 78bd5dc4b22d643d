#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace sragent::test {

/// What is wrong with `value` by `schema`, a line each with its JSON pointer; empty: nothing. Knows
/// what docs/status.schema.json uses of JSON Schema 2020-12: type, enum, properties, required,
/// additionalProperties false, items, anyOf, $ref into $defs. Any other keyword that would
/// constrain something is itself an error, so that no rule is passed over.
[[nodiscard]] std::vector<std::string> schema_errors(const nlohmann::json& schema,
                                                     const nlohmann::json& value);

}  // namespace sragent::test
