#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

namespace podlab {

/// A terminal at whose other end the test reads; it has to read on, or the writer is stopped.
class Terminal {
 public:
  Terminal() : fd_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
    const bool open = fd_ >= 0 && ::grantpt(fd_) == 0 && ::unlockpt(fd_) == 0;
    if (const char* name = open ? ::ptsname(fd_) : nullptr; name != nullptr) name_ = name;
  }
  ~Terminal() { ::close(fd_); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// "/dev/pts/3"; empty: it could not be opened.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// All that was written to it so far.
  const std::string& text() {
    std::array<char, 4096> part{};
    for (ssize_t got = 0; (got = ::read(fd_, part.data(), part.size())) > 0;)
      text_.append(part.data(), static_cast<std::size_t>(got));
    return text_;
  }

 private:
  int fd_;
  std::string name_{};
  std::string text_{};
};

}  // namespace podlab
