#include "io/socket_cutter.h"

#include <fcntl.h>
#include <sys/socket.h>

namespace sragent {

SocketCutter::SocketCutter(int socket, Deadline until)
    : socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 3)),
      thread_([this, until](const std::stop_token& stop) { wait(stop, until); }) {}

void SocketCutter::wait(const std::stop_token& stop, Deadline until) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested() && !until.expired())
    gone_.wait_for(lock, stop, until.remaining(), [] { return false; });
  if (!stop.stop_requested()) ::shutdown(socket_.get(), SHUT_RDWR);
}

}  // namespace sragent
