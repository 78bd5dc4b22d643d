#pragma once

#include <optional>
#include <string>

#include "core/leaving.h"
#include "core/result.h"

namespace sragent {

/// Pause between two counts of running work.
inline constexpr Millis kCountPace{500};
/// So many failed counts in a row tell that none can be had.
inline constexpr int kCountTries = 2;

/// What the counts of a node's running work told. Main thread.
class WorkCount {
 public:
  /// What the user may not see (kPrivilege) is not waited for: it counts as quiet (S60).
  void take(const Result<int>& count, Instant asked_at);
  /// Fills in what is known of running work; work_counts is the caller's.
  void tell(LeaveFacts& facts) const;
  /// A stop does not wait for what nobody can tell; a drain does.
  [[nodiscard]] bool can_be_had(const LeaveState& state) const;
  /// Nothing runs, as far as a count tells; or several in a row failed, or the user may not count.
  [[nodiscard]] bool idle_or_unknown() const {
    return running_ == 0 || denied_ || failed_ >= kCountTries;
  }
  /// Why the last count failed; empty: it did not.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  std::optional<int> running_{};
  std::optional<Instant> counted_at_{};
  std::optional<Instant> quiet_since_{};
  std::string why_{};
  int failed_ = 0;       ///< In a row.
  bool denied_ = false;  ///< The last one.
};

}  // namespace sragent
