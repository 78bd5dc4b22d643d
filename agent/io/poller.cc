#include "io/poller.h"

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>

#include "io/errno.h"

namespace sragent {
namespace {

timespec to_timespec(std::chrono::milliseconds span) {
  const auto count = span.count();
  return {.tv_sec = count / 1000, .tv_nsec = (count % 1000) * 1'000'000};
}

int clamp_timeout(std::chrono::milliseconds limit) {
  if (limit.count() < 0) return -1;
  return static_cast<int>(std::min<std::chrono::milliseconds::rep>(limit.count(), INT_MAX));
}

}  // namespace

Result<TimerFd> TimerFd::create() {
  UniqueFd fd{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
  if (!fd) return tl::unexpected(errno_error(errno, "timerfd_create"));
  return TimerFd{std::move(fd)};
}

void TimerFd::arm(std::chrono::milliseconds first, std::chrono::milliseconds interval) const {
  itimerspec when{};
  when.it_value = to_timespec(std::max(first, std::chrono::milliseconds{0}));
  when.it_interval = to_timespec(std::max(interval, std::chrono::milliseconds{0}));
  // 0 would disarm: "at once" is a nanosecond from now.
  if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0) when.it_value.tv_nsec = 1;
  ::timerfd_settime(fd_.get(), 0, &when, nullptr);
}

void TimerFd::disarm() const {
  const itimerspec never{};
  ::timerfd_settime(fd_.get(), 0, &never, nullptr);
}

bool TimerFd::drain() const noexcept {
  std::uint64_t count = 0;
  return ::read(fd_.get(), &count, sizeof count) == sizeof count;
}

void Poller::watch(int fd) {
  if (std::find(fds_.begin(), fds_.end(), fd) == fds_.end()) fds_.push_back(fd);
}

void Poller::forget(int fd) {
  std::erase(fds_, fd);
}

std::vector<int> Poller::wait(std::chrono::milliseconds limit) const {
  std::vector<pollfd> set;
  set.reserve(fds_.size());
  for (const int fd : fds_)
    set.push_back({.fd = fd, .events = POLLIN, .revents = 0});
  std::vector<int> ready;
  if (::poll(set.data(), set.size(), clamp_timeout(limit)) <= 0) return ready;
  for (const pollfd& entry : set) {
    if (entry.revents != 0) ready.push_back(entry.fd);
  }
  return ready;
}

}  // namespace sragent
