#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

/// The pod's annotations as the kubelet writes them into a volume (downward API, fieldPath
/// metadata.annotations): seen without a restart, and without the Kubernetes API.
namespace sragent {

using PodAnnotations = std::map<std::string, std::string, std::less<>>;

/// What the agent looks at: "sr-agent.starrocks.com/run-mode" and its like.
inline constexpr std::string_view kAnnotationPrefix = "sr-agent.starrocks.com/";

/// Lines `key="value"`, the value quoted as Go's strconv.Quote does. Lines that are not of this
/// form are passed over. Pure.
[[nodiscard]] PodAnnotations parse_annotations(std::string_view text);

/// The file as it is now; opened by its path each time, since the kubelet swaps the folder by a
/// link. kNotFound: no such volume, so there are none.
[[nodiscard]] Result<PodAnnotations> read_annotations(const std::string& path);

/// What the file said when it could be read last: a file that cannot be read takes nothing back,
/// not even at the start of a container; one that is not there says that nothing is asked for. Main
/// thread.
class AnnotationWatch {
 public:
  /// Empty path: there are none.
  void look(const std::string& path);
  /// Null: it could never be read.
  [[nodiscard]] const PodAnnotations* all() const { return all_ ? &*all_ : nullptr; }

 private:
  std::optional<PodAnnotations> all_{};
};

/// Value of an annotation of the agent's; empty: it is not there.
[[nodiscard]] std::string annotation(const PodAnnotations& all, std::string_view name);

/// What a person may expect of an annotation that does nothing here; empty: there is none such.
[[nodiscard]] std::string unheeded(const PodAnnotations& all);

}  // namespace sragent
