#pragma once

#include <cstdint>
#include <string>

#include "io/fd.h"

namespace sragent {

/// Reads what is appended to a file, also while others rotate it: by renaming it, by turning a link
/// to another file, by cutting it to nothing. One thread; never waits for data.
class FileFollower {
 public:
  /// What `path` holds already is passed over; a file that comes later is read from its beginning.
  explicit FileFollower(std::string path);

  /// The next bytes, at most `max`. The rest of a file that was replaced comes before its
  /// successor. Empty: nothing new, or no file.
  [[nodiscard]] std::string read(std::size_t max);
  /// Bytes that wait in the present file.
  [[nodiscard]] std::uint64_t behind() const;
  /// Passes over all but the last `keep` bytes of the present file.
  void skip_to_last(std::uint64_t keep);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void open_path();
  [[nodiscard]] std::string read_here(std::size_t max);
  [[nodiscard]] bool was_cut() const;
  [[nodiscard]] bool was_replaced() const;

  std::string path_;
  UniqueFd fd_{};
  std::uint64_t at_ = 0;  ///< Offset of the next byte.
};

}  // namespace sragent
