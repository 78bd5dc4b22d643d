#include <algorithm>

#include "io/tcp.h"
#include "runtime/ask.h"
#include "runtime/fan_out.h"
#include "runtime/fe_login.h"
#include "runtime/fe_look.h"
#include "starrocks/errors.h"
#include "starrocks/rows.h"
#include "starrocks/sql_text.h"

/// The FE list, as one FE tells it.
namespace sragent {
namespace {

/// The asked FE's host as its own row spells it: the target's name, or the row at its address.
std::string asked_host(const LookContext& context, const FeTarget& target, const FeList& list) {
  if (find_row(list, target.name) != nullptr) return target.name;
  if (find_row(list, target.address) != nullptr) return target.address;
  for (const auto& row : list.rows) {
    if (row.role == RowRole::kLeader && address_of(context, row.host) == target.address)
      return row.host;
  }
  return {};
}

/// What the rows tell of the asked FE beside its membership.
void describe_asked(const std::vector<FeAddress>& rows, const FeList& list, FeAttempt& out) {
  std::optional<std::int64_t> own;
  std::optional<std::int64_t> leaders;
  const auto leader = leader_host(list);
  for (const auto& row : rows) {
    if (row.host == leader) leaders = row.journal_id;
    if (row.host != list.asked_host) continue;
    own = row.journal_id;
    out.version = row.version;
  }
  out.leader_journal = leaders;
  if (own && leaders) out.journal_behind = std::max<std::int64_t>(0, *leaders - *own);
}

/// The rows as they came, and what they say.
struct NamedLeader {
  SqlTable table{};
  FeList list{};
};

/// SHOW PROC '/frontends', if it is a list with a leader.
std::optional<NamedLeader> list_with_leader(const LookContext& context,
                                            SqlSession& sql,
                                            Instant asked_at) {
  auto table =
      ask_fe(context, sql, kShowProcFrontends, Deadline::after(context.config->sql.show_timeout));
  if (!table) return std::nullopt;
  auto list = fe_list(TableView{table->columns, table->rows}, {}, asked_at);
  if (!list || leader_row(*list) == nullptr) return std::nullopt;
  return NamedLeader{*std::move(table), *std::move(list)};
}

void read_list(const LookContext& context,
               const FeTarget& target,
               SqlSession& sql,
               FeAttempt& out) {
  const auto asked_at = context.clock.now();
  const auto limit = context.config->sql.show_timeout;
  auto table = ask_fe(context, sql, kShowFrontends, Deadline::after(limit));
  const bool by_show_proc = !table;
  if (by_show_proc) {
    out.code = table.error().code;
    const auto kind = classify_server_error(table.error().code, table.error().text);
    const bool leaderless = kind == ServerError::kNoLeader ||
                            kind == ServerError::kLeaderUnreachable ||
                            kind == ServerError::kNotListed;
    out.error = table.error();
    if (!leaderless) return;
    table = ask_fe(context, sql, kShowProcFrontends, Deadline::after(limit));
    if (!table) return;
  }
  auto list = fe_list(TableView{table->columns, table->rows}, {}, asked_at);
  if (!by_show_proc && list && leader_row(*list) == nullptr) {  // 3.3.0 to 3.3.3 may hide it (S05)
    if (auto better = list_with_leader(context, sql, asked_at)) {
      table = std::move(better->table);
      list = std::move(better->list);
    }
  }
  if (!list) {
    out.error = std::move(list).error();
    return;
  }
  out.cluster_id = list->cluster_id;
  for (const auto& row : list->rows)
    out.hosts.push_back(row.host);
  list->asked_host = asked_host(context, target, *list);
  if (const auto rows = fe_addresses(TableView{table->columns, table->rows}))
    describe_asked(*rows, *list, out);
  out.list = *std::move(list);
}

}  // namespace

std::string source_address(const LookContext& context) {
  const bool loopback = context.me.address.substr(0, 4) == "127.";
  return loopback ? context.me.address : std::string{};
}

LeaderSession open_leader(const LookContext& context, const FeTarget& target, AtExit at_exit) {
  LeaderSession out;
  out.attempt.target = target;
  const auto source = source_address(context);
  const auto until = Deadline::after(context.config->sql.connect_timeout);
  const auto seen = probe_tcp(target.address, target.port, source, until);
  if (seen != TcpProbe::kOpen) {
    const bool refused = seen == TcpProbe::kRefused;
    out.attempt.error = Error{refused ? ErrorKind::kUnreachable : ErrorKind::kTimeout,
                              "sql: " + host_port(target.address, target.port) +
                                  (refused ? ": connection refused" : ": no answer")};
    return out;
  }
  if (at_exit == AtExit::kLeaveAlone && exits_gracefully(context, target.address)) {
    out.attempt.exits = true;
    out.attempt.error = Error{ErrorKind::kUnreachable,
                              "sql: " + host_port(target.address, target.port) +
                                  ": not asked, it is in its graceful exit"};
    return out;
  }
  auto session = log_in_at(context, target, source, until);
  if (!session) {
    out.attempt.code = session.error().code;
    out.attempt.error = session.error();
    return out;
  }
  out.sql = *std::move(session);
  out.attempt.logged_in = true;
  read_list(context, target, *out.sql, out.attempt);
  return out;
}

LeaderSession ask_leader_again(const LookContext& context,
                               const std::string& leader_host,
                               LookResult& look) {
  LeaderSession out;
  look.lists.clear();
  auto name = name_gives(context, context.me.fqdn, context.me.address);
  look.own_name = name.own;
  look.own_name_why = std::move(name.why);
  const auto address = address_of(context, leader_host);
  if (!address) return out;
  out = open_leader(context, FeTarget{leader_host, *address, context.fe_query_port, {}});
  if (!out.attempt.list) return out;
  auto claims = self_declared_leaders(context, *out.attempt.list).hosts;
  out.attempt.list.reset();  // asking the others took its time
  read_list(context, out.attempt.target, *out.sql, out.attempt);
  if (!out.attempt.list) return out;
  out.attempt.list->self_declared_leaders = std::move(claims);
  look.lists.push_back(*out.attempt.list);
  return out;
}

LeadClaims self_declared_leaders(const LookContext& context, const FeList& list) {
  std::vector<std::string> hosts;
  for (const auto& row : list.rows)
    if (row.host != list.asked_host && row.host != context.me.host) hosts.push_back(row.host);
  const auto answers = fan_out<Tri, std::string>(
      *context.workers,
      hosts,
      [context](const std::string& host) {
        const auto address = address_of(context, host);
        return address ? claims_lead(context, *address) : Tri::kUnknown;
      },
      Deadline::after(context.config->http.peer_timeout * 2));
  LeadClaims out;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (answers[i] == Tri::kYes) out.hosts.push_back(hosts[i]);
    if (answers[i] == Tri::kNo) out.denied.push_back(hosts[i]);
  }
  return out;
}

}  // namespace sragent
