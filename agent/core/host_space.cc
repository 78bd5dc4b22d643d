#include "core/host_check.h"

/// Memory and disks: what the server takes of them, and what there is.
namespace sragent::host_detail {
namespace {

constexpr std::uint64_t kHundred = 100;
/// Of the memory: what is left for all that a heap or mem_limit does not count. StarRocks' own
/// default is 90 % for a BE; start_fe.sh takes 70 % where it chooses.
constexpr std::uint64_t kMemoryPercent = 90;
/// Of the metadata volume, S67 of docs/scenarios.md.
constexpr std::uint64_t kMetaFreePercent = 20;
/// Of a file system of the node, the kubelet's defaults nodefs.available and nodefs.inodesFree.
constexpr std::uint64_t kFreePercent = 10;
constexpr std::uint64_t kInodesPercent = 5;

/// `percent` of `bytes` without an overflow.
std::uint64_t share(std::uint64_t bytes, double percent) {
  constexpr double kTwoTo63 = 9.2e18;
  const double out = static_cast<double>(bytes) / 100.0 * percent;
  if (out <= 0) return 0;
  return out >= kTwoTo63 ? kUnlimited : static_cast<std::uint64_t>(out);
}

/// The whole percent of `part` in `whole`, rounded down; 0 of nothing.
std::uint64_t percent_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(part) / static_cast<double>(whole) * 100.0);
}

std::string ceiling_text(const HostMemory& memory, std::uint64_t ceiling) {
  const auto& limit = memory.container;
  if (limit && limit->bytes && *limit->bytes <= ceiling) {
    return "the container has " + size_text(ceiling) + " (cgroup v" +
           std::to_string(limit->version) + ")";
  }
  return "the machine has " + size_text(ceiling) +
         (limit ? " and the container no lower limit" : ", the container's limit is not known");
}

/// What the wish comes to where the server sees `seen` bytes; a BE takes no more than that.
std::uint64_t wished(NodeKind kind, const MemoryWish& wish, std::uint64_t seen) {
  const auto bytes = wish.percent ? share(seen, *wish.percent) : wish.bytes.value_or(0);
  return kind == NodeKind::kFe || bytes < seen ? bytes : seen;
}

std::string remedy_of(NodeKind kind, bool blind) {
  if (kind == NodeKind::kFe) {
    return "lower -Xmx in JAVA_OPTS of fe.conf, or raise the memory limit of the container";
  }
  const std::string set = "set mem_limit to a size below it, or raise the limit of the container";
  return blind ? "make a file /.dockerenv in the image, without which the server takes the "
                 "machine's memory for its own; or " +
                     set
               : set;
}

}  // namespace

HostFinding judge_memory(NodeKind kind, const HostMemory& memory) {
  const bool fe = kind == NodeKind::kFe;
  HostFinding out{fe ? "fe_heap" : "mem_limit",
                  {},
                  HostState::kUnknown,
                  {},
                  "at most 90 % of the memory of the container, or of the machine",
                  "the kernel kills the server for memory that it takes for its own",
                  remedy_of(kind, false)};
  const auto& limit = memory.container;
  const bool limited = limit && limit->bytes;
  auto wish = memory.wish;
  if (fe && memory.auto_percent && memory.dockerenv && limited) {
    wish = MemoryWish{
        "FE_ENABLE_AUTO_JVM_XMX_DETECT", share(*limit->bytes, *memory.auto_percent), std::nullopt};
  }
  if (!wish && wish.error().kind == ErrorKind::kBadConfig) {
    out.effect = "the server does not start";
    out.remedy = "correct it in the server's conf file";
    return known(std::move(out), wish.error().what, false);
  }
  if (!wish) return unknown(std::move(out), wish.error());
  if (!memory.machine) return unknown(std::move(out), memory.machine.error());
  const auto machine = *memory.machine;
  const auto ceiling = limited && *limit->bytes < machine ? *limit->bytes : machine;
  const bool blind = !fe && limited && !memory.dockerenv;
  const auto bytes = wished(kind, *wish, blind ? machine : ceiling);
  const bool good = bytes <= share(ceiling, kMemoryPercent);
  // Without the container's limit only what is too much for the machine is known to be too much.
  if (!limit && good) return unknown(std::move(out), limit.error());
  out.remedy = remedy_of(kind, blind);
  return known(std::move(out),
               wish->said + " comes to " + size_text(bytes) + ", " + ceiling_text(memory, ceiling),
               good);
}

HostFinding judge_disk(const HostDisk& disk, const HostWants& wants) {
  HostFinding out{"disk",
                  disk.path,
                  HostState::kUnknown,
                  {},
                  "at least " + std::to_string(kFreePercent) + " % free",
                  "the kubelet ends pods on a node with less; a full one stops the logs",
                  "make room on the volume of this path, or enlarge it"};
  if (disk.use == DiskUse::kState) {
    out.effect = "on a full volume the agent cannot write what it must remember";
  } else if (disk.use == DiskUse::kMeta) {
    out.wanted = "at least " + std::to_string(kMetaFreePercent) + " % free, and more than " +
                 size_text(wants.meta_reserve);
    out.effect = "below " + size_text(wants.meta_reserve) +
                 " (bdbje_reserved_disk_size) the FE writes no metadata and stops";
  } else if (disk.use == DiskUse::kStorage) {
    out.wanted = "at most " + std::to_string(wants.flood_percent) + " % used, or " +
                 size_text(wants.flood_bytes) + " free";
    out.effect = "loads are refused";
  }
  if (!disk.space) return unknown(std::move(out), disk.space.error());
  const auto& space = *disk.space;
  const auto free = percent_of(space.free, space.total);
  bool good = free >= kFreePercent;
  if (disk.use == DiskUse::kMeta)
    good = free >= kMetaFreePercent && space.free > wants.meta_reserve;
  if (disk.use == DiskUse::kStorage) {
    const auto used = kHundred - free;
    good =
        used <= static_cast<std::uint64_t>(wants.flood_percent) || space.free >= wants.flood_bytes;
  }
  auto value = size_text(space.free) + " of " + size_text(space.total) + " free (" +
               std::to_string(free) + " %)";
  if (!disk.at.empty()) value += " at " + disk.at + ", where it will be made";
  if (space.inodes > 0 && percent_of(space.inodes_free, space.inodes) < kInodesPercent) {
    value += ", " + std::to_string(space.inodes_free) + " of " + std::to_string(space.inodes) +
             " inodes free";
    out.wanted += ", and " + std::to_string(kInodesPercent) + " % of the inodes";
    good = false;
  }
  return known(std::move(out), value, good);
}

}  // namespace sragent::host_detail
