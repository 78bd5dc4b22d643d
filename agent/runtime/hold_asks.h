#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/hold.h"
#include "io/clock.h"
#include "runtime/pod_annotations.h"

/// Who wishes, by something that stands, that the server stays down (S71): the pod's annotation
/// `run-mode`, policy.hold_file, policy.hold.
namespace sragent {

/// What is kept of an author or a reason: 500 bytes, in whole characters.
[[nodiscard]] std::string short_text(std::string_view text);

/// "90", "90s", "10m", "2h" in seconds, at most a million; nullopt: none of these.
[[nodiscard]] std::optional<std::chrono::seconds> span_of(std::string_view text);

/// Of the annotations `run-mode` ("hold" or "debug"), `run-mode-reason`, `-author`, `-for` and
/// `-force`; nullopt: no hold is asked for. Pure.
[[nodiscard]] std::optional<HoldAsk> ask_of_annotations(const PodAnnotations& all,
                                                        const Config& config,
                                                        const Clock& clock);

/// Of the text of a hold file: lines `reason=`, `author=`, `for=`, `force=`; a line that is none of
/// them is the reason. Pure.
[[nodiscard]] HoldAsk ask_of_file(std::string_view text, const Config& config, const Clock& clock);

/// What stands now, by annotations, files and settings. `annotations` null: never read yet.
[[nodiscard]] StandingAsks standing_asks(const PodAnnotations* annotations,
                                         const Config& config,
                                         const Clock& clock);

}  // namespace sragent
