#pragma once

#include <string>
#include <thread>
#include <vector>

namespace sragent {

/// Prints what is appended to files, in whole lines, on `fd`; a thread of its own, which holds up
/// nobody: what cannot be written waits in the file. Memory is bounded by 128 KiB a file; where
/// more than 16 MiB wait, all but the last 1 MiB is left out and a line says so. A line longer than
/// 64 KiB is printed in pieces. Ends with the object, at most a second after it
/// was told to, however slowly `fd` is read, and for good once `fd` is closed at its other end.
/// Source: scenario S70.
class LogFollow {
 public:
  LogFollow(const std::vector<std::string>& paths, int fd);
  ~LogFollow() = default;  // the thread is told to end, and joined
  LogFollow(const LogFollow&) = delete;
  LogFollow& operator=(const LogFollow&) = delete;

 private:
  std::jthread thread_{};
};

}  // namespace sragent
