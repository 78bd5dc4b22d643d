#include <csignal>

#include <gtest/gtest.h>

#include "core/peer.h"
#include "starrocks/identity_json.h"
#include "worker_lab.h"

/// `/readyz` of an FE as a kubelet asks it: S55. Each test breaks one thing from outside.
namespace podlab {
namespace {

constexpr const char* kVerbose = "/readyz?verbose";

class S55_ReadyFe : public testing::Test {
 protected:
  void start(int count) {
    ASSERT_TRUE(net_.start_frontends(count));
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(wait_probe(net_.fe(i), "/readyz", 200, "ok\n")) << told(i);
  }

  [[nodiscard]] std::string told(int ordinal) {
    return net_.fe(ordinal).agent(kVerbose) + net_.fe(ordinal).console();
  }

  void expect_failed(int ordinal, const std::string& check, const std::string& word) {
    Pod& fe = net_.fe(ordinal);
    ASSERT_TRUE(wait_probe(fe, "/readyz", 503, check + ": " + word + "\n")) << told(ordinal);
    EXPECT_TRUE(wait_probe(fe, kVerbose, 503, "[-]" + check + " failed: " + word)) << told(ordinal);
    EXPECT_EQ(probe(fe, "/livez"), 200);
  }

  /// Ordinal of the FE that leads, by the list.
  [[nodiscard]] int leader() {
    const auto list = net_.frontends();
    const auto host = srsim::cell(list.row("Role", "LEADER"), "IP");
    for (int i = 0; i < 3; ++i)
      if (net_.fe(i).fqdn() == host) return i;
    return -1;
  }

  PodNet net_{};
};

TEST_F(S55_ReadyFe, IsReadyOnceItIsSealedAndEveryCheckIsTold) {
  Pod& fe = net_.fe(0);
  fe.start();
  ASSERT_TRUE(wait_probe(fe, "/readyz", 503, "phase: waiting_for_peers\n")) << told(0);
  EXPECT_TRUE(wait_probe(fe, kVerbose, 503, net_.fe(2).ip())) << "who is missing";
  for (int i = 1; i < 3; ++i)
    net_.fe(i).start();
  ASSERT_TRUE(wait_probe(fe, "/readyz", 200, "ok\n")) << told(0);
  const auto body = fe.agent(kVerbose);
  for (const auto* check : {"snapshot",
                            "phase",
                            "server",
                            "health",
                            "bootstrap",
                            "row",
                            "alive",
                            "role",
                            "address",
                            "cluster",
                            "leader"})
    EXPECT_NE(body.find(std::string("[+]") + check + " ok"), std::string::npos) << body;
}

TEST_F(S55_ReadyFe, AnOpenPortThatDoesNotGreetProvesNothing) {
  start(3);
  control(net_.fe(1), "/refuse?port=greeting");
  expect_failed(1, "health", "unhealthy");
  EXPECT_EQ(probe(net_.fe(1), "/readyz?exclude=health"), 200) << told(1);
}

TEST_F(S55_ReadyFe, ARefusedLoginIsNotReady) {
  start(3);
  control(net_.fe(1), "/fault?where=sql&match=connect&kind=error&code=1045&text=Access+denied");
  ASSERT_TRUE(wait_probe(net_.fe(1), "/readyz", 503, "health: ")) << told(1);
  control(net_.fe(1), "/clear");
  EXPECT_TRUE(wait_probe(net_.fe(1), "/readyz", 200, "ok\n")) << told(1);
}

// The login waits for the watch, which tries seldom; nothing else may go stale for it.
TEST_F(S55_ReadyFe, ARefusedLoginLetsBootstrapBeAskedOn) {
  start(3);
  control(net_.fe(1), "/fault?where=sql&match=connect&kind=error&code=1045&text=Access+denied");
  ASSERT_TRUE(wait_probe(net_.fe(1), "/readyz", 503, "health: auth_failed\n")) << told(1);
  const auto gone_stale = [&] {
    return net_.fe(1).agent(kVerbose).find("[-]bootstrap") != std::string::npos;
  };
  EXPECT_FALSE(wait_until(gone_stale, milliseconds(6000))) << "30 s: twice health_age_s" << told(1);
}

TEST_F(S55_ReadyFe, BootstrapThatSaysNotReadyIsReplaying) {
  start(3);
  control(net_.fe(1),
          "/fault?where=http&match=/api/bootstrap&kind=wrong_answer&text="
          "%7B%22status%22%3A%22FAILED%22%2C%22msg%22%3A%22not+ready%22%7D");
  expect_failed(1, "bootstrap", "replaying");
}

TEST_F(S55_ReadyFe, LeaderlessIsNotReady) {
  start(3);
  const int lead = leader();
  ASSERT_GE(lead, 0);
  const int left = lead == 0 ? 1 : 0;
  net_.fe(3 - lead - left)
      .kill_container();  // before the leader: the one that is left must not follow it
  net_.fe(lead).kill_container();
  expect_failed(left, "leader", "no_leader");
}

TEST_F(S55_ReadyFe, ADroppedFollowerIsNotReady) {
  start(3);
  const int lead = leader();
  ASSERT_GE(lead, 0);
  const int other = lead == 2 ? 1 : 2;
  const auto done =
      net_.fe(lead).sql("ALTER SYSTEM DROP FOLLOWER '" + net_.fe(other).fqdn() + ":9010'");
  ASSERT_TRUE(done.ok) << done.error;
  expect_failed(other, "row", "dropped");
}

TEST_F(S55_ReadyFe, ANameThatGivesAnotherAddressIsAConflict) {
  start(3);
  net_.dns().set(net_.fe(2).fqdn(), {net_.ip_of("fe", 20)});
  expect_failed(2, "address", "identity_conflict");
}

TEST_F(S55_ReadyFe, TwoThatSayTheyLeadAreNotReadyUntilOneIsGone) {
  start(3);
  const int lead = leader();
  ASSERT_GE(lead, 0);
  const int other = lead == 2 ? 1 : 2;
  control(net_.fe(other),
          "/fault?where=http&match=/metrics&kind=wrong_answer&text="
          "node_info%7Btype%3D%22is_master%22%7D+1%0A");
  for (const int both : {lead, other})
    expect_failed(both, "leader", "two_leaders");
  EXPECT_EQ(probe(net_.fe(3 - lead - other), "/readyz"), 200) << "the third is right";
  control(net_.fe(other), "/clear");
  for (const int both : {lead, other})
    EXPECT_TRUE(wait_probe(net_.fe(both), "/readyz", 200, "ok\n")) << told(both);
}

/// An agent on another FE's address that sees `leader` lead.
class OtherAgent {
 public:
  OtherAgent(const std::string& ip, const sragent::Identity& identity)
      : answer_(sragent::to_json(identity)) {
    started_ =
        static_cast<bool>(server_.start({ip, 8099}, [answer = answer_](const srsim::HttpRequest&) {
          return srsim::HttpAnswer{200, "application/json", {}, answer};
        }));
  }
  [[nodiscard]] bool started() const { return started_; }

