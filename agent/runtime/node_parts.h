#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "runtime/identity_book.h"
#include "runtime/node_agent.h"
#include "runtime/shell.h"

namespace sragent {

/// What the FE's conf file and the settings make of this node.
[[nodiscard]] Self fe_self(const Config& config,
                           const NodeIdentity& node,
                           std::uint16_t edit_log_port);
[[nodiscard]] StartPolicy start_policy(const Config& config);
/// Follower or observer, by the settings and by what the node is already.
[[nodiscard]] FeRole role_of(const Config& config,
                             const Self& me,
                             const MetaState& meta,
                             const std::vector<FeList>& lists);

/// A node's part together with the state folder that it writes to.
struct NodeParts {
  std::unique_ptr<StateFolder> state{};
  std::unique_ptr<Shell> shell{};
  std::unique_ptr<NodeAgent> agent{};
};

/// What make_node needs from run_agent.
struct NodeTools {
  const Config& config;
  const NodeIdentity& node;
  Clock clock{};
  std::shared_ptr<Resolver> resolver{};
  std::shared_ptr<WorkerPool> workers{};
  std::shared_ptr<Credentials> credentials{};
  std::shared_ptr<IdentityBook> book{};
  ServerProcess& server;
};

/// Links the files of a ConfigMap into conf/, where node.config_mount names one: before anything
/// reads the conf file. Errors as link_server_conf.
[[nodiscard]] Result<void> link_node_conf(const NodeTools& tools);

/// Reads the server's conf file, opens the state folder and makes the part for `node.kind`.
/// kBadConfig names file and key, kIo the path that cannot be written; nothing was started then.
[[nodiscard]] Result<NodeParts> make_node(const NodeTools& tools);

}  // namespace sragent
