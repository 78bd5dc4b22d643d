#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/leaving.h"
#include "fe_lab.h"
#include "leave_fault.h"
#include "leave_lab.h"
#include "stepping.h"
#include "worker_lab.h"

/// Whatever happens in whatever phase of an FE's leaving. The cases are made of the core's own list
/// of phases.
namespace podlab {
namespace {

using sragent::LeavePhase;
using enum sragent::LeavePhase;

/// The sort of leaving that has the most to lose in a phase.
enum class Sort {
  kForGood,    ///< The row goes: a follower's in `move`, while its server runs; that of the leader
               ///< in `drop`, after its server was stopped.
  kStop,       ///< SIGTERM: a restart.
  kTakenBack,  ///< `drain --cancel`, after the mark `left` was written.
  kPassesBy,   ///< An FE has nothing to do in it.
};
struct PhaseOfFe {
  LeavePhase phase{};
  Sort sort{};
};
/// In the log: what an FE passes by.
constexpr const char* kRestsInMark = "to=mark";
constexpr std::array kPhases{PhaseOfFe{kLook, Sort::kStop},
                             PhaseOfFe{kMove, Sort::kForGood},
                             PhaseOfFe{kMark, Sort::kPassesBy},
                             PhaseOfFe{kWork, Sort::kStop},
                             PhaseOfFe{kSignal, Sort::kStop},
                             PhaseOfFe{kKill, Sort::kStop},
                             PhaseOfFe{kDrop, Sort::kForGood},
                             PhaseOfFe{kUnmark, Sort::kTakenBack}};

/// Null: nobody has said what an FE does in it.
const PhaseOfFe* find_phase(LeavePhase phase) {
  const auto* const it = std::find_if(
      kPhases.begin(), kPhases.end(), [&](const PhaseOfFe& one) { return one.phase == phase; });
  return it == kPhases.end() ? nullptr : it;
}

std::vector<LeavePhase> all_phases() {
  std::vector<LeavePhase> out;
  for (int i = 0; i < sragent::kLeavePhaseCount; ++i)
    if (const auto phase = LeavePhase{static_cast<std::uint8_t>(i)}; phase != kEnded)
      out.push_back(phase);
  return out;
}

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

std::vector<Case> cases(Sort sort) {
  std::vector<Case> out;
  for (const auto phase : all_phases()) {
    const auto* of = find_phase(phase);
    for (int fault = 0; fault < kFaultCount && of != nullptr && of->sort == sort; ++fault)
      out.push_back({phase, Fault{fault}});
  }
  return out;
}

/// A stop waits for running statements where its exit will not be graceful.
NetOptions net_for(LeavePhase phase) {
  NetOptions out;
  if (phase == kWork) out.version = "3.3.15";
  return out;
}

/// Three FEs whose agents log in as a user with a password; FE 0 leads.
class FeLeaves : public testing::TestWithParam<Case> {
 protected:
  [[nodiscard]] Fault fault() const { return GetParam().fault; }
  [[nodiscard]] int ordinal() const { return GetParam().phase == kDrop ? 0 : 2; }
  [[nodiscard]] Pod& leaver() { return net_.fe(ordinal()); }
  /// One that stays.
  [[nodiscard]] Pod& other() { return net_.fe(1); }
  [[nodiscard]] bool up();
  /// The agent is stopped in the phase of the case, if it is there within a minute.
  [[nodiscard]] bool stopped_in_phase(const std::function<bool()>& held);
  [[nodiscard]] int drops();
  [[nodiscard]] bool strike();
  void lose(int fe);
  void start_the_ended();
  /// So many rows at the FE that stays, all alive.
  [[nodiscard]] bool all_listed(int rows);
  [[nodiscard]] bool restart_slowly();
  void clear();
  void write_password(int fe) { write_text(root_of(net_.fe(fe)) + "/password", password_ + "\n"); }

