#pragma once

#include <cstdint>
#include <string>

namespace sragent {

/// One more than the agent process of this pod before, as `file` keeps it, which ends with the pod:
/// of two reports of one pod the one with the higher epoch, then the higher sequence, is newer,
/// whatever the clocks did. 0: it cannot be kept, and that is logged.
[[nodiscard]] std::uint64_t next_epoch(const std::string& file);

}  // namespace sragent
