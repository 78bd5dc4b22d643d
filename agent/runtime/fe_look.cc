#include "runtime/fe_look.h"

#include <algorithm>
#include <set>

#include "io/tcp.h"
#include "runtime/ask.h"
#include "runtime/fan_out.h"
#include "runtime/memory_look.h"
#include "starrocks/identity_json.h"

namespace sragent {
namespace {

/// Patience with the other FEs once one leader's list is at hand.
constexpr std::chrono::milliseconds kStragglers{2'000};

Peer ask_peer(const LookContext& context, const std::string& address, bool consent) {
  const auto asked_at = context.clock.now();
  const auto path = question_path({context.me.host, context.me.session, consent});
  const auto identity = ask_identity(context, address, path);
  if (!identity) return unknown_peer(address, asked_at, identity.error().what);
  return judge_peer(context.me, address, *identity, asked_at, context.clock.now());
}

std::vector<Peer> ask_peers(const LookContext& context, const SetLookup& set, bool consent) {
  const auto addresses = other_addresses(context, set);
  const auto until = Deadline::after(context.config->http.peer_timeout * 2);
  const auto answers = fan_out<Peer, std::string>(
      *context.workers,
      addresses,
      [context, consent](const std::string& address) {
        return ask_peer(context, address, consent);
      },
      until);
  std::vector<Peer> out;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    out.push_back(answers[i]
                      ? *answers[i]
                      : unknown_peer(addresses[i], context.clock.now(), "no answer in time"));
  }
  return out;
}

bool leads(const FeAttempt& attempt) {
  if (!attempt.list) return false;
  const auto* row = find_row(*attempt.list, attempt.list->asked_host);
  return row != nullptr && row->role == RowRole::kLeader;
}

bool exits_at(const std::vector<FeAttempt>& attempts, const std::string& address) {
  return std::any_of(attempts.begin(), attempts.end(), [&](const FeAttempt& attempt) {
    return attempt.exits && attempt.target.address == address;
  });
}

/// Leaders that the answers name and that were not asked themselves yet. One in its graceful exit
/// hands over: the next look has another.
std::vector<FeTarget> leaders_not_asked(const LookContext& context,
                                        const std::vector<FeAttempt>& attempts) {
  std::set<std::string> hosts;
  for (const auto& attempt : attempts) {
    if (!attempt.list || leads(attempt)) continue;
    if (auto host = leader_host(*attempt.list); !host.empty()) hosts.insert(std::move(host));
  }
  for (const auto& attempt : attempts)
    if (leads(attempt)) hosts.erase(attempt.list->asked_host);
  std::vector<FeTarget> out;
  for (const auto& host : hosts) {
    auto address = address_of(context, host);
    if (address && !exits_at(attempts, *address))
      out.push_back({host, *std::move(address), context.fe_query_port, {}});
  }
  return out;
}

/// An FE that took the login belongs to a cluster, also if it then hangs or tells nothing usable.
bool knows_no_leader(const FeAttempt& attempt) {
  if (attempt.list) return leader_row(*attempt.list) == nullptr;
  return attempt.logged_in || (attempt.error && attempt.error->kind == ErrorKind::kRejected);
}

void take_attempts(const LookContext& context, std::vector<FeAttempt> attempts, LookResult& out) {
  for (auto& attempt : attempts) {
    if (attempt.error)
      if (auto refusal = refusal_of(*attempt.error)) out.refusal = std::move(refusal);
    if (knows_no_leader(attempt)) {
      const auto why = attempt.error ? ": " + attempt.error->what : std::string{};
      out.leaderless.push_back(attempt.target.name + why);
    }
    if (attempt.list) {
      if (leads(attempt))
        attempt.list->self_declared_leaders = self_declared_leaders(context, *attempt.list).hosts;
      out.lists.push_back(*attempt.list);
    }
    out.attempts.push_back(std::move(attempt));
  }
}

/// Where no FE tells a list, one whose rows cannot be read says why; beside a good list it is only
/// one FE less.
void note_unsupported(LookResult& out) {
  if (!out.lists.empty() || out.refusal) return;
  for (const auto& attempt : out.attempts) {
    if (attempt.logged_in && attempt.error && attempt.error->kind == ErrorKind::kGarbled)
      out.refusal = Refusal{Reason::kUnsupportedFe, attempt.error->what};
  }
}

/// What stands behind the service names: anything but "refused" or "no such name" may be a cluster.
void probe_service(const LookContext& context, LookResult& out) {
  const auto& names = context.config->node.service;
  out.service = names.empty() ? ServiceProbe::kNotConfigured : ServiceProbe::kNoSuchName;
  for (const auto& name : names) {
    const auto answer = ask_dns(context, name.host);
    if (answer.outcome == DnsOutcome::kUnknown) {
      out.service = ServiceProbe::kUnknown;
      out.service_why = name.host + ": " + answer.why;
      return;
    }
    const auto port = name.port == 0 ? context.fe_query_port : name.port;
    for (const auto& address : answer.addresses) {
      if (own_address(context, address)) continue;
      const auto seen = probe_tcp(address,
                                  port,
                                  source_address(context),
                                  Deadline::after(context.config->sql.connect_timeout));
      if (seen == TcpProbe::kRefused) {
        if (out.service == ServiceProbe::kNoSuchName) out.service = ServiceProbe::kRefused;
        continue;
      }
      out.service = seen == TcpProbe::kOpen ? ServiceProbe::kSpeaks : ServiceProbe::kUnknown;
      out.service_why = name.host + " at " + host_port(address, port) +
                        (seen == TcpProbe::kOpen ? " accepts connections" : " does not answer");
      return;
    }
  }
}

/// Do the names of all ordinals that gave no answer authoritatively not exist?
bool siblings_absent(const LookContext& context, const std::vector<Peer>& peers) {
  bool any = false;
  for (int ordinal = 0; ordinal < static_cast<int>(context.config->fe.count); ++ordinal) {
    const auto host = sibling_host(context.me.fqdn, ordinal);
    if (host.empty() || host == context.me.fqdn) continue;
    const bool seen = std::any_of(
        peers.begin(), peers.end(), [&](const Peer& peer) { return peer.host == host; });
    if (seen) continue;
    if (ask_dns(context, host + ".").outcome != DnsOutcome::kAbsent) return false;
    any = true;
  }
  return any;
}

/// Addresses are reused: where an agent of another set answers, its FE is another cluster's.
std::vector<FeTarget> own_set_only(std::vector<FeTarget> targets, const std::vector<Peer>& peers) {
  std::erase_if(targets, [&](const FeTarget& target) {
    return std::any_of(peers.begin(), peers.end(), [&](const Peer& peer) {
      return peer.foreign && peer.address == target.address;
    });
  });
  return targets;
}

void ask_own_name(const LookContext& context, LookResult& out) {
  auto gives = name_gives(context, context.me.fqdn, context.me.address);
  out.own_name = gives.own;
  out.own_name_why = std::move(gives.why);
}

bool nobody_in_sight(const LookResult& look) {
  return look.lists.empty() && look.leaderless.empty() && !look.refusal;
}

/// What a founding rests on is asked last: a mute FE or BE takes as long as the whole lease. The
/// second answer for the set must be the first again; two that differ come from servers of which
/// one is behind.
void ask_proofs_again(const LookContext& context, LookResult& out) {
  const auto first = std::exchange(out.set, look_up_set(context));
  const bool same = out.set.outcome == first.outcome && out.set.addresses == first.addresses;
  if (!same && out.set.outcome != Tri::kUnknown && first.outcome != Tri::kUnknown) {
    out.set.why = "two answers for " + context.me.headless + " disagree";
    out.set.outcome = Tri::kUnknown;
  }
  if (same) out.peers = ask_peers(context, out.set, true);
}

void ask_names(const LookContext& context, const LookWishes& wishes, LookResult& out) {
  if (!wishes.dns_again && wishes.before) {
    out.set = wishes.before->set;
    out.own_name = wishes.before->own_name;
    out.own_name_why = wishes.before->own_name_why;
    return;
  }
  ask_own_name(context, out);
  out.set = look_up_set(context);
}

std::vector<FeAttempt> ask_side_by_side(const LookContext& context,
                                        const std::vector<FeTarget>& targets,
                                        AtExit at_exit) {
  const auto until =
      Deadline::after(context.config->sql.connect_timeout + context.config->sql.show_timeout);
  std::optional<Deadline> stragglers;
  const auto answers = fan_out<FeAttempt, FeTarget>(
      *context.workers,
      targets,
      [context, at_exit](const FeTarget& target) {
        return open_leader(context, target, at_exit).attempt;
      },
      until,
      [&](const std::vector<std::optional<FeAttempt>>& so_far) {
        const bool any = std::any_of(so_far.begin(), so_far.end(), [](const auto& attempt) {
          return attempt && leads(*attempt);
        });
        if (any && !stragglers) stragglers = Deadline::after(kStragglers);
        return stragglers && stragglers->expired();
      });
  std::vector<FeAttempt> out;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    FeAttempt none;
    none.target = targets[i];
    none.error = Error{ErrorKind::kTimeout, "sql: " + targets[i].name + ": no answer in time"};
    out.push_back(answers[i].value_or(std::move(none)));
  }
  return out;
}

}  // namespace

