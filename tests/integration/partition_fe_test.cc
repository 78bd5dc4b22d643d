#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "namespace_lab.h"

/// First starts of FEs while pairs of them do not hear one another: S03, S05, S07, S08.
namespace podlab {
namespace {

namespace fs = std::filesystem;

class S03_SilenceByPair : public NamespaceTest {};
class S05_SilenceByPair : public NamespaceTest {};
class S07_SilenceByPair : public NamespaceTest {};
class S08_SilenceByPair : public NamespaceTest {};

constexpr milliseconds kLong{120000};

/// Many more questions have vanished: several looks around, and with an unknown count longer than
/// the gap between two censuses.
void let_them_ask() {
  const auto from = Silence::vanished();
  ASSERT_TRUE(wait_until([&] { return Silence::vanished() > from + 60; }, kLong));
}

/// Neither done nor decided: a decision whose lease ran out is in the journal.
void expect_not_founded(PodNet& net, int ordinal) {
  EXPECT_FALSE(has_metadata(net.fe(ordinal))) << ordinal;
  EXPECT_EQ(net.fe(ordinal).server_pid(), 0) << ordinal;
  const auto journal = net.fe(ordinal).file("meta/.sr-agent/journal");
  EXPECT_EQ(journal.find("\"Found\""), std::string::npos) << journal;
}

/// The agent's time-outs are not scaled, what an answer's age means is: without this a look that
/// waits for a silent peer would always be too old, and age would hide what silence does.
void keep_proportions(PodNet& net) {
  for (int i = 0; i < 3; ++i) {
    net.fe(i).set_env("SR_AGENT_HTTP__PEER_TIMEOUT_MS", "400");
    net.fe(i).set_env("SR_AGENT_SQL__CONNECT_TIMEOUT_MS", "400");
  }
}

/// The volume and the copy of the birth certificate on the log volume are gone: a new pod.
void lose_both_volumes(PodNet& net, int ordinal) {
  net.fe(ordinal).kill_container();
  net.fe(ordinal).lose_volume();
  fs::remove(net.fe(ordinal).home() + "/log/sr-agent.certificate");
}

TEST_F(S03_SilenceByPair, NothingIsFoundedWhileTheThirdOrdinalHearsNobody) {
  Silence silence;
  PodNet net;
  keep_proportions(net);
  Silence::between(net.fe(2), net.fe(0));
  Silence::between(net.fe(2), net.fe(1));
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(net.fe(i).wait_reason("waiting_for_peers")) << net.fe(i).console();
  let_them_ask();
  EXPECT_NE(net.fe(0).status("detail").find(net.fe(2).ip()), std::string::npos)
      << net.fe(0).status("detail");
  for (int i = 0; i < 3; ++i)
    expect_not_founded(net, i);
  Silence::end();
  EXPECT_TRUE(net.wait_frontends(3, -1, kLong)) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

TEST_F(S03_SilenceByPair, AThirdFeThatHearsNobodyWaitsBesideTheClusterAndJoinsAfterwards) {
  Silence silence;
  PodNet net({.fe_count = 2, .all_names = false});
  keep_proportions(net);
  net.serve_name("fe", 0, true);
  net.serve_name("fe", 1, true);
  ASSERT_TRUE(net.start_frontends(2)) << net.fe(0).console();
  const auto ids = net.cluster_ids_on_disk();
  ASSERT_EQ(ids.size(), 1U);
  Silence::between(net.fe(2), net.fe(0));
  Silence::between(net.fe(2), net.fe(1));
  net.serve_name("fe", 2, true);
  net.fe(2).start();
  ASSERT_TRUE(net.fe(2).wait_reason("waiting_for_peers")) << net.fe(2).console();
  let_them_ask();
  expect_not_founded(net, 2);
  EXPECT_EQ(net.frontends(0).rows.size(), 2U);
  const auto pid = net.fe(2).pid();
  Silence::end();
  EXPECT_TRUE(net.wait_frontends(3, 0, kLong)) << net.fe(2).console();
  EXPECT_EQ(net.fe(2).pid(), pid);
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
}

/// With the number of FEs told, and without.
class S03_FounderHearsNobody : public S03_SilenceByPair, public testing::WithParamInterface<int> {};

TEST_P(S03_FounderHearsNobody, NobodyFoundsAndThereIsOneClusterAfterwards) {
  Silence silence;
  PodNet net({.fe_count = GetParam()});
  keep_proportions(net);
  Silence::between(net.fe(0), net.fe(1));
  Silence::between(net.fe(0), net.fe(2));
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(net.fe(i).wait_reason("waiting_for_peers")) << net.fe(i).console();
  let_them_ask();
  for (int i = 0; i < 3; ++i)
    expect_not_founded(net, i);
  Silence::end();
  EXPECT_TRUE(net.wait_frontends(3, -1, kLong)) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Count, S03_FounderHearsNobody, testing::Values(3, 0));

/// The two others serve a cluster; a founder that hears neither must not make a second one, not
/// even by census: the others' addresses are listed and mute.
TEST_F(S08_SilenceByPair, AWipedFounderThatHearsNobodyMakesNoSecondClusterAndJoinsAfterwards) {
  PodNet net({.fe_count = 0});
  keep_proportions(net);
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  ASSERT_TRUE(all_sealed(net, 3, kLong));
  const auto ids = net.cluster_ids_on_disk();
  lose_both_volumes(net, 0);
  Silence silence;
  Silence::between(net.fe(0), net.fe(1));
  Silence::between(net.fe(0), net.fe(2));
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers")) << net.fe(0).console();
  let_them_ask();
  expect_not_founded(net, 0);
  Silence::end();
  EXPECT_TRUE(wait_until([&] { return fs::exists(net.fe(0).state() + "/sealed"); }, kLong))
      << net.fe(0).console();
  EXPECT_TRUE(net.wait_frontends(3, 1, kLong)) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
}

/// Silence of a follower delays each look around; the leader's list must not be too old by then.
TEST_F(S07_SilenceByPair, AJoinerThatHearsTheLeaderJoinsBesideASilentFollower) {
  PodNet net({.fe_count = 2, .all_names = false});
  keep_proportions(net);
  ASSERT_TRUE(start_two_members(net, kLong)) << net.fe(0).console();
  const auto ids = net.cluster_ids_on_disk();
  Silence silence;
  Silence::between(net.fe(2), net.fe(1));
  net.serve_name("fe", 2, true);
  net.fe(2).start();
  EXPECT_TRUE(wait_until([&] { return fs::exists(net.fe(2).state() + "/sealed"); }, kLong))
      << net.fe(2).console();
  EXPECT_TRUE(net.wait_frontends(3, 0, kLong)) << net.fe(2).console();
  EXPECT_GT(Silence::vanished(), 0U);
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
}

TEST_F(S05_SilenceByPair, AJoinerThatHearsMembersButNotTheLeaderWaitsForTheLeader) {
  PodNet net({.fe_count = 2, .all_names = false});
  keep_proportions(net);
  ASSERT_TRUE(start_two_members(net, kLong)) << net.fe(0).console();
  const auto ids = net.cluster_ids_on_disk();
  Silence silence;
  Silence::between(net.fe(2), net.fe(0));
  net.serve_name("fe", 2, true);
  net.fe(2).start();
  ASSERT_TRUE(net.fe(2).wait_reason("no_leader")) << net.fe(2).console();
  let_them_ask();
  expect_not_founded(net, 2);
  EXPECT_EQ(net.frontends(0).rows.size(), 2U);
  Silence::end();
  EXPECT_TRUE(net.wait_frontends(3, 0, kLong)) << net.fe(2).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
}

}  // namespace
}  // namespace podlab
