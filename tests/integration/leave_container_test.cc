#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "starrocks/state_file.h"
#include "worker_lab.h"

/// What one container leaves to the next of its pod, and not to the next pod. S50, S51.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr std::int64_t kTimeScale = 5;  // of a PodNet
constexpr std::int64_t kHoldsMs = std::int64_t{4} * 3'600'000;

/// One FE without an agent and a BE whose row is alive.
class NextContainer : public testing::Test {
 protected:
  void SetUp() override {
    be_.set_env("SR_AGENT_STOP__GRACE_S", "120");
    be_.set_env("SR_AGENT_STOP__RESERVE_S", "20");
    ASSERT_TRUE(found(fe_));
    ASSERT_TRUE(settle()) << be_.console();
  }
  [[nodiscard]] bool settle() {
    be_.start();
    return wait_settled(be_);
  }
  /// Seconds that each stop was given at its first sign, by the log.
  [[nodiscard]] std::vector<int> budgets() const {
    const std::string key = "budget_s=";
    std::vector<int> out;
    std::istringstream lines{be_.console()};
    for (std::string line; std::getline(lines, line);) {
      const auto at = line.find(key);
      if (line.find(" leaving trigger=TERM ") != std::string::npos && at != std::string::npos)
        out.push_back(std::stoi(line.substr(at + key.size())));
    }
    return out;
  }
  [[nodiscard]] std::string leave_note() const {
    return root_of(be_) + "/run/" + be_.fqdn() + ".leave";
  }
  /// As if the drain in force had begun `ago_ms` of the agent's time ago.
  void put_drain_back(std::int64_t ago_ms) const {
    auto note = sragent::parse_leave(read_text(leave_note()));
    ASSERT_TRUE(note && note->drain_began_ms) << read_text(leave_note());
    const auto now =
        std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch());
    note->drain_began_ms = now.count() * kTimeScale - ago_ms;
    write_text(leave_note(), sragent::to_text(*note));
  }

  PodNet net_{};
  srsim::SimNode fe_{bare_fe(net_, 0)};
  Pod& be_{net_.be(0)};
};

using S50_Budget = NextContainer;
using S51_Drained = NextContainer;

TEST_F(S50_Budget, AfterTheAgentsDeathInAStopTheNextContainersStopGetsOnlyWhatIsLeft) {
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  be_.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return in_phase(be_, "work"); })) << be_.console();
  const auto seen = steady_clock::now();
  be_.kill_container();
  ASSERT_TRUE(settle()) << be_.console();
  const std::chrono::duration<double> passed = steady_clock::now() - seen;
  be_.signal(SIGTERM);
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  const auto told = budgets();
  ASSERT_EQ(told.size(), 2U) << be_.console();
  EXPECT_EQ(told[0], 100);
  EXPECT_LE(told[1], 100 - passed.count());
  EXPECT_GT(told[1], 0);
  // A stop that came to its end is no part of the next one.
  ASSERT_TRUE(settle()) << be_.console();
  be_.signal(SIGTERM);
  EXPECT_EQ(be_.wait_exit(), 143) << be_.console();
  EXPECT_EQ(budgets().back(), 100);
}

TEST_F(S51_Drained, ADrainForARestartHoldsItsPodForFourHoursAndThenItServesAgain) {
  ASSERT_EQ(be_.verb({"drain"}).first, 0) << be_.console();
  be_.kill_container();
  put_drain_back(kHoldsMs - 3'600'000);
  be_.start();
  ASSERT_TRUE(wait_probe(be_, "/readyz", 503, "draining")) << be_.console();
  EXPECT_TRUE(be_.wait_reason("draining")) << be_.console();
  EXPECT_EQ(status_of(be_)["server"]["starts"], 0) << be_.console();
  be_.kill_container();
  put_drain_back(kHoldsMs - 60'000);
  be_.start();
  EXPECT_TRUE(wait_settled(be_)) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console();
  EXPECT_EQ(srsim::count_of(be_.console(), "drain_in_force"), 2U) << be_.console();
  EXPECT_EQ(srsim::count_of(be_.console(), "leaving_over"), 1U) << be_.console();
  EXPECT_FALSE(fs::exists(leave_note()));
}

TEST_F(S51_Drained, ANewPodOfTheSameNameIgnoresItWhateverIsOnTheVolume) {
  ASSERT_EQ(be_.verb({"drain"}).first, 0) << be_.console();
  ASSERT_TRUE(fs::exists(leave_note()));
  be_.kill_container();
  fs::remove_all(root_of(be_) + "/run");
  ASSERT_TRUE(settle()) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "")) << be_.console();
  EXPECT_EQ(status_of(be_)["leaving"], nullptr);
  EXPECT_FALSE(said(be_, "drain_in_force")) << be_.console();
}

}  // namespace
}  // namespace podlab
