#include "core/restart.h"

#include <algorithm>

namespace sragent {
namespace {

constexpr int kAborted = 134;
constexpr int kSegmentationFault = 139;
constexpr int kMaxDoublings = 10;

}  // namespace

RestartDecision decide_restart(const RestartPolicy& policy,
                               CrashHistory& history,
                               int exit_code,
                               Instant now) {
  history.push_back(now);
  std::erase_if(history, [&](Instant at) { return now - at > policy.window; });
  RestartDecision out;
  const auto ends = static_cast<int>(history.size());
  out.crash_loop = ends > policy.max_in_window;
  const bool crashed = exit_code == kAborted || exit_code == kSegmentationFault;
  const bool wanted = policy.always || (policy.after_crash && crashed);
  if (!wanted || out.crash_loop) return out;
  const auto doublings = std::clamp(ends - 1, 0, kMaxDoublings);
  out.pause = std::min(policy.max_pause, policy.pause * (1 << doublings));
  return out;
}

}  // namespace sragent
