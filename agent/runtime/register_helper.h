#pragma once

#include "config/config.h"

namespace sragent {

/// The helper `register` of the early CN guide (S33): beside a CN that somebody else starts. Waits
/// for its server, puts its address into the member list and looks each membership.check_interval
/// whether it is still there; a row that somebody took out is not added again. Answers `sr-agent
/// status`. Returns at TERM or INT, with 0; the row stays. kExitUsage: no own address.
[[nodiscard]] int run_register_helper(const Config& given);

}  // namespace sragent
