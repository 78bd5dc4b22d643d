#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/types.h"

/// Rows of CNs without a pod, which the helper `offline` takes out. Source: scenario S41 of
/// docs/scenarios.md. Pure. Any thread.
namespace sragent {

/// A CN that was silent for less may come back.
inline constexpr Millis kDeadFor{300'000};

/// One row of SHOW COMPUTE NODES as far as it matters here.
struct CnRow {
  std::string host{};  ///< As stored.
  std::uint16_t port = 0;
  bool alive = false;
  /// Since its last heartbeat, by the FE's own clock; nullopt: it never sent one, or the table does
  /// not tell.
  std::optional<Millis> silent_for{};
};

/// What the Kubernetes API said.
struct PodsSeen {
  bool complete = false;              ///< The list has no further pages.
  int of_group = 0;                   ///< Pods of the Deployment that have not ended.
  std::set<std::string> addresses{};  ///< Of every pod of the namespace.
};

struct DeadNodes {
  std::string refusal{};            ///< Why nothing may be dropped; empty: `rows` may.
  std::vector<std::size_t> rows{};  ///< Their indices in the list.
};

/// Only rows with `port` that are not alive, were silent for kDeadFor or more, and whose host is an
/// address and no pod's. Without a complete and not empty list of pods nothing is dropped: a list
/// that is wrong in this way would drop them all.
[[nodiscard]] DeadNodes find_dead_nodes(const std::vector<CnRow>& rows,
                                        const PodsSeen& pods,
                                        std::uint16_t port);

}  // namespace sragent
