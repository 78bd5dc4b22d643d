#include "core/dead_nodes.h"

namespace sragent {
namespace {

/// The helper registers addresses; a name in the list is another way's node.
bool is_address(const std::string& host) {
  return host.find(':') != std::string::npos ||
         host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

DeadNodes find_dead_nodes(const std::vector<CnRow>& rows,
                          const PodsSeen& pods,
                          std::uint16_t port) {
  DeadNodes out;
  if (!pods.complete) out.refusal = "the list of pods is not complete";
  if (pods.complete && pods.of_group == 0) out.refusal = "the Deployment has no pod";
  if (!out.refusal.empty()) return out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    const bool dead = !row.alive && row.silent_for && *row.silent_for >= kDeadFor;
    if (dead && row.port == port && is_address(row.host) && !pods.addresses.contains(row.host))
      out.rows.push_back(i);
  }
  return out;
}

}  // namespace sragent
