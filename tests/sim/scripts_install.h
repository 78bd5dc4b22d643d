#pragma once

#include <string>
#include <vector>

namespace srsim {

/// `sr-sim install --root DIR [--version V] [--roles fe,be,cn] [--copy]`: lays out a STARROCKS_ROOT
/// whose scripts have the stock names, options, pid files, output files and refusals
/// (docs/starrocks.md sections 1.3 and 1.4) and start this program under the names `java` and
/// `starrocks_be`: as links to it, or as copies with --copy. Existing conf files are kept. False,
/// with a line on stderr, when an argument is wrong or a file cannot be written.
bool install(const std::vector<std::string>& args);

}  // namespace srsim
