#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/membership.h"
#include "io/sql.h"
#include "io/tcp.h"
#include "runtime/fe_look.h"
#include "runtime/node_identity.h"
#include "starrocks/errors.h"

/// What a BE or CN asks of the name servers, of the FEs and of its own server. Every function runs
/// on a worker thread and may block up to its deadlines; none of them decides anything.
namespace sragent {

/// A value, so that a job outlives whoever asked for it.
struct WorkerContext {
  LookContext look{};
  WorkerSelf self{};
  std::string storage_root{};         ///< BE: where `cluster_id` is; empty: none.
  std::uint16_t be_http_port = 8040;  ///< Of the own server.
  /// Set at the first sign of a stop: no statement is sent from then on.
  std::shared_ptr<std::atomic<bool>> off = std::make_shared<std::atomic<bool>>(false);
};

/// Who this BE or CN is in the member list.
[[nodiscard]] WorkerSelf worker_self(const NodeIdentity& node,
                                     const Config& config,
                                     std::uint16_t heartbeat_port);

/// What the name servers said. Of a name that gave no answer the last one is kept: silence does not
/// make an FE disappear.
struct FeNames {
  std::map<std::string, std::vector<std::string>> known{};  ///< Addresses by name asked.
  std::vector<std::string> problems{};                      ///< "name: why", for people.
  std::vector<FeTarget> targets{};
  std::size_t set_size = 1;  ///< Addresses of the own headless set; 1 if unknown.
  NameGives own_name{};
};
[[nodiscard]] FeNames look_up_fes(const WorkerContext& context, const FeNames& before);

/// One round of bare connects, side by side. A target without an answer is kUnknown. `each`: time
/// for one connect.
[[nodiscard]] std::vector<TcpProbe> try_ports(const WorkerContext& context,
                                              const std::vector<FeTarget>& targets,
                                              Millis each);

/// One FE that would not tell the lists.
struct FeFailure {
  FeTarget target{};
  Error error{};
  Reason reason = Reason::kFeUnreachable;
  bool connected = false;  ///< The port accepted.
  bool refused = false;    ///< The FE refused the login or a statement in its own words.
};

/// Who leads, as the last SHOW FRONTENDS told.
struct LeaderView {
  std::string host{};
  std::string start_time{};
  ClusterId cluster_id{};
  std::vector<std::string> members{};
  std::uint16_t http_port = 0;  ///< Of all FEs; 0: not told.
  friend bool operator==(const LeaderView&, const LeaderView&) = default;
};

/// What to read. One statement is enough to see the own row; who leads is told by another.
enum class ReadWhat : std::uint8_t {
  kBoth,
  kRows,    ///< The rows; the leader too if the own row is missing.
  kLeader,  ///< The leader; the rows too if it changed.
};

struct ReadResult {
  std::vector<FeFailure> failures{};
  std::optional<FeTarget> target{};  ///< That answered.
  std::optional<LeaderView> leader{};
  std::optional<std::vector<WorkerRow>> rows{};
  NameGives own_name{};                   ///< Asked only where the own row is missing.
  ClusterId stored_id{};                  ///< BE.
  std::string stored_why{};               ///< Why it could not be read.
  std::unique_ptr<SqlSession> session{};  ///< Open, for the ADD.
};
/// Asks one target after the other until one tells what is wanted; ends at a refused login
/// and at `until`. FEs in their graceful exit come last.
[[nodiscard]] ReadResult read_membership(const WorkerContext& context,
                                         const std::vector<FeTarget>& targets,
                                         ReadWhat what,
                                         const LeaderView& known,
                                         Deadline until);

struct AddResult {
  std::string statement{};  ///< Empty: none was sent.
  std::optional<SqlError> error{};
  ServerError kind = ServerError::kOther;          ///< Meaning of `error`.
  std::optional<std::vector<WorkerRow>> rows{};    ///< Read again after it.
  std::optional<std::vector<WorkerRow>> others{};  ///< The other kind's, where that may explain.
};
/// ADD of the own row on `session`, and the list once more.
[[nodiscard]] AddResult add_own_row(const WorkerContext& context, SqlSession& session);

struct HealthResult {
  bool healthy = false;
  std::string why{};
};
[[nodiscard]] HealthResult ask_health(const WorkerContext& context);

/// The word for the whole of several failures: what a server said tells more than silence.
[[nodiscard]] Reason worst_reason(const std::vector<FeFailure>& failures);

/// Answers of one round of connects.
struct PortsResult {
  std::vector<FeTarget> targets{};
  std::vector<TcpProbe> answers{};  ///< As targets.
  Instant began{};
};

}  // namespace sragent
