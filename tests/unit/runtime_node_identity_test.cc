#include <gtest/gtest.h>

#include "runtime/node_identity.h"

namespace sragent {
namespace {

Result<NodeIdentity> identify(std::string hosts) {
  Config config;
  config.node.host_type = HostTypeSetting::kFqdn;
  return identify_node(NodeKind::kFe, config, {"fe-0", std::move(hosts), {"10.0.0.7"}});
}

TEST(NodeIdentity, TakesTheNameWithADotFromTheHostsFile) {
  const auto node = identify("127.0.0.1 localhost\n10.0.0.7 fe-0 fe-0.search.ns # kubelet\n");
  ASSERT_TRUE(node) << node.error().what;
  EXPECT_EQ(node->host, "fe-0.search.ns");
  EXPECT_EQ(node->headless, "search.ns");
}

TEST(NodeIdentity, TakesNoNameThatMayNotStandInAStatement) {
  EXPECT_FALSE(identify("10.0.0.7 fe-0.a\x1b[2J\n"));
  EXPECT_FALSE(identify("10.0.0.7 fe-0.a\";DROP\n"));
}

}  // namespace
}  // namespace sragent
