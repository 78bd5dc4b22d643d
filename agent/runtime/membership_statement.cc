#include "runtime/membership_statement.h"

#include "core/own_name.h"
#include "runtime/ask.h"
#include "runtime/fe_login.h"
#include "starrocks/rows.h"
#include "starrocks/sql_text.h"

namespace sragent {
namespace {

/// A statement that was lost on the way may still be carried out.
bool lost(ErrorKind kind) {
  return kind == ErrorKind::kTimeout || kind == ErrorKind::kUnreachable ||
         kind == ErrorKind::kGarbled;
}

Deadline whole_deadline(const WorkerContext& context) {
  const auto& sql = context.look.config->sql;
  return Deadline::after(sql.connect_timeout * 4 + sql.show_timeout);
}

OnceResult refused(Reason reason, std::string detail) {
  return {OnceOutcome::kRefused, reason, std::move(detail), {}};
}

std::string all_failures(const std::vector<FeFailure>& failures,
                         const std::vector<std::string>& problems) {
  std::string out;
  const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : "; ") + text; };
  for (const auto& failure : failures)
    add(host_port(failure.target.address, failure.target.port) + ": " + failure.error.what);
  for (const auto& problem : problems)
    add(problem);
  return out.empty() ? "no FE address is known" : out;
}

/// No list: a refusal in an FE's own words is final, silence is not.
OnceResult without_list(const FeNames& names, const std::vector<FeFailure>& failures) {
  OnceResult out;
  out.reason = worst_reason(failures);
  out.detail = all_failures(failures, names.problems);
  const bool final = out.reason == Reason::kAuthFailed || out.reason == Reason::kTlsFailed ||
                     out.reason == Reason::kPrivilegeDenied || out.reason == Reason::kUnsupportedFe;
  out.outcome = final ? OnceOutcome::kRefused : OnceOutcome::kNotNow;
  return out;
}

OnceResult after_add(const WorkerContext& context, const AddResult& added) {
  const auto key = host_port(context.self.host, context.self.heartbeat_port);
  if (added.rows && find_own_row(context.self, *added.rows) != nullptr)
    return {OnceOutcome::kDone, Reason::kNone, key + " was added", {}};
  if (added.error && !lost(added.error->kind)) {
    const bool other_kind = added.others && find_own_row(context.self, *added.others) != nullptr;
    return refused(other_kind ? Reason::kWrongRole : reason_of(added.kind),
                   other_kind ? key + " is listed under the other kind of node"
                              : "the FE refused the ADD: " + added.error->what);
  }
  OnceResult out;
  out.reason = Reason::kNotRegistered;
  out.detail = added.error ? added.error->what : "the list does not show the row after the ADD yet";
  return out;
}

WorkerObservation observation_of(const ReadResult& read) {
  WorkerObservation out;
  WorkerList list;
  if (read.leader) {
    list.leader = read.leader->host;
    list.leader_start_time = read.leader->start_time;
    list.cluster_id = read.leader->cluster_id;
  }
  if (read.rows) list.rows = *read.rows;
  out.list = std::move(list);
  out.stored_id = read.stored_id;
  out.own_name = read.own_name.own;
  out.name_elsewhere = read.own_name.elsewhere;
  return out;
}

/// Drops `row` on `session` and reads again.
OnceResult drop_row(const WorkerContext& context, SqlSession& session, const WorkerRow& row) {
  const auto key = host_port(row.host, row.heartbeat_port);
  const auto text = drop_worker(context.self.kind, row);
  if (!text) return refused(Reason::kConfigInvalid, text.error().what);
  const auto& sql = context.look.config->sql;
  const auto done = ask_fe(context.look, session, *text, Deadline::after(sql.statement_timeout));
  const auto table = ask_fe(
      context.look, session, show_workers(context.self.kind), Deadline::after(sql.show_timeout));
  const auto rows = table ? worker_rows({table->columns, table->rows})
                          : Result<std::vector<WorkerRow>>{tl::unexpected(table.error())};
  if (rows && find_own_row(context.self, *rows) == nullptr)
    return {OnceOutcome::kDone, Reason::kNone, key + " was dropped", {}};
  if (!done && !lost(done.error().kind)) {
    return refused(reason_of(classify_server_error(done.error().code, done.error().text)),
                   "the FE refused the DROP: " + done.error().what);
  }
  OnceResult out;
  out.reason = Reason::kFeUnreachable;
  out.detail = !done ? done.error().what : !rows ? rows.error().what : key + " is still listed";
  return out;
}

