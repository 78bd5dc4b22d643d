#include "io/write_lines.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <string>

#include "io/fd.h"

namespace sragent {

std::optional<std::size_t> write_lines(int fd,
                                       std::string_view text,
                                       std::chrono::milliseconds wait) {
  pollfd room{fd, POLLOUT, 0};
  const int ready = ::poll(&room, 1, static_cast<int>(wait.count()));
  if (ready == 0 || (ready < 0 && errno == EINTR)) return 0;
  if (ready < 0 || (room.revents & (POLLERR | POLLNVAL)) != 0) return std::nullopt;
  auto piece = text.substr(0, PIPE_BUF);
  if (const auto line = piece.rfind('\n');
      piece.size() < text.size() && line != std::string_view::npos)
    piece = piece.substr(0, line + 1);
  const auto count = ::write(fd, piece.data(), piece.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (count < 0) return std::nullopt;
  return static_cast<std::size_t>(count);
}

bool write_line_of(pid_t pid, std::string_view line) {
  const auto path = "/proc/" + std::to_string(pid) + "/fd/2";
  const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  const auto text = std::string{line} + "\n";
  return fd && write_lines(fd.get(), text, {}) == text.size();
}

}  // namespace sragent
