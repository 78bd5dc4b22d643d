#include "runtime/host_facts.h"

#include <algorithm>

#include "io/disk_space.h"
#include "io/files.h"
#include "runtime/host_text.h"
#include "runtime/node_tools.h"
#include "starrocks/conf_files.h"
#include "starrocks/memory_conf.h"

namespace sragent {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 10U;
/// A line a processor and feature: a machine may have hundreds.
constexpr std::size_t kMostCpuBytes = std::size_t{8} << 20U;

/// What `parse` makes of a file; its mistakes name the file.
template <typename Parse>
auto read_with(const std::string& file, const Parse& parse, std::size_t most = kMostBytes)
    -> decltype(parse(std::string_view{})) {
  const auto text = read_file(file, most);
  if (!text) return tl::unexpected(text.error());
  auto out = parse(*text);
  if (!out) out.error().what = file + ": " + out.error().what;
  return out;
}

Result<HostSwap> read_swap(const std::string& root) {
  const auto total = read_with(root + "/proc/swaps", parse_swaps);
  if (!total) return tl::unexpected(total.error());
  return HostSwap{*total, *total == 0 ? Tri::kUnknown : read_swap_use(root)};
}

Result<HostLimit> read_limit(const std::string& root, std::string_view name) {
  return read_with(root + "/proc/self/limits",
                   [name](std::string_view text) { return parse_limit(text, name); });
}

/// A folder that is made later lies on the file system of the first one above it that is there.
HostDisk look_at(DiskUse use, const std::string& path) {
  HostDisk out{use, path, {}, {}};
  if (path.empty() || path.front() != '/') {
    out.space = tl::unexpected(
        Error{ErrorKind::kBadConfig, "it is relative to the server's working directory"});
    return out;
  }
  auto at = path;
  auto space = disk_space(at);
  while (!space && space.error().kind == ErrorKind::kNotFound && at.size() > 1) {
    const auto slash = at.rfind('/');
    at.resize(slash == 0 ? 1 : slash);
    space = disk_space(at);
  }
  if (!space) {
    out.space = tl::unexpected(space.error());
    return out;
  }
  if (at != path) out.at = at;
  out.space = DiskSpace{space->total, space->free, space->inodes, space->inodes_free};
  return out;
}

class Disks {
 public:
  void add(DiskUse use, const std::string& path) {
    const auto same = [&](const HostDisk& disk) { return disk.path == path; };
    if (path.empty() || std::any_of(out_.begin(), out_.end(), same)) return;
    out_.push_back(look_at(use, path));
  }
  /// The paths are not known.
  void none(const Error& why) { out_.push_back({DiskUse::kLog, {}, {}, tl::unexpected(why)}); }
  std::vector<HostDisk> take() { return std::move(out_); }

 private:
  std::vector<HostDisk> out_{};
};

void add_fe_paths(const Config& config,
                  const ConfContext& context,
                  const ConfFile& file,
                  Disks& disks) {
  const auto conf = read_fe_conf(file, context, conf_path(context));
  if (!conf) return disks.none(conf.error());
  disks.add(DiskUse::kMeta, conf->meta_dir);
  disks.add(DiskUse::kLog, conf->log_dir);
  disks.add(DiskUse::kLog, conf->sys_log_dir);
  if (const auto* audit = file.find("audit_log_dir")) disks.add(DiskUse::kLog, *audit);
  if (!config.node.state_dir.empty()) disks.add(DiskUse::kState, config.node.state_dir);
}

void add_worker_paths(const Config& config,
                      const ConfContext& context,
                      const ConfFile& file,
                      Disks& disks) {
  const auto conf = read_be_conf(file, context, conf_path(context));
  if (!conf) return disks.none(conf.error());
  for (const auto& root : conf->storage_roots)
    disks.add(DiskUse::kStorage, root);
  disks.add(DiskUse::kLog, conf->log_dir);
  disks.add(DiskUse::kLog, conf->sys_log_dir);
  const bool on_data = context.kind == NodeKind::kBe && !conf->storage_roots.empty();
  if (!on_data || !config.node.state_dir.empty())
    disks.add(DiskUse::kState, state_dir_of(config, {}));
}

}  // namespace

std::vector<HostDisk> read_disks(const Config& config,
                                 const ConfContext& context,
                                 HostWants& wants) {
  Disks out;
  const auto file = load_conf(context);
  if (!file) {
    out.none(file.error());
    return out.take();
  }
  wants = host_wants(*file);
  if (context.kind == NodeKind::kFe) {
    add_fe_paths(config, context, *file, out);
  } else {
    add_worker_paths(config, context, *file, out);
  }
  return out.take();
}

HostSeen read_host(const Config& config, const ConfContext& context, const std::string& root) {
  const bool fe = context.kind == NodeKind::kFe;
  HostSeen out;
  out.kind = context.kind;
  out.max_map_count = read_with(root + "/proc/sys/vm/max_map_count", parse_count);
  out.swap = read_swap(root);
  out.open_files = read_limit(root, "Max open files");
  out.processes = read_limit(root, "Max processes");
  out.huge_pages =
      read_with(root + "/sys/kernel/mm/transparent_hugepage/enabled", parse_huge_pages);
  if (!fe) out.cpu = read_with(root + "/proc/cpuinfo", parse_cpu, kMostCpuBytes);
  out.memory.machine = read_with(root + "/proc/meminfo", parse_memory);
  out.memory.container = read_memory_limit(root);
  out.memory.dockerenv =
      file_kind(root + "/.dockerenv").value_or(FileKind::kAbsent) != FileKind::kAbsent;
  out.disks = read_disks(config, context, out.wants);
  const auto file = load_conf(context);
  if (!file) {
    out.memory.wish = tl::unexpected(Error{ErrorKind::kNotFound, file.error().what});
    return out;
  }
  out.memory.wish = fe ? fe_heap(*file, context.env) : worker_memory(*file);
  if (fe) out.memory.auto_percent = fe_auto_heap(*file, context.env);
  return out;
}

}  // namespace sragent
