#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "io/http_server.h"
#include "io/worker.h"
#include "runtime/control_reply.h"
#include "runtime/probe_run.h"
#include "runtime/status.h"

namespace sragent {

/// `sr-agent probe`: `probe [json] live|ready|startup|NAME [verbose] [exclude=CHECK] ...` at the
/// control socket. The first three are the endpoints' own answers; NAME is run once, now, and its
/// state is left as it is. Called on the threads of the control socket; blocks for the probe's
/// deadline, whatever the probe does, and not once the desk is closed. Copies share their threads.
class ProbeDesk {
 public:
  ProbeDesk(std::shared_ptr<const StatusBoard> board,
            HttpServer::Handler endpoint,
            ProbeTools tools);

  /// nullopt: `line` is no such request.
  [[nodiscard]] std::optional<ControlReply> answer(const std::string& line) const;
  /// The agent ends: nobody waits for a probe any more.
  void close() const { closed_->store(true); }

 private:
  [[nodiscard]] ProbeSeen run(const ProbeConfig& probe, ProbeTools tools) const;

  std::shared_ptr<const StatusBoard> board_;
  HttpServer::Handler endpoint_;
  ProbeTools tools_;
  std::shared_ptr<WorkerPool> pool_;
  std::shared_ptr<std::atomic<bool>> closed_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace sragent
