#include "runtime/worker_row.h"

#include "core/exit_codes.h"
#include "core/own_name.h"
#include "runtime/ask.h"
#include "runtime/fe_login.h"
#include "runtime/worker_lists.h"
#include "starrocks/sql_text.h"

namespace sragent {
namespace {

using worker_lists::log_in;
using worker_lists::read_lists;
using worker_lists::Session;

tl::unexpected<Error> not_told(std::string why) {
  return tl::unexpected(Error{ErrorKind::kRejected, std::move(why)});
}

/// Absence counts only where it is the leader's, and the own cluster's.
Result<RowNews> read_row(const WorkerContext& context,
                         SqlSession& sql,
                         const OwnRowId& row,
                         Deadline until) {
  const auto listed = [](const WorkerRow* own) { return own != nullptr; };
  const auto lists = read_lists(context, sql, listed, until);
  if (!lists) return tl::unexpected(lists.error());
  RowNews out;
  if (const auto* own = find_own_row(context.self, lists->rows)) {
    out.own = *own;
    out.blockers = move_blockers(*own, lists->rows);
    return out;
  }
  if (leader_row(lists->fes) == nullptr) return not_told("the list names no leader");
  if (!row.cluster_id.empty() && lists->fes.cluster_id != row.cluster_id) {
    return not_told("this is cluster " + lists->fes.cluster_id + ", the row was in cluster " +
                    row.cluster_id);
  }
  out.gone = true;
  return out;
}

bool fulfilled(RowWish wish, const RowNews& seen) {
  if (seen.gone || !seen.own) return true;
  switch (wish) {
    case RowWish::kDecommission:
      return seen.own->decommissioned;
    case RowWish::kCancel:
      return !seen.own->decommissioned;
    case RowWish::kDrop:
      break;
  }
  return false;
}

Result<std::string> statement(NodeKind kind, RowWish wish, const WorkerRow& row) {
  switch (wish) {
    case RowWish::kDecommission:
      return decommission_backend(row.host, row.heartbeat_port);
    case RowWish::kCancel:
      return cancel_decommission(row.host, row.heartbeat_port);
    case RowWish::kDrop:
      break;
  }
  return drop_worker(kind, row);
}

/// A word of an FE that a later look will not change. One that is not known may pass.
std::optional<LeaveRefusal> final_no(const SqlError& error) {
  if (error.kind == ErrorKind::kPrivilege)
    return LeaveRefusal{kExitUndecidable, Reason::kPrivilegeDenied, error.what};
  if (error.kind != ErrorKind::kRejected) return std::nullopt;
  const auto kind = classify_server_error(error.code, error.text);
  auto no = refusal_of_fe(error.text);
  if (no.exit_code != kExitReplicas && may_pass(kind)) return std::nullopt;
  return no;
}

/// What forbids to send anything; an error: that is not known now. What is taken back may be that
/// of a server which was started again meanwhile.
Result<std::optional<LeaveRefusal>> forbidden(const WorkerContext& context,
                                              const WorkerRow& row,
                                              const OwnRowId& known,
                                              RowWish wish) {
  const auto& start = wish == RowWish::kCancel ? row.start_time : known.start_time;
  if (auto other = another_copy(row, known.id, start)) return other;
  const auto& me = context.look.me;
  const auto name = name_gives(context.look, me.fqdn, me.address);
  if (name.own == Tri::kYes) return std::nullopt;
  const auto words = name_not_served(name.own, me.address, me.fqdn) + ": " + name.why;
  if (!name.elsewhere) return not_told(words);
  return LeaveRefusal{kExitUndecidable, Reason::kIdentityConflict, words};
}

Result<RowNews> work_at(const WorkerContext& context,
                        SqlSession& sql,
                        const OwnRowId& row,
                        RowWish wish,
                        Deadline until,
                        bool& unanswered) {
  auto seen = read_row(context, sql, row, until);
  if (!seen || fulfilled(wish, *seen)) return seen;
  auto no = forbidden(context, *seen->own, row, wish);
  if (!no) return tl::unexpected(std::move(no).error());
  // That somebody else may stand at the name is no FE's word: it passes, or a person looks at it.
  if (*no && wish == RowWish::kCancel) return not_told((*no)->detail);
  seen->no = *std::move(no);
  if (seen->no) return seen;
  const auto text = statement(context.self.kind, wish, *seen->own);
  if (!text) return tl::unexpected(text.error());
  const auto limit = until.cut(context.look.config->sql.statement_timeout);
  const auto done = ask_fe(context.look, sql, *text, limit);
  if (done) return read_row(context, sql, row, until);
  seen->no = final_no(done.error());
  if (seen->no) return seen;
  unanswered = unanswered || done.error().kind != ErrorKind::kRejected;
  return tl::unexpected(Error{done.error().kind, done.error().what});
}

}  // namespace

std::string_view to_string(RowWish wish) {
  switch (wish) {
    case RowWish::kDecommission:
      return "decommission";
    case RowWish::kCancel:
      return "cancel_decommission";
    case RowWish::kDrop:
      break;
  }
  return "drop";
}

RowNews work_on_row(const WorkerContext& context,
                    const std::vector<FeTarget>& targets,
                    const OwnRowId& row,
                    RowWish wish,
                    Deadline until) {
  const auto names = look_up_fes(context, {});
  RowNews out;
  bool unanswered = false;
  out.why = "no FE is known";
  const auto& fes = names.targets.empty() ? targets : names.targets;
  ask_in_turn(context.look, fes, [&](const FeTarget& target) {
    if (until.expired()) return true;
    auto news = log_in(context.look, target, until).and_then([&](const Session& sql) {
      return work_at(context, *sql, row, wish, until, unanswered);
    });
    if (news) {
      out = *std::move(news);
      return true;
    }
    out.why = target.name + ": " + news.error().what;
    return false;
  });
  out.wish = wish;
  out.unanswered = unanswered;
  return out;
}

}  // namespace sragent
