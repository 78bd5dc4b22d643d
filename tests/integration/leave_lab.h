#pragma once

#include <string>

#include "pod.h"

/// What the tests of leaving nodes share.
namespace podlab {

/// The FE's own blacklist has an entry for this node id.
[[nodiscard]] bool marked(const Pod& fe, const std::string& id);
/// Statements in the FE's audit log that begin with `begin`, whoever sent them.
[[nodiscard]] int count_in_audit(const Pod& fe, const std::string& begin);
/// The container's console has `part`.
[[nodiscard]] bool said(const Pod& pod, const std::string& part);

}  // namespace podlab
