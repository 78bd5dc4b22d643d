#include <gtest/gtest.h>

#include "runtime/stop_script.h"

namespace sragent {
namespace {

using Words = std::vector<std::string>;

TEST(StopScript, S45_IsKnownByItsPathBelowTheOwnRoot) {
  const std::string root = "/opt/starrocks";
  EXPECT_TRUE(is_stop_script({"bash", "/opt/starrocks/be/bin/stop_be.sh", "-g"}, root));
  EXPECT_TRUE(is_stop_script({"/bin/bash", "/opt/starrocks/fe_prestop.sh"}, root));
  EXPECT_TRUE(is_stop_script({"/opt/starrocks/cn/bin/stop_cn.sh"}, root));
  for (const auto& words : {Words{},
                            Words{"bash", "/opt/starrocks2/be/bin/stop_be.sh"},
                            Words{"bash", "/opt/starrocks/be/bin/start_be.sh"},
                            Words{"vi", "/opt/starrocks/be/bin/stop_be.sh.bak"},
                            Words{"bash", "stop_be.sh"}})
    EXPECT_FALSE(is_stop_script(words, root)) << (words.empty() ? "" : words.back());
}

}  // namespace
}  // namespace sragent
