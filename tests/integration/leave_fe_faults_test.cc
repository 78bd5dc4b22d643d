#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "core/leaving.h"
#include "fe_lab.h"
#include "leave_fault.h"
#include "leave_lab.h"
#include "stepping.h"
#include "worker_lab.h"

/// An FE that leaves for good, and whatever happens while its DROP is under way: the phases in
/// which its row goes. A follower's goes in `move`, while its server runs; that of the leader in
/// `drop`, after its server was stopped.
namespace podlab {
namespace {

using sragent::LeavePhase;

struct Case {
  LeavePhase phase{};
  Fault fault{};
};

std::string name_of(const Case& one) {
  return "fe_" + std::string{to_string(one.phase)} + "_" + word(one.fault);
}

void PrintTo(const Case& one, std::ostream* out) {
  *out << name_of(one);
}

std::vector<Case> all_cases() {
  std::vector<Case> out;
  for (const auto phase : {LeavePhase::kMove, LeavePhase::kDrop})
    for (int fault = 0; fault < kFaultCount; ++fault)
      out.push_back({phase, Fault{fault}});
  return out;
}

/// Three FEs whose agents log in as a user with a password; FE 0 leads.
class FePhaseByFault : public testing::TestWithParam<Case> {
 protected:
  [[nodiscard]] Fault fault() const { return GetParam().fault; }
  [[nodiscard]] int ordinal() const { return GetParam().phase == LeavePhase::kDrop ? 0 : 2; }
  [[nodiscard]] Pod& leaver() { return net_.fe(ordinal()); }
  /// One that stays.
  [[nodiscard]] Pod& other() { return net_.fe(1); }
  [[nodiscard]] bool up();
  [[nodiscard]] bool hold();
  [[nodiscard]] bool strike();
  void lose(int fe);
  void start_the_ended();
  void clear();
  void write_password(int fe) { write_text(root_of(net_.fe(fe)) + "/password", password_ + "\n"); }

  std::string password_{"before"};
  PodNet net_{};
  std::unique_ptr<Stepping> steps_{};
};

bool FePhaseByFault::up() {
  steps_ = std::make_unique<Stepping>(leaver());
  for (int i = 0; i < 3; ++i) {
    write_password(i);
    net_.fe(i).set_env("SR_AGENT_USER", "agent");
    net_.fe(i).set_env("SR_AGENT_SQL__PASSWORD_FILE", root_of(net_.fe(i)) + "/password");
    net_.fe(i).start();
  }
  return wait_until(
             [this] {
               return net_.fe(0)
                   .sql("CREATE USER 'agent' IDENTIFIED BY 'before' DEFAULT ROLE cluster_admin")
                   .ok;
             },
             milliseconds(60000)) &&
         all_sealed(net_) && net_.wait_frontends(3, 0) && leader_of(net_, 1) == 0;
}

/// The DROP is kept back at whoever leads; the agent is stopped while it waits for the answer.
bool FePhaseByFault::hold() {
  for (int i = 0; i < 3; ++i)
    control(net_.fe(i), "/fault?where=sql&match=drop_follower&kind=delay&ms=120000");
  if (leaver().verb({"drain", "--for-good", "--wait", "1s"}).first != 20) return false;
  const std::string phase{to_string(GetParam().phase)};
  const bool held = wait_until(
      [&] {
        const auto status = status_of(leaver());
        if (status.empty() || status["leaving"]["phase"] != phase) return false;
        int drops = 0;
        for (int i = 0; i < 3; ++i)
          drops += count_in_audit(net_.fe(i), "ALTER SYSTEM DROP");
        return drops > 0;
      },
      milliseconds(60000));
  leaver().signal(SIGSTOP);
  return held && std::filesystem::exists(leaver().state() + "/left");
}

void FePhaseByFault::lose(int fe) {
  if (fe != ordinal()) net_.fe(fe).kill_container();
}

bool FePhaseByFault::strike() {
  switch (fault()) {
    case Fault::kAgentKilled:
      leaver().kill_container();
      return true;
    case Fault::kServerKilled:
      leaver().kill_server();
      return true;
    case Fault::kLeaderLost: {
      const int leader = leader_of(net_, 1);
      if (leader >= 0) lose(leader);
      return leader >= 0 && leader != ordinal();
    }
    case Fault::kAllFesLost:
      leaver().kill_server();
      for (int i = 0; i < 3; ++i)
        lose(i);
      return true;
    case Fault::kPasswordChanged:
      password_ = "after";
      for (int i = 0; i < 3; ++i)
        if (i != ordinal()) write_password(i);
      return other().sql("SET PASSWORD FOR 'agent' = PASSWORD('after')").ok;
    case Fault::kClockOn:
    case Fault::kClockBack:
      (*steps_)->wall_s = clock_step_s(fault());
      return true;
  }
  return false;
}

/// As the kubelet does.
void FePhaseByFault::start_the_ended() {
  for (int i = 0; i < 3; ++i)
    if (!net_.fe(i).running()) net_.fe(i).start();
}

void FePhaseByFault::clear() {
  for (int i = 0; i < 3; ++i)
    control(net_.fe(i), "/clear");
}

TEST_P(FePhaseByFault, EndsWithItsRowGoneAndAGroupThatServes) {
  ASSERT_TRUE(up()) << net_.fe(0).console();
  const auto ids = net_.cluster_ids_on_disk();
  ASSERT_TRUE(hold()) << leaver().console();
  ASSERT_TRUE(strike());
  leaver().signal(SIGCONT);
  clear();
  if (fault() == Fault::kPasswordChanged) {
    EXPECT_TRUE(wait_until([&] {
      return said(leaver(), "Access denied for user") || leaver().status("reason") == "dropped";
    }));
  }
  write_password(ordinal());
  const bool ended = !leaver().running();
  EXPECT_EQ(ended, fault() == Fault::kAgentKilled);
  EXPECT_TRUE(wait_until(
      [&] {
        start_the_ended();
        return leaver().status("reason") == "dropped";
      },
      milliseconds(120000)));
  const auto [code, text] = leaver().verb({"drain", "--for-good"});
  EXPECT_EQ(code, 0) << text;
  start_the_ended();
  EXPECT_TRUE(net_.wait_frontends(2, 1));
  EXPECT_EQ(rows_of(other().sql("SHOW FRONTENDS"), leaver().fqdn()), 0U);
  EXPECT_EQ(leaver().server_pid(), 0);
  EXPECT_TRUE(wait_probe(leaver(), "/readyz", 503, "dropped"));
  EXPECT_TRUE(std::filesystem::exists(leaver().state() + "/left"));
  EXPECT_TRUE(has_metadata(leaver())) << "nothing on the volume is deleted";
  EXPECT_EQ(net_.cluster_ids_on_disk(), ids);
  EXPECT_TRUE(other().sql("SHOW BACKEND BLACKLIST").rows.empty());
  EXPECT_TRUE(wait_until([&] { return other().sql("CREATE DATABASE after_it").ok; }));
  if (HasFailure()) {
    ADD_FAILURE() << leaver().console();
  }
}

INSTANTIATE_TEST_SUITE_P(LeaveFaults,
                         FePhaseByFault,
                         testing::ValuesIn(all_cases()),
                         [](const auto& one) { return name_of(one.param); });

}  // namespace
}  // namespace podlab
