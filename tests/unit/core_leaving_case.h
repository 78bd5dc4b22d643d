#pragma once

#include <chrono>

#include "core/leaving.h"

/// A leaving from its begin, turn by turn.
namespace sragent::test {

inline constexpr Instant kStart{1'000'000};
inline constexpr Millis kBudget{100'000};

/// A server that runs, and FEs that were asked and take marks.
inline LeaveFacts facts() {
  LeaveFacts out;
  out.server_running = true;
  out.looked = true;
  out.marks_wanted = true;
  out.work_counts = true;
  out.server_stop = std::chrono::seconds{20};
  return out;
}

/// A turn of `state`, which takes what comes of it.
inline LeaveAction turn(LeaveState& state, const LeaveFacts& facts, Instant now) {
  auto step = advance_leave(state, facts, now);
  state = step.state;
  return step.action;
}

inline LeaveFacts counted(LeaveFacts facts, int running, Instant at) {
  if (running > 0) facts.quiet_since.reset();
  if (running == 0 && !facts.quiet_since) facts.quiet_since = at;
  facts.running = running;
  facts.counted_at = at;
  return facts;
}

}  // namespace sragent::test
