#pragma once

#include <string>

#include "pod.h"

/// What the tests of leaving nodes share.
namespace podlab {

/// The FE's own blacklist has an entry for this node id.
[[nodiscard]] bool marked(const Pod& fe, const std::string& id);
/// FEs of the first three whose own blacklist names this BE.
[[nodiscard]] int marks_of(PodNet& net, const Pod& be);
/// Statements in the FE's audit log that begin with `begin`, whoever sent them.
[[nodiscard]] int count_in_audit(const Pod& fe, const std::string& begin);
/// Ordinal of the FE that FE `asked` shows as leader, of the first `count`; -1: none.
[[nodiscard]] int leader_of(PodNet& net, int asked, int count = 3);

/// Three FEs of this version, each a sealed member.
struct FeGroup {
  explicit FeGroup(const std::string& version);
  Pod& led() { return net.fe(leader); }
  Pod& other() { return net.fe(leader == 0 ? 1 : 0); }
  Pod& third() { return net.fe(leader == 2 ? 1 : 2); }
  PodNet net;
  bool up = false;
  int leader = -1;
};

/// The container's console has `part`.
[[nodiscard]] bool said(const Pod& pod, const std::string& part);

/// The leaving is in the phase `word`, by the agent's status.
[[nodiscard]] bool in_phase(const Pod& pod, const std::string& word);
/// By the log: the last change, or the phase in which a leaving begins.
[[nodiscard]] std::string last_phase(const Pod& pod);

}  // namespace podlab
