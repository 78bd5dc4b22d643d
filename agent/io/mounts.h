#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sragent {

/// One line of /proc/self/mountinfo (proc(5)).
struct Mount {
  std::string root{};   ///< Of the mount within its file system; the kubelet's volume folder.
  std::string point{};  ///< Where it is mounted.
  std::string type{};   ///< "ext4", "tmpfs", "overlay" ...
};

/// The mount that `path` lies on: of those whose point holds it the longest, of equal ones the
/// last, which covers the others. nullopt: the text has none. `path` absolute, without "..". Pure.
[[nodiscard]] std::optional<Mount> mount_of(std::string_view mountinfo, std::string_view path);

/// /proc/self/mountinfo; empty if it cannot be read. Any thread.
[[nodiscard]] std::string read_mountinfo();

}  // namespace sragent
