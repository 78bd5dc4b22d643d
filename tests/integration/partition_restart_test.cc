#include <filesystem>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "namespace_lab.h"
#include "sim_http.h"
#include "worker_lab.h"

/// Members of a running cluster that do not hear one another: S15, S20, S26.
namespace podlab {
namespace {

namespace fs = std::filesystem;

class S15_SilenceByPair : public NamespaceTest {};
class S20_SilenceByPair : public NamespaceTest {};
class S26_SilenceByPair : public NamespaceTest {};

constexpr milliseconds kLong{120000};

/// What the FE says of itself, by its own metrics.
bool leads(const Pod& pod) {
  const auto reply =
      srsim::http_call(pod.ip(), {pod.ip(), 8030}, {"GET", "/metrics", {}, {}}, milliseconds(2000));
  return reply && reply->body.find("is_master\"} 1") != std::string::npos;
}

int leaders(PodNet& net) {
  int out = 0;
  for (int i = 0; i < 3; ++i)
    if (leads(net.fe(i))) ++out;
  return out;
}

/// What the kubelet does with containers that end.
void restart_ended(PodNet& net) {
  for (int i = 0; i < 3; ++i)
    if (!net.fe(i).running()) net.fe(i).start();
}

void start_three(PodNet& net) {
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(wait_until([&] { return fs::exists(net.fe(i).state() + "/sealed"); }, kLong)) << i;
}

/// All three joined and alive, one leader by list and by the FEs' own words.
bool healed(PodNet& net, int at) {
  return wait_until(
      [&] {
        restart_ended(net);
        return net.wait_frontends(3, at, milliseconds(1000)) && leaders(net) == 1;
      },
      kLong);
}

/// By the FEs' own audit logs: each joiner was added once, at the founder, and that is all that any
/// agent ever changed.
void expect_nobody_dropped(PodNet& net) {
  for (int at = 0; at < 3; ++at) {
    for (int from = 0; from < 3; ++from) {
      std::vector<std::string> said;
      if (at == 0 && from != 0) said.push_back(add_follower(net.fe(from)));
      EXPECT_EQ(alter_statements(net.fe(at), net.fe(from)), said) << from << " to " << at;
    }
  }
}

TEST_F(S15_SilenceByPair, ALeaderCutOffFromBothIsReplacedAndComesBackAsAFollower) {
  PodNet net;
  start_three(net);
  const auto ids = net.cluster_ids_on_disk();
  ASSERT_TRUE(leads(net.fe(0)));
  Silence silence;
  Silence::between(net.fe(0), net.fe(1));
  Silence::between(net.fe(0), net.fe(2));
  ASSERT_TRUE(wait_until([&] { return leads(net.fe(1)) || leads(net.fe(2)); }, kLong))
      << net.fe(1).console();
  const int now_leads = leads(net.fe(1)) ? 1 : 2;
  // Without a majority the old leader's server ends itself; the agent passes that on.
  EXPECT_EQ(net.fe(0).wait_exit(kLong), 255) << net.fe(0).console();
  // Its pod is restarted while nobody is heard: it resumes all the same and founds nothing.
  net.fe(0).start();
  EXPECT_TRUE(wait_until([&] { return net.fe(0).server_pid() != 0; }, kLong))
      << net.fe(0).console();
  EXPECT_FALSE(leads(net.fe(0)));
  EXPECT_GT(Silence::vanished(), 0U);
  Silence::end();
  EXPECT_TRUE(healed(net, now_leads)) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
  expect_nobody_dropped(net);
}

TEST_F(S15_SilenceByPair, ALeaderHeardAgainBeforeItNoticedGivesWay) {
  PodNet net;
  start_three(net);
  const auto ids = net.cluster_ids_on_disk();
  Silence silence;
  Silence::between(net.fe(0), net.fe(1));
  Silence::between(net.fe(0), net.fe(2));
  ASSERT_TRUE(wait_until([&] { return leads(net.fe(1)) || leads(net.fe(2)); }, kLong))
      << net.fe(1).console();
  const int now_leads = leads(net.fe(1)) ? 1 : 2;
  Silence::end();
  EXPECT_TRUE(healed(net, now_leads)) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
  expect_nobody_dropped(net);
}

TEST_F(S20_SilenceByPair, ARestartedMemberResumesWithoutWaitingForASilentPeer) {
  PodNet net;
  start_three(net);
  ASSERT_TRUE(leads(net.fe(0)));
  net.fe(2).kill_container();
  Silence silence;
  Silence::between(net.fe(2), net.fe(1));
  net.fe(2).start();
  EXPECT_TRUE(wait_until([&] { return net.fe(2).server_pid() != 0; }, kLong))
      << net.fe(2).console();
  // It serves as a follower while the other follower is still mute to it.
  EXPECT_TRUE(net.wait_frontends(3, 0, kLong)) << net.fe(2).console();
  EXPECT_TRUE(net.fe(2).wait_reason("none")) << net.fe(2).console();
  // Its join had a helper, its restart had none.
  EXPECT_EQ(helpers_of_starts(net.fe(2)),
            (std::vector<std::string>{net.fe(0).fqdn() + ":9010", ""}));
  EXPECT_GT(Silence::vanished(), 0U);
  expect_nobody_dropped(net);
}

TEST_F(S26_SilenceByPair, ABackendThatTheLeaderDoesNotHearIsListedOnceAndReportedNotAlive) {
  PodNet net;
  start_three(net);
  ASSERT_TRUE(leads(net.fe(0)));
  Silence silence;
  Silence::between(net.be(0), net.fe(0));
  net.be(0).start();
  EXPECT_TRUE(wait_healthy(net.be(0))) << net.be(0).console();
  // The statement goes to the leader through a follower; the leader's heartbeats do not arrive.
  EXPECT_TRUE(wait_until([&] { return rows(net, kBackends, net.be(0).fqdn()) == 1; }, kLong))
      << net.be(0).console();
  EXPECT_TRUE(net.be(0).wait_reason("not_alive")) << net.be(0).console();
  EXPECT_EQ(row_cell(net, kBackends, net.be(0).fqdn(), "Alive"), "false");
  EXPECT_GT(Silence::vanished(), 0U);
  Silence::end();
  EXPECT_TRUE(net.wait_worker("be", 0)) << net.be(0).console();
  EXPECT_TRUE(net.be(0).wait_reason("none")) << net.be(0).console();
  EXPECT_EQ(rows(net, kBackends, net.be(0).fqdn()), 1);
  EXPECT_EQ(server_starts(net.be(0)), 1);
}

}  // namespace
}  // namespace podlab
