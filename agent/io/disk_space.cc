#include "io/disk_space.h"

#include <sys/statvfs.h>

#include <cerrno>

#include "io/errno.h"

namespace sragent {

Result<FileSystemSpace> disk_space(const std::string& path) {
  struct statvfs seen {};
  if (::statvfs(path.c_str(), &seen) != 0)
    return tl::unexpected(errno_error(errno, "statvfs " + path));
  if (seen.f_blocks == 0) {
    return tl::unexpected(
        Error{ErrorKind::kGarbled, "statvfs " + path + ": the file system tells no size"});
  }
  FileSystemSpace out;
  out.total = std::uint64_t{seen.f_blocks} * seen.f_frsize;
  out.free = std::uint64_t{seen.f_bavail} * seen.f_frsize;
  out.inodes = seen.f_files;
  out.inodes_free = seen.f_favail;
  return out;
}

}  // namespace sragent
