#pragma once

#include <optional>
#include <string>

#include "core/types.h"
#include "io/files.h"

namespace sragent {

/// Sees that the configuration file was replaced or written, also behind a re-pointed ConfigMap
/// link. It asks for the file's stamp at a slow pace; inotify would miss the links' targets. A file
/// that is gone is no change: the last good settings stay. Main thread. Source: S69.
class ConfigWatch {
 public:
  /// What is there now counts as read. `path` empty: there is no file, ever.
  explicit ConfigWatch(std::string path);

  /// True once for each change, when two looks in a row saw the same: nobody is writing any more.
  [[nodiscard]] bool changed(Instant now);

 private:
  [[nodiscard]] std::optional<FileStamp> look() const;

  std::string path_;
  std::optional<FileStamp> read_{};  ///< Of the file as it was read last.
  std::optional<FileStamp> seen_{};  ///< At the last look.
  Instant next_{};
};

}  // namespace sragent
