#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace srsim {

enum class RunMode { kSharedNothing, kSharedData };
[[nodiscard]] std::string_view to_string(RunMode mode);  ///< shared_nothing, shared_data
[[nodiscard]] std::optional<RunMode> parse_run_mode(std::string_view text);

enum class FeRole { kFollower, kObserver };
[[nodiscard]] std::string_view to_string(FeRole role);  ///< FOLLOWER, OBSERVER

enum class NodeKind { kBackend, kComputeNode };

/// Status of a BE or CN in the leader's eyes; alive is true exactly for kOk.
enum class NodeStatus { kConnecting, kOk, kShutdown, kDisconnected };
[[nodiscard]] std::string_view to_string(NodeStatus status);

/// Unix time in milliseconds; 0 = never.
using Millis = std::int64_t;

/// The leader's last word about an FE: journaled, so followers show it too, but not part of the
/// image: after a restart every row starts with the defaults (docs/starrocks.md section 3.1).
struct FeHealth {
  bool alive{};
  Millis last_heartbeat{};  ///< of the last success
  std::int64_t replayed_id{};
  Millis start_time{};
  std::string version{};  ///< `<version>-<commit>`
  std::string err_msg{};
  int query_port{};  ///< 0 before the first heartbeat
  int rpc_port{};
};

struct FrontendRow {
  int id{};            ///< 1..255; kept in every version, shown from 3.5 on
  std::string name{};  ///< <host>_<edit_log_port>_<millis>; the key
  std::string host{};  ///< name or IP as added
  int edit_log_port{};
  FeRole role{FeRole::kFollower};
  FeHealth health{};
};

/// What heartbeats say about a BE or CN (journaled, and part of the image).
struct NodeHealth {
  bool alive{};
  NodeStatus status{NodeStatus::kConnecting};
  int be_port{-1};
  int http_port{-1};
  int brpc_port{-1};
  int starlet_port{};  ///< 0 until the first heartbeat
  std::int64_t worker_id{-1};
  Millis last_start{};
  Millis last_heartbeat{};
  std::string err_msg{};
  std::string version{};
  int cpu_cores{};
  std::int64_t mem_limit_bytes{};
  bool has_storage_path{};
};

/// What the disk report of a BE says; 0 total = never reported.
struct NodeDisk {
  std::int64_t data_used_bytes{};
  std::int64_t available_bytes{1};
  std::int64_t total_bytes{};
};

struct NodeRow {
  std::int64_t id{};  ///< the key; from Catalog::next_id
  NodeKind kind{NodeKind::kBackend};
  std::string host{};
  int heartbeat_port{};
  bool system_decommissioned{};
  bool cluster_decommissioned{};
  std::string location{};  ///< `key:value` or empty
  std::string warehouse{"default_warehouse"};
  NodeHealth health{};
  NodeDisk disk{};
};

/// A table as far as membership statements care: where the replicas of its tablets are.
struct Table {
  std::string db{};
  std::string name{};
  int replication_num{1};
  std::vector<std::vector<std::int64_t>>
      tablets{};              ///< per tablet: ids of the BEs that hold a replica
  std::int64_t dropped_ms{};  ///< in the recycle bin since then; 0: a table of its database
};

/// An account `'name'@'%'`.
struct User {
  std::string name{};
  std::string password_hash{};  ///< `*` + 40 hex digits (mysql_native_password), empty = none
  std::set<std::string>
      privileges{};  ///< on SYSTEM, granted without a role: OPERATE, BLACKLIST, ...
  std::set<std::string> roles{};
  std::set<std::string> default_roles{};
};

/// The replicated state of a cluster. A plain value: copy it to read it. Two catalogs that applied
/// the same entries are equal in every member. Not thread-safe.
struct Catalog {
  std::int32_t cluster_id{};
  std::string token{};
  RunMode run_mode{RunMode::kSharedNothing};
  std::map<std::string, FrontendRow> frontends{};  ///< by node name
  std::map<std::int64_t, NodeRow> nodes{};         ///< BEs and CNs by id
  std::set<std::string> databases{};
  std::set<std::string> warehouses{};  ///< besides default_warehouse; groups as "warehouse/group"
  std::map<std::string, Table> tables{};        ///< by "db.name"
  std::map<std::string, User> users{};          ///< by name; always holds root
  std::map<std::string, std::string> config{};  ///< run-time values of mutable FE keys
  std::map<std::string, std::string> global_variables{};
  std::int64_t next_id{10001};  ///< next id of a BE, CN, table
  Millis last_timestamp{};      ///< of the last kTimestamp entry

