#pragma once

#include <string>

#include "core/probe.h"
#include "runtime/status.h"

/// The user's probes as a copy of the status has them. Any thread.
namespace sragent {

// The enumerators of config stand in the order of those of core.
[[nodiscard]] ProbeKind kind_of(const ProbeConfig& probe);
[[nodiscard]] ProbeCounts counts_of(const ProbeConfig& probe);

/// For people: what the last run saw; of a failed one the last error.
[[nodiscard]] std::string probe_text(const ProbeStatus& probe);

/// The first failed one that counts for this; null: there is none.
[[nodiscard]] const ProbeStatus* failed_probe(const NodeStatus& status, ProbeCounts counts);

}  // namespace sragent
