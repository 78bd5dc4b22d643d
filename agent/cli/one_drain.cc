#include "cli/one_drain.h"

#include <thread>

#include <fmt/format.h>

#include "cli/agent_views.h"
#include "cli/kind_of.h"
#include "cli/leaving_view.h"
#include "cli/output.h"
#include "config/keys.h"
#include "core/exit_codes.h"
#include "io/process.h"

namespace sragent {
namespace {

constexpr std::chrono::milliseconds kPace{200};
/// Until the agent has seen the server, and until it has seen its row.
constexpr std::chrono::seconds kUntilServer{15};
constexpr std::chrono::seconds kUntilRow{30};

std::vector<std::string> agent_words(const Invocation& call, NodeKind kind) {
  std::vector<std::string> out{"/proc/self/exe", "run", std::string{to_string(kind)}};
  out.insert(out.end(), {"--sidecar", "--until-drained"});
  if (!call.config_file.empty()) out.insert(out.end(), {"--config", call.config_file});
  for (const auto& flag : call.config_flags)
    if (const auto* key = find_key(flag.key)) out.insert(out.end(), {flag_name(*key), flag.value});
  return out;
}

}  // namespace

std::optional<int> start_for_one_drain(const Invocation& call, const Config& config) {
  const auto why = no_agent(config);
  if (!why) return std::nullopt;
  const auto none = fmt::format("no agent answers at {}: {}", control_path(config), why->what);
  const auto kind = kind_of(config.node.role);
  if (!kind || config.node.service.empty()) {
    return complain(call.verb,
                    none +
                        "; to drain without one, say what this node is: --node-role fe|be|cn and "
                        "--node-service FE_SERVICE",
                    kExitTryAgain);
  }
  SpawnSpec spec;
  spec.argv = agent_words(call, *kind);
  spec.out = ChildOutput::kNull;
  spec.err = ChildOutput::kNull;
  const auto agent = spawn(spec);
  if (!agent) return complain(call.verb, none + "; " + agent.error().what, kExitTryAgain);
  print_error_line(fmt::format("sr-agent {}: {}; one is started for this drain", call.verb, none));
  const auto server_by = Deadline::after(kUntilServer);
  const auto row_by = Deadline::after(kUntilRow);
  while (true) {
    for (const auto& ended : reap_all()) {
      if (ended.pid != agent->pid) continue;
      return complain(call.verb,
                      fmt::format("that agent {}; 'sr-agent run {} --sidecar' shows why",
                                  to_string(ended.status),
                                  to_string(*kind)),
                      kExitTryAgain);
    }
    const auto node = ask_node(config).value_or(NodeView{});
    if (node.server_runs && (node.row_alive || row_by.expired())) return std::nullopt;
    if (!node.server_runs && server_by.expired()) return std::nullopt;  // it says so itself
    std::this_thread::sleep_for(kPace);
  }
}

}  // namespace sragent
