#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace sragent {

/// On the wire: the exit code for the verb, a newline, the text.
struct ControlReply {
  int code = 0;
  std::string text{};
};
[[nodiscard]] std::string to_text(const ControlReply& reply);
/// kGarbled: what arrived does not begin with an exit code.
[[nodiscard]] Result<ControlReply> parse_control_reply(std::string_view text);

}  // namespace sragent
