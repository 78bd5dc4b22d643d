#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "io/deadline.h"
#include "io/monitor.h"
#include "io/process.h"

namespace sragent {

/// Children that worker threads have started and main reaps: whoever reaps hands their status over.
/// Any thread.
class ChildDesk {
 public:
  /// spawn() of io/process.h; the child is known before anybody can hand over its status.
  [[nodiscard]] Result<Child> start(const SpawnSpec& spec);
  /// What reap_all() returned; those that are not ours come back.
  [[nodiscard]] std::vector<Reaped> take(const std::vector<Reaped>& reaped);
  /// Status of a child of ours, which is forgotten then; nullopt: it has not been handed over by
  /// the deadline. A child that nobody waits for is forgotten when it is handed over.
  [[nodiscard]] std::optional<ExitStatus> wait(pid_t pid, Deadline until);
  /// Nobody waits for `pid` any more.
  void forget(pid_t pid);

 private:
  struct Entry {
    bool wanted = true;
    std::optional<ExitStatus> status{};
  };
  Monitor monitor_{};
  std::map<pid_t, Entry> children_{};
};

struct CommandSpec {
  std::vector<std::string> argv{};  ///< argv[0] is a path.
  std::vector<std::string> env{};
  std::size_t max_bytes = std::size_t{4} << 10U;  ///< Of its output; the rest is read and dropped.
};

struct CommandOutcome {
  std::optional<ExitStatus> status{};  ///< nullopt: it was killed at the deadline.
  std::string output{};                ///< Standard output and error, in order of arrival.
};

/// Runs a program in a process group of its own and kills the whole group at the deadline, or once
/// the program itself has ended, so that nothing it left in the group holds anybody up. Errors as
/// spawn(). Blocks; any thread.
[[nodiscard]] Result<CommandOutcome> run_command(ChildDesk& desk,
                                                 const CommandSpec& spec,
                                                 Deadline until);

}  // namespace sragent
