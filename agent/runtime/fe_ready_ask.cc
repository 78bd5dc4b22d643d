#include <algorithm>

#include "runtime/ask.h"
#include "runtime/fan_out.h"
#include "runtime/fe_login.h"
#include "runtime/fe_ready.h"
#include "runtime/worker_look.h"
#include "starrocks/bootstrap.h"
#include "starrocks/identity_json.h"

/// What is asked for the readiness of an FE. Worker threads.
namespace sragent {
namespace {

std::string own_place(const LookContext& context, std::uint16_t port) {
  return host_port(context.me.address, port);
}

/// A TCP connect proves nothing: a dropped observer accepts and never greets.
void ask_login(const LookContext& context, FeHealth& out) {
  out.health.at = context.clock.now();
  const auto session = log_in_at(context,
                                 {context.me.host, context.me.address, context.fe_query_port, {}},
                                 source_address(context),
                                 Deadline::after(context.config->sql.connect_timeout));
  if (session) {
    out.health.reason = Reason::kNone;
    out.health.detail = "login on " + own_place(context, context.fe_query_port);
    return;
  }
  const auto refusal = refusal_of(session.error());
  out.login_refused = refusal.has_value();
  out.health.reason = refusal ? refusal->reason : Reason::kUnhealthy;
  out.health.detail = session.error().what;
}

void ask_bootstrap(const LookContext& context, FeHealth& out) {
  auto& fact = out.bootstrap;
  fact.at = context.clock.now();
  fact.reason = Reason::kUnhealthy;
  const auto reply = ask_http(context, context.me.address, context.fe_http_port, "/api/bootstrap");
  if (!reply) {
    fact.detail = reply.error().what;
    return;
  }
  const auto answer = parse_bootstrap(reply->body);
  if (!answer) {
    fact.detail = answer.error().what;
    return;
  }
  fact.reason = answer->ready ? Reason::kNone : Reason::kReplaying;
  fact.detail = "/api/bootstrap says " + answer->msg;
}

/// Whom the agent of `host` sees lead; nullopt: no answer, or not one of a member of this cluster.
std::optional<LeaderReport> ask_report(const LookContext& context, const std::string& host) {
  const auto address = address_of(context, host);
  if (!address) return std::nullopt;
  const auto reply = ask_http(context, *address, context.config->http.peer_port, "/v1/identity");
  if (!reply || reply->status != 200) return std::nullopt;
  const auto identity = parse_identity(reply->body);
  const bool counts = identity && identity->host == host && identity->kind == NodeKind::kFe &&
                      identity->meta == MetaKind::kSealed && !identity->leader_seen.empty();
  if (!counts) return std::nullopt;
  return LeaderReport{host, identity->leader_seen};
}

/// The address that the name servers give in place of an own one for the own name. Silence and a
/// name that is not served prove nothing: a node that is not ready may not be served.
std::string other_address(const LookContext& context) {
  if (context.config->node.host_type == HostTypeSetting::kIp || context.me.fqdn.empty()) return {};
  const auto answer = ask_dns(context, context.me.fqdn + ".");
  const auto own = [&](const std::string& address) {
    const auto& all = context.own_addresses;
    return address == context.me.address || std::find(all.begin(), all.end(), address) != all.end();
  };
  const bool any_own = std::any_of(answer.addresses.begin(), answer.addresses.end(), own);
  if (answer.addresses.empty() || any_own) return {};
  return "they give " + answer.addresses.front();
}

}  // namespace

FeHealth ask_fe_health(const LookContext& context) {
  FeHealth out;
  ask_login(context, out);
  ask_bootstrap(context, out);
  return out;
}

FeReports ask_fe_reports(const LookContext& context,
                         const std::string& leader,
                         const std::vector<std::string>& members,
                         bool claims_lead) {
  FeReports out;
  out.at = context.clock.now();
  out.leader = leader;
  std::vector<std::string> others = members;
  std::erase(others, context.me.host);
  const auto answers = fan_out<std::optional<LeaderReport>, std::string>(
      *context.workers,
      others,
      [context](const std::string& host) { return ask_report(context, host); },
      Deadline::after(context.config->http.peer_timeout * 2));
  for (const auto& answer : answers)
    if (answer && *answer) out.reports.push_back(**answer);
  out.name_elsewhere = other_address(context);
  if (!claims_lead) return out;
  FeList list;
  list.asked_host = context.me.host;
  for (const auto& host : others)
    list.rows.emplace_back().host = host;
  out.rivals = self_declared_leaders(context, list);
  return out;
}

}  // namespace sragent
