#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "io/fd.h"

namespace sragent {

/// Files, with errno translated in one place: ENOENT and ENOTDIR are kNotFound, the rest kIo, so
/// "not there" is never confused with "cannot tell". Messages name the path. Any thread.

/// All of a file. kGarbled if it is longer than `max_bytes`.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

/// The last `max_bytes` of a file, or all of it: for logs, which grow without bound.
[[nodiscard]] Result<std::string> read_tail(const std::string& path, std::size_t max_bytes);

/// Replaces `path` by a complete new file or not at all: written beside it, fsynced, renamed, and
/// the directory fsynced. `mode` is exact (no umask).
[[nodiscard]] Result<void> write_atomic(const std::string& path,
                                        std::string_view text,
                                        mode_t mode = 0644);

/// Removes from `dir` what killed writers of write_atomic() and put_link() left: of the file `name`
/// there, or, if that is empty, of all. A writer that is still alive fails with kNotFound. What
/// cannot be read or removed stays.
void remove_unfinished(const std::string& dir, std::string_view name = {});

/// Appends `line` and a newline in one write and fsyncs. Creates the file (0644).
[[nodiscard]] Result<void> append_line_fsync(const std::string& path, std::string_view line);

/// Renames within a file system, never over something that exists (kRejected), and fsyncs both
/// directories.
[[nodiscard]] Result<void> rename_aside(const std::string& from, const std::string& to);

/// Makes `path` a symbolic link to `text`, in place of a file or link that is there, at no moment
/// of neither: made beside it and renamed, the directory fsynced.
[[nodiscard]] Result<void> put_link(const std::string& text, const std::string& path);

/// Removes one file (not a directory). For the agent's own files only.
[[nodiscard]] Result<void> remove_file(const std::string& path);

enum class FileKind : std::uint8_t { kAbsent, kRegular, kDirectory, kOther };
/// Symbolic links are followed. An error is not "absent".
[[nodiscard]] Result<FileKind> file_kind(const std::string& path);

/// What stands at a path itself; links are not followed.
struct PathEntry {
  FileKind kind = FileKind::kAbsent;  ///< A link: kOther.
  bool link = false;
  std::string points_to{};  ///< The link's text.
};
[[nodiscard]] Result<PathEntry> entry_at(const std::string& path);

/// `path` without symbolic links (realpath(3)); as it is if it cannot be resolved.
[[nodiscard]] std::string real_path(const std::string& path);

/// Whether this process may execute the file (access(2)).
[[nodiscard]] bool executable(const std::string& path);

struct DirEntry {
  std::string name{};
  FileKind kind = FileKind::kOther;  ///< Links are not followed: kOther.
};
/// Entries without "." and "..", sorted by name. kGarbled beyond `max_entries`.
[[nodiscard]] Result<std::vector<DirEntry>> list_dir(const std::string& path,
                                                     std::size_t max_entries = 100'000);

/// Whether anything at or below `dir` is a regular file that `counts` accepts (path relative to
/// `dir`); stops at the first. Links are not followed. An unreadable part makes it an error unless
/// a file was found; kGarbled beyond 32 levels or `max_entries`.
[[nodiscard]] Result<bool> any_regular_file(
    const std::string& dir,
    const std::function<bool(const std::string& relative)>& counts,
    std::size_t max_entries = 100'000);

/// Makes a directory and its parents; `mode` for those that are made (exact for the last).
[[nodiscard]] Result<void> mkdir_p(const std::string& path, mode_t mode = 0755);

/// What changes when a file changes: identity, size and times to the nanosecond.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  bool operator==(const FileStamp&) const = default;
};
/// Follows links, so a re-pointed ConfigMap link shows.
[[nodiscard]] Result<FileStamp> file_stamp(const std::string& path);

/// Holds flock(2) LOCK_EX on a file until destroyed or the process ends.
class FileLock {
 public:
  /// Never waits: kRejected if somebody else holds it. Creates the file (0600).
  [[nodiscard]] static Result<FileLock> acquire(const std::string& path);
  /// For exec_program, whose program holds the lock on, and so do its children.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

/// True while some process holds a FileLock of this file. Any thread.
[[nodiscard]] bool is_locked(const std::string& path);

}  // namespace sragent
