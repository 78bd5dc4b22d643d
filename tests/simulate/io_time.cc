#include <algorithm>
#include <climits>

#include "here.h"
#include "io/clock.h"
#include "io/event_fd.h"
#include "io/monitor.h"
#include "io/poller.h"
#include "io/signals.h"
#include "io/worker.h"

/// io/clock, deadline, event_fd, fd, monitor, poller, signals and worker on simulated time.
namespace sragent {
// io declares these functions.
// NOLINTBEGIN(readability-convert-member-functions-to-static, performance-unnecessary-value-param)

using simulate::here;
using simulate::kBoot;
using simulate::Kernel;
using simulate::left;
using simulate::moment_of;
using std::chrono::milliseconds;

namespace {

milliseconds steady_now() {
  return milliseconds{kBoot + Kernel::current().now()};
}

}  // namespace

Clock::Clock(double scale) noexcept : scale_(scale) {}

milliseconds Clock::now() const noexcept {
  return steady_now();
}

milliseconds Clock::at(std::chrono::steady_clock::time_point moment) const noexcept {
  return std::chrono::duration_cast<milliseconds>(moment.time_since_epoch());
}

milliseconds Clock::to_real(milliseconds scaled) const noexcept {
  return scaled;
}

std::int64_t Clock::unix_ms() {
  return simulate::kEpoch + Kernel::current().now();
}

std::string Clock::wall() {
  return wall_of(unix_ms());
}

/// Digits that sort and differ by second, in the shape of a UTC time.
std::string Clock::wall_of(std::int64_t unix_ms) {
  auto seconds = (unix_ms - simulate::kEpoch) / 1000;
  std::string out = "2026-11-21T00:00:00.000Z";
  const auto put = [&](std::size_t at, std::int64_t value) {
    out[at] = static_cast<char>('0' + value / 10 % 10);
    out[at + 1] = static_cast<char>('0' + value % 10);
  };
  put(8, 21 + seconds / 86'400);
  seconds %= 86'400;
  put(11, seconds / 3600);
  put(14, seconds / 60 % 60);
  put(17, seconds % 60);
  return out;
}

Deadline Deadline::after(milliseconds span) noexcept {
  return Deadline{moment_of(steady_now().count() + std::max(milliseconds{0}, span).count())};
}

milliseconds Deadline::remaining() const noexcept {
  const auto at = std::chrono::duration_cast<milliseconds>(moment_.time_since_epoch());
  return std::max(milliseconds{0}, at - steady_now());
}

int Deadline::poll_timeout() const noexcept {
  return static_cast<int>(std::min<milliseconds::rep>(remaining().count(), INT_MAX));
}

bool Deadline::expired() const noexcept {
  return remaining().count() == 0;
}

Deadline Deadline::cut(milliseconds span) const noexcept {
  return cut(after(span));
}

Deadline Deadline::cut(Deadline other) const noexcept {
  return moment_ <= other.moment_ ? *this : other;
}

// A descriptor is the number of the agent that owns it.
void UniqueFd::reset(int fd) noexcept {
  fd_ = fd;
}

Result<EventFd> EventFd::create() {
  return EventFd{UniqueFd{here().id}};
}

void EventFd::notify() const noexcept {
  auto& world = simulate::World::current();
  auto* const agent = world.agents.at(static_cast<std::size_t>(fd_.get()));
  ++world.counters.judged;
  if (agent != nullptr) agent->poke();
}

bool EventFd::drain() const noexcept {
  return true;
}

Result<TimerFd> TimerFd::create() {
  return TimerFd{UniqueFd{here().id}};
}

void TimerFd::arm(milliseconds first, milliseconds /*interval*/) const {
  here().arm(first.count());
}

void TimerFd::disarm() const {}

bool TimerFd::drain() const noexcept {
  return true;
}

void Poller::watch(int fd) {
  fds_.push_back(fd);
}

void Poller::forget(int fd) {
  std::erase(fds_, fd);
}

std::vector<int> Poller::wait(milliseconds /*limit*/) const {
  throw std::logic_error("a simulated loop is turned, it never waits");
}

Result<SignalFd> SignalFd::create() {
  return SignalFd{UniqueFd{here().id}};
}

std::vector<SignalEvent> SignalFd::take_all() const {
  return std::exchange(here().signals, {});
}

std::string signal_name(int number) {
  return "signal " + std::to_string(number);
}

struct WorkerPool::State {};

WorkerPool::WorkerPool(std::string /*name*/, WorkerLimits /*limits*/) {}
WorkerPool::~WorkerPool() = default;

bool WorkerPool::submit(std::function<void()> job, Deadline /*until*/) {
  Kernel::current().spawn(here(), std::move(job));
  return true;
}

void WorkerPool::sweep() {}

WorkerStats WorkerPool::stats() const {
  return {};
}

namespace {

/// Who waits at which monitor. A simulation has one thread, a wait ends before its fiber does.
struct Waiting {
  const Monitor* monitor = nullptr;
  Kernel::Wait wait{};
};
thread_local std::vector<Waiting> t_waiting;

struct Entry {
  explicit Entry(const Monitor* monitor) : monitor_of(monitor) {
    t_waiting.push_back({monitor, {}});
  }
  ~Entry() {
    const auto it = std::find_if(t_waiting.begin(), t_waiting.end(), [&](const Waiting& one) {
      return one.monitor == monitor_of;
    });
    if (it != t_waiting.end()) t_waiting.erase(it);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  const Monitor* monitor_of;
};

}  // namespace

void Monitor::notify_all() {
  for (const auto& one : t_waiting)
    if (one.monitor == this) Kernel::current().wake(one.wait);
}

/// The lock is let go while others run, as a condition variable does it.
void Monitor::wait_until(Deadline until, const std::function<bool()>& done) {
  auto& kernel = Kernel::current();
  if (done()) return;
  const Entry entry(this);
  while (!until.expired() && !done()) {
    for (auto& one : t_waiting)
      if (one.monitor == this) one.wait = kernel.next_wait();
    struct Open {
      Monitor* monitor;
      explicit Open(Monitor* held) : monitor(held) { monitor->unlock(); }
      ~Open() { monitor->lock(); }
      Open(const Open&) = delete;
      Open& operator=(const Open&) = delete;
    };
    const Open open(this);
    kernel.suspend(kernel.now() + left(until));
  }
}

// NOLINTEND(readability-convert-member-functions-to-static, performance-unnecessary-value-param)
}  // namespace sragent
