#pragma once

#include <optional>
#include <string>

#include "core/reason.h"
#include "core/types.h"

/// The pod condition `starrocks.com/serving`: what is written to the Kubernetes API, and when.
/// Pure. Any thread.
namespace sragent {

inline constexpr std::string_view kServingCondition = "starrocks.com/serving";

struct PodCondition {
  bool serving = false;
  Reason reason = Reason::kStarting;  ///< kNone while it serves.
  std::string message{};
  std::string since{};  ///< Since when it is so: UTC, RFC 3339.
};

/// What became of a write.
enum class ConditionWrite : std::uint8_t {
  kDone,
  kRefused,  ///< The API answered, and not so: a right or the pod is missing.
  kFailed,   ///< It did not answer, or could not now.
};

/// What this process has written, and what goes on.
struct ConditionState {
  std::optional<PodCondition> written{};
  std::optional<PodCondition> sent{};  ///< Under way.
  int failures = 0;
  Instant next{};  ///< Not before this.
};

/// What to write now; nullopt: nothing. The first word of a process is False, as a condition
/// outlives a restart of the container in place. Afterwards a change of status or reason is
/// written, and not the numbers in a message. `wanted.since` is the time by now: it counts where
/// the status changes, and a new reason keeps the time of the last change.
[[nodiscard]] std::optional<PodCondition> condition_to_write(const ConditionState& state,
                                                             const PodCondition& wanted,
                                                             Instant now);
[[nodiscard]] ConditionState condition_sent(ConditionState state, PodCondition sent);
/// `sent` has come to its end. Tried again with growing pauses: from a second to a minute, and up
/// to five where the API refused.
[[nodiscard]] ConditionState condition_ended(ConditionState state, ConditionWrite how, Instant now);

/// The body of a strategic merge patch of `pods/status`.
[[nodiscard]] std::string condition_patch(const PodCondition& condition);

}  // namespace sragent
