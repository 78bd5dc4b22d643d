#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/reason.h"
#include "core/types.h"
#include "runtime/decision_file.h"

namespace sragent {

/// How the server would be started by a decision of `init`.
struct ServerPlan {
  int code = 0;  ///< kExitDone; kExitUndecidable: decide again; else the code of a refusal.
  Reason reason = Reason::kNone;
  std::string detail{};
  std::vector<std::string> argv{};  ///< Of the start script; only with kExitDone.
};

/// KIND of a decision; nullopt: it is none of fe, be, cn. Pure.
[[nodiscard]] std::optional<NodeKind> decided_kind(const DecisionValues& decision);

/// A decision is void once the disk is another than it was made for: a founding whose time is over,
/// a member whose metadata is gone, a founding that was begun and not finished. Metadata of a
/// member starts without a helper, whatever the file says (row 5 of docs/start-rules.md). Reads the
/// disk, changes nothing. `now_unix_ms`: Clock::unix_ms().
[[nodiscard]] ServerPlan plan_server(const DecisionValues& decision,
                                     const Config& config,
                                     std::int64_t now_unix_ms);

}  // namespace sragent
