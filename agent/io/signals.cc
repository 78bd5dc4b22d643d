#include "io/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "io/errno.h"

namespace sragent {
namespace {

constexpr std::array kTaken{SIGTERM,
                            SIGINT,
                            SIGHUP,
                            SIGQUIT,
                            SIGCHLD,
                            SIGUSR1,
                            SIGUSR2,
                            SIGALRM,
                            SIGWINCH,
                            SIGCONT,
                            SIGTSTP};

sigset_t taken_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : kTaken)
    sigaddset(&set, number);
  return set;
}

}  // namespace

std::string signal_name(int number) {
  const char* abbreviation = ::sigabbrev_np(number);
  if (abbreviation == nullptr) return "signal " + std::to_string(number);
  return std::string("SIG") + abbreviation;
}

Result<SignalFd> SignalFd::create() {
  const sigset_t set = taken_signals();
  const int failure = ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (failure != 0) return tl::unexpected(errno_error(failure, "pthread_sigmask"));
  UniqueFd fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!fd) return tl::unexpected(errno_error(errno, "signalfd"));
  // Not left to libmariadb, which ignores it only from the first login on.
  ::signal(SIGPIPE, SIG_IGN);
  return SignalFd{std::move(fd)};
}

std::vector<SignalEvent> SignalFd::take_all() const {
  std::vector<SignalEvent> events;
  std::array<signalfd_siginfo, 8> batch{};
  while (true) {
    const ssize_t got = ::read(fd_.get(), batch.data(), sizeof batch);
    if (got <= 0) return events;
    const auto count = static_cast<std::size_t>(got) / sizeof(signalfd_siginfo);
    for (std::size_t i = 0; i < count; ++i) {
      events.push_back({.number = static_cast<int>(batch[i].ssi_signo),
                        .sender = static_cast<pid_t>(batch[i].ssi_pid),
                        .sender_uid = batch[i].ssi_uid});
    }
  }
}

}  // namespace sragent