std::vector<FeAttempt> ask_fes(const LookContext& context, const std::vector<FeTarget>& targets) {
  auto out = ask_side_by_side(context, targets, AtExit::kLeaveAlone);
  std::vector<FeTarget> exiting;
  for (const auto& attempt : out) {
    if (attempt.list) return out;
    if (attempt.exits) exiting.push_back(attempt.target);
  }
  if (exiting.empty()) return out;
  std::erase_if(out, [](const FeAttempt& attempt) { return attempt.exits; });
  for (auto& attempt : ask_side_by_side(context, exiting, AtExit::kAsk))
    out.push_back(std::move(attempt));
  return out;
}

std::optional<Refusal> refusal_of(const Error& error) {
  if (error.kind == ErrorKind::kAuth) return Refusal{Reason::kAuthFailed, error.what};
  if (error.kind == ErrorKind::kTls) return Refusal{Reason::kTlsFailed, error.what};
  if (error.kind == ErrorKind::kPrivilege) return Refusal{Reason::kPrivilegeDenied, error.what};
  return std::nullopt;
}

std::optional<std::string> address_of(const LookContext& context, std::string_view host) {
  if (is_address(host)) return std::string{host};
  const auto answer = ask_dns(context, std::string{host} + ".");
  if (answer.addresses.empty()) return std::nullopt;
  return answer.addresses.front();
}

