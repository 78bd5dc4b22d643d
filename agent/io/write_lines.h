#pragma once

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

}  // namespace sragent
