#pragma once

#include <memory>
#include <optional>
#include <string>

#include "io/http_server.h"
#include "runtime/control_reply.h"
#include "runtime/probe_run.h"
#include "runtime/status.h"

namespace sragent {

/// `sr-agent probe`: `probe [json] live|ready|startup|NAME [verbose] [exclude=CHECK] ...` at the
/// control socket. The first three are the endpoints' own answers; NAME is run once, now, and its
/// state is left as it is. Called on the threads of the control socket; blocks for the probe's
/// deadline.
class ProbeDesk {
 public:
  ProbeDesk(std::shared_ptr<const StatusBoard> board,
            HttpServer::Handler endpoint,
            ProbeTools tools)
      : board_(std::move(board)), endpoint_(std::move(endpoint)), tools_(std::move(tools)) {}

  /// nullopt: `line` is no such request.
  [[nodiscard]] std::optional<ControlReply> answer(const std::string& line) const;

 private:
  std::shared_ptr<const StatusBoard> board_;
  HttpServer::Handler endpoint_;
  ProbeTools tools_;
};

}  // namespace sragent
