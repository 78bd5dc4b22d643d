#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How far a server is that starts, by the tail of its main log. Pure. Source: docs/starrocks.md
/// section 12.
namespace sragent {

struct FeStartLog {
  std::string_view stage{};                ///< For people; empty: no line tells one.
  std::optional<std::int64_t> position{};  ///< The last entry that was replayed.
  std::optional<std::int64_t> target{};    ///< Up to which one a new leader replays.
  std::string block{};                     ///< Of the image, loaded last.
  std::string synchronized{};              ///< Time up to which the metadata is, as the log has it.
};

/// By the newest line of each kind since the newest start in `tail`. The wait lines that come every
/// few seconds whatever happens are none.
[[nodiscard]] FeStartLog read_start_log(std::string_view tail);

/// "start step N: ..." of the newest such line of a be.INFO or cn.INFO, as it stands; empty: there
/// is none. Source: docs/starrocks.md section 1.6.
[[nodiscard]] std::string_view read_worker_step(std::string_view tail);

}  // namespace sragent
