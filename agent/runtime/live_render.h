#pragma once

#include <string>

#include "runtime/status.h"

namespace sragent {

/// `peers`: every other node that was looked at, with what it said and how long ago, and the
/// members of the cluster. Ages are counted at `now`; a member's look may be that of its start, and
/// its age is told (`peers_asked_ms_ago`). Pure.
[[nodiscard]] std::string peers_text(const NodeStatus& status, Instant now);
[[nodiscard]] std::string peers_json(const NodeStatus& status, Instant now);

/// `explain`: the last start decision made again, with its age, which is that of its facts
/// (`facts_as_of_ms_ago`), and the decisions before it. A BE or
/// CN, or an FE that did not look yet, has none: then reason, facts and decisions.
[[nodiscard]] std::string live_explain_text(const NodeStatus& status, Instant now);
/// The same; `explain_input` in it is what `explain --from` replays, null for a BE or CN.
[[nodiscard]] std::string live_explain_json(const NodeStatus& status, Instant now);

}  // namespace sragent
