#include "cli/one_drain.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/agent_views.h"
#include "cli/kind_of.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "io/process.h"

namespace sragent {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::milliseconds kPace{200};
/// Until the agent has seen the server, and until it has seen its row.
constexpr std::chrono::seconds kUntilServer{15};
constexpr std::chrono::seconds kUntilRow{30};

/// `fe.query_port` is `--fe-query-port`.
std::string flag_of(std::string key) {
  std::ranges::replace_if(
      key, [](char c) { return c == '.' || c == '_'; }, '-');
  return "--" + key;
}

std::vector<std::string> agent_words(const Invocation& call, NodeKind kind) {
  std::vector<std::string> out{"/proc/self/exe", "run", std::string{to_string(kind)}};
  out.insert(out.end(), {"--sidecar", "--until-drained"});
  if (!call.config_file.empty()) out.insert(out.end(), {"--config", call.config_file});
  for (const auto& flag : call.config_flags)
    out.insert(out.end(), {flag_of(flag.key), flag.value});
  return out;
}

Json status_of(const Config& config) {
  const auto reply = ask_agent(config, "status json", Deadline::after(kAgentPatience));
  return reply ? Json::parse(reply->text, nullptr, false) : Json{};
}

bool runs(const Json& status) {
  return status.is_object() && status.value("/server/running"_json_pointer, false);
}

bool knows_row(const Json& status) {
  return status.is_object() && status.value("/row/alive"_json_pointer, std::string{}) == "yes";
}

}  // namespace

std::optional<int> start_for_one_drain(const Invocation& call, const Config& config) {
  const auto asked = ask_agent(config, "status", Deadline::after(kAgentPatience));
  const bool hangs = !asked && (asked.error().kind == ErrorKind::kTimeout ||
                                asked.error().kind == ErrorKind::kGarbled);
  if (asked || hangs) return std::nullopt;
  const auto none =
      fmt::format("no agent answers at {}: {}", control_path(config), asked.error().what);
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
    const auto status = status_of(config);
    const bool there = runs(status);
    if (there && (knows_row(status) || row_by.expired())) return std::nullopt;
    if (!there && server_by.expired()) return std::nullopt;  // it says so itself
    std::this_thread::sleep_for(kPace);
  }
}

}  // namespace sragent
