#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/peer.h"
#include "core/types.h"

namespace sragent {

/// A list counts for this long, from the sending of its statement.
inline constexpr Millis kListLife{10'000};
/// A row is dead after two readings of Alive=false this far apart ...
inline constexpr Millis kDeadSpan{25'000};
/// ... at a leader that has been up at least this long: a new one shows rows as dead until their
/// first heartbeat.
inline constexpr Millis kLeaderSettled{60'000};
/// A row is fresh while its LastHeartbeat was seen to move this recently.
inline constexpr Millis kFreshSpan{10'000};
/// Alive outlives its process by up to this long.
inline constexpr Millis kAliveOutlives{25'000};

/// Role column of SHOW FRONTENDS.
enum class RowRole : std::uint8_t { kLeader, kFollower, kObserver };
[[nodiscard]] std::string_view to_string(RowRole role);  ///< "LEADER", "FOLLOWER", "OBSERVER".

/// One row of SHOW FRONTENDS, columns read by name. Source: docs/starrocks.md section 3.1.
struct FeRow {
  std::string host{};
  std::uint16_t port = 0;  ///< EditLogPort.
  RowRole role = RowRole::kFollower;
  bool join = false;
  bool alive = false;
  std::string last_heartbeat{};  ///< As text: only its change counts, never its value. Empty: NULL.
  std::string start_time{};      ///< As text; "NULL" or empty: unknown.
  /// The leader row's LastHeartbeat less this row's StartTime: how long the process has been up by
  /// the leader's own clock and time zone. nullopt: one of the two is unknown.
  std::optional<Millis> up_for{};
};

/// The FE list as one FE told it on one connection to that FE itself.
struct FeList {
  std::string asked_host{};  ///< Host of the FE that was asked, as its row spells it.
  ClusterId cluster_id{};
  std::vector<FeRow> rows{};
  std::vector<std::string>
      self_declared_leaders{};  ///< Other FEs that say `is_master` of themselves.
  Instant asked_at{};           ///< When the statement was sent.
};

/// Who says of itself that it leads. Of hosts in neither list nothing was heard.
struct LeadClaims {
  bool own = false;  ///< The own server says so; else the others were not asked.
  std::vector<std::string> hosts{};
  std::vector<std::string> denied{};  ///< These say that they do not.
};

[[nodiscard]] const FeRow* find_row(const FeList& list, std::string_view host);
[[nodiscard]] bool electable(const FeRow& row);

/// The row that the list shows as leader, be that word worth what it may; nullptr: it shows none.
[[nodiscard]] const FeRow* leader_row(const FeList& list);
/// Its host, or empty.
[[nodiscard]] std::string leader_host(const FeList& list);

/// True if the asked FE's word counts as the leader's: its own row is LEADER with Join; most of the
/// electable rows that joined or live have Join; and no other FE of the list says that it leads.
/// Source: docs/start-rules.md section 1.
[[nodiscard]] bool word_counts(const FeList& list);

/// What repeated readings at one leader showed of one row.
struct RowHistory {
  std::string last_heartbeat{};
  std::optional<Instant> moved_at{};    ///< LastHeartbeat was last seen to change.
  std::optional<Instant> dead_since{};  ///< First of the unbroken readings of Alive=false.
  std::optional<Instant> dead_read{};   ///< Newest of them.
};

/// Readings of one leader: a change of leader, of its StartTime or of the id begins anew.
struct LeaderHistory {
  std::string leader{};
  std::string start_time{};
  ClusterId cluster_id{};
  std::map<std::string, RowHistory, std::less<>> rows{};  ///< Key host_port().
};

/// Adds one reading whose word counts. Readings at a leader that is not settled prove no death.
void add_reading(LeaderHistory& history, const FeList& list);

/// Readings for who acts on movement alone: after more than kFreshSpan without one the history
/// begins anew, since a heartbeat that moved in between may be that of a process which has ended.
struct CloseReadings {
  LeaderHistory history{};
  std::optional<Instant> read_at{};
};
void add_reading(CloseReadings& readings, const FeList& list);

[[nodiscard]] bool row_fresh(const LeaderHistory& history, const FeRow& row, Instant now);
[[nodiscard]] bool row_dead(const LeaderHistory& history, const FeRow& row);
/// True if the row's LastHeartbeat was seen to move since `since`.
[[nodiscard]] bool row_moved_since(const LeaderHistory& history, const FeRow& row, Instant since);

/// May my own dead row be dropped? J = other electable rows with Join; most of J must be fresh,
/// so that the group commits the DROP without me (row 21).
[[nodiscard]] bool drop_keeps_majority(const FeList& list,
                                       const LeaderHistory& history,
                                       std::string_view my_host,
                                       Instant now);

/// Is the group a majority of itself while my FE, a member of it, is down? The other electable rows
/// with Join that are fresh must be most of all with Join, mine among them.
[[nodiscard]] bool stop_keeps_majority(const FeList& list,
                                       const LeaderHistory& history,
                                       std::string_view my_host,
                                       Instant now);

/// May a follower be added? It must not be able to cost the group its majority by failing (row 24).
[[nodiscard]] bool add_keeps_majority(const FeList& list,
                                      const LeaderHistory& history,
                                      Instant now);

}  // namespace sragent
