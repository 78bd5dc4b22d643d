#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fe_stop.h"
#include "core/leader.h"
#include "core/leaving.h"
#include "core/peer.h"

/// May an FE leave its group for good, and which goes first of several that want to? Source:
/// scenario S39 of docs/scenarios.md. Pure. Any thread.
namespace sragent {

/// What the agent of another listed FE said, asked after the own claim was published.
struct ClaimAnswer {
  std::string host{};
  std::string why{};  ///< Why it told nothing; empty: it answered.
  std::optional<LeaveClaim> claim{};
};

enum class ClaimVerdict : std::uint8_t {
  kGoes,    ///< Everybody answered, and nobody else has a claim.
  kWaits,   ///< Somebody did not answer, or has a claim that is to give way to the own one.
  kYields,  ///< Somebody with a higher ordinal has a claim: the own one is taken back meanwhile.
};

struct ClaimJudged {
  ClaimVerdict verdict = ClaimVerdict::kWaits;
  std::string why{};
};

/// Of two that ask each other after both have published, neither goes: so two never go together.
/// The one with the lower ordinal takes its claim back, so that one goes in the end.
[[nodiscard]] ClaimJudged judge_claims(std::string_view own_host,
                                       int own_ordinal,
                                       const std::vector<ClaimAnswer>& answers);

/// Hosts of the rows but `own_host`, in the list's order.
[[nodiscard]] std::vector<std::string> other_hosts(const FeList& list, std::string_view own_host);

/// From the own server's list, before anything is done: a leader has to be replaced by an election
/// first, and what stays has to be a group with a living majority.
[[nodiscard]] std::optional<LeaveRefusal> refuse_fe_for_good(const FeStopView& view);

/// From the leader's list, right before the DROP: what stays of the group is a living majority.
[[nodiscard]] std::optional<LeaveRefusal> refuse_fe_drop(const FeList& list,
                                                         std::string_view own_host);

/// ... and by heartbeats that were seen to move, since Alive outlives a process by up to 20 s.
/// False where the own row is not listed.
[[nodiscard]] bool bears_fe_drop(const FeList& list,
                                 const LeaderHistory& history,
                                 std::string_view own_host,
                                 Instant now);

}  // namespace sragent
