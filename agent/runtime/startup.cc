#include "runtime/startup.h"

#include <fmt/format.h>

#include "runtime/probe_text.h"
#include "starrocks/versions.h"

namespace sragent {
namespace {

constexpr int kUnavailable = 503;

/// The window counts unless the version is known and stops at once.
std::optional<int> accept_window(const NodeStatus& status) {
  const auto version = parse_version(status.server.version);
  if (version && !capabilities_of(&*version).fe_graceful_exit) return std::nullopt;
  return status.accept_window_s;
}

}  // namespace

StartVerdict start_verdict(const NodeStatus& status, Instant now) {
  StartFacts facts;
  facts.kind = status.kind;
  facts.under_way = status.ready.under_way;
  facts.under_way_detail = status.ready.under_way_detail;
  facts.server_running = status.server.running;
  facts.server_detail = status.ready.server_detail;
  facts.progress = status.startup;
  facts.stall_limit = status.stall_limit;
  auto out = judge_start(facts, now);
  if (out.state != StartState::kUp) return out;
  const auto* failed = failed_probe(status, ProbeCounts::kStartup);
  if (failed == nullptr) return out;
  const auto detail = fmt::format("probe {}: {}", failed->config.name, probe_text(*failed));
  return {StartState::kMoving, Reason::kProbeFailed, detail, std::nullopt};
}

HttpReply startup_reply(const HttpQuery& query, const NodeStatus& status, Instant now) {
  const auto verdict = start_verdict(status, now);
  const bool up = verdict.state == StartState::kUp;
  HttpReply out;
  if (!up) out.status = kUnavailable;
  out.body = up ? "ok\n" : fmt::format("startup: {}\n", to_string(verdict.reason));
  if (!query.has("verbose")) return out;
  out.body =
      up ? fmt::format("[+]startup ok: {}\n", verdict.detail)
         : fmt::format("[-]startup failed: {}: {}\n", to_string(verdict.reason), verdict.detail);
  out.body += up ? "startupz check passed\n" : "startupz check failed\n";
  return out;
}

void complete_advice(NodeStatus& status, const Config& config) {
  status.advice =
      probe_advice({config.node.operator_pod, accept_window(status), status.longest_start});
}

}  // namespace sragent
