#include "sim_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <mutex>

#include "sim_clock.h"

namespace srsim {
namespace {

struct Sink {
  std::mutex mutex{};
  int fd = -1;
  int audit_fd = -1;
  bool console = false;
  std::string main_thread{"main|1"};
};

Sink& sink() {
  static Sink instance;
  return instance;
}

void put(int fd, std::string_view text) {
  while (fd >= 0 && !text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void emit(const std::string& line) {
  Sink& to = sink();
  const std::lock_guard lock(to.mutex);
  put(to.fd, line);
  if (to.console) put(STDOUT_FILENO, line);
}

void log(std::string_view level, std::string_view where, std::string_view text) {
  std::string thread;
  {
    const std::lock_guard lock(sink().mutex);
    thread = sink().main_thread;
  }
  emit(log_stamp() + " " + std::string(level) + " (" + thread + ") [" + std::string(where) + "] " +
       std::string(text) + "\n");
}

}  // namespace

void open_log(const std::string& path, bool console) {
  Sink& to = sink();
  const std::lock_guard lock(to.mutex);
  to.fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  to.console = console;
}

void open_audit_log(const std::string& path) {
  Sink& to = sink();
  const std::lock_guard lock(to.mutex);
  to.audit_fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

void audit_line(std::string_view client, std::string_view user, std::string_view statement) {
  std::string line = log_stamp() + " [query] |Timestamp=" + std::to_string(unix_ms()) + "|Client=";
  line.append(client).append("|User=").append(user).append("|Stmt=");
  for (const char c : statement)
    line += c == '\n' || c == '|' ? ' ' : c;
  line += "\n";
  Sink& to = sink();
  const std::lock_guard lock(to.mutex);
  put(to.audit_fd, line);
}

void name_main_thread(const std::string& name) {
  const std::lock_guard lock(sink().mutex);
  sink().main_thread = name;
}

void log_info(std::string_view where, std::string_view text) {
  log("INFO", where, text);
}
void log_warn(std::string_view where, std::string_view text) {
  log("WARN", where, text);
}
void log_error(std::string_view where, std::string_view text) {
  log("ERROR", where, text);
}
void log_raw(std::string_view text) {
  emit(std::string(text) + "\n");
}

void out_line(std::string_view text) {
  const std::string line = "[" + out_stamp() + "] " + std::string(text) + "\n";
  const std::lock_guard lock(sink().mutex);
  put(STDOUT_FILENO, line);
}

}  // namespace srsim
