#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/types.h"

/// What of the host and of the container will hurt the server: values that were read in, findings
/// out. Nothing is ever changed. What could not be read is an Error, and its finding "unknown".
/// Sources of the wanted values: docs/host-checks.md. Pure. Any thread.
namespace sragent {

enum class HostState : std::uint8_t { kOk, kWarning, kUnknown };
[[nodiscard]] std::string_view to_string(HostState state);  ///< "ok", "warning", "unknown".

/// One line of the answer.
struct HostFinding {
  std::string check{};    ///< "swap"; a closed list, docs/host-checks.md.
  std::string subject{};  ///< Of a "disk" the path, of the "clock" the leader; else empty.
  HostState state = HostState::kUnknown;
  std::string value{};  ///< kUnknown: why it is not known.
  std::string wanted{};
  std::string effect{};  ///< What comes of another value.
  std::string remedy{};
};

/// "swap: 8.0 GiB; wanted: none; effect: ...; remedy: ..."; the last two of a warning alone.
[[nodiscard]] std::string host_line(const HostFinding& finding);

/// "8.0 GiB", "512.0 MiB", "17 B".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

inline constexpr std::uint64_t kUnlimited = UINT64_MAX;

/// A resource limit of this process, which the server inherits.
struct HostLimit {
  std::uint64_t soft = 0;  ///< kUnlimited: none.
  std::uint64_t hard = 0;
};

struct HostSwap {
  std::uint64_t total = 0;        ///< Bytes of swap of the node.
  Tri container = Tri::kUnknown;  ///< May this container use it?
};

struct HostCpu {
  bool x86 = true;  ///< Else AVX2 does not exist.
  bool avx2 = false;
};

/// A memory limit of the container; nullopt: it has none.
struct HostCgroup {
  std::optional<std::uint64_t> bytes{};
  int version = 2;  ///< 1 or 2.
};

/// How much memory the server takes for itself, as its settings say: an FE's heap, a BE's
/// mem_limit. One of the two is set.
struct MemoryWish {
  std::string said{};  ///< "-Xmx8192m", "mem_limit = 90%"
  std::optional<std::uint64_t> bytes{};
  std::optional<double> percent{};  ///< Of the memory that the server sees.
};

struct HostMemory {
  Result<std::uint64_t> machine = std::uint64_t{0};
  Result<HostCgroup> container = HostCgroup{};
  /// /.dockerenv is there: without it a BE does not look at its container's limit.
  bool dockerenv = false;
  Result<MemoryWish> wish = MemoryWish{};
  /// FE: the start script sets the heap to this part of the container's limit.
  std::optional<double> auto_percent{};
};

enum class DiskUse : std::uint8_t { kMeta, kStorage, kLog, kState };

struct DiskSpace {
  std::uint64_t total = 0;   ///< Bytes.
  std::uint64_t free = 0;    ///< For processes without privileges.
  std::uint64_t inodes = 0;  ///< 0: the file system does not count them.
  std::uint64_t inodes_free = 0;
};

struct HostDisk {
  DiskUse use = DiskUse::kLog;
  std::string path{};
  std::string at{};  ///< The folder that was looked at, where `path` does not exist yet.
  Result<DiskSpace> space = DiskSpace{};
};

/// The leader's clock less the own one lies between the two.
struct ClockSpan {
  std::string leader{};
  bool self = false;  ///< This node leads; the rest says nothing.
  std::int64_t low_ms = 0;
  std::int64_t high_ms = 0;
};

/// Where the server's settings move a wanted value.
struct HostWants {
  std::uint64_t meta_reserve = std::uint64_t{512} << 20U;  ///< bdbje_reserved_disk_size.
  std::int64_t clock_ms = 5'000;                           ///< max_bdbje_clock_delta_ms.
  std::uint64_t open_files = 60'000;                       ///< min_file_descriptor_number.
  int flood_percent = 95;                                  ///< storage_flood_stage_usage_percent.
  /// storage_flood_stage_left_capacity_bytes.
  std::uint64_t flood_bytes = std::uint64_t{100} << 30U;
};

struct HostSeen {
  NodeKind kind = NodeKind::kFe;
  HostWants wants{};
  Result<std::uint64_t> max_map_count = std::uint64_t{0};
  Result<HostSwap> swap = HostSwap{};
  Result<HostLimit> open_files = HostLimit{};
  Result<HostLimit> processes = HostLimit{};
  Result<std::string> huge_pages = std::string{};  ///< The mode in force: "madvise".
  Result<HostCpu> cpu = HostCpu{};
  HostMemory memory{};
  std::vector<HostDisk> disks{};
};

/// Every check but the clock, in a fixed order.
[[nodiscard]] std::vector<HostFinding> judge_host(const HostSeen& facts);

/// The clock. An Error: there is no leader to compare with, or it does not tell.
[[nodiscard]] HostFinding judge_clock(NodeKind kind,
                                      const Result<ClockSpan>& clock,
                                      const HostWants& wants);

/// What keeps a server from being started where the host has to be right: the lines of all
/// warnings, "; " between them. Empty: nothing. What is not known refuses nothing.
[[nodiscard]] std::string host_refusal(const std::vector<HostFinding>& findings);

namespace host_detail {
[[nodiscard]] HostFinding judge_memory(NodeKind kind, const HostMemory& memory);
[[nodiscard]] HostFinding judge_disk(const HostDisk& disk, const HostWants& wants);
/// The finding for a value that is not known.
[[nodiscard]] HostFinding unknown(HostFinding finding, const Error& why);
/// Of a known one: kOk if `good`.
[[nodiscard]] HostFinding known(HostFinding finding, std::string_view value, bool good);
}  // namespace host_detail

}  // namespace sragent
