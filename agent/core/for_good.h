#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/leaving.h"
#include "core/membership.h"

/// May a BE or CN leave its cluster for good, and what keeps its tablets from going? Source:
/// docs/starrocks.md section 8; scenarios S35, S37, S38, S84 of docs/scenarios.md. Pure. Any
/// thread.
namespace sragent {

/// Pre-flight of a DECOMMISSION, from the list alone: BEs that could take the tablets, and their
/// space. How many replicas the tables want only the FE knows; it refuses by itself.
[[nodiscard]] std::optional<LeaveRefusal> refuse_decommission(const WorkerRow& own,
                                                              const std::vector<WorkerRow>& rows);

/// What the list shows that may keep tablets from moving, each by name; with nothing in sight,
/// where else to look. Never empty.
[[nodiscard]] std::vector<std::string> move_blockers(const WorkerRow& own,
                                                     const std::vector<WorkerRow>& rows);

/// What an FE's own words against a DECOMMISSION or DROP come to.
[[nodiscard]] LeaveRefusal refusal_of_fe(const std::string& words);

/// Is `row` still the one that `seen` was, and started when this server was? S84: a new copy of the
/// pod may have taken the name over. nullopt: it is.
[[nodiscard]] std::optional<LeaveRefusal> another_copy(const WorkerRow& row,
                                                       const std::string& id,
                                                       const std::string& start_time);

}  // namespace sragent