/// nullopt: this FE does not tell the list; the next one may.
std::optional<OnceResult> offline_at(const WorkerContext& context,
                                     const FeTarget& target,
                                     std::vector<FeFailure>& failures) {
  auto leader = open_leader(context.look, target);
  const auto note = [&](const Error& error, Reason reason) {
    FeFailure failure;
    failure.target = target;
    failure.error = error;
    failure.reason = reason;
    failures.push_back(std::move(failure));
    return std::nullopt;
  };
  if (!leader.sql) {
    const auto& error = *leader.attempt.error;
    return note(error,
                error.kind == ErrorKind::kAuth  ? Reason::kAuthFailed
                : error.kind == ErrorKind::kTls ? Reason::kTlsFailed
                                                : Reason::kFeUnreachable);
  }
  const auto table = ask_fe(context.look,
                            *leader.sql,
                            show_workers(context.self.kind),
                            Deadline::after(context.look.config->sql.show_timeout));
  if (!table) {
    return note(table.error(),
                reason_of(classify_server_error(table.error().code, table.error().text)));
  }
  const auto rows = worker_rows({table->columns, table->rows});
  if (!rows) return note(rows.error(), Reason::kUnsupportedFe);
  const auto* row = find_own_row(context.self, *rows);
  if (row != nullptr) return drop_row(context, *leader.sql, *row);
  return OnceResult{OnceOutcome::kNothing,
                    Reason::kNotRegistered,
                    host_port(context.self.host, context.self.heartbeat_port) + " is not listed",
                    {}};
}

}  // namespace

FeStatementResult send_fe_statement(const LookContext& context,
                                    SqlSession& session,
                                    std::string_view statement,
                                    const FeList& decided_from) {
  const auto& config = context.config->sql;
  FeStatementResult out;
  out.unsent = !statement_valid(decided_from.asked_at, context.clock.now());
  if (out.unsent) return out;
  const auto done = ask_fe(context, session, statement, Deadline::after(config.statement_timeout));
  if (!done) out.error = done.error();
  out.answered = done.has_value() || (done.error().code != 0 && !lost(done.error().kind));
  if (!out.answered) return out;
  const auto asked_at = context.clock.now();
  const auto table = ask_fe(context, session, kShowFrontends, Deadline::after(config.show_timeout));
  if (!table) return out;
  if (auto list = fe_list({table->columns, table->rows}, decided_from.asked_host, asked_at))
    out.list = *std::move(list);
  return out;
}

LeaderFound find_leader(const WorkerContext& context) {
  const auto names = look_up_fes(context, {});
  const auto read =
      read_membership(context, names.targets, ReadWhat::kBoth, {}, whole_deadline(context));
  LeaderFound out;
  out.stored_id = read.stored_id;
  if (read.leader) {
    out.leader = read.leader->host;
    out.cluster_id = read.leader->cluster_id;
    return out;
  }
  const auto why = without_list(names, read.failures);
  out.reason = why.reason;
  out.detail = why.detail;
  return out;
}

OnceResult register_once(const WorkerContext& context, WorkerMemory& memory) {
  const auto names = look_up_fes(context, {});
  auto read = read_membership(context, names.targets, ReadWhat::kBoth, {}, whole_deadline(context));
  if (!read.rows || !read.leader) return without_list(names, read.failures);
  const auto judged =
      decide_membership(context.self, observation_of(read), memory, context.look.clock.now());
  memory = judged.memory;
  const auto& why = read.own_name.why;
  const auto detail = judged.decision.detail + (why.empty() ? "" : ": " + why);
  OnceResult out;
  if (judged.decision.registered) {
    out = {OnceOutcome::kDone, judged.decision.reason, judged.decision.detail, {}};
  } else if (judged.decision.reason == Reason::kDnsNotReady) {
    out = {OnceOutcome::kNotNow, Reason::kDnsNotReady, detail, {}};
  } else if (!std::holds_alternative<AddRow>(judged.decision.action)) {
    out = refused(judged.decision.reason, detail);
  } else if (read.session) {
    out = after_add(context, add_own_row(context, *read.session));
  }
  out.leader = read.leader->host;
  return out;
}

OnceResult offline_once(const WorkerContext& context) {
  const auto& me = context.look.me;
  const auto name = name_gives(context.look, me.fqdn, me.address);
  if (name.own != Tri::kYes) {
    return {name.elsewhere ? OnceOutcome::kRefused : OnceOutcome::kNotNow,
            name.elsewhere ? Reason::kIdentityConflict : Reason::kDnsNotReady,
            name_not_served(name.own, me.address, me.fqdn) + ": " + name.why,
            {}};
  }
  const auto names = look_up_fes(context, {});
  std::vector<FeFailure> failures;
  std::optional<OnceResult> out;
  ask_in_turn(context.look, names.targets, [&](const FeTarget& target) {
    out = offline_at(context, target, failures);
    return out.has_value();
  });
  return out ? *std::move(out) : without_list(names, failures);
}

}  // namespace sragent
