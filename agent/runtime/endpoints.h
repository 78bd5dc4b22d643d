#pragma once

#include <memory>

#include "io/clock.h"
#include "io/http_server.h"
#include "runtime/identity_book.h"
#include "runtime/status.h"

namespace sragent {

/// What an answer over HTTP is made of: published copies, never a question to anyone.
struct EndpointParts {
  std::shared_ptr<const StatusBoard> board{};
  std::shared_ptr<IdentityBook> book{};
  Clock clock{};
  Millis live_limit{};  ///< Oldest beat of main with which the agent counts as alive.
};

/// `/livez` and `/healthz`: 200 "ok" while main's last beat is younger than the limit, else 503
/// "agent_stuck"; whatever the server, DNS, SQL or other nodes do (S54), unless a stalled start is
/// to count (startup.stall_fails_live), which is 503 "stalled", or a probe that counts for live has
/// failed, which is 503 "probe_failed". `?verbose` adds lines.
/// `/readyz`: ready_reply() of the last copy.
/// `/startupz`: startup_reply() of the last copy.
/// `/metrics`: metrics_text() of the last copy.
/// `/v1/identity`: the answer to a peer's question. `/v1/status`: status_json of the last copy.
/// Anything else: 404 with the list of paths. Any thread; takes no lock longer than a copy.
[[nodiscard]] HttpReply serve(const HttpQuery& query, const EndpointParts& parts);

[[nodiscard]] HttpServer::Handler make_handler(std::shared_ptr<const StatusBoard> board,
                                               std::shared_ptr<IdentityBook> book,
                                               Clock clock,
                                               Millis live_limit);

}  // namespace sragent
