#include "io/file_follower.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace sragent {

FileFollower::FileFollower(std::string path) : path_(std::move(path)) {
  open_path();
  skip_to_last(0);
}

/// A FIFO or a device in the place of a log must not hold anybody up.
void FileFollower::open_path() {
  at_ = 0;
  fd_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

std::string FileFollower::read(std::size_t max) {
  if (!fd_) open_path();
  if (was_cut()) at_ = 0;
  auto out = read_here(max);
  if (!out.empty() || !was_replaced()) return out;
  out = read_here(max);  // what came between the last look and the change
  if (!out.empty()) return out;
  open_path();
  return read_here(max);
}

std::string FileFollower::read_here(std::size_t max) {
  if (!fd_) return {};
  std::string out(max, '\0');
  const auto count = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(at_));
  out.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  at_ += out.size();
  return out;
}

bool FileFollower::was_cut() const {
  struct stat here {};
  return fd_ && ::fstat(fd_.get(), &here) == 0 && static_cast<std::uint64_t>(here.st_size) < at_;
}

bool FileFollower::was_replaced() const {
  struct stat here {};
  struct stat there {};
  if (!fd_ || ::fstat(fd_.get(), &here) != 0) return false;
  if (::stat(path_.c_str(), &there) != 0) return false;  // between two files
  return here.st_dev != there.st_dev || here.st_ino != there.st_ino;
}

std::uint64_t FileFollower::behind() const {
  struct stat here {};
  if (!fd_ || ::fstat(fd_.get(), &here) != 0) return 0;
  const auto size = static_cast<std::uint64_t>(here.st_size);
  return size > at_ ? size - at_ : 0;
}

void FileFollower::skip_to_last(std::uint64_t keep) {
  const auto waits = behind();
  if (waits > keep) at_ += waits - keep;
}

}  // namespace sragent
