#include "runtime/first_password.h"

#include "core/leader.h"
#include "core/words.h"
#include "runtime/fe_login.h"
#include "runtime/password_file.h"
#include "starrocks/rows.h"
#include "starrocks/sql_text.h"

namespace sragent {
namespace {

using What = FirstPassword::What;

FirstPassword not_done(const std::string& why) {
  return {What::kNotDone, why};
}

/// Connections beside the own one: "root@10.0.0.7:41234".
std::string seen_before(SqlSession& session, Deadline until) {
  const auto table = session.query(kShowProcesslist, until);
  if (!table) return "who was logged in before is not known: " + table.error().what;
  const auto id = session.query("SELECT CONNECTION_ID()", until);
  const auto own = id && !id->rows.empty() ? id->rows.front().front() : std::nullopt;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < table->rows.size(); ++i) {
    const auto* number = table->cell(i, "Id");
    const auto* user = table->cell(i, "User");
    const auto* host = table->cell(i, "Host");
    if (user == nullptr || host == nullptr) continue;
    if (own && number != nullptr && *number == own) continue;
    out.push_back(user->value_or("?") + "@" + host->value_or("?"));
  }
  return out.empty() ? "nobody else was logged in" : "logged in before it: " + joined(out);
}

}  // namespace

FirstPassword set_first_password(const LookContext& context) {
  const auto until = Deadline::after(context.config->sql.connect_timeout * 4);
  const auto wanted = read_password_file(context.config->sql.password_file);
  if (!wanted) return not_done(wanted.error().what);
  const auto statement = set_own_password(*wanted);
  if (!statement) return not_done("sql.password_file: " + statement.error().what);
  const FeTarget own{context.me.host, context.me.address, context.fe_query_port, {}};
  auto session = log_in_with(context, own, "", until);
  if (!session) {
    if (session.error().kind != ErrorKind::kAuth) return not_done(session.error().what);
    return {What::kNoRoom,
            "root has neither the password of sql.password_file nor none; nothing was changed"};
  }
  const auto table = (*session)->query(kShowFrontends, until);
  if (!table) return not_done(table.error().what);
  const auto list = fe_list({table->columns, table->rows}, {}, context.clock.now());
  if (!list) return not_done(list.error().what);
  const auto* leader = leader_row(*list);
  if (leader == nullptr) return not_done("no FE leads yet");
  const bool own_row = leader->host == context.me.host || leader->host == context.me.address;
  if (!own_row) return {What::kNotOurs, leader->host + " leads"};
  const auto before = seen_before(**session, until);
  if (const auto done = (*session)->query(*statement, until); !done)
    return not_done("SET PASSWORD: " + done.error().text);
  // What was said is not what is: a new login proves it, and that nobody needs none any more.
  const auto proof = log_in_with(context, own, *wanted, until);
  if (!proof) return not_done("after SET PASSWORD: " + proof.error().what);
  if (log_in_with(context, own, "", until)) return not_done("root still needs no password");
  return {What::kSet, before};
}

}  // namespace sragent
