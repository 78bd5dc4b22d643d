#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>

#include "stepped_agent.h"

/// Preloaded into an agent. Its wall clock stands where the test sets it, for every way of reading
/// it, and a signal of its reaches nobody while the test says so, as a process that hangs in the
/// kernel outlives SIGKILL. What the agent starts gets none of it.
namespace {

podlab::AgentSteps* map_steps() {
  const char* path = std::getenv(podlab::kStepsVariable);
  if (path == nullptr) return nullptr;
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  void* at = mmap(nullptr, sizeof(podlab::AgentSteps), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return at == MAP_FAILED ? nullptr : static_cast<podlab::AgentSteps*>(at);
}

podlab::AgentSteps* steps() {
  static podlab::AgentSteps* const mapped = map_steps();
  return mapped;
}

std::int64_t wall_s() {
  return steps() == nullptr ? 0 : steps()->wall_s.load();
}

__attribute__((constructor)) void begin() {
  static_cast<void>(steps());
  unsetenv("LD_PRELOAD");
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  const auto done = static_cast<int>(syscall(SYS_clock_gettime, clock, out));
  if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    out->tv_sec += wall_s();
  return done;
}

int gettimeofday(timeval* out, void* /*zone*/) noexcept {
  timespec now{};
  static_cast<void>(clock_gettime(CLOCK_REALTIME, &now));
  *out = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1'000};
  return 0;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  static_cast<void>(clock_gettime(CLOCK_REALTIME, &now));
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int kill(pid_t pid, int number) noexcept {
  const bool sent = number > 0 && steps() != nullptr;
  if (sent && (steps()->spares & podlab::spared(number)) != 0) return 0;
  return static_cast<int>(syscall(SYS_kill, pid, number));
}
}
