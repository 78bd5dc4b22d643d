#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/types.h"

/// What the agent advises on settings of its pod that it cannot change. Source: scenario S57 of
/// docs/scenarios.md. Pure. Any thread.
namespace sragent {

/// The operator's default for the seconds that readiness and liveness may fail.
inline constexpr int kOperatorFailureSeconds = 15;
/// The operator's probes ask this often; their seconds are rounded up to it.
inline constexpr int kOperatorProbePeriod = 5;
/// Starts beyond this come too near to the operator's 300 s of startup probe.
inline constexpr Millis kLongStart{180'000};

struct Advice {
  std::string field{};  ///< Of the cluster resource: "readinessProbeFailureSeconds".
  std::string value{};
  std::string text{};  ///< Why, in one sentence.
};

struct AdviceFacts {
  bool operator_pod = false;              ///< The pod has the official operator's names.
  std::optional<int> accept_window_s{};   ///< FE: min_graceful_exit_time_second; else nothing.
  std::optional<Millis> longest_start{};  ///< From the server's start to its first sign of life.
};

/// In a fixed order; empty where the agent's own probes are used or nothing is the matter.
[[nodiscard]] std::vector<Advice> probe_advice(const AdviceFacts& facts);

}  // namespace sragent
