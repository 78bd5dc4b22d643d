#include <algorithm>
#include <functional>

#include "io/files.h"
#include "runtime/host_facts.h"
#include "runtime/host_text.h"

/// Limits of control groups. A limit above counts as well, so all folders from the own one up to
/// the mount point are read. Inside a container the own folder is mostly the mount point itself,
/// and the path of /proc/self/cgroup, which may be the node's, does not exist below it.
namespace sragent {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 10U;

/// The hierarchy that limits memory.
struct Hierarchy {
  int version = 2;
  std::string point{};  ///< Where it is mounted.
  std::string path{};   ///< Of this process within it.
};

Result<Hierarchy> memory_hierarchy(const std::string& root) {
  const auto file = root + "/proc/self/cgroup";
  const auto text = read_file(file, kMostBytes);
  if (!text) return tl::unexpected(text.error());
  auto place = parse_groups(*text);
  if (!place) return tl::unexpected(Error{place.error().kind, file + ": " + place.error().what});
  const auto mounts = root + "/sys/fs/cgroup";
  if (place->memory_v1) return Hierarchy{1, mounts + "/memory", *place->memory_v1};
  if (place->unified) return Hierarchy{2, mounts, *place->unified};
  return tl::unexpected(Error{ErrorKind::kNotFound, file + ": no control group limits memory"});
}

/// From the own folder up to the mount point. A path that leaves its namespace is not below it.
std::vector<std::string> folders(const Hierarchy& from) {
  std::vector<std::string> out;
  auto path = from.path.find("/..") == std::string::npos ? from.path : std::string{};
  while (path.size() > 1) {
    out.push_back(from.point + path);
    path.resize(path.rfind('/'));
  }
  out.push_back(from.point);
  return out;
}

using GroupLimit = std::optional<std::uint64_t>;

/// The least of the limits `name` of all folders; kNotFound: none of them has the file.
Result<GroupLimit> least(const Hierarchy& from, const std::string& name) {
  bool any = false;
  GroupLimit out;
  for (const auto& folder : folders(from)) {
    auto file = folder;
    file.append("/").append(name);
    const auto text = read_file(file, kMostBytes);
    if (!text && text.error().kind == ErrorKind::kNotFound) continue;
    if (!text) return tl::unexpected(text.error());
    const auto limit = parse_group_limit(*text);
    if (!limit) return tl::unexpected(Error{limit.error().kind, file + ": " + limit.error().what});
    any = true;
    if (*limit) out = std::min(out.value_or(**limit), **limit);
  }
  if (any) return out;
  return tl::unexpected(
      Error{ErrorKind::kNotFound, "no " + name + " in the folders of " + from.point});
}

}  // namespace

Result<HostCgroup> read_memory_limit(const std::string& root) {
  const auto from = memory_hierarchy(root);
  if (!from) return tl::unexpected(from.error());
  const auto limit = least(*from, from->version == 1 ? "memory.limit_in_bytes" : "memory.max");
  if (!limit) return tl::unexpected(limit.error());
  return HostCgroup{*limit, from->version};
}

/// Version 2 counts swap alone, version 1 memory and swap together.
Tri read_swap_use(const std::string& root) {
  const auto from = memory_hierarchy(root);
  if (!from) return Tri::kUnknown;
  const bool v1 = from->version == 1;
  const auto swap = least(*from, v1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max");
  if (!swap) return Tri::kUnknown;
  if (!v1) return *swap == GroupLimit{0} ? Tri::kNo : Tri::kYes;
  const auto memory = least(*from, "memory.limit_in_bytes");
  if (!memory) return Tri::kUnknown;
  return *memory && *swap && **swap <= **memory ? Tri::kNo : Tri::kYes;
}

}  // namespace sragent
