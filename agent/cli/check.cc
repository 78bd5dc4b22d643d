#include <algorithm>

#include <fmt/format.h>

#include "cli/cli.h"
#include "cli/kind_of.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "runtime/fan_out.h"
#include "runtime/host_clock.h"
#include "runtime/host_facts.h"
#include "runtime/membership_statement.h"
#include "runtime/node_tools.h"

namespace sragent {
namespace {

constexpr const char* kVerb = "check";
/// For the clock, with all that it takes to find the leader.
constexpr std::chrono::seconds kClockPatience{10};

tl::unexpected<Error> no_clock(const std::string& what) {
  return tl::unexpected(Error{ErrorKind::kNotFound, what});
}

Result<ClockSpan> fe_clock(const OneShot& shot) {
  const auto leader = leader_by_agents(shot.look);
  if (!leader) return tl::unexpected(leader.error());
  return ask_clock(shot.look, *leader);
}

Result<ClockSpan> worker_clock(const OneShot& shot) {
  const auto context = worker_context(shot);
  if (!context) return tl::unexpected(context.error());
  const auto found = find_leader(*context);
  if (found.leader.empty()) return no_clock("no leader was found: " + found.detail);
  return ask_clock(context->look, found.leader);
}

/// Nothing here waits for longer than kClockPatience, whoever is silent.
Result<ClockSpan> read_clock(NodeKind kind, const Config& config) {
  const bool fe = kind == NodeKind::kFe;
  if (!fe && config.node.service.empty()) return no_clock("no FE service is named");
  const auto shot = make_one_shot(kind, config);
  if (!shot) return tl::unexpected(shot.error());
  const auto answers = fan_out<Result<ClockSpan>, OneShot>(
      *shot->look.workers,
      {*shot},
      [fe](const OneShot& with) { return fe ? fe_clock(with) : worker_clock(with); },
      Deadline::after(kClockPatience));
  if (answers.front()) return *answers.front();
  return tl::unexpected(
      Error{ErrorKind::kTimeout, fmt::format("no answer within {} s", kClockPatience.count())});
}

std::string json_of(const HostFinding& finding) {
  return JsonObject{}
      .text("check", finding.check)
      .text("subject", finding.subject)
      .text("state", to_string(finding.state))
      .text("value", finding.value)
      .text("wanted", finding.wanted)
      .text("effect", finding.effect)
      .text("remedy", finding.remedy)
      .str();
}

void print_json(NodeKind kind, bool well, const std::vector<HostFinding>& findings) {
  std::string checks;
  for (const auto& finding : findings)
    checks += (checks.empty() ? "" : ",") + json_of(finding);
  print_out(JsonObject{}
                .text("kind", to_string(kind))
                .boolean("well", well)
                .raw("checks", "[" + checks + "]")
                .str() +
            "\n");
}

void print_text(const std::vector<HostFinding>& findings) {
  for (const auto& finding : findings) {
    const bool unknown = finding.state == HostState::kUnknown;
    print_out(fmt::format("{:<13}{}\n",
                          unknown ? std::string_view{"cannot tell"} : to_string(finding.state),
                          host_line(finding)));
  }
}

}  // namespace

int run_check(const Invocation& call) {
  LoadedConfig loaded;
  if (!load_or_complain(call, loaded)) return kExitUsage;
  const auto& config = loaded.config;
  const auto kind = kind_or_complain(config, kVerb);
  if (!kind) return kExitUsage;
  const auto facts = read_host(config, server_conf_context(config, *kind));
  auto findings = judge_host(facts);
  findings.push_back(judge_clock(*kind, read_clock(*kind, config), facts.wants));
  const bool well = host_refusal(findings).empty();
  if (call.output == OutputFormat::kJson) {
    print_json(*kind, well, findings);
  } else {
    print_text(findings);
  }
  if (well) return kExitDone;
  return call.has("--strict") ? kExitHost : kExitNo;
}

}  // namespace sragent
