#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "core/fe_stop.h"
#include "io/clock.h"
#include "runtime/fe_look.h"
#include "runtime/status.h"

namespace sragent {

/// What an FE's own server tells before it stops.
struct FeLeaveLook {
  bool answered = false;
  std::string why{};  ///< Why not.
  std::string version{};
  FeStopView view{};
};

struct FeLeaveNews {
  std::uint64_t ticket = 0;
  std::variant<FeLeaveLook, Result<int>> what{};
};

/// What an FE does for its leaving: looks at the quorum, chooses the signal, counts what runs. It
/// marks nothing: a draining FE says so itself. Main thread; what may block runs in worker jobs.
class FeLeave {
 public:
  /// Hands a job to the pool and brings its news back through take(); false: not taken.
  using BeginJob = std::function<bool(std::function<FeLeaveNews()>, Millis limit)>;

  FeLeave(Clock clock, BeginJob begin_job) : clock_(clock), begin_job_(std::move(begin_job)) {}

  /// `max_exit_s`: max_graceful_exit_time_second of fe.conf.
  [[nodiscard]] LeaveFacts facts(const LeaveState& state, int max_exit_s) const;
  void act(LeaveAction action, const LookContext& context, Instant now);
  void take(FeLeaveNews news, Instant now);
  void begin_anew();
  [[nodiscard]] int signal() const;
  void describe(NodeStatus& status) const;

 private:
  void begin(std::function<FeLeaveNews()> work, Instant now);
  [[nodiscard]] FeStop stop() const;

  Clock clock_;
  BeginJob begin_job_;
  std::optional<FeLeaveLook> look_{};
  std::optional<int> running_{};
  std::optional<Instant> counted_at_{};
  std::optional<Instant> quiet_since_{};
  std::string count_why_{};
  int counts_failed_ = 0;  ///< In a row.
  std::uint64_t ticket_ = 0;
  std::optional<Instant> job_until_{};
  Instant job_began_{};
  Instant next_{};
};

}  // namespace sragent
