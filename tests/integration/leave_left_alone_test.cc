#include <csignal>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "sim_http.h"
#include "worker_lab.h"

/// An FE in its graceful exit is left alone by the other agents: a client that comes prolongs it.
/// S48.
namespace podlab {
namespace {

constexpr const char* kSaysItExits = "/fault?where=http&match=/api/health&kind=error&text=";

bool exits(const Pod& fe) {
  const auto reply =
      srsim::http_call(fe.ip(), {fe.ip(), 8030}, {.target = "/api/health"}, milliseconds(2000));
  return reply && reply->status == 500;
}

/// Three FEs that exit slowly, and a BE that looks often.
class S48_LeftAlone : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 3; ++i) {
      net_.fe(i).add_conf("min_graceful_exit_time_second = 90");
      net_.fe(i).add_conf("max_graceful_exit_time_second = 150");
      net_.fe(i).set_env("SR_AGENT_STOP__GRACE_S", "300");
    }
  }
  [[nodiscard]] bool start_be() {
    be_.set_env("SR_AGENT_MEMBERSHIP__CHECK_INTERVAL_S", "5");
    be_.start();
    return net_.wait_worker("be", 0) && wait_settled(be_);
  }
  /// Statements of the BE that arrived at FE `at`; -1: at all of them.
  [[nodiscard]] std::size_t asked(int at = -1) {
    std::size_t out = 0;
    for (int i = 0; i < 3; ++i)
      if (at < 0 || at == i) out += statements(net_.fe(i), be_).size();
    return out;
  }
  [[nodiscard]] bool looks_on_for(std::size_t looks) {
    const auto before = asked();
    return wait_until([&] { return asked() >= before + looks; });
  }
  /// The FE that the BE goes on asking.
  [[nodiscard]] int favourite() {
    const std::array before{asked(0), asked(1), asked(2)};
    if (!looks_on_for(2)) return -1;
    for (int i = 0; i < 3; ++i)
      if (asked(i) > before.at(static_cast<std::size_t>(i))) return i;
    return -1;
  }

  PodNet net_{};
  Pod& be_{net_.be(0)};
};

TEST_F(S48_LeftAlone, ByABeThatAskedItUntilThen) {
  ASSERT_TRUE(net_.start_frontends(3) && all_sealed(net_) && start_be());
  const int leaves = favourite();
  ASSERT_GE(leaves, 0);
  auto& fe = net_.fe(leaves);
  fe.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return exits(fe); })) << fe.console();
  ASSERT_TRUE(looks_on_for(1)) << "one may have been on its way";
  const auto before = asked(leaves);
  EXPECT_TRUE(looks_on_for(6)) << be_.console();
  EXPECT_TRUE(exits(fe)) << "all that was while it exits\n" << fe.console();
  EXPECT_EQ(asked(leaves), before);
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console();
  fe.signal(SIGTERM);  // it need not be waited for
}

TEST_F(S48_LeftAlone, ByABeThatStopsAndMarksItselfAtTheOthers) {
  ASSERT_TRUE(net_.start_frontends(3) && all_sealed(net_) && start_be());
  const int leaves = favourite();
  ASSERT_GE(leaves, 0);
  auto& fe = net_.fe(leaves);
  control(fe, kSaysItExits);
  ASSERT_TRUE(looks_on_for(2));
  const auto before = asked(leaves);
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  be_.signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return marks_of(net_, be_) == 2; })) << be_.console();
  EXPECT_TRUE(wait_until([&] {
    return be_.agent("/v1/status").find(fe.fqdn() + ": it is in its graceful exit") !=
           std::string::npos;
  })) << be_.agent("/v1/status");
  control(be_, "/set?running=0");
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  EXPECT_EQ(marks_of(net_, be_), 0) << be_.console();
  EXPECT_EQ(asked(leaves), before);
}

/// Two members, and a third that joins.
class S48_LeftAloneByAJoiner : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(start_two_members(net_)) << net_.fe(0).console();
    leader_ = leader_of(net_, 0, 2);
    ASSERT_GE(leader_, 0);
    net_.serve_name("fe", 2, true);
  }
  Pod& follower() { return net_.fe(1 - leader_); }
  Pod& joiner() { return net_.fe(2); }

  PodNet net_{{.fe_count = 2, .all_names = false}};
  int leader_ = -1;
};

TEST_F(S48_LeftAloneByAJoiner, WhichTheLeaderTakesIn) {
  control(follower(), kSaysItExits);
  joiner().start();
  EXPECT_TRUE(net_.wait_frontends(3, leader_)) << joiner().console();
  EXPECT_EQ(statements(follower(), joiner()).size(), 0U);
}

/// Nobody else can tell.
TEST_F(S48_LeftAloneByAJoiner, ButAskedWhereEachSaysSo) {
  control(net_.fe(0), kSaysItExits);
  control(net_.fe(1), kSaysItExits);
  joiner().start();
  EXPECT_TRUE(net_.wait_frontends(3, leader_)) << joiner().console();
}

TEST_F(S48_LeftAlone, ButAskedWhereEachSaysSo) {
  ASSERT_TRUE(net_.start_frontends(3) && all_sealed(net_));
  for (int i = 0; i < 3; ++i)
    control(net_.fe(i), kSaysItExits);
  EXPECT_TRUE(start_be()) << be_.console();
}

}  // namespace
}  // namespace podlab
