#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sragent {

/// Keys and values of a Java properties text. A key without a value is there and empty; a key that
/// is not written is not there.
using Properties = std::map<std::string, std::string, std::less<>>;

/// Reads what java.util.Properties.load reads: '#' and '!' comments, keys ended by '=', ':' or a
/// blank, escapes, \uXXXX (as UTF-8), continued lines; the last value of a key wins. Trailing
/// blanks belong to the value. kGarbled for a malformed \uXXXX, as Java refuses the whole file
/// then. Pure.
[[nodiscard]] Result<Properties> parse_properties(std::string_view text);

/// One key of a properties text and where it stands.
struct PropertyLine {
  int line = 0;            ///< Of its first character, from 1.
  bool separator = false;  ///< '=' or ':' stands between key and value.
  std::string key{};
  std::string value{};
};

/// Called for each key in file order.
using PropertySink = std::function<void(PropertyLine)>;

/// The same reading for callers that want line numbers and doubles.
[[nodiscard]] Result<void> scan_properties(std::string_view text, const PropertySink& sink);

}  // namespace sragent
