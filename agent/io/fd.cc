#include "io/fd.h"

#include <unistd.h>

namespace sragent {

void UniqueFd::reset(int fd) noexcept {
  // close(2) is not repeated on EINTR: on Linux the descriptor is gone even then.
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

}  // namespace sragent
