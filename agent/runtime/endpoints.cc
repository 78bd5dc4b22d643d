#include "runtime/endpoints.h"

#include <array>

#include <fmt/format.h>

#include "runtime/metrics.h"
#include "runtime/probe_text.h"
#include "runtime/ready.h"
#include "runtime/startup.h"
#include "starrocks/identity_json.h"

namespace sragent {
namespace {

constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kUnavailable = 503;
constexpr const char* kJsonType = "application/json";

/// The word for an agent that is not alive, or for what the settings let count beside it: a stalled
/// start (startup.stall_fails_live), probes that count for live. kNone: it is alive.
Reason live_reason(const EndpointParts& parts, const NodeStatus& status, Instant now) {
  if (now - parts.board->last_beat() >= parts.live_limit) return Reason::kAgentStuck;
  const auto start = start_verdict(status, now).state;
  if (status.stall_fails_live && start == StartState::kStalled) return Reason::kStalled;
  // Not before the server has come up: a start is nobody's to kill.
  const bool up = status.server.running && status.startup.up;
  const bool failed = up && failed_probe(status, ProbeCounts::kLive) != nullptr;
  return failed ? Reason::kProbeFailed : Reason::kNone;
}

HttpReply live(const HttpQuery& query, const EndpointParts& parts) {
  const auto now = parts.clock.now();
  const auto age = now - parts.board->last_beat();
  const auto status = parts.board->read();
  const auto reason = live_reason(parts, *status, now);
  const bool alive = reason == Reason::kNone;
  HttpReply out;
  out.status = alive ? kOk : kUnavailable;
  out.body = alive ? "ok\n" : fmt::format("{}\n", to_string(reason));
  if (!query.has("verbose")) return out;
  out.body += fmt::format(
      "loop: last turn {} ms ago, limit {} ms\n", age.count(), parts.live_limit.count());
  out.body +=
      fmt::format("phase: {}\nreason: {}\n", to_string(status->phase), to_string(status->reason));
  return out;
}

HttpReply ready(const HttpQuery& query, const EndpointParts& parts) {
  return ready_reply(query, *parts.board->read(), parts.clock.now());
}

HttpReply startup(const HttpQuery& query, const EndpointParts& parts) {
  return startup_reply(query, *parts.board->read(), parts.clock.now());
}

HttpReply identity(const HttpQuery& query, const EndpointParts& parts) {
  const auto answer = parts.book->answer(question_from(query.parameters), parts.clock.now());
  return {kOk, to_json(answer) + "\n", kJsonType};
}

HttpReply status(const HttpQuery& /*query*/, const EndpointParts& parts) {
  return {kOk, status_json(*parts.board->read(), parts.clock.now()), kJsonType};
}

HttpReply metrics(const HttpQuery& /*query*/, const EndpointParts& parts) {
  const auto& board = *parts.board;
  return {kOk,
          metrics_text(*board.read(), parts.clock.now(), board.last_beat()),
          std::string{kMetricsType}};
}

struct Endpoint {
  std::string_view path;
  HttpReply (*answer)(const HttpQuery&, const EndpointParts&);
  std::string_view meaning;
};

constexpr std::array kEndpoints{
    Endpoint{"/livez", live, "200 while the agent itself is alive; ?verbose says more"},
    Endpoint{"/healthz", live, "the same"},
    Endpoint{"/readyz", ready, "200 while the node is ready; ?verbose, ?exclude=CHECK"},
    Endpoint{"/startupz", startup, "200 once the server has shown a sign of life; ?verbose"},
    Endpoint{"/metrics", metrics, "figures for Prometheus (docs/metrics.md)"},
    Endpoint{"/v1/identity", identity, "what this node tells its peers, JSON"},
    Endpoint{"/v1/status", status, "what this node does and why, JSON"},
};

HttpReply unknown_path() {
  HttpReply out;
  out.status = kNotFound;
  out.body = "no such path; there are:\n";
  for (const auto& endpoint : kEndpoints)
    out.body += fmt::format("  {:<14}{}\n", endpoint.path, endpoint.meaning);
  return out;
}

}  // namespace

HttpReply serve(const HttpQuery& query, const EndpointParts& parts) {
  for (const auto& endpoint : kEndpoints)
    if (endpoint.path == query.path) return endpoint.answer(query, parts);
  return unknown_path();
}

HttpServer::Handler make_handler(std::shared_ptr<const StatusBoard> board,
                                 std::shared_ptr<IdentityBook> book,
                                 Clock clock,
                                 Millis live_limit) {
  const EndpointParts parts{std::move(board), std::move(book), clock, live_limit};
  return [parts](const HttpQuery& query) { return serve(query, parts); };
}

}  // namespace sragent
