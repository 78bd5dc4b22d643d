#include <fmt/format.h>

#include "cli/agent_views.h"
#include "cli/beside.h"
#include "cli/kind_of.h"
#include "cli/leaving_view.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "io/clock.h"
#include "io/process.h"
#include "runtime/conf_links.h"
#include "runtime/host_facts.h"
#include "runtime/init_once.h"
#include "runtime/node_tools.h"
#include "runtime/server_env.h"
#include "runtime/server_plan.h"

namespace sragent {
namespace {

constexpr const char* kVerb = "run-server";

/// What this node is and its FE service, as `init` was told, where nothing else says it.
Invocation as_init_was_told(Invocation call, const Config& config, const DecisionValues& decision) {
  const auto add = [&](const char* key, const char* name) {
    const std::string value{decision_value(decision, name)};
    if (!value.empty()) call.config_flags.push_back({key, value, "the decision of init"});
  };
  if (!kind_of(config.node.role)) add("node.role", "KIND");
  if (config.node.service.empty()) add("node.service", "SERVICE");
  return call;
}

/// Decides as `init` does and puts the answer in place of the one that is void. `call` says what
/// init was told; its warnings are those of the first load.
int decide_again(const Invocation& call, const std::string& path, ServerPlan& plan) {
  print_error_line(
      fmt::format("sr-agent {}: {} is void ({}); deciding again", kVerb, path, plan.detail));
  const auto loaded = load_for(call);
  if (!loaded.ok() && !complain_of(loaded)) return kExitUsage;
  const auto& config = loaded.config;
  const auto kind = kind_or_complain(config, kVerb);
  if (!kind) return kExitUsage;
  if (!service_or_complain(config, kVerb)) return kExitNo;
  const auto shot = make_one_shot(*kind, config);
  if (!shot) return complain(kVerb, shot.error().what, kExitUsage);
  const auto result = init_once(*shot, {});
  if (result.code != kExitDone) {
    return complain(
        kVerb, std::string{to_string(result.reason)} + ": " + result.detail, result.code);
  }
  // The file may be on a volume that is read-only here; what was decided holds without it.
  if (const auto written = write_decision(path, result.values); !written)
    print_error_line(fmt::format("sr-agent {}: {}", kVerb, written.error().what));
  plan = plan_server(result.values, config, Clock::unix_ms());
  return kExitDone;
}

/// A folder that was linked by `init` may be that of another container.
Result<std::vector<std::string>> link_conf(const Config& config,
                                           std::optional<NodeKind> kind,
                                           const DecisionValues& decision) {
  if (!kind) kind = decided_kind(decision);
  return kind ? link_server_conf(config, *kind) : std::vector<std::string>{};
}

/// Nobody watches this server: what is not well is told here, once.
std::string refused_by_host(const Config& config,
                            std::optional<NodeKind> kind,
                            const DecisionValues& decision) {
  if (!kind) kind = decided_kind(decision);
  if (!kind || config.host.checks == HostChecksSetting::kOff) return {};
  const auto findings = judge_host(read_host(config, server_conf_context(config, *kind)));
  const bool strict = config.host.checks == HostChecksSetting::kStrict;
  for (const auto& finding : findings) {
    if (finding.state == HostState::kWarning && !strict)
      print_error_line("warning: " + host_line(finding));
  }
  return strict ? host_refusal(findings) : std::string{};
}

int exec_server(const Config& config,
                std::optional<NodeKind> kind,
                const DecisionValues& decision,
                const ServerPlan& plan) {
  if (plan.code != kExitDone)
    return complain(kVerb, std::string{to_string(plan.reason)} + ": " + plan.detail, plan.code);
  if (const auto why = refused_by_host(config, kind, decision); !why.empty())
    return complain(kVerb, why, kExitHost);
  const auto failed = exec_program(plan.argv, server_env(own_env()));
  return complain(kVerb, failed.what, kExitServerConf);
}

/// A hold keeps the server down so that a person can start it. What is no member yet is founded or
/// joined by the agent alone, after the hold.
int run_in_hold(const Config& config) {
  const auto kind = kind_or_complain(config, kVerb);
  if (!kind) return kExitUsage;
  const DecisionValues member{
      {"KIND", std::string{to_string(*kind)}}, {"FE_ROLE", "resume"}, {"HOST_TYPE", "FQDN"}};
  if (const auto linked = link_conf(config, kind, member); !linked)
    return complain(kVerb, linked.error().what, kExitPath);
  const auto plan = plan_server(member, config, Clock::unix_ms());
  if (plan.code == kExitUndecidable) {
    return complain(kVerb,
                    "this FE is no member (" + plan.detail +
                        "), and in a hold nothing is founded or joined; 'sr-agent resume' ends it",
                    plan.code);
  }
  return exec_server(config, kind, member, plan);
}

}  // namespace

int run_run_server(const Invocation& asked) {
  const auto call = with_sidecar(asked);
  LoadedConfig loaded;
  if (!load_or_complain(call, loaded)) return kExitUsage;
  if (loaded.config.node.sidecar) {
    const auto kind = kind_or_complain(loaded.config, kVerb);
    return kind ? run_ordered_server(loaded.config, *kind) : kExitUsage;
  }
  // A sidecar's agent orders the server, through holds too; else it is a person who asks.
  if (const auto node = ask_node(loaded.config);
      node && node->held && !sidecar_answers(loaded.config)) {
    if (node->server_runs) return complain(kVerb, "a server runs in this pod already", kExitBusy);
    return run_in_hold(loaded.config);
  }
  const auto path = call.value("--from", kDefaultDecisionFile);
  const auto decision = read_decision(path);
  if (!decision) return complain(kVerb, decision.error().what, kExitNo);
  const auto& config = loaded.config;
  const auto kind = kind_of(config.node.role);
  const auto meant = decision_value(*decision, "KIND");
  if (kind && meant != to_string(*kind)) {
    return complain(kVerb,
                    path + ": expected KIND=" + std::string{to_string(*kind)} + ", found '" +
                        std::string{meant} + "'",
                    kExitUsage);
  }
  if (agent_runs(config)) {
    const auto server = kind ? kind : decided_kind(*decision);
    if (server && sidecar_answers(config)) return run_ordered_server(config, *server);
    return complain(kVerb, "an agent runs in this pod and starts the server itself", kExitBusy);
  }
  if (const auto linked = link_conf(config, kind, *decision); !linked)
    return complain(kVerb, linked.error().what, kExitPath);
  auto plan = plan_server(*decision, config, Clock::unix_ms());
  if (plan.code == kExitUndecidable) {
    if (const int code = decide_again(as_init_was_told(call, config, *decision), path, plan);
        code != kExitDone)
      return code;
  }
  return exec_server(config, kind, *decision, plan);
}

}  // namespace sragent
