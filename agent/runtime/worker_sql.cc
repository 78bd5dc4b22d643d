#include <algorithm>

#include "io/tcp.h"
#include "runtime/ask.h"
#include "runtime/fe_login.h"
#include "runtime/worker_look.h"
#include "starrocks/meta_dir.h"
#include "starrocks/rows.h"
#include "starrocks/sql_text.h"

/// The SQL side of worker_look.h.
namespace sragent {
namespace {

template <typename T>
using FeResult = tl::expected<T, FeFailure>;

Reason reason_of_failure(const SqlError& error) {
  switch (error.kind) {
    case ErrorKind::kAuth:
      return Reason::kAuthFailed;
    case ErrorKind::kPrivilege:
      return Reason::kPrivilegeDenied;
    case ErrorKind::kTls:
      return Reason::kTlsFailed;
    case ErrorKind::kGarbled:
      return Reason::kUnsupportedFe;
    case ErrorKind::kRejected:
      return reason_of(classify_server_error(error.code, error.text));
    case ErrorKind::kBadConfig:
    case ErrorKind::kTimeout:
    case ErrorKind::kUnreachable:
    case ErrorKind::kNotFound:
    case ErrorKind::kIo:
      return Reason::kFeUnreachable;
  }
  return Reason::kFeUnreachable;
}

/// The server said no in its own words, as opposed to silence.
bool spoke(const SqlError& error) {
  return error.kind == ErrorKind::kAuth || error.kind == ErrorKind::kPrivilege ||
         error.kind == ErrorKind::kTls || error.kind == ErrorKind::kRejected ||
         error.kind == ErrorKind::kGarbled;
}

tl::unexpected<FeFailure> failed(const FeTarget& target, const SqlError& error) {
  FeFailure out{
      target, static_cast<const Error&>(error), reason_of_failure(error), true, spoke(error)};
  return tl::unexpected(std::move(out));
}

/// A statement that got no answer counts as failed too: the FE may be at work on it.
tl::unexpected<FeFailure> failed_statement(const FeTarget& target, const SqlError& error) {
  auto out = failed(target, error);
  out.value().refused = true;
  return out;
}

SqlError garbled(Error error) {
  SqlError out;
  static_cast<Error&>(out) = std::move(error);
  return out;
}

FeResult<std::unique_ptr<SqlSession>> log_in(const LookContext& context,
                                             const FeTarget& target,
                                             Deadline whole) {
  const auto source = source_address(context);
  const auto until = whole.cut(context.config->sql.connect_timeout);
  const auto seen = probe_tcp(target.address, target.port, source, until);
  if (seen != TcpProbe::kOpen) {
    const bool refused = seen == TcpProbe::kRefused;
    Error error{refused ? ErrorKind::kUnreachable : ErrorKind::kTimeout,
                refused ? "connection refused" : "no answer to a connect"};
    return tl::unexpected(FeFailure{target, std::move(error), Reason::kFeUnreachable});
  }
  auto session = log_in_at(context, target, source, until);
  if (session) return *std::move(session);
  return failed(target, session.error());
}

SqlResult<LeaderView> read_leader(const LookContext& context, SqlSession& sql, Deadline until) {
  const auto asked_at = context.clock.now();
  const auto limit = until.cut(context.config->sql.show_timeout);
  const auto table = ask_fe(context, sql, kShowFrontends, limit);
  if (!table) return tl::unexpected(table.error());
  const auto list = fe_list(TableView{table->columns, table->rows}, {}, asked_at);
  if (!list) return tl::unexpected(garbled(list.error()));
  LeaderView out;
  out.cluster_id = list->cluster_id;
  for (const auto& row : list->rows)
    out.members.push_back(row.host);
  if (const auto fes = fe_addresses(TableView{table->columns, table->rows}); fes && !fes->empty())
    out.http_port = fes->front().http_port;
  if (const auto* leader = leader_row(*list)) {
    out.host = leader->host;
    out.start_time = leader->start_time;
    return out;
  }
  SqlError none;
  none.kind = ErrorKind::kRejected;
  none.code = 5401;  // as the FE words it elsewhere: ERR_NO_LEADER
  none.what = "sql: SHOW FRONTENDS names no leader";
  return tl::unexpected(std::move(none));
}

SqlResult<std::vector<WorkerRow>> read_rows(const LookContext& context,
                                            SqlSession& sql,
                                            std::string_view statement,
                                            Deadline until) {
  const auto limit = until.cut(context.config->sql.show_timeout);
  const auto table = ask_fe(context, sql, statement, limit);
  if (!table) return tl::unexpected(table.error());
  auto rows = worker_rows(TableView{table->columns, table->rows});
  if (!rows) return tl::unexpected(garbled(std::move(rows).error()));
  return *std::move(rows);
}

bool same_leader(const LeaderView& a, const LeaderView& b) {
  return a.host == b.host && a.start_time == b.start_time && a.cluster_id == b.cluster_id;
}

/// Everything that is wanted of one FE, on one connection.
FeResult<ReadResult> read_at(const WorkerContext& context,
                             const FeTarget& target,
                             ReadWhat what,
                             const LeaderView& known,
                             Deadline until) {
  auto session = log_in(context.look, target, until);
  if (!session) return tl::unexpected(std::move(session).error());
  auto& sql = **session;
  ReadResult out;
  out.target = target;
  const auto want_leader = [&]() -> FeResult<void> {
    if (context.off->load()) return {};
    auto leader = read_leader(context.look, sql, until);
    if (!leader) return failed_statement(target, leader.error());
    out.leader = *std::move(leader);
    return {};
  };
  if (what != ReadWhat::kRows)
    if (auto done = want_leader(); !done) return tl::unexpected(std::move(done).error());
  if (what == ReadWhat::kLeader && out.leader && same_leader(*out.leader, known)) return out;
  if (context.off->load()) return out;
  auto rows = read_rows(context.look, sql, show_workers(context.self.kind), until);
  if (!rows) return failed_statement(target, rows.error());
  out.rows = *std::move(rows);
  const bool listed = find_own_row(context.self, *out.rows) != nullptr;
  if (!listed && !out.leader)
    if (auto done = want_leader(); !done) return tl::unexpected(std::move(done).error());
  if (!listed) out.session = *std::move(session);
  return out;
}

void read_stored_id(const WorkerContext& context, ReadResult& out) {
  if (context.storage_root.empty()) return;
  auto id = read_be_cluster_id(context.storage_root);
  if (id) {
    out.stored_id = *std::move(id);
  } else {
    out.stored_why = id.error().what;
  }
}

/// False: refused or lost, and `out` says how.
bool send(const WorkerContext& context,
          SqlSession& session,
          std::string_view statement,
          AddResult& out) {
  out.error.reset();
  const auto& timeouts = context.look.config->sql;
  const auto done =
      ask_fe(context.look, session, statement, Deadline::after(timeouts.statement_timeout));
  if (done) return true;
  out.error = done.error();
  out.kind = classify_server_error(done.error().code, done.error().text);
  return false;
}

/// Only after the FE said that the warehouse is missing. Its refusal is what is told then.
bool make_warehouse(const WorkerContext& context, SqlSession& session, AddResult& out) {
  if (context.off->load()) return false;
  const auto text = create_warehouse(context.self.warehouse);
  return text && send(context, session, *text, out);
}

}  // namespace

ReadResult read_membership(const WorkerContext& context,
                           const std::vector<FeTarget>& targets,
                           ReadWhat what,
                           const LeaderView& known,
                           Deadline until) {
  ReadResult out;
  std::vector<FeFailure> failures;
  ask_in_turn(context.look, targets, [&](const FeTarget& target) {
    if (context.off->load() || until.expired()) return true;
    auto read = read_at(context, target, what, known, until);
    if (read) {
      out = *std::move(read);
      return true;
    }
    failures.push_back(std::move(read).error());
    // One refused password is refused everywhere: a second try only counts against a lock-out.
    // Where nobody leads the others say so too; if only this one sees no leader, the next look asks
    // them.
    const auto reason = failures.back().reason;
    return reason == Reason::kAuthFailed || reason == Reason::kNoLeader;
  });
  out.failures = std::move(failures);
  read_stored_id(context, out);
  if (out.session)
    out.own_name = name_gives(context.look, context.look.me.fqdn, context.look.me.address);
  return out;
}

AddResult add_own_row(const WorkerContext& context, SqlSession& session) {
  AddResult out;
  const auto& me = context.self;
  const Placement where{me.warehouse, me.cn_group};
  const auto add = add_worker(me.kind, me.host, me.heartbeat_port, where);
  const auto group = where.cn_group.empty() ? Result<std::string>{} : create_cn_group(where);
  for (const auto* text : {&add, &group}) {
    if (*text) continue;
    static_cast<Error&>(out.error.emplace()) = text->error();
    out.kind = ServerError::kBadAddress;
    return out;
  }
  if (!group->empty() && !send(context, session, *group, out) &&
      out.kind == ServerError::kNoWarehouse) {
    if (!make_warehouse(context, session, out)) return out;
    send(context, session, *group, out);
  }
  if (out.error || context.off->load()) return out;
  const bool refused = !send(context, session, *add, out);
  out.statement = *add;
  if (refused && out.kind == ServerError::kNoWarehouse && make_warehouse(context, session, out))
    send(context, session, *add, out);
  if (context.off->load()) return out;
  const auto again = Deadline::after(context.look.config->sql.show_timeout);
  auto rows = read_rows(context.look, session, show_workers(me.kind), again);
  if (!rows) return out;
  out.rows = *std::move(rows);
  const bool unexplained =
      out.kind == ServerError::kAlreadyExists && find_own_row(me, *out.rows) == nullptr;
  if (!unexplained || context.off->load()) return out;
  if (auto others = read_rows(context.look, session, show_other_workers(me.kind), again))
    out.others = *std::move(others);
  return out;
}

}  // namespace sragent
