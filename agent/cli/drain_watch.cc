#include "cli/drain_watch.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <thread>

#include <fmt/format.h>

#include "cli/leaving_view.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "core/words.h"
#include "io/deadline.h"

namespace sragent {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::chrono::milliseconds kPace{250};
/// Work that does not get less for so long stands still.
constexpr std::chrono::seconds kStall{30};
constexpr int kBarWidth = 20;

/// How the count of running work went.
class Progress {
 public:
  Progress() = default;
  void take(const LeavingView& leaving) {
    if (phase_ != leaving.phase) *this = Progress{began_, leaving.phase};
    if (!leaving.running) return;
    most_ = std::max(most_, *leaving.running);
    if (*leaving.running >= least_) return;
    least_ = *leaving.running;
    moved_ = Clock::now();
  }
  [[nodiscard]] bool stalled() const { return Clock::now() - moved_ >= kStall; }
  [[nodiscard]] double seconds() const { return Seconds{Clock::now() - began_}.count(); }

  /// "[#####....]"
  [[nodiscard]] static std::string bar(int ended, int of) {
    const int full = of == 0 ? kBarWidth : ended * kBarWidth / of;
    return fmt::format("[{:#<{}}{:.<{}}]", "", full, "", kBarWidth - full);
  }
  /// "[#####....] about 8 s left"; empty while there is nothing to tell of.
  [[nodiscard]] std::string work(int running) const {
    if (most_ == 0) return {};
    const int ended = most_ - running;
    auto out = bar(ended, most_);
    if (ended > 0 && running > 0)
      out += fmt::format(" about {:.0f} s left", seconds() / ended * running);
    return out;
  }

 private:
  Progress(Clock::time_point began, std::string phase) : began_(began), phase_(std::move(phase)) {}

  Clock::time_point began_ = Clock::now();
  Clock::time_point moved_ = Clock::now();
  std::string phase_{};
  int least_ = std::numeric_limits<int>::max();
  int most_ = 0;
};

std::string json_line(const LeavingView& leaving, const Progress& progress) {
  JsonObject out;
  out.text("phase", leaving.phase);
  if (leaving.running) out.number("running", *leaving.running);
  if (leaving.cut_off) out.number("cut_off", *leaving.cut_off);
  if (leaving.tablets) out.number("tablets", *leaving.tablets);
  if (leaving.tablets_at_begin) out.number("tablets_at_begin", *leaving.tablets_at_begin);
  if (leaving.left_ms) out.number("left_ms", *leaving.left_ms);
  if (leaving.result) out.number("result", *leaving.result);
  if (!leaving.refusal.empty()) out.text("refusal", leaving.refusal);
  out.text("detail", leaving.detail);
  out.raw("notes", json_list(leaving.notes));
  out.number("elapsed_ms", static_cast<std::int64_t>(progress.seconds() * 1'000));
  return out.str() + "\n";
}

std::string tablets_text(const LeavingView& leaving) {
  const int of = leaving.tablets_at_begin.value_or(*leaving.tablets);
  auto out = fmt::format(
      "{} of {} tablets left {}", *leaving.tablets, of, Progress::bar(of - *leaving.tablets, of));
  if (leaving.left_ms) out += fmt::format(" about {} s left", *leaving.left_ms / 1'000);
  return out;
}

std::string live_line(const LeavingView& leaving, const Progress& progress) {
  auto out = fmt::format("{:<8}{}", leaving.phase, leaving.detail);
  if (leaving.phase == "work" && leaving.running)
    out += fmt::format(": {} running {}", *leaving.running, progress.work(*leaving.running));
  if (leaving.phase == "move" && leaving.tablets) out += ": " + tablets_text(leaving);
  return out;
}

/// Shows changes, on a terminal in place.
class Screen {
 public:
  explicit Screen(OutputFormat format)
      : live_(format == OutputFormat::kText && ::isatty(STDOUT_FILENO) == 1) {}

  void show(const LeavingView& leaving, const Progress& progress) {
    const auto key = fmt::format("{}/{}/{}/{}/{}",
                                 leaving.phase,
                                 leaving.running.value_or(-1),
                                 leaving.tablets.value_or(-1),
                                 leaving.stalled,
                                 leaving.result.value_or(-1));
    if (live_) return print_now("\r\x1b[K" + live_line(leaving, progress));
    if (key == last_) return;
    last_ = key;
    print_now(json_line(leaving, progress));
  }

  void end(const LeavingView& leaving) const {
    if (!live_) return;
    print_out("\n");
    for (const auto& note : leaving.notes)
      print_out("  " + note + "\n");
  }

 private:
  /// A pipe is buffered, and so is a terminal's line until it ends. A failure shows at the verb's
  /// end.
  static void print_now(const std::string& text) {
    print_out(text);
    static_cast<void>(flush_out());
  }

  bool live_;
  std::string last_{};
};

/// Exit code once there is nothing more to wait for; said why.
std::optional<int> over(const Invocation& call, const LeavingView& leaving) {
  const bool back = leaving.result == kExitNo && leaving.refusal.empty();
  if (back && call.has("--cancel")) return kExitDone;
  if (back) return complain(call.verb, "it was taken back: the node goes on serving", kExitNo);
  if (leaving.result && leaving.refusal.empty()) return *leaving.result;
  if (leaving.result) return complain(call.verb, leaving.refusal, *leaving.result);
  if (!leaving.stalled) return std::nullopt;
  const std::string what = leaving.running.value_or(0) > 0
                               ? "running work has not become less for a while: "
                               : "no tablet has moved for a while: ";
  return complain(call.verb,
                  what + joined(leaving.notes, "; ") +
                      ". The node goes on; 'sr-agent drain --cancel' takes it back",
                  kExitStalled);
}

}  // namespace

int watch_leaving(const Invocation& call,
                  const Config& config,
                  std::optional<std::chrono::seconds> limit) {
  const auto until = limit ? std::optional{Deadline::after(*limit)} : std::nullopt;
  Progress progress;
  Screen screen{call.output};
  bool moves = false;
  while (true) {
    const auto asked = ask_leaving(config);
    if (!asked && asked.error().kind != ErrorKind::kTimeout)
      return complain(call.verb, "the agent is gone: " + asked.error().what, kExitTryAgain);
    if (asked && *asked) {
      const auto& leaving = **asked;
      moves = leaving.phase == "move";
      progress.take(leaving);
      screen.show(leaving, progress);
      if (leaving.result || leaving.stalled) screen.end(leaving);
      if (const auto code = over(call, leaving)) return *code;
    }
    if (until && until->expired()) {
      return complain(call.verb,
                      "the wait is over; the node goes on draining, 'sr-agent drain --cancel' "
                      "takes it back",
                      progress.stalled() && !moves ? kExitStalled : kExitTimeOver);
    }
    std::this_thread::sleep_for(kPace);
  }
}

}  // namespace sragent
