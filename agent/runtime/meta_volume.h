#pragma once

#include <string>
#include <string_view>

namespace sragent {

/// S09: metadata that goes with the pod. Says so in words if `meta_dir` lies on an emptyDir, in
/// memory, or in the container's own file system, as /proc/self/mountinfo tells; empty: on a
/// volume, or it cannot be told. Pure.
[[nodiscard]] std::string fleeting_metadata(std::string_view mountinfo,
                                            const std::string& meta_dir);

}  // namespace sragent
