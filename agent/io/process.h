#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "io/fd.h"

namespace sragent {

enum class ChildOutput : unsigned char {
  kInherit,  ///< Ours.
  kPipe,     ///< Read by us from Child::out / Child::err.
  kNull,     ///< /dev/null.
};

struct SpawnSpec {
  /// argv[0] is the program: a path, not searched for in PATH.
  std::vector<std::string> argv{};
  /// "NAME=value". Unset: our own environment.
  std::optional<std::vector<std::string>> env{};
  std::string cwd{};  ///< Empty: ours.
  ChildOutput out = ChildOutput::kInherit;
  ChildOutput err = ChildOutput::kInherit;
};

struct Child {
  pid_t pid = 0;
  UniqueFd out{};  ///< Non-blocking read end, if asked for.
  UniqueFd err{};
};

/// Starts a program in a process group of its own (pgid = pid), with default signal dispositions,
/// an empty mask, stdin from /dev/null and no descriptor above 2. Failures of exec are reported
/// here: kNotFound (program, its interpreter or cwd), kIo (not executable, out of processes, ...).
/// The caller reaps (reap_all). posix_spawn(3). Any thread.
[[nodiscard]] Result<Child> spawn(const SpawnSpec& spec);

/// Becomes the program `argv[0]` (a path), with default signal dispositions, an empty mask and our
/// standard streams, and the descriptor `keep` as its number 3; other threads end. Returns only on
/// failure: kNotFound, kIo. execve(2).
[[nodiscard]] Error exec_program(const std::vector<std::string>& argv,
                                 const std::vector<std::string>& env,
                                 std::optional<int> keep = std::nullopt);

/// How a process ended (wait(2)).
struct ExitStatus {
  enum class How : unsigned char { kExited, kSignaled };
  How how = How::kExited;
  int value = 0;  ///< Exit code, or signal number.
  bool operator==(const ExitStatus&) const = default;
  /// The code itself, or 128 + signal as a shell says it.
  [[nodiscard]] int to_exit_code() const { return how == How::kExited ? value : 128 + value; }
};
[[nodiscard]] ExitStatus decode_wait_status(int status);
/// "exited with 255", "killed by SIGKILL".
[[nodiscard]] std::string to_string(const ExitStatus& status);

struct Reaped {
  pid_t pid = 0;
  ExitStatus status{};
};

/// Every child (and adopted orphan) that has ended, until none is left; never blocks. One thread.
[[nodiscard]] std::vector<Reaped> reap_all();

/// Sends `signal` to a process, or to the whole group `pgid`. kNotFound if nobody is there.
[[nodiscard]] Result<void> kill_process(pid_t pid, int signal);
[[nodiscard]] Result<void> kill_group(pid_t pgid, int signal);

}  // namespace sragent
