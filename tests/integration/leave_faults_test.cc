#include <csignal>
#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "held_leaving.h"
#include "leave_fault.h"
#include "leave_lab.h"
#include "sim_http.h"

/// Whatever happens in whatever phase of a leaving: the rows, the marks and the exit codes at its
/// end are those of the table below. The cases are made of the core's own list of phases.
namespace podlab {
namespace {

using sragent::LeavePhase;
using enum sragent::LeavePhase;

constexpr int kRuns = -1;
constexpr int kUntold = -1;
constexpr int kBySigkill = 1000 + SIGKILL;

/// How it ends.
struct End {
  int container = 0;  ///< Exit status of the container that met the fault; kRuns: it goes on.
  int code = 0;       ///< What the leaving ends with: the agent's own word, or the verb's.
};

/// In the order of Fault. 10: marks were left, which the next container takes back, or the server
/// had to be killed. In `drop` and `unmark` the server is down before it is killed; in `look` no FE
/// is marked yet, so none can be left.
struct Row {
  LeavePhase phase{};
  std::array<End, kFaultCount> ends{};
};
constexpr End kKilled{kBySigkill, kUntold};
const std::array<Row, 8> kTable{{
    //        agent         server      leader      all FEs     password    clock on    clock back
    {kLook, {{kKilled, {137, 0}, {143, 0}, {143, 0}, {143, 0}, {143, 0}, {143, 0}}}},
    {kMove,
     {{{kBySigkill, 0}, {137, 0}, {kRuns, 0}, {kRuns, 0}, {kRuns, 0}, {kRuns, 0}, {kRuns, 0}}}},
    {kMark, {{kKilled, {137, 0}, {143, 10}, {143, 10}, {143, 10}, {143, 0}, {143, 0}}}},
    {kWork, {{kKilled, {137, 10}, {143, 10}, {143, 10}, {143, 10}, {143, 0}, {143, 0}}}},
    {kSignal, {{kKilled, {137, 0}, {143, 10}, {143, 10}, {143, 10}, {143, 0}, {143, 0}}}},
    {kKill, {{kKilled, {137, 10}, {137, 10}, {137, 10}, {137, 10}, {137, 10}, {137, 10}}}},
    {kDrop,
     {{{kBySigkill, 0}, {kRuns, 0}, {kRuns, 0}, {kRuns, 0}, {kRuns, 0}, {kRuns, 0}, {kRuns, 0}}}},
    {kUnmark, {{kKilled, {143, 0}, {143, 10}, {143, 10}, {143, 0}, {143, 0}, {143, 0}}}},
}};

const Row* find_row(LeavePhase phase) {
  for (const auto& row : kTable)
    if (row.phase == phase) return &row;
  return nullptr;
}

struct Case {
  LeavePhase phase{};
  Fault fault{};
};

std::vector<Case> all_cases() {
  std::vector<Case> out;
  for (int phase = 0; phase < sragent::kLeavePhaseCount; ++phase) {
    for (int fault = 0; fault < kFaultCount; ++fault)
      if (LeavePhase{static_cast<std::uint8_t>(phase)} != kEnded)
        out.push_back({LeavePhase{static_cast<std::uint8_t>(phase)}, Fault{fault}});
  }
  return out;
}

std::string name_of(const Case& one) {
  return std::string{to_string(one.phase)} + "_" + word(one.fault);
}

void PrintTo(const Case& one, std::ostream* out) {
  *out << name_of(one);
}

/// Lost FEs are back after a stop, and so is the password in the file; a leaving for good waits for
/// all FEs and for the password, and goes on without the FE that led.
class PhaseByFault : public testing::TestWithParam<Case> {
 protected:
  [[nodiscard]] Pod& leaver() { return world_->leaver(); }
  [[nodiscard]] Fault fault() const { return GetParam().fault; }
  [[nodiscard]] bool lost(int fe) const { return loses_fe(fault(), fe); }
  void expect_stopped(const End& end);
  void expect_left(const End& end);
  void expect_admins_marks(const std::string& id);
  void restart_lost_fes(const std::string& id);

