#pragma once

#include <string>

#include "core/result.h"

namespace sragent {

/// The password that a file holds: its text without the line ends that an editor leaves. Errors as
/// read_file, at most 4 KiB. Any thread.
[[nodiscard]] Result<std::string> read_password_file(const std::string& path);

}  // namespace sragent
