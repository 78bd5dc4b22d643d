#include "runtime/server_end.h"

#include <cstdio>

#include "io/files.h"
#include "runtime/log.h"
#include "starrocks/server_log.h"

namespace sragent {
namespace {

constexpr int kLogLines = 50;
constexpr std::size_t kLogBytes = std::size_t{64} << 10U;
constexpr int kSignalBase = 128;
constexpr int kLastSignal = 64;

std::string log_tail(const std::string& path) {
  const auto text = read_tail(path, kLogBytes);
  return text ? std::string{last_lines(*text, kLogLines)} : std::string{};
}

}  // namespace

std::string name_exit(const ExitStatus& status) {
  const int number = status.value - kSignalBase;
  const bool passed_on =
      status.how == ExitStatus::How::kExited && number > 0 && number <= kLastSignal;
  if (!passed_on) return to_string(status);
  const auto killed = to_string(ExitStatus{ExitStatus::How::kSignaled, number});
  return to_string(status) + " (" + killed.substr(killed.rfind(' ') + 1) + ")";
}

ServerEnd tell_server_end(const LogFiles& logs, const ExitStatus& status) {
  ServerEnd out;
  out.detail = "the server " + name_exit(status);
  const auto main_tail = log_tail(logs.main);
  const auto output_tail = log_tail(logs.output);
  log_error("server_ended",
            {{"status", name_exit(status)}, {"log", logs.main}, {"output", logs.output}});
  for (const auto& tail : {main_tail, output_tail})
    if (!tail.empty()) static_cast<void>(std::fprintf(stderr, "%s\n", tail.c_str()));
  auto signs = find_signs(main_tail);
  if (signs.empty()) signs = find_signs(output_tail);
  if (signs.empty()) return out;
  out.reason = reason_of(signs.front().sign);
  out.detail += ": " + std::string{explain(signs.front().sign)};
  return out;
}

}  // namespace sragent