NameGives name_gives(const LookContext& context, std::string_view name, std::string_view address) {
  if (context.config->node.host_type == HostTypeSetting::kIp) return {Tri::kYes};
  const auto answer = ask_dns(context, std::string{name} + ".");
  if (answer.outcome == DnsOutcome::kUnknown) return {Tri::kUnknown, answer.why};
  const auto& all = answer.addresses;
  if (std::find(all.begin(), all.end(), address) != all.end()) return {Tri::kYes, answer.why};
  if (all.empty()) return {Tri::kNo, answer.why};
  return {Tri::kNo, "they give " + all.front(), true};
}

std::vector<FeTarget> fe_targets(const LookContext& context, const SetLookup& set) {
  std::vector<FeTarget> out;
  std::set<std::string> known;
  const auto add = [&](std::string name,
                       const std::string& address,
                       std::uint16_t port,
                       const std::string& tls_name = {}) {
    if (own_address(context, address) && context.kind == NodeKind::kFe) return;
    if (known.insert(host_port(address, port)).second)
      out.push_back({std::move(name), address, port, tls_name});
  };
  for (const auto& address : set.addresses)
    add(address, address, context.fe_query_port, context.me.headless);
  for (const auto& name : context.config->node.service) {
    const auto port = name.port == 0 ? context.fe_query_port : name.port;
    for (const auto& address : ask_dns(context, name.host).addresses)
      add(name.host, address, port);
  }
  const auto& helper = context.config->fe.helper;
  if (!helper.host.empty()) {
    if (const auto address = address_of(context, helper.host))
      add(helper.host, *address, helper.port == 0 ? context.fe_query_port : helper.port);
  }
  return out;
}

LookResult look_around(const LookContext& context, const LookWishes& wishes) {
  LookResult out;
  out.began = context.clock.now();
  ask_names(context, wishes, out);
  if (context.kind == NodeKind::kFe) out.peers = ask_peers(context, out.set, wishes.consent);
  auto attempts = ask_fes(context, own_set_only(fe_targets(context, out.set), out.peers));
  const auto leaders = leaders_not_asked(context, attempts);
  take_attempts(context, std::move(attempts), out);
  if (!leaders.empty()) take_attempts(context, ask_fes(context, leaders), out);
  note_unsupported(out);
  if (context.kind != NodeKind::kFe) return out;
  probe_service(context, out);
  out.memories = told_memories(*context.config);
  if (!wishes.consent) return out;
  for (auto& memory : ask_memories(context))
    out.memories.push_back(std::move(memory));
  out.siblings_absent = siblings_absent(context, out.peers);
  if (nobody_in_sight(out)) ask_proofs_again(context, out);
  return out;
}

}  // namespace sragent
