#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace sragent {

/// One process as /proc shows it (proc(5)).
struct ProcessInfo {
  pid_t pid = 0;
  pid_t ppid = 0;
  pid_t pgid = 0;
  char state = '?';                 ///< 'Z': a zombie.
  std::string comm{};               ///< At most 15 bytes.
  std::vector<std::string> argv{};  ///< Empty for zombies and kernel threads.
  std::uint64_t start_ticks = 0;    ///< Since boot; with pid it names a process for good.
};

/// kNotFound if there is no such process.
[[nodiscard]] Result<ProcessInfo> process_info(pid_t pid);

/// How long it runs; 0 if that cannot be told (proc(5), /proc/PID/stat).
[[nodiscard]] std::chrono::milliseconds age_of(const ProcessInfo& process);

/// Of every process in the own PID namespace. A snapshot.
[[nodiscard]] std::vector<pid_t> process_ids();

/// All processes below `ancestor` by parent, nearest first, without `ancestor`. A snapshot: any of
/// them may be gone when it returns. Orphans belong to whoever adopted them (set_subreaper).
[[nodiscard]] std::vector<ProcessInfo> descendants(pid_t ancestor);

/// The server that a start script left behind: the process that `pid_file` names if it is `child`
/// itself or below it and `is_server` accepts it; without a (true) pid file, the nearest such
/// process that `is_server` accepts. nullopt if none. `child` may be dead already: then its orphans
/// are found below ourselves.
[[nodiscard]] std::optional<ProcessInfo> find_server(
    const std::string& pid_file,
    pid_t child,
    const std::function<bool(const ProcessInfo&)>& is_server);

/// Real paths of the files whose names end with `suffix` that a process has open (proc(5), fd).
/// Empty also if it is gone or another user's.
[[nodiscard]] std::vector<std::string> open_files(pid_t pid, std::string_view suffix);

/// Orphans below us become our children (PR_SET_CHILD_SUBREAPER, prctl(2)).
[[nodiscard]] Result<void> set_subreaper();
[[nodiscard]] bool is_pid1();
/// Is this process in our network namespace, as the containers of one pod are? nullopt: it is gone
/// or may not be looked at (proc(5), ns/net).
[[nodiscard]] std::optional<bool> shares_network(pid_t pid);
/// Names the own PID namespace; empty if hidden (proc(5), ns/pid).
[[nodiscard]] std::string pid_namespace();
/// Name of process 1, for the warning about a shell that does not reap or forward; empty if hidden.
[[nodiscard]] std::string pid1_comm();

}  // namespace sragent
