#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "blacklist.h"
#include "catalog.h"
#include "ddl_lock.h"
#include "faults.h"
#include "profile.h"
#include "sql_result.h"

namespace srsim {

/// What an FE knows about itself.
struct SelfInfo {
  std::string node_name{};  ///< from ROLE
  std::string host{};       ///< name in FQDN mode, IP in IP mode
  bool fqdn_mode{true};
  int edit_log_port{9010};
  int http_port{8030};
  int query_port{9030};
  int rpc_port{9020};
  Millis start_time{};
};

/// The replication group as BDB-JE tells it, asked anew by group(): empty members and no master
/// while leaderless.
struct GroupView {
  struct Member {
    std::string host{};
    int port{};
  };
  std::vector<Member> members{};  ///< "joined once", in the group's order
  std::optional<Member> master{};
  /// Non-empty on a leader that cannot commit: SHOW FRONTENDS fails with this text, for example
  /// `(JE 18.3.20) Commit policy: ...` (docs/starrocks.md section 4.6).
  std::string error{};
};

/// What a BE or CN reports every second, in the memory of each FE; not reset when the node dies.
struct NodeRuntime {
  int running_queries{};
  double mem_used_pct{};  ///< 0..100
  double cpu_used_pct{};  ///< 0..100
};

/// A row of SHOW PROCESSLIST.
struct ProcessRow {
  std::uint32_t connection_id{};
  std::string user{};
  std::string peer{};  ///< ip:port
  std::string db{};
  bool in_query{};  ///< Command is Query, else Sleep
  Millis connected{};
  std::int64_t seconds{};  ///< in the present state
  std::string sql{};       ///< the running statement, else empty
};

/// A statement on its way from a non-leader to the leader.
struct ForwardRequest {
  std::string sql{};  ///< one statement
  std::string user{};
  std::vector<std::string> active_roles{};
  std::string db{};
  std::string time_zone{};
  bool wait_for_journal{};  ///< FORWARD_WITH_SYNC: return only when the journal arrived here
};

/// Text form of a ForwardRequest; binary safe.
[[nodiscard]] std::string serialise(const ForwardRequest& request);
[[nodiscard]] std::optional<ForwardRequest> parse_forward_request(std::string_view text);

/// How a journal write ends that did not hang.
using CommitError = std::optional<SqlError>;

/// The FE process as the SQL dialect sees it. The process implements it, the dialect only calls it.
/// Every member is thread-safe and is called from connection threads; those marked *may block* can
/// take as long as the real FE would and must return once the process shuts down.
class NodeView {
 public:
  NodeView() = default;
  NodeView(const NodeView&) = delete;
  NodeView& operator=(const NodeView&) = delete;
  NodeView(NodeView&&) = delete;
  NodeView& operator=(NodeView&&) = delete;
  virtual ~NodeView() = default;

  [[nodiscard]] virtual const Profile& profile() const = 0;
  [[nodiscard]] virtual SelfInfo self() const = 0;

  /// The catalog as replayed here. A snapshot: it never changes under the caller.
  [[nodiscard]] virtual std::shared_ptr<const Catalog> catalog() const = 0;

  /// This FE may write (LEADER, ready).
  [[nodiscard]] virtual bool is_leader() const = 0;

  /// Local reads are allowed: the last timestamp is fresh enough. When false a SELECT goes to
  /// forward() as well (docs/starrocks.md section 4.6).
  [[nodiscard]] virtual bool can_read() const = 0;

  /// An FE whose node name has no row: with Profile::dead_mysql_without_row the MySQL port accepts
  /// and never greets.
  [[nodiscard]] virtual bool has_own_row() const = 0;

  /// *May block* (a member that vanished silently delays it by up to 30 s).
  [[nodiscard]] virtual GroupView group() = 0;

  /// The cluster leader as JE would refuse a change of its address: is `node_name` a live member of
  /// the group now? For MODIFY FRONTEND HOST.
  [[nodiscard]] virtual bool is_live_member(std::string_view node_name) = 0;

  [[nodiscard]] virtual std::int64_t replayed_journal_id() const = 0;
  [[nodiscard]] virtual std::optional<NodeRuntime> node_runtime(std::int64_t node_id) const = 0;

  /// Leader only. Replicates `change` and applies it; empty when done, else the JE error text, for
  /// example `(JE 18.3.20) Commit policy: SIMPLE_MAJORITY required 1 replica. But none were active
  /// with this master.` *May block*.
  [[nodiscard]] virtual CommitError commit(const JournalEntry& change) = 0;

  /// Non-leader only. Relays to the leader and returns its answer, or one of the errors of
  /// docs/starrocks.md sections 2.7 and 4.6 (refused, timed out, `Internal error processing
  /// forward`, `Could not determine master from helpers at:[...]`). *May block*.
  [[nodiscard]] virtual SqlResult forward(const ForwardRequest& request) = 0;

  /// Serialises check-then-commit of DDL statements on this FE. ADD and DROP of an FE give up
  /// after catalog_try_lock_timeout_ms, the others wait.
  [[nodiscard]] virtual DdlLock& ddl_lock() = 0;

  /// IP of `host` as this FE resolves it (an IP literal is its own); empty if it does not resolve.
  /// *May block*.
  [[nodiscard]] virtual std::optional<std::string> resolve(std::string_view host) = 0;
  /// Text behind `unknown host H: ` for a name that does not resolve, for example
  /// "Name or service not known"; empty while the JVM answers from its cache of failures.
  [[nodiscard]] virtual std::string resolve_failure(std::string_view host) = 0;

  [[nodiscard]] virtual HostBlacklist& blacklist() = 0;
  [[nodiscard]] virtual FaultTable& faults() = 0;
  [[nodiscard]] virtual Millis now() const = 0;

  /// Connections of this FE, and the means to end one: KILL <id>. MysqlServer offers both.
  [[nodiscard]] virtual std::vector<ProcessRow> processes() const = 0;
  /// False if there is no such connection.
  virtual bool kill_connection(std::uint32_t connection_id) = 0;

  /// A leader tells its followers to take an image: ALTER SYSTEM CREATE IMAGE.
  virtual void create_image() = 0;
};

}  // namespace srsim
