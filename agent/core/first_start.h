#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/leader.h"
#include "core/meta.h"
#include "core/peer.h"
#include "core/reason.h"

/// What an FE agent watches while its server runs and its metadata is not sealed yet: from the
/// spawn of a founding or a join until `sealed`. Source: docs/start-rules.md sections 1 and 3.
/// Pure. Any thread.
namespace sragent {

/// A joiner that is not past the server's join loop after this long is looked at again (S18).
inline constexpr Millis kJoinLoopPatience{15'000};
/// Clocks of two FEs may differ by this much; more keeps a node out of the group.
inline constexpr Millis kClockSlack{5'000};

struct FirstStartObservation {
  MetaState meta{};                     ///< Read anew.
  bool server_ready = false;            ///< The own server greets and serves on its query port.
  std::optional<FeList> own_list{};     ///< As the own server tells it.
  bool own_claims_lead = false;         ///< The own server says `is_master` of itself.
  std::optional<FeList> leader_list{};  ///< Of another FE that leads, asked directly.
  std::vector<Peer> peers{};
  Millis up_for{};              ///< Since the spawn.
  bool helper_rejects = false;  ///< The helper answers 400 "invalid client host." to this node.
};

/// Nothing to do yet.
struct KeepWatching {};
/// Write mark and birth certificate: from now on this FE is a member.
struct Seal {
  ClusterId cluster_id{};
  std::vector<std::string> members{};
};
/// Stop the server, wait for its end, then decide again as before a start. With `aside` the
/// metadata is moved aside first: nothing of it was ever acknowledged.
struct StopServer {
  bool aside = false;
};
using FirstStartAction = std::variant<KeepWatching, Seal, StopServer>;

struct FirstStartDecision {
  FirstStartAction action{};
  Reason reason = Reason::kNone;
  std::string detail{};
};

[[nodiscard]] FirstStartDecision watch_first_start(const Self& me,
                                                   const FirstStartObservation& seen,
                                                   Instant now);

/// True if the row shows this host as a living member whose process is the one spawned `up_for`
/// ago.
[[nodiscard]] bool row_is_this_process(const Self& me, const FeRow& row, Millis up_for);

}  // namespace sragent
