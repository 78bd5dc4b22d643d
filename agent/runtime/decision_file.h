#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

/// The file that `init` writes (S13): a heading, then `KEY=value` lines that sh can source.
namespace sragent {

inline constexpr std::string_view kDefaultDecisionFile = "/etc/sr-agent/decision";

/// Keys in the order of the file.
using DecisionValues = std::vector<std::pair<std::string, std::string>>;

/// Values that sh would read otherwise are put in single quotes.
[[nodiscard]] std::string decision_text(const DecisionValues& values);

/// The values of a text that decision_text() made; kGarbled: it is none.
[[nodiscard]] Result<DecisionValues> parse_decision(std::string_view text);

/// Value of `key`; empty: it is not there.
[[nodiscard]] std::string_view decision_value(const DecisionValues& values, std::string_view key);

/// parse_decision of a file, with its path in the error; kNotFound, kIo.
[[nodiscard]] Result<DecisionValues> read_decision(const std::string& path);

/// True if the text has our heading.
[[nodiscard]] bool is_decision_text(std::string_view text);

/// Replaces `path` whole; makes its folder. kIo with the path.
[[nodiscard]] Result<void> write_decision(const std::string& path, const DecisionValues& values);

/// Removes an old decision, so that nobody starts by it; a file that is not ours is left alone.
/// True: one was removed.
[[nodiscard]] Result<bool> remove_decision(const std::string& path);

}  // namespace sragent
