#include "runtime/meta_volume.h"

#include "io/mounts.h"

namespace sragent {

std::string fleeting_metadata(std::string_view mountinfo, const std::string& meta_dir) {
  const auto mount = mount_of(mountinfo, meta_dir);
  if (!mount) return {};
  std::string where;
  // The folder of the kubelet that is mounted into the container.
  if (mount->root.find("/volumes/kubernetes.io~empty-dir/") != std::string::npos) {
    where = "an emptyDir";
  } else if (mount->type == "tmpfs") {
    where = "memory";
  } else if (mount->type == "overlay" && mount->point == "/") {
    where = "the container's own file system";
  }
  if (where.empty()) return {};
  return "meta_dir " + meta_dir + " is in " + where +
         ": the FE's metadata goes with the pod. Give it a volume of its own; until then set "
         "fe.cluster_exists once the cluster runs";
}

}  // namespace sragent
