#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sragent {

/// Why a node waits, refuses or is not ready. A closed list: the same word stands in the log, in
/// `/readyz?verbose`, in `/v1/status`, in metrics and in the termination message. Users match on
/// the words; never rename one. kNone is "nothing to say" and has the word "none".
enum class Reason : std::uint8_t {
  kNone,
  kWaitingForPeers,
  kNoLeader,
  kFeUnreachable,
  kAuthFailed,
  kPrivilegeDenied,
  kTlsFailed,
  kDnsNotReady,
  kClusterExists,
  kTwoClusters,
  kIdentityConflict,
  kMetaDamaged,
  kHostMismatch,
  kNotInGroup,
  kDropped,
  kQuorumLost,
  kQuorumRisk,
  kReplaying,
  kLoading,
  kNotRegistered,
  kNotAlive,
  kWrongRole,
  kWrongWarehouse,
  kUnsupportedFe,
  kDraining,
  kLeaving,
  kDecommissioning,
  kStalled,
  kHeld,
  kCrashLoop,
  kConfigInvalid,
  kPathNotWritable,
  kDiskLow,
  kHostCheck,
  kStaleFacts,
  kAgentStuck,
  kStarting,
  kServerDown,
  kUnhealthy,
  kProbeFailed,
  kTwoLeaders,
  kFounding,
  kJoining,
  kUnfinishedMeta,
  kBusy,
};

/// The word of a reason, for example "waiting_for_peers".
[[nodiscard]] std::string_view to_string(Reason reason);

/// One sentence that tells a person what the word means.
[[nodiscard]] std::string_view explain(Reason reason);

/// The reason with this word, if the list has it.
[[nodiscard]] std::optional<Reason> reason_from(std::string_view word);

/// Number of reasons, kNone included; reasons are numbered from 0 without a gap.
inline constexpr int kReasonCount = 45;

}  // namespace sragent