  std::unique_ptr<LeaveWorld> world_{};
  std::unique_ptr<HeldLeaving> held_{};
};

/// An FE that was restarted has lost its list, and gets an admin's mark anew: nobody may take it
/// for the one that stood there.
void PhaseByFault::restart_lost_fes(const std::string& id) {
  ASSERT_TRUE(world_->start_lost_fes());
  for (int i = 0; i < 3; ++i)
    if (lost(i)) {
      ASSERT_TRUE(world_->fe(i).sql("ADD BACKEND BLACKLIST " + id).ok);
    }
}

void PhaseByFault::expect_admins_marks(const std::string& id) {
  const auto admins = [&](int fe) { return fe == 1 || lost(fe); };
  EXPECT_TRUE(wait_until([&] {
    for (int i = 0; i < 3; ++i)
      if (marked(world_->net().fe(i), id) != admins(i)) return false;
    return true;
  })) << marked(world_->net().fe(0), id)
      << marked(world_->net().fe(1), id) << marked(world_->net().fe(2), id);
}

/// The code that the agent itself gave this leaving, by its log.
int told_code(const Pod& pod) {
  const auto text = pod.console();
  const std::string begin = "leaving_ended code=";
  const auto at = text.find(begin);
  return at == std::string::npos ? kUntold : std::stoi(text.substr(at + begin.size()));
}

/// A stop is a restart: the next container finds the row as it was, and no mark but the admin's.
void PhaseByFault::expect_stopped(const End& end) {
  const auto record = leaver().home() + "/storage/.sr-agent/marks";
  held_->release();
  EXPECT_EQ(leaver().wait_exit(), end.container);
  EXPECT_EQ(told_code(leaver()), end.code);
  EXPECT_EQ(leaver().server_pid(), 0);
  if (end.code == 0) {
    EXPECT_FALSE(std::filesystem::exists(record));
  }
  restart_lost_fes(world_->id());
  world_->put_password_in_file();
  leaver().set_env("SR_AGENT_SIMULATION__TIME_SCALE", "5");
  ASSERT_TRUE(world_->settle());
  EXPECT_EQ(world_->row(), world_->id() + " true false");
  expect_admins_marks(world_->id());
  EXPECT_TRUE(wait_until([&] { return !std::filesystem::exists(record); }));
  EXPECT_TRUE(wait_probe(leaver(), "/readyz", 200, ""));
  EXPECT_EQ(world_->sent("ALTER SYSTEM D"), 0) << "neither DECOMMISSION nor DROP";
}

/// The row goes, and nothing else with it.
void PhaseByFault::expect_left(const End& end) {
  const auto noticed = [&](const char* what) {
    return wait_until([&] { return said(leaver(), what); });
  };
  if (fault() == Fault::kAllFesLost) {
    EXPECT_TRUE(noticed("row_not_settled"));
    restart_lost_fes(world_->id_of_other());
  }
  held_->release();
  if (fault() == Fault::kPasswordChanged) {
    EXPECT_TRUE(noticed("Access denied for user"));
  }
  world_->put_password_in_file();
  if (end.container != kRuns) {
    EXPECT_EQ(leaver().wait_exit(), end.container);
    leaver().start();
  }
  EXPECT_TRUE(leaver().wait_reason("dropped"));
  EXPECT_TRUE(leaver().running());
  const auto [code, text] = leaver().verb({"drain", "--for-good"});
  EXPECT_EQ(code, end.code) << text;
  if (fault() == Fault::kLeaderLost) restart_lost_fes(world_->id_of_other());
  EXPECT_EQ(world_->row(), "");
  EXPECT_EQ(leaver().server_pid(), 0);
  EXPECT_TRUE(wait_probe(leaver(), "/readyz", 503, "dropped"));
  EXPECT_EQ(row_cell(world_->net(), kBackends, world_->net().be(0).fqdn(), "BackendId"),
            world_->id_of_other());
  expect_admins_marks(world_->id_of_other());
  EXPECT_EQ(world_->sent("ALTER SYSTEM DROP BACKEND"), 0);
}

TEST_P(PhaseByFault, EndsAsTheTableSays) {
  const auto* hold = find_hold(GetParam().phase);
  const auto* row = find_row(GetParam().phase);
  ASSERT_TRUE(hold != nullptr && row != nullptr)
      << "nobody has said how " << to_string(GetParam().phase) << " is held, or how it ends";
  world_ = std::make_unique<LeaveWorld>(hold->kind);
  held_ = std::make_unique<HeldLeaving>(*world_, *hold);
  ASSERT_TRUE(world_->up()) << leaver().console();
  const auto& admins = hold->for_good ? world_->id_of_other() : world_->id();
  ASSERT_TRUE(world_->fe(1).sql("ADD BACKEND BLACKLIST " + admins).ok);
  ASSERT_TRUE(held_->reach()) << leaver().console();
  ASSERT_TRUE(world_->strike(fault()));
  held_->thaw();
  const auto& end = row->ends.at(static_cast<std::size_t>(fault()));
  hold->for_good ? expect_left(end) : expect_stopped(end);
  if (HasFailure()) ADD_FAILURE() << leaver().console();
}

INSTANTIATE_TEST_SUITE_P(LeaveFaults,
                         PhaseByFault,
                         testing::ValuesIn(all_cases()),
                         [](const auto& one) { return name_of(one.param); });

/// Else the cases of the clock would be those without a fault.
TEST(LeaveFaults, AStepOfTheClockReachesTheAgentAndItsTimeGoesOn) {
  LeaveWorld world{"be"};
  ASSERT_TRUE(world.up()) << world.leaver().console();
  const auto hour = [&] {
    const auto& ip = world.leaver().ip();
    const auto reply = srsim::http_call(ip, {ip, 8099}, {.target = "/livez"}, milliseconds(5000));
    return reply ? srsim::get(reply->headers, "date") : std::string{};
  };
  const auto before = hour();
  world.steps().wall_s = -3'600 * 24 * 365;
  const auto after = hour();
  EXPECT_NE(before, "");
  EXPECT_NE(after, "");
  EXPECT_NE(before.substr(0, 16), after.substr(0, 16)) << "another year";
}

}  // namespace
}  // namespace podlab
