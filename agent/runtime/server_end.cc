#include "runtime/server_end.h"

#include <cstdio>

#include "core/text.h"
#include "io/files.h"
#include "runtime/log.h"
#include "starrocks/server_log.h"
#include "starrocks/state_file.h"

namespace sragent {
namespace {

constexpr int kLogLines = 50;
constexpr std::size_t kLogBytes = std::size_t{64} << 10U;
constexpr std::size_t kMaxEnds = std::size_t{1} << 16U;
constexpr mode_t kMode = 0600;
constexpr int kSignalBase = 128;
constexpr int kLastSignal = 64;

std::string log_tail(const std::string& path) {
  const auto text = read_tail(path, kLogBytes);
  return text ? std::string{last_lines(*text, kLogLines)} : std::string{};
}

RestartPolicy policy_of(const RestartConfig& config) {
  RestartPolicy out;
  out.always = config.debug_mode;
  out.after_crash = config.coredump_enabled;
  out.pause = config.wait;
  out.window = config.window;
  out.max_in_window = static_cast<int>(config.max_in_window);
  return out;
}

ServerEnd look_into_logs(const LogFiles& logs, const ExitStatus& status) {
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
  out.sign = std::move(signs.front());
  return out;
}

}  // namespace

CrashLog::CrashLog(std::string file, Instant now) : file_(std::move(file)) {
  const auto note =
      read_file(file_, kMaxEnds).and_then([](const std::string& text) { return parse_ends(text); });
  if (!note) return;
  for (const auto& text : note->at_ms) {
    const auto at = whole_number<std::int64_t>(text);
    if (at && Instant{*at} <= now) history_.emplace_back(*at);  // else the machine was booted again
  }
}

void CrashLog::keep() const {
  EndsNote note;
  for (const auto at : history_)
    note.at_ms.push_back(std::to_string(at.count()));
  if (auto done = write_atomic(file_, to_text(note), kMode); !done)
    log_warn("mark_not_written", {{"error", done.error().what}});
}

std::string name_exit(const ExitStatus& status) {
  const int number = status.value - kSignalBase;
  const bool passed_on =
      status.how == ExitStatus::How::kExited && number > 0 && number <= kLastSignal;
  if (!passed_on) return to_string(status);
  const auto killed = to_string(ExitStatus{ExitStatus::How::kSignaled, number});
  return to_string(status) + " (" + killed.substr(killed.rfind(' ') + 1) + ")";
}

ServerEnd judge_server_end(const LogFiles& logs,
                           const ExitStatus& status,
                           const RestartConfig& config,
                           CrashLog& ends,
                           Instant now) {
  auto out = look_into_logs(logs, status);
  auto& history = ends.history();
  const auto restart = decide_restart(policy_of(config), history, status.to_exit_code(), now);
  ends.keep();
  out.restart_in = restart.pause;
  if (restart.crash_loop) {
    const auto count = std::to_string(history.size());
    out.reason = Reason::kCrashLoop;
    out.detail += "; " + count + " ends in " + std::to_string(config.window.count()) + " s";
    log_error("crash_loop", {{"ends", count}});
    out.hold = config.crash_loop == CrashLoopSetting::kHold;
  }
  if (out.restart_in)
    log_info("server_restart_in", {{"ms", std::to_string(out.restart_in->count())}});
  return out;
}

}  // namespace sragent
