#pragma once

#include <string>

#include "config/config.h"
#include "io/clock.h"
#include "io/dns.h"
#include "io/worker.h"
#include "runtime/credentials.h"
#include "runtime/node_identity.h"
#include "runtime/server_process.h"
#include "runtime/state_folder.h"

namespace sragent {

/// What both kinds of node share; owned by run_agent and outliving every part. The references may
/// be used from worker jobs only where the class says "any thread" (Clock, Resolver, Credentials),
/// and jobs that may be abandoned hold them by shared_ptr.
struct Shell {
  const Config& config;
  const NodeIdentity& node;
  Clock clock{};
  std::shared_ptr<Resolver> resolver{};
  std::shared_ptr<WorkerPool> workers{};
  std::shared_ptr<Credentials> credentials{};
  StateFolder& state;
  ServerProcess& server;
};

/// Where the ends of this pod's servers are kept.
[[nodiscard]] inline std::string ends_file(const Shell& shell) {
  return shell.config.node.runtime_dir + "/" + shell.node.host + ".ends";
}

}  // namespace sragent
