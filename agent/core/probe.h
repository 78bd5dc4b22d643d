#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

/// The user's own probes: what an answer is worth, and when a probe changes its mind. How each kind
/// is asked is `runtime/probe_run.cc`. Pure. Any thread.
namespace sragent {

enum class ProbeKind : std::uint8_t { kSql, kHttp, kExec, kTcp, kFile, kMetric };
[[nodiscard]] std::string_view to_string(ProbeKind kind);  ///< "sql" ...

/// What a failing probe makes fail.
enum class ProbeCounts : std::uint8_t { kReport, kReady, kStartup, kLive };
[[nodiscard]] std::string_view to_string(ProbeCounts counts);  ///< "report" ...

enum class Compare : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kMore,
  kMoreOrEqual,
  kContains,
};
[[nodiscard]] std::string_view to_string(Compare compare);  ///< "==" ...

/// As numbers if both are (in whole), else as text; an order of texts is none, so it is false.
[[nodiscard]] bool holds(std::string_view actual, Compare compare, std::string_view wanted);

/// Series of a scrape in the text format of Prometheus whose name is `wanted`, which may be
/// followed by its labels in braces exactly as the scrape has them: their values, in order.
[[nodiscard]] std::vector<std::string> metric_values(std::string_view scrape,
                                                     std::string_view wanted);

/// When a probe changes its mind.
struct ProbeThresholds {
  int success = 1;       ///< Good results in a row that make a failed probe ok.
  int failure = 3;       ///< Bad results in a row that make an ok probe failed.
  bool initial = false;  ///< Its state before the first result.
};

/// What one run of a probe showed.
struct ProbeSeen {
  bool ok = false;
  std::string saw{};  ///< One line for people; of a bad one what was wrong.
  Millis took{};
};

struct ProbeState {
  bool ok = false;
  int streak = 0;               ///< Results in a row that speak against `ok`.
  std::optional<Instant> at{};  ///< When the last run was begun; nullopt: none ended yet.
  ProbeSeen last{};
  std::string last_error{};  ///< What the last bad run saw.
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
};

[[nodiscard]] ProbeState initial_state(const ProbeThresholds& thresholds);
/// True if `state.ok` changed.
bool add_result(ProbeState& state, const ProbeThresholds& thresholds, ProbeSeen seen, Instant at);

/// When the first run is due: spread over the period by the probe's name, so that many probes do
/// not come at once.
[[nodiscard]] Millis first_delay(std::string_view name, Millis period);

}  // namespace sragent
