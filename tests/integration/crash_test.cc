#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "crash_lab.h"

/// The real agent is killed before and after its side effects and started again as a kubelet would.
/// Whatever it was doing, the end is the one of a run without a crash: crash_end_states.txt.
namespace podlab {
namespace {

constexpr milliseconds kLimit{150000};
constexpr int kKilled = 1000 + SIGKILL;

/// The section "== FLOW" of crash_end_states.txt.
std::string expected_end(const std::string& flow) {
  std::ifstream in(CRASH_END_STATES);
  std::string out;
  bool ours = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("== ")) {
      ours = line == "== " + flow;
    } else if (ours) {
      out += line + "\n";
    }
  }
  return out;
}

void start_the_ended(CrashFlow& flow) {
  auto pods = flow.others();
  pods.push_back(&flow.victim());
  for (Pod* pod : pods) {
    if (pod->running()) continue;
    end_container(*pod);
    pod->start();
  }
}

/// Runs the victim's first container until the flow's end or its own; its exit status if it ended.
std::optional<int> first_container(CrashFlow& flow, const std::string& expected) {
  Pod& victim = flow.victim();
  victim.start();
  static_cast<void>(
      wait_until([&] { return !victim.running() || flow.end_state() == expected; }, kLimit));
  if (victim.running() && flow.stops()) {
    flow.before_stop();
    victim.signal(SIGTERM);
  }
  return victim.wait_exit(flow.stops() ? kLimit : milliseconds(0));
}

/// Restarts containers until the end is reached; what is there then, or at last.
std::string last_state(CrashFlow& flow, const std::string& expected) {
  std::string state;
  static_cast<void>(wait_until(
      [&] {
        start_the_ended(flow);
        state = flow.end_state();
        return state == expected;
      },
      kLimit));
  return state;
}

class CrashFlows : public testing::TestWithParam<std::string> {};

TEST_P(CrashFlows, PassTheEffectsOfTheTableAndEndAsWritten) {
  const auto flow = make_flow(GetParam());
  ASSERT_TRUE(flow->prepare());
  const auto trace = flow->victim().home() + "/trace";
  flow->victim().set_env("SRAGENT_CRASH_TRACE", trace);
  const auto expected = expected_end(GetParam());
  const auto ended = first_container(*flow, expected);
  std::map<std::string, int> passed;
  std::ifstream in(trace);
  for (std::string line; std::getline(in, line);)
    if (line.ends_with(".after")) ++passed[line.substr(0, line.size() - 6)];
  ASSERT_EQ(ended.has_value(), flow->stops()) << flow->victim().console();
  EXPECT_EQ(last_state(*flow, expected), expected) << flow->victim().console();
  std::map<std::string, int> listed;
  for (const auto& point : crash_points())
    if (point.flow == GetParam()) listed[point.effect] = point.passages;
  for (const auto& [effect, count] : passed)
    EXPECT_TRUE(listed.contains(effect)) << GetParam() << " " << effect << " " << count;
  for (const auto& [effect, count] : listed)
    EXPECT_GE(passed[effect], count) << GetParam() << " " << effect;
}

INSTANTIATE_TEST_SUITE_P(Table,
                         CrashFlows,
                         testing::Values("found",
                                         "join",
                                         "register",
                                         "link",
                                         "restart",
                                         "overdue",
                                         "mend",
                                         "be_leaves",
                                         "fe_leaves"),
                         [](const auto& flow) { return flow.param; });

struct CrashCase {
  std::string flow{};
  std::string point{};  ///< "file.rename.before"
  int passage = 1;
};

std::string name_of(const CrashCase& one) {
  auto out = one.flow + "_" + one.point + "_" + std::to_string(one.passage);
  std::replace(out.begin(), out.end(), '.', '_');
  return out;
}

void PrintTo(const CrashCase& one, std::ostream* out) {
  *out << name_of(one);
}

/// Both sides of every passage of the table that the short or the long run has.
std::vector<CrashCase> cases(bool in_long_run) {
  std::vector<CrashCase> out;
  for (const auto& point : crash_points()) {
    for (int passage = 1; passage <= point.passages; ++passage) {
      for (const std::string side : {".before", ".after"}) {
        if ((passage > 1 || point.all_long) == in_long_run)
          out.push_back({point.flow, point.effect + side, passage});
      }
    }
  }
  return out;
}

class KilledAt : public testing::TestWithParam<CrashCase> {};

TEST_P(KilledAt, EndsAsARunWithoutACrash) {
  const auto& [name, point, passage] = GetParam();
  const auto flow = make_flow(name);
  ASSERT_TRUE(flow->prepare());
  const auto at = point + ":" + std::to_string(passage);
  flow->victim().set_env("SRAGENT_CRASH_AT", at);
  const auto expected = expected_end(name);
  const auto ended = first_container(*flow, expected);
  ASSERT_EQ(ended.value_or(-1), kKilled) << "not killed at " << at << "\n"
                                         << flow->victim().console();
  end_container(flow->victim());
  const auto member_of = flow->membership();
  flow->victim().unset_env("SRAGENT_CRASH_AT");
  EXPECT_EQ(last_state(*flow, expected), expected) << at << "\n" << flow->victim().console();
  if (!member_of.empty()) {
    EXPECT_EQ(flow->membership(), member_of);
  }
}

std::string case_name(const testing::TestParamInfo<CrashCase>& info) {
  return name_of(info.param);
}

INSTANTIATE_TEST_SUITE_P(First, KilledAt, testing::ValuesIn(cases(false)), case_name);
INSTANTIATE_TEST_SUITE_P(Later, KilledAt, testing::ValuesIn(cases(true)), case_name);

}  // namespace
}  // namespace podlab
