#pragma once

#include "pod.h"

/// What the tests of FE pods share.
namespace podlab {

/// Rows of the list whose Role is LEADER.
[[nodiscard]] int leaders(const SqlAnswer& list);
/// A server was started on this volume: the first file of a founding or a join is there.
[[nodiscard]] bool has_metadata(const Pod& pod);
/// This FE is a sealed member.
[[nodiscard]] bool sealed(const Pod& pod);
/// The first `count` FEs are sealed members within `limit`: what happens next happens to members.
[[nodiscard]] bool all_sealed(PodNet& net, int count = 3, milliseconds limit = milliseconds(60000));
/// Serves the names of FE 0 and FE 1, starts them and waits until both are sealed.
[[nodiscard]] bool start_two_members(PodNet& net, milliseconds limit = milliseconds(60000));
/// The node looks on for many rounds; false if its agent does not answer.
[[nodiscard]] bool looks_on(const Pod& pod);
/// Lines of the decision journal, oldest first: "<row> <action>".
[[nodiscard]] std::vector<std::string> decisions_of(const Pod& pod);
/// One of them is `what`.
[[nodiscard]] bool decided(const Pod& pod, const std::string& what);
/// The file holds this and nothing else.
void write_text(const std::string& path, const std::string& text);

}  // namespace podlab
