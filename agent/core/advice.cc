#include "core/advice.h"

#include <algorithm>

namespace sragent {
namespace {

constexpr int kMinute = 60;

/// A graceful FE answers 500 at once and accepts for the window: the endpoints must be rid of it by
/// then, or clients meet a closed port.
void advise_readiness(const AdviceFacts& facts, std::vector<Advice>& out) {
  if (!facts.accept_window_s || *facts.accept_window_s > kOperatorFailureSeconds) return;
  const int below = (*facts.accept_window_s - 1) / kOperatorProbePeriod * kOperatorProbePeriod;
  const int value = std::max(below, kOperatorProbePeriod);
  out.push_back(
      {"readinessProbeFailureSeconds",
       std::to_string(value),
       "an FE that stops accepts connections for " + std::to_string(*facts.accept_window_s) +
           " s (min_graceful_exit_time_second of fe.conf), and the operator's default of " +
           std::to_string(kOperatorFailureSeconds) + " s keeps clients coming until then"});
}

/// Twice what was seen, in whole minutes.
int generous(Millis took) {
  const auto seconds = 2 * std::chrono::duration_cast<std::chrono::seconds>(took).count();
  return static_cast<int>((seconds + kMinute - 1) / kMinute) * kMinute;
}

void advise_start(const AdviceFacts& facts, std::vector<Advice>& out) {
  if (!facts.longest_start || *facts.longest_start <= kLongStart) return;
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(*facts.longest_start).count();
  const auto value = std::to_string(generous(*facts.longest_start));
  const auto seen = "a start of this server took " + std::to_string(took) + " s";
  out.push_back({"startupProbeFailureSeconds",
                 value,
                 seen + "; the operator's default kills it after 300 s"});
  out.push_back({"livenessProbeFailureSeconds",
                 value,
                 seen + "; one in place is killed after 15 s by the operator's default"});
}

}  // namespace

std::vector<Advice> probe_advice(const AdviceFacts& facts) {
  std::vector<Advice> out;
  if (!facts.operator_pod) return out;
  advise_readiness(facts, out);
  advise_start(facts, out);
  return out;
}

}  // namespace sragent
