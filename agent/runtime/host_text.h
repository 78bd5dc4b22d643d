#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/host_check.h"

/// Files of /proc and /sys as text. Pure; kGarbled: the text is not what the kernel writes.
/// Source: proc(5), cgroups(7), the kernel's admin-guide (cgroup-v1, cgroup-v2, transhuge).
namespace sragent {

/// One whole number and a newline.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text);

/// The line `name` ("Max open files") of /proc/self/limits.
[[nodiscard]] Result<HostLimit> parse_limit(std::string_view text, std::string_view name);

/// Bytes of all swap spaces of /proc/swaps.
[[nodiscard]] Result<std::uint64_t> parse_swaps(std::string_view text);

/// MemTotal of /proc/meminfo in bytes.
[[nodiscard]] Result<std::uint64_t> parse_memory(std::string_view text);

/// The word in brackets of .../transparent_hugepage/enabled.
[[nodiscard]] Result<std::string> parse_huge_pages(std::string_view text);

/// The processors of /proc/cpuinfo, by the first that it lists.
[[nodiscard]] Result<HostCpu> parse_cpu(std::string_view text);

/// A limit of a control group: nullopt for "max" and for the numbers that mean it in version 1.
[[nodiscard]] Result<std::optional<std::uint64_t>> parse_group_limit(std::string_view text);

/// Where this process is in the control groups, of /proc/self/cgroup.
struct GroupPlace {
  std::optional<std::string> memory_v1{};  ///< Path in the hierarchy that has `memory`.
  std::optional<std::string> unified{};    ///< Path in that of version 2.
};
[[nodiscard]] Result<GroupPlace> parse_groups(std::string_view text);

}  // namespace sragent
