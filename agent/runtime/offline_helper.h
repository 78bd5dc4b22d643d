#pragma once

#include <string>
#include <vector>

#include "core/dead_nodes.h"
#include "core/result.h"
#include "runtime/node_tools.h"

/// The helper `offline` of the early CN guide (S41): takes CNs without a pod out of the member
/// list, once. Blocks up to its deadlines.
namespace sragent {

/// Pods of the namespace and of the Deployment, by the Kubernetes API with the service account's
/// token. Errors as http_get; kRejected: another status than 200.
[[nodiscard]] Result<PodsSeen> see_pods(const Config& config);

struct OfflineReport {
  bool done = false;                   ///< Everything that was to be dropped is gone.
  std::string detail{};                ///< What happened, for people.
  std::vector<std::string> dropped{};  ///< "host:port"
};
[[nodiscard]] OfflineReport offline_dead_nodes(const OneShot& shot);

}  // namespace sragent
