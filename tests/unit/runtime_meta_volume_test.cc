#include <gtest/gtest.h>

#include "io/mounts.h"
#include "runtime/meta_volume.h"

namespace sragent {
namespace {

/// As seen in a pod: an overlay, a claim, an emptyDir of each kind, and a name with a blank.
constexpr const char* kMounts =
    "612 500 0:71 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/a\n"
    "640 612 8:1 /var/lib/kubelet/pods/u/volumes/kubernetes.io~csi/pvc-1/mount /opt/fe/meta rw "
    "- ext4 /dev/sda1 rw\n"
    "641 612 8:1 /var/lib/kubelet/pods/u/volumes/kubernetes.io~empty-dir/fe-meta /opt/fe/empty "
    "rw,relatime shared:5 master:9 - ext4 /dev/sda1 rw\n"
    "642 612 0:80 / /opt/fe/mem rw - tmpfs tmpfs rw,size=1g\n"
    "643 612 8:1 /x /opt/fe/two\\040words rw - ext4 /dev/sda1 rw\n"
    "garbage\n";

TEST(MountOf, FindsTheLongestPointThatHoldsThePath) {
  EXPECT_EQ(mount_of(kMounts, "/opt/fe/meta")->type, "ext4");
  EXPECT_EQ(mount_of(kMounts, "/opt/fe/meta/image")->point, "/opt/fe/meta");
  EXPECT_EQ(mount_of(kMounts, "/opt/fe/metadata")->point, "/");
  EXPECT_EQ(mount_of(kMounts, "/opt/fe/two words/x")->root, "/x");
  EXPECT_FALSE(mount_of("garbage\n", "/opt"));
  EXPECT_FALSE(mount_of("", "/opt"));
}

TEST(MountOf, OfTwoMountsAtOnePointTheLastCounts) {
  const std::string twice = std::string{kMounts} + "650 640 0:9 / /opt/fe/meta rw - tmpfs t rw\n";
  EXPECT_EQ(mount_of(twice, "/opt/fe/meta")->type, "tmpfs");
}

TEST(FleetingMetadata, S09_IsReportedWhereItGoesWithThePod) {
  EXPECT_EQ(fleeting_metadata(kMounts, "/opt/fe/meta"), "");
  EXPECT_NE(fleeting_metadata(kMounts, "/opt/fe/empty").find("emptyDir"), std::string::npos);
  EXPECT_NE(fleeting_metadata(kMounts, "/opt/fe/mem").find("memory"), std::string::npos);
  EXPECT_NE(fleeting_metadata(kMounts, "/opt/other").find("container"), std::string::npos);
  EXPECT_EQ(fleeting_metadata("", "/opt/fe/meta"), "") << "not known is not said";
}

}  // namespace
}  // namespace sragent
