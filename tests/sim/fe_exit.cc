#include "fe_exit.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>

#include "sim_clock.h"
#include "sim_log.h"

namespace srsim {
namespace {

std::string& pid_file() {
  static std::string path;
  return path;
}

}  // namespace

void set_pid_file(const std::string& path) {
  pid_file() = path;
}

void take_pid_file(const std::string& path) {
  set_pid_file(path);
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (attempt > 0) sleep_for(scaled(milliseconds(10000)));
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) continue;
    const std::string pid = std::to_string(getpid());
    if (ftruncate(fd, 0) == 0 && write(fd, pid.data(), pid.size()) > 0)
      return;  // the lock lives with the process
  }
  log_error("StarRocksFE.createAndLockPidFile():1", "create pid file failed, exit");
  std::_Exit(255);
}

void fe_exit(int code) {
  if (!pid_file().empty()) unlink(pid_file().c_str());
  std::_Exit(code);
}

void start_failed(std::string_view exception) {
  log_error("StarRocksFE.start():214", "StarRocksFE start failed");
  log_raw(exception);
  fe_exit(255);
}

}  // namespace srsim
