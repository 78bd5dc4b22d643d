#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"

namespace sragent {

/// Of the file system that a path lies on (statvfs(3)).
struct FileSystemSpace {
  std::uint64_t total = 0;   ///< Bytes.
  std::uint64_t free = 0;    ///< Bytes for processes without privileges.
  std::uint64_t inodes = 0;  ///< 0: not counted.
  std::uint64_t inodes_free = 0;
};

/// kNotFound: there is no such path. kGarbled: the file system does not tell its size. It may block
/// where a network volume hangs. Any thread.
[[nodiscard]] Result<FileSystemSpace> disk_space(const std::string& path);

}  // namespace sragent
