#include <gtest/gtest.h>

#include "io_peer.h"
#include "runtime/pod_memory.h"

namespace sragent {
namespace {

class PodMemoryTest : public testing::Test {
 protected:
  /// As the next container of the pod would know it, whose volume says nothing.
  [[nodiscard]] WorkerMemory restored() const {
    WorkerMemory out;
    pod().restore(out);
    return out;
  }
  [[nodiscard]] PodMemory pod() const { return {folder_.path(), "be-0.x"}; }

  test::TempDir folder_{};
};

/// The agent may die between this file and the note on the volume.
TEST_F(PodMemoryTest, S27_ARowThatWasTakenOutStaysOutWhateverTheVolumeSays) {
  WorkerMemory in_the_list;
  WorkerMemory taken_out;
  taken_out.dropped = true;
  pod().keep(in_the_list, taken_out);
  EXPECT_TRUE(restored().dropped);
  pod().keep(taken_out, in_the_list);
  EXPECT_FALSE(restored().dropped);
}

TEST_F(PodMemoryTest, AnotherPodOfTheNameKnowsNothingOfIt) {
  WorkerMemory of_the_volume;
  of_the_volume.dropped = true;
  pod().restore(of_the_volume);
  EXPECT_FALSE(of_the_volume.dropped);
}

/// What is not known of the leader is not known in the next container either.
TEST_F(PodMemoryTest, S27_KeepsWhetherTheLeaderIsCertain) {
  for (const bool certain : {false, true}) {
    WorkerMemory seen;
    seen.seen = true;
    seen.leader = "fe-0.x";
    seen.leader_certain = certain;
    pod().keep({}, seen);
    EXPECT_TRUE(restored().seen);
    EXPECT_EQ(restored().leader_certain, certain);
  }
}

}  // namespace
}  // namespace sragent