  Catalog();

  [[nodiscard]] const FrontendRow* frontend(std::string_view host, int edit_log_port) const;
  [[nodiscard]] const FrontendRow* frontend_by_name(std::string_view name) const;
  [[nodiscard]] const NodeRow* node(NodeKind kind, std::string_view host, int heartbeat_port) const;
  [[nodiscard]] std::vector<const NodeRow*> nodes_of(NodeKind kind) const;
  /// Replicas that the inverted index counts on `node_id`.
  [[nodiscard]] int tablet_num(std::int64_t node_id) const;
  /// Lowest free id of first..255, or empty.
  [[nodiscard]] std::optional<int> free_frontend_id(int first) const;
};

/// What changes a Catalog. The replication group replicates and persists entries, in order.
enum class JournalOp {
  kFound,           ///< cluster_id, token, run_mode: first entry of a cluster
  kPutFrontend,     ///< a whole FrontendRow but its health, by name (ADD, MODIFY HOST)
  kDropFrontend,    ///< name
  kFrontendHealth,  ///< name and an FeHealth; ignored without such a row
  kPutNode,         ///< a whole NodeRow but health and disk, by id; raises next_id above id
  kDropNode,        ///< id; its replicas vanish from all tables
  kNodeHealth,      ///< id and a NodeHealth; ignored without such a row
  kNodeDisk,        ///< id and a NodeDisk; ignored without such a row
  kPutDatabase,     ///< name
  kPutWarehouse,    ///< name, or "warehouse/group"
  kDropDatabase,    ///< name; its tables go too
  kPutTable,        ///< a whole Table (CREATE, or a moved replica)
  kDropTable,       ///< db, name
  kPutUser,         ///< a whole User
  kDropUser,        ///< name
  kSetConfig,       ///< key, value
  kSetGlobal,       ///< global variable: key, value
  kNextId,          ///< next_id is at least this
  kTimestamp,       ///< last_timestamp (the leader writes one every 10 s)
};

/// One change. Build it with the functions below; `fields` is the wire form of the arguments.
struct JournalEntry {
  JournalOp op{JournalOp::kTimestamp};
  std::map<std::string, std::string> fields{};

  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

namespace entry {
[[nodiscard]] JournalEntry found(std::int32_t cluster_id, const std::string& token, RunMode mode);
[[nodiscard]] JournalEntry put_frontend(const FrontendRow& row);
[[nodiscard]] JournalEntry drop_frontend(const std::string& name);
[[nodiscard]] JournalEntry frontend_health(const std::string& name, const FeHealth& health);
[[nodiscard]] JournalEntry put_node(const NodeRow& row);
[[nodiscard]] JournalEntry drop_node(std::int64_t id);
[[nodiscard]] JournalEntry put_warehouse(const std::string& name);
[[nodiscard]] JournalEntry node_health(std::int64_t id, const NodeHealth& health);
[[nodiscard]] JournalEntry node_disk(std::int64_t id, const NodeDisk& disk);
[[nodiscard]] JournalEntry put_database(const std::string& name);
[[nodiscard]] JournalEntry drop_database(const std::string& name);
[[nodiscard]] JournalEntry put_table(const Table& table);
[[nodiscard]] JournalEntry drop_table(const std::string& db, const std::string& name);
[[nodiscard]] JournalEntry put_user(const User& user);
[[nodiscard]] JournalEntry drop_user(const std::string& name);
[[nodiscard]] JournalEntry set_config(const std::string& key, const std::string& value);
[[nodiscard]] JournalEntry set_global(const std::string& key, const std::string& value);
[[nodiscard]] JournalEntry next_id(std::int64_t at_least);
[[nodiscard]] JournalEntry timestamp(Millis at);
}  // namespace entry

/// Applies `change`; an entry about a row that is gone changes nothing. Deterministic.
void apply(Catalog& catalog, const JournalEntry& change);

/// One line without a newline in it; parse_entry() gives the entry back.
[[nodiscard]] std::string serialise(const JournalEntry& change);
/// Empty if `line` is not what serialise() wrote (for example a torn last line of a log).
[[nodiscard]] std::optional<JournalEntry> parse_entry(std::string_view line);

/// Entries that rebuild `catalog` from an empty one: what an image file holds. FE health is left
/// out, as in the real image.
[[nodiscard]] std::vector<JournalEntry> image_of(const Catalog& catalog);

}  // namespace srsim
