#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "runtime/log.h"

/// Texts of the agent's log lines. A value may hold anything that a peer or a file said: no byte of
/// it begins a line, steers a terminal or breaks JSON. Pure.
namespace sragent {

/// `event name=value name="two words"`; control characters as `\n`, `\u001b`, bytes that are no
/// UTF-8 as U+FFFD.
[[nodiscard]] std::string log_text(std::string_view event, std::initializer_list<LogField> fields);

/// `"event":"...","name":"value"`: the members of a JSON object, without its braces.
[[nodiscard]] std::string log_json(std::string_view event, std::initializer_list<LogField> fields);

}  // namespace sragent
