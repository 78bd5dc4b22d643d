#pragma once

#include <string>
#include <string_view>

#include "core/types.h"

/// Names that a BE or CN derives from its own to find the FEs, and what it derives from its pod's
/// name to keep apart from others. Pure.
namespace sragent {

/// "kube-be-search.ns" makes "kube-fe-search.ns": the word `be` (of a CN: `cn`) of the first label
/// becomes `fe`. Words are parted by '-'. Empty: the label has no such word.
[[nodiscard]] std::string fe_headless_name(std::string_view headless, NodeKind kind);

/// "kube-fe-service.ns" makes "kube-fe-search.ns", the headless name beside a service as operator
/// and chart call it; only the first label counts. Empty: not so named.
[[nodiscard]] std::string fe_search_name(std::string_view service);

/// A number in [0, 1) that is the same for one `pod` and one `purpose` in every process: FNV-1a 64.
[[nodiscard]] double pod_fraction(std::string_view pod, std::string_view purpose);

}  // namespace sragent
