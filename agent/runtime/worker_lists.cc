#include "runtime/worker_lists.h"

#include "runtime/fe_login.h"
#include "starrocks/sql_text.h"

namespace sragent::worker_lists {

Result<Session> log_in(const LookContext& look, const FeTarget& target, Deadline until) {
  const auto limit = until.cut(look.config->sql.connect_timeout);
  auto session = log_in_at(look, target, source_address(look), limit);
  if (!session) return tl::unexpected(Error{session.error().kind, session.error().what});
  return *std::move(session);
}

Result<SqlTable> ask(const LookContext& look,
                     SqlSession& sql,
                     std::string_view statement,
                     Deadline until) {
  auto table = ask_fe(look, sql, statement, until.cut(look.config->sql.show_timeout));
  if (!table) return tl::unexpected(Error{table.error().kind, table.error().what});
  return *std::move(table);
}

Result<Lists> read_lists(const WorkerContext& context,
                         SqlSession& sql,
                         const Enough& enough,
                         Deadline until) {
  const auto workers = ask(context.look, sql, show_workers(context.self.kind), until);
  if (!workers) return tl::unexpected(workers.error());
  auto rows = worker_rows(view(*workers));
  if (!rows) return tl::unexpected(std::move(rows).error());
  if (enough(find_own_row(context.self, *rows))) return Lists{*std::move(rows)};
  const auto fes = ask(context.look, sql, kShowFrontends, until);
  if (!fes) return tl::unexpected(fes.error());
  auto list = fe_list(view(*fes), {}, context.look.clock.now());
  if (!list) return tl::unexpected(std::move(list).error());
  auto addresses = fe_addresses(view(*fes));
  if (!addresses) return tl::unexpected(std::move(addresses).error());
  return Lists{*std::move(rows), *std::move(list), *std::move(addresses)};
}

}  // namespace sragent::worker_lists
