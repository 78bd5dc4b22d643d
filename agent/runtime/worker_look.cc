#include "runtime/worker_look.h"

#include <algorithm>
#include <array>
#include <set>

#include "runtime/ask.h"
#include "runtime/fan_out.h"
#include "runtime/worker_names.h"

namespace sragent {
namespace {

constexpr std::size_t kHealthBytes = 4096;
/// No cluster has so many FEs: beyond it an answer is wrong, and what is left out is told.
constexpr std::size_t kMostTargets = 256;

/// A name to be asked, with the one that stands for it where it gives nothing.
struct FeName {
  std::string name{};
  std::string instead{};
  std::uint16_t port = 0;
};

std::vector<FeName> fe_names(const WorkerContext& context) {
  const auto& config = *context.look.config;
  const auto port = context.look.fe_query_port;
  std::vector<FeName> out;
  const auto headless = fe_headless_name(context.look.me.headless, context.look.kind);
  if (!headless.empty()) out.push_back({headless + ".", {}, port});
  for (const auto& service : config.node.service) {
    const auto own_port = service.port == 0 ? port : service.port;
    const auto search = fe_search_name(service.host);
    if (search.empty()) {
      out.push_back({service.host, {}, own_port});
    } else {
      out.push_back({search, service.host, own_port});
    }
  }
  const auto& helper = config.fe.helper;
  if (!helper.host.empty()) {
    const auto helper_port = helper.port == 0 ? port : helper.port;
    out.push_back({is_address(helper.host) ? helper.host : helper.host + ".", {}, helper_port});
  }
  return out;
}

DnsAnswer addresses_of(const LookContext& context, const std::string& name) {
  if (!is_address(name)) return ask_dns(context, name);
  DnsAnswer out;
  out.outcome = DnsOutcome::kAnswer;
  out.addresses = {name};
  return out;
}

/// Asks all names side by side and keeps what an unknown one gave before.
void ask_all(const LookContext& context,
             const std::set<std::string>& names,
             const FeNames& before,
             FeNames& out) {
  const std::vector<std::string> list{names.begin(), names.end()};
  const auto answers = fan_out<DnsAnswer, std::string>(
      *context.workers,
      list,
      [context](const std::string& name) { return addresses_of(context, name); },
      Deadline::after(context.config->dns.timeout * 10));
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto answer = answers[i].value_or(DnsAnswer{.why = "no answer in time"});
    if (!answer.addresses.empty()) out.known[list[i]] = answer.addresses;
    if (answer.outcome == DnsOutcome::kAnswer) continue;
    out.problems.push_back(list[i] + ": " + answer.why);
    const auto old = before.known.find(list[i]);
    if (answer.outcome == DnsOutcome::kUnknown && answer.addresses.empty() &&
        old != before.known.end())
      out.known[list[i]] = old->second;
  }
}

/// Without the dot that keeps the search list out.
std::string plain_name(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

/// Returns how many addresses were left out.
std::size_t add_targets(const FeName& name, FeNames& out) {
  auto found = out.known.find(name.name);
  if (found == out.known.end() && !name.instead.empty()) found = out.known.find(name.instead);
  if (found == out.known.end()) return 0;
  std::size_t left_out = 0;
  for (const auto& address : found->second) {
    const bool known =
        std::any_of(out.targets.begin(), out.targets.end(), [&](const FeTarget& target) {
          return target.address == address && target.port == name.port;
        });
    if (known) continue;
    if (out.targets.size() < kMostTargets) {
      out.targets.push_back({address, address, name.port, plain_name(found->first)});
    } else {
      ++left_out;
    }
  }
  return left_out;
}

}  // namespace

WorkerSelf worker_self(const NodeIdentity& node,
                       const Config& config,
                       std::uint16_t heartbeat_port) {
  WorkerSelf out{node.kind, node.host, node.addresses, heartbeat_port};
  if (node.kind != NodeKind::kCn) return out;
  out.warehouse = config.node.warehouse;
  out.cn_group = config.node.cn_group;
  return out;
}

FeNames look_up_fes(const WorkerContext& context, const FeNames& before) {
  const auto& look = context.look;
  const auto wanted = fe_names(context);
  const auto own_set = look.me.headless.empty() ? std::string{} : look.me.headless + ".";
  std::set<std::string> names;
  for (const auto& name : wanted) {
    names.insert(name.name);
    if (!name.instead.empty()) names.insert(name.instead);
  }
  if (!own_set.empty()) names.insert(own_set);
  FeNames out;
  ask_all(look, names, before, out);
  for (const auto& name : wanted) {
    if (const auto left_out = add_targets(name, out); left_out > 0) {
      out.problems.push_back(name.name + ": " + std::to_string(left_out) +
                             " of its addresses are not asked: more than " +
                             std::to_string(kMostTargets) + " FEs");
    }
  }
  if (const auto own = out.known.find(own_set); own != out.known.end())
    out.set_size = std::max<std::size_t>(1, own->second.size());
  out.own_name = name_gives(look, look.me.fqdn, look.me.address);
  return out;
}

std::vector<TcpProbe> try_ports(const WorkerContext& context,
                                const std::vector<FeTarget>& targets,
                                Millis each) {
  const auto source = source_address(context.look);
  const auto answers = fan_out<TcpProbe, FeTarget>(
      *context.look.workers,
      targets,
      [source, each](const FeTarget& target) {
        return probe_tcp(target.address, target.port, source, Deadline::after(each));
      },
      Deadline::after(each * 2));
  std::vector<TcpProbe> out;
  out.reserve(answers.size());
  for (const auto& answer : answers)
    out.push_back(answer.value_or(TcpProbe::kUnknown));
  return out;
}

HealthResult ask_health(const WorkerContext& context) {
  const auto reply = ask_http(
      context.look, context.look.me.address, context.be_http_port, "/api/health", kHealthBytes);
  if (!reply) return {false, reply.error().what};
  if (reply->status != 200)
    return {false, "/api/health answered HTTP " + std::to_string(reply->status)};
  return {true, {}};
}

Reason worst_reason(const std::vector<FeFailure>& failures) {
  constexpr std::array kOrder{Reason::kAuthFailed,
                              Reason::kTlsFailed,
                              Reason::kPrivilegeDenied,
                              Reason::kUnsupportedFe,
                              Reason::kNoLeader};
  for (const auto reason : kOrder) {
    for (const auto& failure : failures)
      if (failure.reason == reason) return reason;
  }
  return Reason::kFeUnreachable;
}

}  // namespace sragent
