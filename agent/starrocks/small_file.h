#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"

/// Inside of the readers of this folder.
namespace sragent::starrocks_detail {

/// All of a regular file. kNotFound: not there. kIo: cannot be read, or is no regular file.
/// kGarbled: longer than `max_bytes`. The message names the path.
[[nodiscard]] Result<std::string> read_small_file(const std::string& path, std::size_t max_bytes);

}  // namespace sragent::starrocks_detail
