#include <csignal>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// `drain` of a server that no agent started: S46, S51 by the stock scripts alone.
namespace podlab {
namespace {

/// FEs with agents, and nodes that their stock start scripts started.
class S46_WithoutAgent : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(net_.start_frontends(3)); }
  static void start_by_script(Pod& pod) {
    pod.start_command({pod.home() + "/bin/start_" + pod.spec().kind + ".sh"});
  }
  static std::pair<int, std::string> drain(Pod& pod, std::vector<std::string> more = {}) {
    more.insert(more.begin(),
                {"drain", "--node-role", pod.spec().kind, "--node-service", pod.spec().service});
    return pod.verb(more);
  }
  /// The agent that the drain started lives for a minute longer.
  static bool end_agent(Pod& pod) {
    static_cast<void>(pod.verb({"prestop"}));
    return wait_until([&] { return pod.verb({"status"}).first == 3; });
  }
  [[nodiscard]] int statements(const std::string& begin) {
    int out = 0;
    for (int i = 0; i < 3; ++i)
      out += count_in_audit(net_.fe(i), begin);
    return out;
  }

  PodNet net_{};
  Pod& be_{net_.be(0)};
};

TEST_F(S46_WithoutAgent, ABeIsMarkedDrainedAndStoppedByAnAgentOfTheDrainsOwn) {
  start_by_script(be_);
  ASSERT_TRUE(wait_healthy(be_));
  add_node(net_, "BACKEND", be_.fqdn() + ":9050");
  ASSERT_TRUE(net_.wait_worker("be", 0));
  const auto id = row_cell(net_, kBackends, be_.fqdn(), "BackendId");
  const auto [plan, text] = drain(be_, {"--dry-run"});
  EXPECT_EQ(plan, 0) << text;
  EXPECT_NE(text.find("one is started for this drain"), std::string::npos) << text;
  EXPECT_NE(text.find("blacklisted at each FE"), std::string::npos) << text;
  EXPECT_GT(be_.server_pid(), 0);
  const auto [code, said] = drain(be_, {"--reason", "disk is replaced"});
  EXPECT_EQ(code, 0) << said;
  EXPECT_EQ(be_.server_pid(), 0);
  EXPECT_NE(be_.file("log/be.INFO").find("BE exited successfully"), std::string::npos);
  EXPECT_EQ(statements("ADD BACKEND BLACKLIST"), 3) << "kept away before it was told to stop";
  EXPECT_EQ(statements("DELETE BACKEND BLACKLIST"), 3);
  EXPECT_EQ(row_cell(net_, kBackends, be_.fqdn(), "BackendId"), id);
  EXPECT_EQ(statements("ALTER SYSTEM ADD BACKEND"), 1) << "the test's own";
  EXPECT_TRUE(end_agent(be_));
  ASSERT_TRUE(be_.wait_exit()) << "the start script";
  start_by_script(be_);
  ASSERT_TRUE(wait_healthy(be_));
  EXPECT_EQ(drain(be_, {"--dry-run"}).first, 0);
  EXPECT_GT(be_.server_pid(), 0) << "the last drain is over";
  EXPECT_TRUE(wait_healthy(be_));
  EXPECT_TRUE(end_agent(be_));
}

TEST_F(S46_WithoutAgent, ANodeThatIsNotListedIsNotAddedForItsDrain) {
  start_by_script(be_);
  ASSERT_TRUE(wait_healthy(be_));
  const auto [code, text] = drain(be_);
  EXPECT_TRUE(code == 0 || code == 10) << text;
  EXPECT_EQ(be_.server_pid(), 0);
  EXPECT_TRUE(net_.fe(0).sql(kBackends).rows.empty());
  EXPECT_EQ(statements("ALTER SYSTEM ADD BACKEND"), 0);
  EXPECT_TRUE(end_agent(be_));
}

TEST_F(S46_WithoutAgent, WhatCannotBeDrainedSoIsTold) {
  const auto [unknown, why] = be_.verb({"drain"});
  EXPECT_EQ(unknown, 3) << why;
  EXPECT_NE(why.find("--node-role"), std::string::npos) << why;
  const auto [nothing, text] = drain(be_);
  EXPECT_EQ(nothing, 1) << text;
  EXPECT_NE(text.find("no server runs here"), std::string::npos) << text;
  EXPECT_TRUE(end_agent(be_));
}

}  // namespace
}  // namespace podlab
