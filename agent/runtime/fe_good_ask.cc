#include "runtime/fe_good_ask.h"

#include <set>

#include "core/exit_codes.h"
#include "runtime/ask.h"
#include "runtime/fan_out.h"
#include "runtime/membership_statement.h"
#include "starrocks/identity_json.h"
#include "starrocks/sql_text.h"

namespace sragent {
namespace {

ClaimAnswer ask_claim(const LookContext& context, const std::string& host) {
  ClaimAnswer out;
  out.host = host;
  const auto address = address_of(context, host);
  if (!address) {
    out.why = "no name server gives an address for it";
    return out;
  }
  const auto path = question_path({context.me.host, context.me.session, false});
  const auto identity = ask_identity(context, *address, path);
  if (!identity) {
    out.why = identity.error().what;
  } else if (identity->host != host || identity->kind != NodeKind::kFe) {
    out.why = "at " + *address + " answers " + identity->host;
  } else if (identity->claim && identity->claim->since.empty()) {
    out.why = "its agent does not know yet";
  } else if (!identity->claim && identity->meta != MetaKind::kSealed) {
    out.why = "its FE is listed and no member (" + std::string{to_string(identity->meta)} +
              "), and two changes of the group at once are one too many";
  } else {
    out.claim = identity->claim;
  }
  return out;
}

/// Whom the FEs at `hosts` take for the leader, but this one; whether it is one goes to `told`.
std::set<std::string> leaders_named(const LookContext& context,
                                    const std::vector<std::string>& hosts,
                                    FeRowTold& told) {
  std::vector<FeTarget> targets;
  for (const auto& host : hosts) {
    if (auto address = address_of(context, host))
      targets.push_back({host, *std::move(address), context.fe_query_port, {}});
  }
  // The members on disk may be those of a time before the others joined.
  if (targets.empty()) {
    for (auto& address : other_addresses(context, look_up_set(context)))
      targets.push_back({address, address, context.fe_query_port, context.me.headless});
  }
  std::set<std::string> out;
  told.why = targets.empty() ? "no name server gives the address of another FE" : "no FE leads";
  for (const auto& attempt : ask_fes(context, targets)) {
    auto leader = attempt.list ? leader_host(*attempt.list) : std::string{};
    if (attempt.error) told.why = attempt.error->what;
    told.own_leads = told.own_leads || leader == context.me.host;
    if (!leader.empty() && leader != context.me.host) out.insert(std::move(leader));
  }
  if (told.own_leads) told.why = "this FE leads";
  return out;
}

/// Whose word is this list, and is it about this node? Empty: the leader's, and it is.
std::string list_fault(const FeList& list, const ClusterId& cluster_id) {
  if (list.cluster_id != cluster_id)
    return list.asked_host + " leads another cluster, " + list.cluster_id;
  if (!word_counts(list)) return list.asked_host + " does not lead for certain";
  return {};
}

/// S84, and the majority of what stays.
std::optional<LeaveRefusal> against_drop(const LookContext& context,
                                         const LookResult& look,
                                         const FeList& list) {
  if (look.own_name == Tri::kYes) return refuse_fe_drop(list, context.me.host);
  return LeaveRefusal{
      kExitUndecidable,
      Reason::kDnsNotReady,
      "the name servers do not give the own address for the own name: " + look.own_name_why};
}

void drop_row(const LookContext& context,
              SqlSession& session,
              const FeList& list,
              const FeRow& row,
              FeRowTold& out) {
  const auto role = row.role == RowRole::kObserver ? FeRole::kObserver : FeRole::kFollower;
  const auto text = drop_frontend(role, row.host, row.port);
  if (!text) {
    out.why = text.error().what;
    return;
  }
  auto sent = send_fe_statement(context, session, *text, list);
  if (sent.unsent) {
    out.unsent = "the leader's list came too slowly to send a DROP on its word";
    return;
  }
  out.statement = *text;
  out.answered = sent.answered;
  if (sent.error) out.said = sent.error->what;
  out.gone = sent.list && find_row(*sent.list, context.me.host) == nullptr;
}

FeRowTold look_at_leader(const LookContext& context,
                         const std::string& leader,
                         const ClusterId& cluster_id,
                         const DropOrder& drop) {
  FeRowTold out;
  out.leader = leader;
  LookResult look;
  auto session = ask_leader_again(context, leader, look);
  if (look.lists.empty()) {
    out.why = leader + ": " +
              (session.attempt.error ? session.attempt.error->what : "no address is known");
    return out;
  }
  const auto& list = look.lists.front();
  out.why = list_fault(list, cluster_id);
  if (!out.why.empty()) return out;
  out.list = list;
  const auto* const row = find_row(list, context.me.host);
  out.gone = row == nullptr;
  if (out.gone) return out;
  out.no = against_drop(context, look, list);
  if (!drop.allowed || !drop.allowed->load() || out.no) return out;
  auto readings = drop.readings;
  add_reading(readings, list);
  if (bears_fe_drop(list, readings.history, context.me.host, context.clock.now())) {
    drop_row(context, *session.sql, list, *row, out);
  } else {
    out.unsent = "the heartbeats of the others were not seen to move in the last 10 s";
  }
  return out;
}

}  // namespace

std::vector<ClaimAnswer> ask_claims(const LookContext& context,
                                    const std::vector<std::string>& hosts) {
  const auto answers = fan_out<ClaimAnswer, std::string>(
      *context.workers,
      hosts,
      [context](const std::string& host) { return ask_claim(context, host); },
      Deadline::after(context.config->http.peer_timeout * 2));
  std::vector<ClaimAnswer> out;
  for (std::size_t i = 0; i < hosts.size(); ++i)
    out.push_back(answers[i].value_or(ClaimAnswer{hosts[i], "no answer in time", {}}));
  return out;
}

FeRowTold work_on_fe_row(const LookContext& context,
                         const std::vector<std::string>& hosts,
                         const ClusterId& cluster_id,
                         const DropOrder& drop) {
  FeRowTold out;
  const auto leaders = leaders_named(context, hosts, out);
  const bool own_leads = out.own_leads;
  for (const auto& leader : leaders) {
    out = look_at_leader(context, leader, cluster_id, drop);
    if (out.why.empty()) return out;
  }
  out.own_leads = own_leads;
  return out;
}

Millis fe_row_limit(const LookContext& context) {
  const auto& sql = context.config->sql;
  return sql.statement_timeout + sql.show_timeout * 4 + sql.connect_timeout * 4 +
         context.config->http.peer_timeout * 2;
}

}  // namespace sragent
