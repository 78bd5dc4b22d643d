#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/reason.h"
#include "core/types.h"

/// Membership of a BE or CN: read, compare, act, read again. Source: scenarios S24 to S28, S30, S84
/// of docs/scenarios.md. Pure. Any thread.
namespace sragent {

/// An own row that is not alive this long after the server became healthy is told as not_alive.
inline constexpr Millis kAlivePatience{15'000};
/// An ADD that was undone within this time is not repeated.
inline constexpr Millis kUndoneSpan{3'600'000};
/// An FE may carry a DROP out after whoever sent it has given up; no statement waits for longer.
inline constexpr Millis kLateDropSpan{120'000};

/// One row of SHOW BACKENDS or SHOW COMPUTE NODES. Source: docs/starrocks.md sections 3.2, 3.3.
struct WorkerRow {
  std::string host{};  ///< Column IP, as stored.
  std::uint16_t heartbeat_port = 0;
  bool alive = false;
  bool decommissioned = false;
  std::string error{};           ///< ErrMsg.
  std::string status_code{};     ///< StatusCode; empty where the version has none.
  std::string warehouse{};       ///< WarehouseName; empty where the FE has no such column.
  std::string version{};         ///< Version; told, never judged.
  std::string id{};              ///< BackendId or ComputeNodeId; empty: not told.
  std::string start_time{};      ///< LastStartTime as text; empty: never heard of.
  std::string last_heartbeat{};  ///< LastHeartbeat as text; empty: never heard of.
  std::optional<int> tablets{};  ///< BE: TabletNum.
  std::optional<std::int64_t> used_bytes{};  ///< BE: DataUsedCapacity.
  std::optional<std::int64_t> free_bytes{};  ///< BE: AvailCapacity.
};

/// What the agent itself is.
struct WorkerSelf {
  NodeKind kind = NodeKind::kBe;
  std::string host{};                    ///< Name to register: the FQDN, or the address in IP mode.
  std::vector<std::string> addresses{};  ///< Own addresses; a stored IP among them is this node.
  std::uint16_t heartbeat_port = 9050;
  std::string warehouse{};  ///< CN: where it belongs; empty: default_warehouse.
  std::string cn_group{};   ///< CN: group inside `warehouse`; empty: none.
};

/// One reading at a leader: who led, and the rows of the own kind.
struct WorkerList {
  std::string leader{};             ///< Host of the leader.
  std::string leader_start_time{};  ///< As text; its change means that the leader restarted.
  ClusterId cluster_id{};
  std::vector<WorkerRow> rows{};
  /// Rows of the other kind; read only where the own kind does not explain what happened.
  std::optional<std::vector<WorkerRow>> other_kind{};
  /// The leader was read together with the rows; else it is the one that was read last.
  bool leader_read = true;
};

struct WorkerObservation {
  bool off = false;                  ///< A stop, hold or drain is under way, or the node has left.
  std::optional<WorkerList> list{};  ///< nullopt: no list could be had; `why_no_list` says why.
  Reason why_no_list = Reason::kFeUnreachable;
  std::string why_no_list_detail{};
  ClusterId stored_id{};         ///< BE: id in <storage_root>/cluster_id; empty: none.
  Tri own_name = Tri::kUnknown;  ///< Do the name servers give the own address for the own name?
  bool name_elsewhere = false;   ///< They give other addresses: another pod has the name (S84).
  std::optional<Millis> healthy_for{};  ///< Since the server became healthy; nullopt: it is not.
  bool served = false;                  ///< It was healthy before, since it was started.
  std::optional<std::string> add_refused{};  ///< Text of the FE's last refusal of our ADD.
};

/// What the agent remembers of its row. What says so is kept in the state folder; the rest lives as
/// long as the agent.
struct WorkerMemory {
  bool seen = false;            ///< The row was seen in this pod.
  bool decommissioned = false;  ///< SystemDecommissioned when the row was last seen. Kept on disk.
  bool dropped =
      false;  ///< Judged as taken out; ends by `register` or the next pod start. On disk.
  ClusterId registered_id{};  ///< Cluster in which the row was last seen. Kept on disk.
  std::string row_host{};     ///< Host of the row when it was last seen. Kept on disk.
  std::string former_host{};  ///< The one before, as long as it is listed (S29). Kept on disk.
  std::string leader{};       ///< When the row was last seen.
  std::string leader_start_time{};
  bool leader_certain = true;         ///< It led indeed when the row was last seen.
  std::set<std::string> others{};     ///< "host:port" of the other rows when the row was last seen.
  int misses = 0;                     ///< Readings in a row without the own row.
  std::optional<Instant> added_at{};  ///< When this process last added the row.
  /// When a stop of this pod sent a DROP for its own row (S36). Kept for the pod.
  std::optional<Instant> left_at{};

  friend bool operator==(const WorkerMemory&, const WorkerMemory&) = default;
};

struct Stay {};       ///< Nothing to send.
struct ReadAgain {};  ///< Read once more soon: one reading proves nothing.
struct AddRow {};     ///< ALTER SYSTEM ADD BACKEND or COMPUTE NODE for the own host and port.
using WorkerAction = std::variant<Stay, ReadAgain, AddRow>;

struct WorkerDecision {
  WorkerAction action{};
  bool registered = false;  ///< The own row stands in the list under the right kind.
  bool alive = false;       ///< ... and the FE reaches it.
  Reason reason = Reason::kNone;
  std::string detail{};
};

struct WorkerOutcome {
  WorkerDecision decision{};
  WorkerMemory memory{};
};

[[nodiscard]] WorkerOutcome decide_membership(const WorkerSelf& me,
                                              const WorkerObservation& seen,
                                              WorkerMemory memory,
                                              Instant now);

/// Where a node stands that names no warehouse. Source: docs/starrocks.md section 9.
inline constexpr std::string_view kDefaultWarehouse = "default_warehouse";

/// The own row: exact stored host and port; a stored address counts if it is an own one.
[[nodiscard]] const WorkerRow* find_own_row(const WorkerSelf& me,
                                            const std::vector<WorkerRow>& rows);

}  // namespace sragent
