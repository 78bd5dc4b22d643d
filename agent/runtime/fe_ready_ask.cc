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

std::optional<Identity> identity_at(const LookContext& context, const std::string& address) {
  const auto identity = ask_identity(context, address, question_path({}));
  if (!identity) return std::nullopt;
  return *identity;
}

/// What one address of the headless set answered, and what is to be made of it.
struct AgentAt {
  Identity identity{};
  Peer peer{};
};

std::optional<AgentAt> agent_at(const LookContext& context, const std::string& address) {
  const auto asked_at = context.clock.now();
  const auto identity = identity_at(context, address);
  if (!identity) return std::nullopt;
  return AgentAt{*identity,
                 judge_peer(context.me, address, *identity, asked_at, context.clock.now())};
}

/// Whom this agent sees lead; nullopt: it is not one of a member of `cluster`, or sees nobody.
std::optional<LeaderReport> report_of(const Identity& identity, const ClusterId& cluster) {
  const bool member = identity.kind == NodeKind::kFe && identity.meta == MetaKind::kSealed;
  const bool ours = cluster.empty() || identity.cluster_id == cluster;
  const bool counts = member && ours && !identity.leader_seen.empty();
  if (!counts) return std::nullopt;
  return LeaderReport{identity.host, identity.leader_seen};
}

/// The same of the agent of `host`, wherever it is.
std::optional<LeaderReport> ask_report(const LookContext& context,
                                       const std::string& host,
                                       const ClusterId& cluster) {
  const auto address = address_of(context, host);
  const auto identity = address ? identity_at(context, *address) : std::nullopt;
  return identity && identity->host == host ? report_of(*identity, cluster) : std::nullopt;
}

/// Asks `places` side by side; what gives nothing is left out.
template <typename Answer, typename Ask>
std::vector<Answer> ask_all(const LookContext& context,
                            const std::vector<std::string>& places,
                            const Ask& ask) {
  const auto answers = fan_out<std::optional<Answer>, std::string>(
      *context.workers,
      places,
      [context, ask](const std::string& place) { return ask(context, place); },
      Deadline::after(context.config->http.peer_timeout * 2));
  std::vector<Answer> out;
  for (const auto& answer : answers)
    if (answer && *answer) out.push_back(**answer);
  return out;
}

/// The agents of the own headless set. Those of members report the leader, the rest is asked by
/// name (FEs outside the set); agents of other clusters should not be there. Who answers for
/// another address, or is otherwise not of the set, is nobody's word.
void ask_agents(const LookContext& context, const FeQuestion& question, FeReports& out) {
  const auto set = look_up_set(context);
  std::vector<Peer> peers;
  auto left = question.members;
  std::erase(left, context.me.host);
  for (const auto& [identity, peer] :
       ask_all<AgentAt>(context, other_addresses(context, set), agent_at)) {
    peers.push_back(peer);
    if (peer.kind == PeerKind::kUnknown || std::erase(left, identity.host) == 0) continue;
    if (auto report = report_of(identity, question.cluster_id))
      out.reports.push_back(*std::move(report));
  }
  const auto by_name = [cluster = question.cluster_id](const LookContext& with,
                                                       const std::string& host) {
    return ask_report(with, host, cluster);
  };
  for (auto& report : ask_all<LeaderReport>(context, left, by_name))
    out.reports.push_back(std::move(report));
  out.others = other_clusters(peers, question.cluster_id);
}

/// The address that the name servers give in place of an own one for the own name. Silence and a
/// name that is not served prove nothing: a node that is not ready may not be served.
std::string other_address(const LookContext& context) {
  if (context.config->node.host_type == HostTypeSetting::kIp || context.me.fqdn.empty()) return {};
  const auto answer = ask_dns(context, context.me.fqdn + ".");
  const auto own = [&](const std::string& address) { return own_address(context, address); };
  const bool any_own = std::any_of(answer.addresses.begin(), answer.addresses.end(), own);
  if (answer.addresses.empty() || any_own) return {};
  return "they give " + answer.addresses.front();
}

}  // namespace

/// A TCP connect proves nothing: a dropped observer accepts and never greets.
FeHealth ask_fe_health(const LookContext& context) {
  FeHealth out;
  out.health.at = context.clock.now();
  const auto session = log_in_at(context,
                                 {context.me.host, context.me.address, context.fe_query_port, {}},
                                 source_address(context),
                                 Deadline::after(context.config->sql.connect_timeout));
  if (session) {
    out.health.reason = Reason::kNone;
    out.health.detail = "login on " + own_place(context, context.fe_query_port);
    return out;
  }
  const auto refusal = refusal_of(session.error());
  out.login_refused = refusal.has_value();
  out.health.reason = refusal ? refusal->reason : Reason::kUnhealthy;
  out.health.detail = session.error().what;
  return out;
}

ReadyFact ask_fe_bootstrap(const LookContext& context) {
  ReadyFact fact;
  fact.at = context.clock.now();
  fact.reason = Reason::kUnhealthy;
  const auto reply = ask_http(context, context.me.address, context.fe_http_port, "/api/bootstrap");
  if (!reply) {
    fact.detail = reply.error().what;
    return fact;
  }
  const auto answer = parse_bootstrap(reply->body);
  if (!answer) {
    fact.detail = answer.error().what;
    return fact;
  }
  fact.reason = answer->ready ? Reason::kNone : Reason::kReplaying;
  fact.detail = "/api/bootstrap says " + answer->msg;
  return fact;
}

FeReports ask_fe_reports(const LookContext& context, const FeQuestion& question) {
  FeReports out;
  out.at = context.clock.now();
  out.leader = question.leader;
  ask_agents(context, question, out);
  out.name_elsewhere = other_address(context);
  if (!question.claims_lead) return out;
  FeList list;
  list.asked_host = context.me.host;
  for (const auto& host : question.members)
    if (host != context.me.host) list.rows.emplace_back().host = host;
  out.claims = self_declared_leaders(context, list);
  out.claims.own = true;
  return out;
}

}  // namespace sragent
