#include "runtime/work_count.h"

#include "runtime/log.h"

namespace sragent {
void WorkCount::take(const Result<int>& count, Instant asked_at) {
  why_ = count ? std::string{} : count.error().what;
  denied_ = !count && count.error().kind == ErrorKind::kPrivilege;
  failed_ = count || denied_ ? 0 : failed_ + 1;
  if (!count && !denied_) return;
  if (count && running_ != *count) log_info("running_work", {{"count", std::to_string(*count)}});
  running_ = count ? std::optional{*count} : std::nullopt;
  counted_at_ = asked_at;
  const bool runs = running_.value_or(0) > 0;
  if (runs) quiet_since_.reset();
  if (!runs && !quiet_since_) quiet_since_ = asked_at;
}

void WorkCount::tell(LeaveFacts& facts) const {
  facts.running = running_;
  facts.counted_at = counted_at_;
  facts.quiet_since = quiet_since_;
}

bool WorkCount::can_be_had(const LeaveState& state) const {
  return !is_stop(state.trigger) || failed_ < kCountTries;
}

}  // namespace sragent