  std::string password_{"before"};
  PodNet net_{net_for(GetParam().phase)};
  std::unique_ptr<Stepping> steps_{};
};

bool FeLeaves::up() {
  steps_ = std::make_unique<Stepping>(leaver());
  for (int i = 0; i < 3; ++i) {
    write_password(i);
    net_.fe(i).set_env("SR_AGENT_USER", "agent");
    net_.fe(i).set_env("SR_AGENT_SQL__PASSWORD_FILE", root_of(net_.fe(i)) + "/password");
    net_.fe(i).start();
  }
  const bool counts = GetParam().phase == kWork;  // statements of others, not its own alone
  return wait_until(
             [this] {
               return net_.fe(0)
                   .sql("CREATE USER 'agent' IDENTIFIED BY 'before' DEFAULT ROLE cluster_admin")
                   .ok;
             },
             milliseconds(60000)) &&
         (!counts || net_.fe(0).sql("GRANT OPERATE ON SYSTEM TO USER 'agent'").ok) &&
         all_sealed(net_) && net_.wait_frontends(3, 0) && leader_of(net_, 1) == 0;
}

int FeLeaves::drops() {
  int out = 0;
  for (int i = 0; i < 3; ++i)
    out += count_in_audit(net_.fe(i), "ALTER SYSTEM DROP");
  return out;
}

bool FeLeaves::stopped_in_phase(const std::function<bool()>& held) {
  const std::string phase{to_string(GetParam().phase)};
  const bool out =
      wait_until([&] { return in_phase(leaver(), phase) && held(); }, milliseconds(60000));
  leaver().signal(SIGSTOP);
  return out && last_phase(leaver()) == phase;
}

/// Another than the leaver, whose server is killed in a case of its own.
void FeLeaves::lose(int fe) {
  if (fe != ordinal()) net_.fe(fe).kill_container();
}

bool FeLeaves::strike() {
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
void FeLeaves::start_the_ended() {
  for (int i = 0; i < 3; ++i)
    if (!net_.fe(i).running()) net_.fe(i).start();
}

bool FeLeaves::all_listed(int rows) {
  return wait_until(
      [&] {
        start_the_ended();
        return net_.wait_frontends(rows, 1, milliseconds(0));
      },
      milliseconds(120000));
}

/// The agent's own limit of its look is seconds, which run as they are from then on.
bool FeLeaves::restart_slowly() {
  leaver().kill_container();
  leaver().set_env("SR_AGENT_SIMULATION__TIME_SCALE", "1");
  return all_listed(3) && wait_probe(leaver(), "/readyz", 200, "");
}

void FeLeaves::clear() {
  for (int i = 0; i < 3; ++i)
    control(net_.fe(i), "/clear");
}

class FePhaseByFault : public FeLeaves {};

TEST_P(FePhaseByFault, EndsWithItsRowGoneAndAGroupThatServes) {
  ASSERT_TRUE(up()) << net_.fe(0).console();
  const auto ids = net_.cluster_ids_on_disk();
  for (int i = 0; i < 3; ++i)
    control(net_.fe(i), "/fault?where=sql&match=drop_follower&kind=delay&ms=120000");
  ASSERT_EQ(leaver().verb({"drain", "--for-good", "--wait", "1s"}).first, 20);
  ASSERT_TRUE(stopped_in_phase([this] { return drops() > 0; })) << leaver().console();
  ASSERT_TRUE(std::filesystem::exists(leaver().state() + "/left"));
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
  EXPECT_FALSE(said(leaver(), kRestsInMark));
  EXPECT_TRUE(all_listed(2));
  EXPECT_EQ(rows_of(other().sql("SHOW FRONTENDS"), leaver().fqdn()), 0U);
  EXPECT_EQ(leaver().server_pid(), 0);
  EXPECT_TRUE(wait_probe(leaver(), "/readyz", 503, "dropped"));
  EXPECT_TRUE(std::filesystem::exists(leaver().state() + "/left"));
  EXPECT_TRUE(has_metadata(leaver())) << "nothing on the volume is deleted";
  EXPECT_EQ(net_.cluster_ids_on_disk(), ids);
  EXPECT_TRUE(wait_until([&] { return other().sql("CREATE DATABASE after_it").ok; }));
  if (HasFailure()) {
    ADD_FAILURE() << leaver().console();
  }
}

INSTANTIATE_TEST_SUITE_P(LeaveFaults,
                         FePhaseByFault,
                         testing::ValuesIn(cases(Sort::kForGood)),
                         [](const auto& one) { return name_of(one.param); });

/// A follower that is stopped: a restart, whatever happens.
class FeStopPhaseByFault : public FeLeaves {};

/// A statement that runs at this FE until its faults are cleared; the object's end waits for it.
class Running {
 public:
  explicit Running(Pod& fe) {
    control(fe, "/fault?where=sql&match=select&kind=delay&ms=120000&times=1");
    client_ = std::jthread([&fe] { static_cast<void>(fe.sql("SELECT 1")); });
    seen_ = wait_until(
        [&fe] { return fe.sql("SHOW PROCESSLIST").row("Info", "SELECT 1").contains("Command"); });
  }
  [[nodiscard]] bool seen() const { return seen_; }

 private:
  std::jthread client_{};
  bool seen_ = false;
};

/// Exit status of the container that met the fault. With all others lost the server's graceful exit
/// is as with them: without a leader nobody tells a follower that they are.
int expected_end(const Case& one) {
  if (one.fault == Fault::kAgentKilled) return 1000 + SIGKILL;
  return one.fault == Fault::kServerKilled || one.phase == kKill ? 137 : 143;
}

TEST_P(FeStopPhaseByFault, EndsAsARestartOfAMember) {
  const auto phase = GetParam().phase;
  leaver().set_env("SR_AGENT_STOP__GRACE_S", "60");
  ASSERT_TRUE(up()) << net_.fe(0).console();
  const auto ids = net_.cluster_ids_on_disk();
  if (phase == kLook) {
    ASSERT_TRUE(restart_slowly()) << leaver().console();
    control(leaver(), "/fault?where=sql&match=show_frontends&kind=delay&ms=120000");
  }
  std::optional<Running> statement;
  if (phase == kWork) {
    ASSERT_TRUE(statement.emplace(leaver()).seen());
  }
  (*steps_)->spares = spared(SIGUSR1) | spared(SIGTERM) | spared(SIGKILL);
  leaver().signal(SIGTERM);
  if (phase == kKill) {
    ASSERT_TRUE(wait_until([&] { return said(leaver(), "to=signal"); })) << leaver().console();
    leaver().signal(SIGTERM);
  }
  ASSERT_TRUE(stopped_in_phase([] { return true; })) << leaver().console();
  ASSERT_TRUE(strike());
  leaver().signal(SIGCONT);
  (*steps_)->spares = 0;
  clear();
  const pid_t server = leaver().server_pid();  // which hears at last what it was told
  if (phase == kSignal && server != 0) ::kill(server, SIGUSR1);
  EXPECT_EQ(leaver().wait_exit(), expected_end(GetParam()));
  EXPECT_EQ(leaver().server_pid(), 0);
  write_password(ordinal());
  leaver().set_env("SR_AGENT_SIMULATION__TIME_SCALE", "5");
  EXPECT_TRUE(wait_until(
      [&] {
        start_the_ended();
        return probe(leaver(), "/readyz") == 200;
      },
      milliseconds(120000)));
  EXPECT_TRUE(all_listed(3));
  EXPECT_EQ(net_.cluster_ids_on_disk(), ids);
  EXPECT_EQ(drops(), 0);
  EXPECT_FALSE(said(leaver(), kRestsInMark));
  EXPECT_FALSE(std::filesystem::exists(leaver().state() + "/left"));
  if (HasFailure()) {
    ADD_FAILURE() << leaver().console();
  }
}

INSTANTIATE_TEST_SUITE_P(LeaveFaults,
                         FeStopPhaseByFault,
                         testing::ValuesIn(cases(Sort::kStop)),
                         [](const auto& one) { return name_of(one.param); });

/// One that was about to be dropped and is wanted back: its DROP is lost on the way, and the mark
/// stays until it can arrive no more.
class FeTakenBackByFault : public FeLeaves {};

TEST_P(FeTakenBackByFault, EndsAsTheMemberThatItWas) {
  ASSERT_TRUE(up()) << net_.fe(0).console();
  const auto ids = net_.cluster_ids_on_disk();
  const auto mark = leaver().state() + "/left";
  control(net_.fe(0), "/fault?where=sql&match=drop_follower&kind=drop");
  ASSERT_EQ(leaver().verb({"drain", "--for-good", "--wait", "1s"}).first, 20);
  ASSERT_TRUE(wait_until([&] { return said(leaver(), "text=\"ALTER SYSTEM DROP"); }))
      << leaver().console();
  const std::jthread cancel([this] {
    static_cast<void>(leaver().verb({"drain", "--cancel"}));
  });  // it waits
  ASSERT_TRUE(stopped_in_phase([&] { return std::filesystem::exists(mark); }))
      << leaver().console();
  ASSERT_TRUE(strike());
  leaver().signal(SIGCONT);
  write_password(ordinal());
  EXPECT_TRUE(wait_until(
      [&] {
        start_the_ended();
        return !std::filesystem::exists(mark) && probe(leaver(), "/readyz") == 200;
      },
      milliseconds(120000)));
  clear();
  EXPECT_TRUE(all_listed(3));
  EXPECT_EQ(net_.cluster_ids_on_disk(), ids);
  EXPECT_FALSE(decided(leaver(), "6 MoveAside")) << "it is the member that it was";
  EXPECT_NE(leaver().agent("/v1/identity").find("\"claim\":null"), std::string::npos)
      << leaver().agent("/v1/identity");
  if (HasFailure()) {
    ADD_FAILURE() << leaver().console();
  }
}

INSTANTIATE_TEST_SUITE_P(LeaveFaults,
                         FeTakenBackByFault,
                         testing::ValuesIn(cases(Sort::kTakenBack)),
                         [](const auto& one) { return name_of(one.param); });

TEST(LeaveFaults, EachPhaseOfTheCoreHasItsCasesForAnFe) {
  for (const auto phase : all_phases()) {
    const auto* of = find_phase(phase);
    EXPECT_NE(of, nullptr) << "nobody has said what an FE does in " << to_string(phase);
  }
}

}  // namespace
}  // namespace podlab
