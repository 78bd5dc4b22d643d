#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "core/leader.h"
#include "io/clock.h"
#include "io/sql.h"
#include "runtime/worker_look.h"

/// Membership statements, each followed by a second reading: what the list shows then counts, not
/// what the statement answered. Functions block up to their deadlines.
namespace sragent {

/// An ADD or DROP of an FE and the list after it.
struct FeStatementResult {
  std::optional<SqlError> error{};
  bool unsent = false;  ///< The list was too old by then (kStatementLease): decide anew.
  /// The leader answered, be it with an error. False: it may still carry the statement out.
  bool answered = false;
  std::optional<FeList> list{};  ///< Read after it on the same connection.
};
[[nodiscard]] FeStatementResult send_fe_statement(const LookContext& context,
                                                  SqlSession& session,
                                                  std::string_view statement,
                                                  const FeList& decided_from);

enum class OnceOutcome : std::uint8_t {
  kDone,     ///< The list shows what was wanted, as a second reading confirmed.
  kNothing,  ///< There was nothing to do.
  kRefused,  ///< By a rule, or by an FE in its own words.
  kNotNow,   ///< No FE answered, or the own name is not served yet: try again.
};

struct OnceResult {
  OnceOutcome outcome = OnceOutcome::kNotNow;
  Reason reason = Reason::kNone;
  std::string detail{};
  std::string leader{};  ///< Host; empty: unknown.
};

/// Who leads, as a BE or CN may find out without changing anything.
struct LeaderFound {
  std::string leader{};  ///< Host; empty: not found, then `reason` and `detail` say why.
  ClusterId cluster_id{};
  ClusterId stored_id{};  ///< BE: of its own disk; empty: none.
  Reason reason = Reason::kNone;
  std::string detail{};
};
[[nodiscard]] LeaderFound find_leader(const WorkerContext& context);

/// `register` of a BE or CN: read, ADD what is missing, read again. kDone also if the row was there
/// already. `memory`: what was seen of the row before; with an empty one a row that was taken out
/// counts as wanted again.
[[nodiscard]] OnceResult register_once(const WorkerContext& context, WorkerMemory& memory);

/// `offline` of a CN: read, DROP the own stored row, read again. Only while the name servers give
/// the own address for the own name (S84). kNothing: no row of this node.
[[nodiscard]] OnceResult offline_once(const WorkerContext& context);

}  // namespace sragent
