#pragma once

#include <optional>

#include "core/start.h"
#include "runtime/fe_look.h"
#include "starrocks/meta_dir.h"

namespace sragent {

/// The own disk as it was read just before a decision.
struct DiskView {
  MetaState meta{};
  ClusterId certificate{};
  StateFiles files{};
};

/// Disk and look put together for the core. `waiting_since`: since when this node waits.
[[nodiscard]] StartObservation start_observation(const DiskView& disk,
                                                 const LookResult& look,
                                                 std::optional<Instant> waiting_since);

}  // namespace sragent
