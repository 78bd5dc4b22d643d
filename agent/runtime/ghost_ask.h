#pragma once

#include <string>
#include <vector>

#include "core/ghost_rows.h"
#include "core/leader.h"
#include "runtime/worker_look.h"

/// Ghost rows (S42): what is asked of the name servers, and the DROP of one CN. Worker threads;
/// each blocks up to its deadlines.
namespace sragent {

/// The rows as core/ghost_rows takes them.
[[nodiscard]] std::vector<ListedNode> listed_nodes(const std::vector<WorkerRow>& rows);
[[nodiscard]] std::vector<ListedNode> listed_nodes(const FeList& list);

/// What the name servers say of each of `names`, all as absolute names. If they do not give the own
/// address for the own name, nothing else is asked.
[[nodiscard]] NameAnswers ask_ghost_names(const LookContext& look,
                                          const GhostSelf& me,
                                          const std::vector<std::string>& names);

/// A row that a reading found to be droppable.
struct GhostWish {
  GhostSelf me{};
  std::vector<std::string> names{};  ///< To ask once more.
  GhostMemory memory{};
  std::string row{};  ///< "host:port".
};

/// What came of it.
struct GhostDrop {
  std::string row{};
  bool gone = false;      ///< A reading after the statement does not show it.
  std::string outcome{};  ///< In words.
};

/// Asks the names again, then at one FE after the other reads both lists, judges them anew, and if
/// this comes to the same row drops it and reads again. The statement is sent once at most, only in
/// the cluster `cluster_id`, and not once `context.off` is set.
[[nodiscard]] GhostDrop drop_ghost(const WorkerContext& context,
                                   const std::vector<FeTarget>& targets,
                                   const ClusterId& cluster_id,
                                   const GhostWish& wish);

}  // namespace sragent
