#pragma once

#include <string>

#include "core/result.h"

namespace sragent {

/// The one translation of errno: ENOENT, ENOTDIR, ESRCH kNotFound; ECONNREFUSED, no route and
/// resets kUnreachable; ETIMEDOUT kTimeout; all else kIo. `what` comes first: "open /x: No such
/// file ...".
[[nodiscard]] Error errno_error(int number, const std::string& what);
/// "Permission denied" and so on, thread-safe.
[[nodiscard]] std::string errno_text(int number);

}  // namespace sragent
