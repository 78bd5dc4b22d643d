#pragma once

#include "pod.h"

/// What the tests of FE pods share.
namespace podlab {

/// Rows of the list whose Role is LEADER.
[[nodiscard]] int leaders(const SqlAnswer& list);
/// A server was started on this volume: the first file of a founding or a join is there.
[[nodiscard]] bool has_metadata(const Pod& pod);
/// The three FEs are sealed members: what happens next happens to members.
[[nodiscard]] bool all_sealed(PodNet& net, int count = 3);
/// The node looks on for many rounds; false if its agent does not answer.
[[nodiscard]] bool looks_on(const Pod& pod);
/// Lines of the decision journal, oldest first: "<row> <action>".
[[nodiscard]] std::vector<std::string> decisions_of(const Pod& pod);

}  // namespace podlab
