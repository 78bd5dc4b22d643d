#pragma once

#include <string>

namespace sragent {

/// Keeps in `known` the server's version as the FE list tells it, and logs a new one, with a
/// warning where it is below the floor or above what is known (starrocks/versions.h). An empty
/// `told` is no news. True if it changed. Main thread.
bool note_version(std::string& known, const std::string& told);

}  // namespace sragent
