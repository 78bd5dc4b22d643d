#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/consent.h"
#include "core/leader.h"
#include "core/meta.h"
#include "core/peer.h"
#include "core/reason.h"
#include "core/types.h"

/// What an FE does before its server runs. Source of every rule: docs/start-rules.md; the row
/// numbers there are the rule names here, in the journal and in `explain`.
/// Pure: nothing here does I/O or reads a clock. Any thread.
namespace sragent {

/// A Found decision is a lease of this length, from the sending of its oldest question.
inline constexpr Millis kFoundLease{2'000};
/// A membership statement leaves within this time of the sending of the list that it was decided
/// from: a late DROP could hit a member that has joined again.
inline constexpr Millis kStatementLease{2'000};
/// After a membership statement without an answer nothing is sent for this long.
inline constexpr Millis kStatementLife{35'000};
/// Least time between the two readings of the census: a DNS answer may be cached for 30 s.
inline constexpr Millis kCensusGap{35'000};
/// Peers' names absent for this long: the hint at podManagementPolicy is given.
inline constexpr Millis kAbsentHint{60'000};

enum class Bootstrap : std::uint8_t { kAuto, kStrict, kNever };

/// What the configuration says about the start.
struct StartPolicy {
  Bootstrap bootstrap = Bootstrap::kAuto;
  int count = 0;                      ///< Number of FEs told; 0: not told.
  std::optional<FeRole> role_told{};  ///< Role that the configuration names explicitly.
  bool hold = false;                  ///< A person asked to keep the server down.
  Millis census_gap = kCensusGap;
};

/// D: the answer of the name servers for the headless name.
struct SetLookup {
  Tri outcome = Tri::kUnknown;  ///< kYes: addresses; kNo: authoritatively absent.
  std::vector<std::string> addresses{};
  Millis ttl{};  ///< 0: an answer that must not be kept; so not used.
  Instant asked_at{};
  std::string why{};  ///< kUnknown: what happened.
};

/// What speaks behind the service name that the start command was given.
enum class ServiceProbe : std::uint8_t { kNotConfigured, kRefused, kNoSuchName, kSpeaks, kUnknown };

/// What somebody else remembers: an agent of a BE or CN, or a configured source.
struct MemorySource {
  std::string who{};
  ClusterId id{};           ///< Empty: remembers none.
  bool unreadable = false;  ///< A configured source that could not be read.
  bool mute = false;        ///< An agent that gave no answer: no evidence either way.
  std::string since{};      ///< UTC, since when the id is remembered; empty: not told.
  std::string why{};        ///< Unreadable or mute: what happened.
  Reason word = Reason::kWaitingForPeers;  ///< Unreadable: what the wait for it is called.
};
/// In place of an id where a setting says that a cluster exists and not which.
inline constexpr std::string_view kToldWithoutId = "(no id told)";

/// A refused login or a broken TLS handshake: a cluster exists (S04).
struct Refusal {
  Reason reason = Reason::kAuthFailed;
  std::string who{};
};

/// Everything that the decision may look at. Built by the shell, never changed by the core.
struct StartObservation {
  MetaState meta{};
  ClusterId certificate{};              ///< Own birth certificate; empty: none.
  std::vector<ClusterId> remembered{};  ///< Ids of joins that were planned.
  std::optional<std::vector<std::string>>
      own_members{};  ///< Hosts of the last list seen as member.
  SetLookup set{};
  Tri own_name = Tri::kUnknown;           ///< Do the name servers give my address for my name?
  std::vector<Peer> peers{};              ///< One for each address of `set` but the own one.
  std::vector<FeList> lists{};            ///< Each read on a connection to that FE itself.
  std::vector<std::string> leaderless{};  ///< FEs that answered and know no leader.
  std::optional<Refusal> refusal{};
  ServiceProbe service = ServiceProbe::kUnknown;
  std::string service_why{};
  std::vector<MemorySource> memories{};
  std::optional<Instant> siblings_absent_since{};  ///< Names of the missing ordinals do not exist.
};

/// What the decision keeps from one look to the next. Lost at an agent restart without harm.
struct StartMemory {
  std::optional<Instant> census_first{};
  std::optional<Grant> grant{};
  std::optional<Instant> statement_at{};  ///< A membership statement without an answer.
  LeaderHistory history{};
  std::optional<Instant> row_watched_since{};  ///< Since when my own row is seen Alive.
  bool member_seen = false;                    ///< A member of a cluster was in sight last time.
  std::optional<Consent> consent{};            ///< A person's order; ends by itself.
};

enum class FoundBasis : std::uint8_t { kCounted, kCensus };
enum class JoinStep : std::uint8_t { kAdd, kDropOwnRow, kReuseRow };

struct Wait {};
struct Refuse {};
/// Start the server without --helper, on its own metadata.
struct Resume {
  HostType host_type = HostType::kFqdn;
};
/// Start the server with --helper on a directory that a first start left unfinished.
struct Finish {
  std::string helper{};
};
/// Become a member by a leader whose word counts. Before any statement the shell reads the list
/// again on the connection that it will use, and decides again.
struct Join {
  JoinStep step = JoinStep::kAdd;
  std::string leader_host{};
  std::uint16_t leader_port = 0;
  ClusterId cluster_id{};
};
/// Start the server without --helper on empty metadata. Void once `until` has passed.
struct Found {
  FoundBasis basis = FoundBasis::kCounted;
  Instant until{};
};
/// Rename half-made metadata into the state folder, then look again. Nothing is deleted.
struct MoveAside {};

using StartAction = std::variant<Wait, Refuse, Resume, Finish, Join, Found, MoveAside>;

struct StartDecision {
  std::string_view rule{};  ///< "5", "19b": the row that matched.
  StartAction action{};
  Reason reason = Reason::kNone;
  std::string detail{};  ///< The fact that led here, and for a Wait the fact that would change it.
};

struct StartOutcome {
  StartDecision decision{};
  StartMemory memory{};
};

/// Role of an FE of a set whose first `electors` ordinals elect (0: all). The number is for who is
/// new: metadata that tells a role, or a row of this FE in one of `lists`, says otherwise.
[[nodiscard]] FeRole role_by_number(const Self& me,
                                    int electors,
                                    const MetaState& meta,
                                    const std::vector<FeList>& lists);

/// The decision. Total over all observations: the last row always matches.
[[nodiscard]] StartOutcome decide_start(const Self& me,
                                        const StartPolicy& policy,
                                        const StartObservation& seen,
                                        StartMemory memory,
                                        Instant now);

/// Rows 1 to 10 need nothing but the own disk: who stands there starts or is held without a look,
/// so that nobody's silence delays a member that resumes.
[[nodiscard]] bool disk_decides(const MetaState& meta, const StartPolicy& policy);

/// Does the next look ask the peers for their consent? Only one that would found asks, and not
/// while it sees a member: a consent keeps its giver from joining for 10 s, again and again.
[[nodiscard]] bool wants_consent(const Self& me,
                                 const StartPolicy& policy,
                                 const MetaState& meta,
                                 const StartMemory& memory);

/// Checked immediately before the spawn; false: decide anew.
[[nodiscard]] bool lease_valid(const Found& found, Instant now);

/// Checked immediately before a membership statement is sent; false: decide anew.
[[nodiscard]] bool statement_valid(Instant list_asked_at, Instant now);

/// One row of the table, for `explain` and docs.
struct StartRule {
  std::string_view name{};
  std::string_view guard{};
};
/// All rows in their order.
[[nodiscard]] std::vector<StartRule> start_rules();

[[nodiscard]] std::string_view action_name(const StartAction& action);  ///< "Wait", "Join" ...
[[nodiscard]] std::string_view to_string(Bootstrap bootstrap);          ///< "auto" ...
[[nodiscard]] std::string_view to_string(FoundBasis basis);             ///< "counted", "census".
[[nodiscard]] std::string_view to_string(JoinStep step);                ///< "add" ...
[[nodiscard]] std::string_view to_string(ServiceProbe probe);           ///< "refused" ...

}  // namespace sragent
