#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sragent {

struct TarEntry {
  std::string name{};  ///< At most 99 bytes; folders with '/'.
  std::string text{};
};

/// An uncompressed archive of plain files (POSIX ustar, IEEE Std 1003.1 pax), mode 0600. Names that
/// are too long are cut. Pure. `mtime_s`: seconds since 1970.
[[nodiscard]] std::string tar_archive(const std::vector<TarEntry>& entries, std::int64_t mtime_s);

}  // namespace sragent
