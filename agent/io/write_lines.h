#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sragent {

/// Writes a beginning of `text`, at most PIPE_BUF bytes and where that cuts a line, whole lines, so
/// that lines of others stay whole on a pipe that is shared. Waits at most `wait` for room, and
/// says how many bytes were taken; nullopt: `fd` takes nothing any more. Any thread. Source:
/// pipe(7).
[[nodiscard]] std::optional<std::size_t> write_lines(int fd,
                                                     std::string_view text,
                                                     std::chrono::milliseconds wait);

/// Puts one line on the standard error of process `pid`: the console of a container whose first
/// process that is. False: it is not open to us, or has no room now. Source: proc(5), /proc/PID/fd.
[[nodiscard]] bool write_line_of(pid_t pid, std::string_view line);

}  // namespace sragent
