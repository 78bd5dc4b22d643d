#include <gtest/gtest.h>

#include "core/dead_nodes.h"

namespace sragent {
namespace {

constexpr Millis kLong{600'000};

std::vector<CnRow> rows() {
  return {{"10.0.0.1", 9050, true, Millis{3'000}},  // serves
          {"10.0.0.2", 9050, false, kLong},         // no pod, dead
          {"10.0.0.3", 9050, false, kDeadFor - Millis{1}},
          {"10.0.0.4", 9051, false, kLong},         // another port, another group
          {"10.0.0.5", 9050, false, kLong},         // a pod that is down
          {"10.0.0.6", 9050, false, std::nullopt},  // never heard of
          {"cn-0.cn.ns", 9050, false, kLong},       // registered another way
          {"fd00::7", 9050, false, kDeadFor}};
}

TEST(S41_DeadNodes, AreThoseOfThePortThatWereSilentForLongAndHaveNoPod) {
  const PodsSeen pods{true, 2, {"10.0.0.1", "10.0.0.5"}};
  const auto found = find_dead_nodes(rows(), pods, 9050);
  EXPECT_EQ(found.refusal, "");
  EXPECT_EQ(found.rows, (std::vector<std::size_t>{1, 7}));
}

TEST(S41_DeadNodes, AreNotLookedForWithoutAWholeListOfPods) {
  const auto cut = find_dead_nodes(rows(), {false, 2, {"10.0.0.1"}}, 9050);
  EXPECT_TRUE(cut.rows.empty());
  EXPECT_NE(cut.refusal, "");
  const auto none = find_dead_nodes(rows(), {true, 0, {"10.0.0.1"}}, 9050);
  EXPECT_TRUE(none.rows.empty());
  EXPECT_NE(none.refusal, "");
}

}  // namespace
}  // namespace sragent
