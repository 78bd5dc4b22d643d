#pragma once

#include <string>
#include <string_view>

namespace srsim {

/// Registers the file that a JVM deletes on its exit.
void set_pid_file(const std::string& path);

/// Locks and writes the pid file (no newline): 3 tries 10 s (scaled) apart, then the process ends
/// with 255.
void take_pid_file(const std::string& path);

/// Ends the process at once as System.exit(code) does: the pid file goes, nothing else is tidied
/// up.
[[noreturn]] void fe_exit(int code);

/// `StarRocksFE start failed` with the exception's text in fe.log, then 255.
[[noreturn]] void start_failed(std::string_view exception);

}  // namespace srsim
