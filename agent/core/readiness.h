#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/leader.h"
#include "core/peer.h"
#include "core/reason.h"
#include "core/types.h"

/// Is this node ready, and if not, why: one check after the other, each with a word of the closed
/// list. Source: scenario S55 of docs/scenarios.md. Pure. Any thread.
namespace sragent {

/// Two readings this far apart must both show another leader, or two of them, before it counts: a
/// group that changes its leader is not out of order.
inline constexpr Millis kLeaderPatience{30'000};

/// How old a fact may be and still speak for the node. A fact that speaks against it has no limit:
/// it stands until it is refuted.
struct ReadyLimits {
  Millis snapshot{10'000};  ///< The published copy itself.
  Millis health{15'000};    ///< What the own server says.
  Millis row{150'000};      ///< The own row at the leader.
  Millis leader{60'000};    ///< What the other FEs say of the leader. FE only.
};

/// What was seen last of one thing, and when it was asked for.
struct ReadyFact {
  std::optional<Instant> at{};        ///< nullopt: never asked, or never answered.
  Reason reason = Reason::kStarting;  ///< kNone: it is as it should be.
  std::string detail{};
};

/// The own row as the leader told it last.
struct ReadyRow {
  std::optional<Instant> at{};  ///< nullopt: no leader's list was read since the server started.
  bool listed = false;
  bool alive = false;
  bool decommissioned = false;
  std::string host{};             ///< As stored.
  std::string role{};             ///< FE: LEADER, FOLLOWER or OBSERVER.
  Reason reason = Reason::kNone;  ///< What the agent makes of it: why it is absent or not alive.
  std::string detail{};
};

/// What another FE's agent says of the leader.
struct LeaderReport {
  std::string from{};    ///< Host of the FE.
  std::string leader{};  ///< Host of the leader that it sees.
};

/// Another FE that says of itself that it leads, since the own server says so too.
struct RivalClaim {
  Instant since{};  ///< First reading of it that it has not taken back.
  Instant at{};     ///< Last one; silence since then refutes nothing.
};

/// Readings of who leads, as the own server, the agents of the other FEs and the FEs themselves
/// tell it.
struct LeaderAgreement {
  std::optional<Instant> at{};                 ///< Last reading.
  std::string leader{};                        ///< That the own server saw in it.
  bool agreed_once = false;                    ///< In some reading since the server started.
  std::optional<Instant> differs_since{};      ///< First of the unbroken readings of disagreement.
  std::string differs{};                       ///< Who saw whom, for people.
  std::map<std::string, RivalClaim> rivals{};  ///< By host: who else says that it leads.
};

/// A rival that is silent for so long is gone: its server has ended, or nobody reaches it.
inline constexpr Millis kRivalSilence{60'000};

/// Adds one reading that was begun at `at`. `leader`: what the own server sees, not empty. The
/// leader is agreed on if more than half of all that name one, the own server included, name it:
/// one FE that is cut off must not make the rest not ready. A rival stays one until it says that it
/// does not lead, the own server does, or it was silent for kRivalSilence.
void add_reports(LeaderAgreement& agreement,
                 std::string_view leader,
                 const std::vector<LeaderReport>& reports,
                 const LeadClaims& claims,
                 Instant at);

/// FEs of other clusters that were seen in the own headless set, where there should be none.
struct OtherClusters {
  std::string detail{};  ///< Their ids and hosts; empty: none was seen.
  /// As many FEs as those of the own cluster, or more. A stray volume takes no healthy majority out
  /// of service; of two groups of one size neither can be taken for the right one.
  bool prevail = false;
};
/// `peers`: what the agents of the headless set answered; the own FE counts for the own cluster.
[[nodiscard]] OtherClusters other_clusters(const std::vector<Peer>& peers, const ClusterId& own);

/// A probe of the user's own that counts for readiness.
struct ReadyProbe {
  std::string name{};  ///< Of the check: "probe-NAME".
  bool ok = false;
  std::string detail{};
};

struct ReadyFacts {
  NodeKind kind = NodeKind::kFe;
  ReadyLimits limits{};
  std::optional<Instant> published{};  ///< When main made this copy.
  /// What the agent is about: kNone while the server is meant to serve; else why it is not, or not
  /// yet: waiting, held, founding, draining ...
  Reason under_way = Reason::kNone;
  std::string under_way_detail{};
  bool server_running = false;
  std::string server_detail{};             ///< Pid, or how it ended.
  std::optional<Instant> healthy_since{};  ///< A row read before this says nothing. nullopt: skip.
  ReadyFact health{};                      ///< FE: greets and lets log in. BE/CN: /api/health.
  ReadyFact bootstrap{};                   ///< FE: /api/bootstrap.
  ReadyRow row{};
  std::string own_role{};                ///< FE: FOLLOWER or OBSERVER by its metadata.
  std::vector<std::string> own_names{};  ///< Names and addresses under which a row is its own.
  /// What the name servers give in place of an own address for the own name, for people; empty:
  /// nothing of the kind was seen.
  std::string name_elsewhere{};
  ClusterId own_cluster{};      ///< Of the own disk; empty: none is kept there.
  ClusterId listed_cluster{};   ///< Of the list that the row was read from.
  OtherClusters others{};       ///< FE: in its headless set.
  std::string leader{};         ///< FE: that the own server sees; empty: none.
  LeaderAgreement agreement{};  ///< FE.
  std::vector<ReadyProbe> probes{};
};

enum class CheckState : std::uint8_t {
  kOk,
  kFailed,
  kSkipped,  ///< Nothing to judge, since another check failed.
};

[[nodiscard]] std::string_view to_string(CheckState state);  ///< "ok", "failed", "not judged".

struct ReadyCheck {
  std::string_view name{};  ///< Of a probe: lives as long as the facts.
  CheckState state = CheckState::kOk;
  Reason reason = Reason::kNone;  ///< kFailed: never kNone.
  std::string detail{};
};

/// Every check of this kind of node, always in the same order: snapshot, phase, server, health,
/// (FE: bootstrap,) row, alive, role, address, cluster(, FE: leader), then the user's probes.
[[nodiscard]] std::vector<ReadyCheck> judge_readiness(const ReadyFacts& facts, Instant now);

/// No check failed.
[[nodiscard]] bool is_ready(const std::vector<ReadyCheck>& checks);

}  // namespace sragent