 private:
  std::string answer_;
  srsim::HttpServer server_{};
  bool started_ = false;
};

/// What the agent of a sealed member at `fe` would say.
sragent::Identity sealed_member(PodNet& net, const Pod& fe, const std::string& cluster_id) {
  sragent::Identity out;
  out.host = fe.fqdn();
  out.address = fe.ip();
  out.headless = net.headless("fe");
  out.session = "0123456789abcdef";
  out.meta = sragent::MetaKind::kSealed;
  out.cluster_id = cluster_id;
  return out;
}

TEST_F(S55_ReadyFe, OnlyWhoAnswersForItsOwnAddressIsSeenAsAnotherCluster) {
  auto reused = sealed_member(net_, net_.fe(1), "77");
  reused.address = "10.9.8.7";
  const OtherAgent former{net_.fe(1).ip(), reused};
  const OtherAgent stranger{net_.fe(2).ip(), sealed_member(net_, net_.fe(2), "88")};
  ASSERT_TRUE(former.started() && stranger.started());
  net_.serve_names("fe", 1);
  net_.fe(0).set_env("SR_AGENT_FE__COUNT", "1");
  net_.fe(0).start();
  ASSERT_TRUE(wait_probe(net_.fe(0), "/readyz", 200, "ok\n")) << told(0);
  net_.serve_names("fe", 3);
  ASSERT_TRUE(net_.fe(0).wait_reason("two_clusters")) << net_.fe(0).console();
  EXPECT_NE(net_.fe(0).status("detail").find(net_.fe(2).fqdn() + " of cluster 88"),
            std::string::npos);
  EXPECT_EQ(net_.fe(0).status("detail").find("77"), std::string::npos)
      << net_.fe(0).status("detail");
}

TEST_F(S55_ReadyFe, AnotherLeaderByTheWordOfTheOtherAgentsIsNotReady) {
  start(3);
  // The agents alone end, their servers go on; others take their place and see another leader.
  std::vector<std::unique_ptr<OtherAgent>> agents;
  const int lead = leader();
  for (int i = 1; i < 3; ++i) {
    Pod& fe = net_.fe(i);
    auto identity = sealed_member(net_, fe, fe.status("cluster_id"));
    identity.leader_seen = net_.fe(lead == 1 ? 2 : 1).fqdn();
    fe.signal(SIGKILL);
    ASSERT_TRUE(fe.wait_exit());
    ASSERT_TRUE(wait_until([&] {
      agents.push_back(std::make_unique<OtherAgent>(fe.ip(), identity));
      return agents.back()->started();
    }));
  }
  expect_failed(0, "leader", "no_leader");
  EXPECT_NE(net_.fe(0).agent(kVerbose).find("this FE sees"), std::string::npos);
}

}  // namespace
}  // namespace podlab
