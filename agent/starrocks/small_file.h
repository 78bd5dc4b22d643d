#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"

/// Inside of the readers of this folder.
namespace sragent::starrocks_detail {

/// All of a regular file. kNotFound: not there. kIo: cannot be read, or is no regular file.
/// kGarbled: longer than `max_bytes`. The message names the path.
[[nodiscard]] Result<std::string> read_small_file(const std::string& path, std::size_t max_bytes);

/// What lies below image/ or bdb/.
struct TreeScan {
  bool any = false;       ///< Something that is no folder; what it is does not make it empty.
  bool jdb = false;       ///< A *.jdb directly below.
  std::string trouble{};  ///< Path and why it cannot be read.
};
/// Looks through `root` without following links; `lost+found` and the state folder are ignored. An
/// absent root is empty, one that is no folder is trouble.
[[nodiscard]] TreeScan scan_tree(const std::string& root);

/// Whether a directory has this entry, a dangling link included.
[[nodiscard]] bool entry_exists(const std::string& path);

}  // namespace sragent::starrocks_detail
