#include "io/event_fd.h"

#include <sys/eventfd.h>

#include <cerrno>

#include "io/errno.h"

namespace sragent {

Result<EventFd> EventFd::create() {
  UniqueFd fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!fd) return tl::unexpected(errno_error(errno, "eventfd"));
  return EventFd{std::move(fd)};
}

void EventFd::notify() const noexcept {
  // EAGAIN means that the counter is full: the reader is awake already.
  (void)::eventfd_write(fd_.get(), 1);
}

bool EventFd::drain() const noexcept {
  eventfd_t count = 0;
  return ::eventfd_read(fd_.get(), &count) == 0;
}

}  // namespace sragent
