// The half of files.h that changes something.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

#include "io/errno.h"
#include "io/files.h"
#include "io/side_effect.h"

namespace sragent {
namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// A rename is only durable once its directory is on disk.
Result<void> sync_dir(const std::string& dir) {
  const UniqueFd fd{::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd) return tl::unexpected(errno_error(errno, "open " + dir));
  // EINVAL: a file system without directory fsync (some FUSE and network ones) promises nothing
  // more.
  const int failed = side_effect("folder.fsync", [&] { return ::fsync(fd.get()); });
  if (failed != 0 && errno != EINVAL) {
    return tl::unexpected(errno_error(errno, "fsync " + dir));
  }
  return {};
}

Result<void> write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t wrote =
        side_effect("file.write", [&] { return ::write(fd, text.data(), text.size()); });
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return tl::unexpected(errno_error(errno, "write " + path));
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<void> sync_file(int fd, const std::string& path) {
  if (side_effect("file.fsync", [fd] { return ::fsync(fd); }) == 0) return {};
  return tl::unexpected(errno_error(errno, "fsync " + path));
}

int open_for_writing(const std::string& path, int flags, mode_t mode) {
  return side_effect("file.open", [&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
}

constexpr std::string_view kTemporary = ".tmp.";

/// A file beside the one that it is to replace, under a name that no other writer has.
struct Temporary {
  std::string path{};
  UniqueFd fd{};
};

/// A name that this process has not used.
std::string next_beside(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  return path + std::string{kTemporary} + std::to_string(::getpid()) + "." +
         std::to_string(++counter);
}

/// The agent of a container is PID 1 each time, so a killed one may have left this very name.
constexpr int kTries = 10'000;

/// A name that nothing has; the last one tried if all are taken.
std::string name_beside(const std::string& path) {
  auto out = next_beside(path);
  struct stat info {};
  for (int i = 0; i < kTries && ::lstat(out.c_str(), &info) == 0; ++i)
    out = next_beside(path);
  return out;
}

Result<Temporary> create_beside(const std::string& path) {
  Temporary out;
  for (int i = 0; i < kTries; ++i) {
    out.path = next_beside(path);
    out.fd = UniqueFd{open_for_writing(out.path, O_WRONLY | O_CREAT | O_EXCL, 0600)};
    if (out.fd) return out;
    if (errno != EEXIST) break;
  }
  return tl::unexpected(errno_error(errno, "create " + out.path));
}

Result<void> write_and_sync(const Temporary& file, std::string_view text, mode_t mode) {
  const int fd = file.fd.get();
  if (auto wrote = write_all(fd, text, file.path); !wrote) return wrote;
  const int failed = side_effect("file.chmod", [&] { return ::fchmod(fd, mode); });
  if (failed != 0) return tl::unexpected(errno_error(errno, "chmod " + file.path));
  return sync_file(fd, file.path);
}

Result<void> replace_file(const std::string& from, const std::string& to) {
  const int failed = side_effect("file.rename", [&] { return ::rename(from.c_str(), to.c_str()); });
  if (failed == 0) return {};
  return tl::unexpected(errno_error(errno, "rename " + from + " to " + to));
}

Result<void> ensure_dir(const std::string& path, mode_t mode) {
  if (side_effect("folder.make", [&] { return ::mkdir(path.c_str(), mode); }) == 0) return {};
  const int failure = errno;
  // Also EROFS and EACCES are told for a directory that exists: it is then as good as made.
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return {};
    return tl::unexpected(errno_error(ENOTDIR, "mkdir " + path));
  }
  return tl::unexpected(errno_error(failure, "mkdir " + path));
}

bool is_file_or_link(const std::string& path) {
  const auto entry = entry_at(path);
  return entry && (entry->link || entry->kind == FileKind::kRegular);
}

}  // namespace

Result<void> write_atomic(const std::string& path, std::string_view text, mode_t mode) {
  const auto temporary = create_beside(path);
  if (!temporary) return tl::unexpected(temporary.error());
  Result<void> done = write_and_sync(*temporary, text, mode);
  if (done) done = replace_file(temporary->path, path);
  if (!done) {
    static_cast<void>(remove_file(temporary->path));
    return done;
  }
  return sync_dir(parent_of(path));
}

void remove_unfinished(const std::string& dir, std::string_view name) {
  const auto entries = list_dir(dir);
  if (!entries) return;
  for (const DirEntry& entry : *entries) {
    const auto mark = entry.name.rfind(kTemporary);
    const bool unfinished =
        mark != std::string::npos && mark > 0 &&
        entry.name.find_first_not_of("0123456789.", mark + kTemporary.size()) == std::string::npos;
    if (!unfinished || !is_file_or_link(dir + "/" + entry.name)) continue;
    if (name.empty() || entry.name.substr(0, mark) == name)
      static_cast<void>(remove_file(dir + "/" + entry.name));
  }
}

Result<void> append_line_fsync(const std::string& path, std::string_view line) {
  const UniqueFd fd{open_for_writing(path, O_WRONLY | O_CREAT | O_APPEND, 0644)};
  if (!fd) return tl::unexpected(errno_error(errno, "open " + path));
  std::string text(line);
  text += '\n';
  if (auto wrote = write_all(fd.get(), text, path); !wrote) return wrote;
  return sync_file(fd.get(), path);
}

Result<void> rename_aside(const std::string& from, const std::string& to) {
  const std::string what = "rename " + from + " to " + to;
  const int failed = side_effect("aside.rename", [&] {
    return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  });
  if (failed != 0) {
    if (errno != EEXIST) return tl::unexpected(errno_error(errno, what));
    return tl::unexpected(Error{.kind = ErrorKind::kRejected, .what = what + ": target exists"});
  }
  if (auto synced = sync_dir(parent_of(to)); !synced) return synced;
  return sync_dir(parent_of(from));
}

Result<void> put_link(const std::string& text, const std::string& path) {
  const auto beside = name_beside(path);
  const int failed =
      side_effect("link.make", [&] { return ::symlink(text.c_str(), beside.c_str()); });
  if (failed != 0) return tl::unexpected(errno_error(errno, "link " + path));
  auto done = replace_file(beside, path);
  if (done) return sync_dir(parent_of(path));
  static_cast<void>(remove_file(beside));
  return done;
}

Result<void> remove_file(const std::string& path) {
  if (side_effect("file.remove", [&] { return ::unlink(path.c_str()); }) == 0) return {};
  return tl::unexpected(errno_error(errno, "remove " + path));
}

Result<void> mkdir_p(const std::string& path, mode_t mode) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    if (auto made = ensure_dir(path.substr(0, slash), mode); !made) return made;
  }
  const bool existed = ::access(path.c_str(), F_OK) == 0;
  if (auto made = ensure_dir(path, mode); !made) return made;
  if (existed) return {};
  if (side_effect("folder.chmod", [&] { return ::chmod(path.c_str(), mode); }) == 0) return {};
  return tl::unexpected(errno_error(errno, "chmod " + path));
}

Result<FileLock> FileLock::acquire(const std::string& path) {
  UniqueFd fd{open_for_writing(path, O_RDWR | O_CREAT, 0600)};
  if (!fd) return tl::unexpected(errno_error(errno, "open " + path));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return FileLock{std::move(fd)};
  if (errno != EWOULDBLOCK) return tl::unexpected(errno_error(errno, "lock " + path));
  return tl::unexpected(
      Error{.kind = ErrorKind::kRejected, .what = "lock " + path + ": held by another process"});
}

bool is_locked(const std::string& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace sragent
