#pragma once

#include "core/leaving.h"
#include "parts.h"

/// What the parts of an FE's leaving share. For tests/explore/leave*.cc only.
namespace sragent::explore {

[[nodiscard]] LeaveState state_of(const Node& node);
void keep_state(Node& node, const LeaveState& state);
/// The pod's note and what the process knew are gone: the leaving is over.
void end_leaving(Node& node);
/// Somebody orders it.
void begin_leaving(Node& node);
/// What an earlier process of this pod had begun, and whose server runs again.
void go_on(Node& node);
[[nodiscard]] bool goes_on(const Node& node);
/// A mark without a leaving: its DROP is brought to its end, or what was taken back is.
[[nodiscard]] bool settles_mark(const Node& node);
/// In Leaving: the node serves again; a member that was dropped begins its life anew (row 6).
void stay(State& state, int slot);
/// In FeGood: nothing is sent any more, and the disk says so.
void begin_taking_back(const World& world, Node& node);

}  // namespace sragent::explore
