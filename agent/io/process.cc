#include "io/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "io/errno.h"
#include "io/side_effect.h"
#include "io/signals.h"

namespace sragent {
namespace {

/// posix_spawn's two C objects. None of their setters fails on Linux but for ENOMEM, which the
/// first failure keeps for take_failure().
class SpawnSetup {
 public:
  SpawnSetup() {
    note(::posix_spawn_file_actions_init(&actions_));
    note(::posix_spawnattr_init(&attributes_));
  }
  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  SpawnSetup(SpawnSetup&&) = delete;
  SpawnSetup& operator=(SpawnSetup&&) = delete;

  void default_signals_own_group() {
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    // SETSIGDEF also undoes SIGPIPE, which libmariadb sets to ignored for the whole process.
    note(::posix_spawnattr_setsigdefault(&attributes_, &all));
    note(::posix_spawnattr_setsigmask(&attributes_, &none));
    note(::posix_spawnattr_setpgroup(&attributes_, 0));
    note(::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP));
  }
  void open_null(int fd, int flags) {
    note(::posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", flags, 0));
  }
  void connect(int from, int to) { note(::posix_spawn_file_actions_adddup2(&actions_, from, to)); }
  void close_above_stderr() { note(::posix_spawn_file_actions_addclosefrom_np(&actions_, 3)); }
  void change_dir(const std::string& cwd) {
    note(::posix_spawn_file_actions_addchdir_np(&actions_, cwd.c_str()));
  }

  [[nodiscard]] int failure() const { return failure_; }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  void note(int result) {
    if (failure_ == 0) failure_ = result;
  }
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  int failure_ = 0;
};

struct Pipe {
  UniqueFd read{};
  UniqueFd write{};
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected(errno_error(errno, "pipe2"));
  Pipe result{.read = UniqueFd{ends[0]}, .write = UniqueFd{ends[1]}};
  // Only our end: the program's must block as it expects.
  ::fcntl(result.read.get(), F_SETFL, O_NONBLOCK);
  return result;
}

/// One of stdout and stderr; `write_end` has to live until after the spawn.
Result<void> connect_output(
    SpawnSetup& setup, ChildOutput output, int fd, UniqueFd& read_end, UniqueFd& write_end) {
  if (output == ChildOutput::kNull) setup.open_null(fd, O_WRONLY);
  if (output != ChildOutput::kPipe) return {};
  Result<Pipe> pipe = make_pipe();
  if (!pipe) return tl::unexpected(pipe.error());
  read_end = std::move(pipe->read);
  write_end = std::move(pipe->write);
  setup.connect(write_end.get(), fd);
  return {};
}

std::vector<char*> c_strings(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  // posix_spawn takes char* for history's sake and changes nothing.
  for (const std::string& text : strings)
    pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// Says more than errno where a person would otherwise search: what is wrong with which file.
Result<void> check_program(const SpawnSpec& spec) {
  const std::string& program = spec.argv.front();
  const std::string what = "start " + program;
  struct stat info {};
  if (!spec.cwd.empty() && ::stat(spec.cwd.c_str(), &info) != 0) {
    return tl::unexpected(errno_error(errno, what + ": working directory " + spec.cwd));
  }
  // A relative program is looked for below cwd, where we are not.
  if (program.front() != '/' && !spec.cwd.empty()) return {};
  if (::stat(program.c_str(), &info) != 0) return tl::unexpected(errno_error(errno, what));
  if (!S_ISREG(info.st_mode)) {
    return tl::unexpected(Error{.kind = ErrorKind::kIo, .what = what + ": not a regular file"});
  }
  if (::access(program.c_str(), X_OK) != 0) {
    return tl::unexpected(Error{.kind = ErrorKind::kIo,
                                .what = what + ": not executable for this user (chmod +x, or a "
                                               "volume mounted noexec)"});
  }
  return {};
}

Error spawn_error(int number, const SpawnSpec& spec) {
  std::string what = "start " + spec.argv.front();
  if (number == ENOENT) what += ": it exists, but its interpreter (first line, #!) does not";
  if (number == ENOEXEC) what += ": neither a program for this machine nor a script with #!";
  return errno_error(number, what);
}

}  // namespace

Result<Child> spawn(const SpawnSpec& spec) {
  if (spec.argv.empty() || spec.argv.front().empty()) {
    return tl::unexpected(Error{.kind = ErrorKind::kBadConfig, .what = "start: empty command"});
  }
  if (auto fine = check_program(spec); !fine) return tl::unexpected(fine.error());
  SpawnSetup setup;
  setup.default_signals_own_group();
  setup.open_null(STDIN_FILENO, O_RDONLY);
  Child child;
  UniqueFd out_end;
  UniqueFd err_end;
  if (auto ok = connect_output(setup, spec.out, STDOUT_FILENO, child.out, out_end); !ok) {
    return tl::unexpected(ok.error());
  }
  if (auto ok = connect_output(setup, spec.err, STDERR_FILENO, child.err, err_end); !ok) {
    return tl::unexpected(ok.error());
  }
  setup.close_above_stderr();
  if (!spec.cwd.empty()) setup.change_dir(spec.cwd);
  int failure = setup.failure();
  if (failure == 0) {
    const std::vector<char*> argv = c_strings(spec.argv);
    const std::vector<char*> env = spec.env ? c_strings(*spec.env) : std::vector<char*>{};
    failure = side_effect("process.spawn", [&] {
      return ::posix_spawn(&child.pid,
                           spec.argv.front().c_str(),
                           setup.actions(),
                           setup.attributes(),
                           argv.data(),
                           spec.env ? env.data() : environ);
    });
  }
  if (failure != 0) return tl::unexpected(spawn_error(failure, spec));
  return child;
}

Error exec_program(const std::vector<std::string>& argv,
                   const std::vector<std::string>& env,
                   std::optional<int> keep) {
  SpawnSpec spec;
  spec.argv = argv;
  if (argv.empty()) return Error{ErrorKind::kBadConfig, "start: empty command"};
  if (auto fine = check_program(spec); !fine) return fine.error();
  for (int number = 1; number <= SIGRTMAX; ++number)  // SIGKILL and others refuse, as they should
    ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  constexpr int kKept = STDERR_FILENO + 1;
  if (keep && *keep != kKept) static_cast<void>(::dup2(*keep, kKept));
  if (keep) static_cast<void>(::fcntl(kKept, F_SETFD, 0));
  ::closefrom(keep ? kKept + 1 : kKept);
  const std::vector<char*> words = c_strings(argv);
  const std::vector<char*> names = c_strings(env);
  side_effect("process.exec",
              [&] { return ::execve(argv.front().c_str(), words.data(), names.data()); });
  return spawn_error(errno, spec);
}

ExitStatus decode_wait_status(int status) {
  if (WIFSIGNALED(status)) return {.how = ExitStatus::How::kSignaled, .value = WTERMSIG(status)};
  return {.how = ExitStatus::How::kExited, .value = WEXITSTATUS(status)};
}

std::string to_string(const ExitStatus& status) {
  if (status.how == ExitStatus::How::kSignaled) return "killed by " + signal_name(status.value);
  return "exited with " + std::to_string(status.value);
}

std::vector<Reaped> reap_all() {
  std::vector<Reaped> ended;
  while (true) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid == -1 && errno == EINTR) continue;
    if (pid <= 0) return ended;
    ended.push_back({.pid = pid, .status = decode_wait_status(status)});
  }
}

Result<void> kill_process(pid_t pid, int signal) {
  // 0 and negative numbers would mean groups, -1 everybody: never what a caller means here.
  if (pid <= 0) {
    return tl::unexpected(Error{.kind = ErrorKind::kNotFound, .what = "kill: no such process"});
  }
  if (side_effect("process.signal", [&] { return ::kill(pid, signal); }) == 0) return {};
  return tl::unexpected(
      errno_error(errno, "send " + signal_name(signal) + " to " + std::to_string(pid)));
}

Result<void> kill_group(pid_t pgid, int signal) {
  if (pgid <= 1) {
    return tl::unexpected(Error{.kind = ErrorKind::kNotFound, .what = "kill: no such group"});
  }
  if (side_effect("group.signal", [&] { return ::kill(-pgid, signal); }) == 0) return {};
  return tl::unexpected(
      errno_error(errno, "send " + signal_name(signal) + " to group " + std::to_string(pgid)));
}

}  // namespace sragent
