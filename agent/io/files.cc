#include "io/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <memory>

#include <dirent.h>

#include "io/errno.h"

namespace sragent {
namespace {

constexpr std::size_t kDeepest = 32;

using DirHandle = std::unique_ptr<DIR, int (*)(DIR*)>;

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kRegular;
  if (S_ISDIR(mode)) return FileKind::kDirectory;
  return FileKind::kOther;
}

/// d_type is DT_UNKNOWN on some file systems: then the inode is asked. nullopt: gone meanwhile.
std::optional<FileKind> entry_kind(int dir_fd, const dirent& entry) {
  if (entry.d_type == DT_REG) return FileKind::kRegular;
  if (entry.d_type == DT_DIR) return FileKind::kDirectory;
  if (entry.d_type != DT_UNKNOWN) return FileKind::kOther;
  struct stat info {};
  if (::fstatat(dir_fd, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return kind_of(info.st_mode);
}

bool is_dot(std::string_view name) {
  return name == "." || name == "..";
}

/// State of one any_regular_file walk.
struct Walk {
  const std::function<bool(const std::string&)>& counts;
  std::size_t entries_left = 0;
  std::optional<Error> first_error{};

  void note(Error error) {
    if (!first_error) first_error = std::move(error);
  }
};

bool walk_for_file(Walk& walk,
                   const std::string& dir,
                   const std::string& prefix,
                   std::size_t depth) {
  if (depth > kDeepest) {
    walk.note({.kind = ErrorKind::kGarbled, .what = dir + ": too many levels of directories"});
    return false;
  }
  auto entries = list_dir(dir, walk.entries_left);
  if (!entries) {
    walk.note(entries.error());
    return false;
  }
  walk.entries_left -= entries->size();
  const auto file = [&](const DirEntry& entry) {
    return entry.kind == FileKind::kRegular && walk.counts(prefix + entry.name);
  };
  const auto below = [&](const DirEntry& entry) {
    return entry.kind == FileKind::kDirectory &&
           walk_for_file(walk, dir + "/" + entry.name, prefix + entry.name + "/", depth + 1);
  };
  return std::any_of(entries->begin(), entries->end(), file) ||
         std::any_of(entries->begin(), entries->end(), below);
}

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  // Non-blocking, so that a FIFO in the place of a file cannot hang us.
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd) return tl::unexpected(errno_error(errno, "read " + path));
  std::string text;
  std::array<char, 8192> buffer{};
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(errno_error(errno, "read " + path));
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > max_bytes) {
      return tl::unexpected(
          Error{.kind = ErrorKind::kGarbled,
                .what = "read " + path + ": longer than " + std::to_string(max_bytes) + " bytes"});
    }
  }
}

Result<std::string> read_tail(const std::string& path, std::size_t max_bytes) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd) return tl::unexpected(errno_error(errno, "read " + path));
  const off_t end = ::lseek(fd.get(), 0, SEEK_END);
  if (end < 0) return tl::unexpected(errno_error(errno, "read " + path));
  std::string text(std::min(max_bytes, static_cast<std::size_t>(end)), '\0');
  const ssize_t got =
      ::pread(fd.get(), text.data(), text.size(), end - static_cast<off_t>(text.size()));
  if (got < 0) return tl::unexpected(errno_error(errno, "read " + path));
  text.resize(static_cast<std::size_t>(got));
  return text;
}

Result<PathEntry> entry_at(const std::string& path) {
  PathEntry out;
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return out;
    return tl::unexpected(errno_error(errno, "stat " + path));
  }
  out.kind = kind_of(info.st_mode);
  out.link = S_ISLNK(info.st_mode);
  if (!out.link) return out;
  std::array<char, PATH_MAX> text{};
  const auto length = ::readlink(path.c_str(), text.data(), text.size());
  if (length < 0) return tl::unexpected(errno_error(errno, "readlink " + path));
  out.points_to.assign(text.data(), static_cast<std::size_t>(length));
  return out;
}

std::string real_path(const std::string& path) {
  std::error_code failed;
  const auto real = std::filesystem::canonical(path, failed);
  return failed ? path : real.string();
}

bool executable(const std::string& path) {
  return ::access(path.c_str(), X_OK) == 0;
}

Result<FileKind> file_kind(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return kind_of(info.st_mode);
  const Error error = errno_error(errno, "stat " + path);
  if (error.kind == ErrorKind::kNotFound) return FileKind::kAbsent;
  return tl::unexpected(error);
}

Result<std::vector<DirEntry>> list_dir(const std::string& path, std::size_t max_entries) {
  const DirHandle dir(::opendir(path.c_str()), &::closedir);
  if (!dir) return tl::unexpected(errno_error(errno, "list " + path));
  std::vector<DirEntry> entries;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(dir.get());  // One thread a DIR: readdir(3) is safe.
    if (entry == nullptr && errno != 0) return tl::unexpected(errno_error(errno, "list " + path));
    if (entry == nullptr) break;
    if (is_dot(entry->d_name)) continue;
    if (entries.size() >= max_entries) {
      return tl::unexpected(
          Error{.kind = ErrorKind::kGarbled, .what = "list " + path + ": too many entries"});
    }
    const auto kind = entry_kind(::dirfd(dir.get()), *entry);
    if (kind) entries.push_back({.name = entry->d_name, .kind = *kind});
  }
  std::sort(entries.begin(), entries.end(), [](const DirEntry& a, const DirEntry& b) {
    return a.name < b.name;
  });
  return entries;
}

Result<bool> any_regular_file(const std::string& dir,
                              const std::function<bool(const std::string&)>& counts,
                              std::size_t max_entries) {
  Walk walk{.counts = counts, .entries_left = max_entries};
  if (walk_for_file(walk, dir, "", 1)) return true;
  if (walk.first_error) return tl::unexpected(*walk.first_error);
  return false;
}

Result<FileStamp> file_stamp(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return tl::unexpected(errno_error(errno, "stat " + path));
  return FileStamp{.device = info.st_dev,
                   .inode = info.st_ino,
                   .size = info.st_size,
                   .mtime_ns = nanoseconds(info.st_mtim),
                   .ctime_ns = nanoseconds(info.st_ctim)};
}

}  // namespace sragent
