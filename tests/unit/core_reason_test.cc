#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "core/backoff.h"
#include "core/reason.h"
#include "core/restart.h"
#include "core/types.h"

namespace sragent {
namespace {

TEST(Reasons, HaveOneWordEachAndComeBackFromIt) {
  std::set<std::string_view> words;
  for (int i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_TRUE(words.insert(to_string(reason)).second) << to_string(reason);
    EXPECT_EQ(reason_from(to_string(reason)), reason);
    EXPECT_FALSE(explain(reason).empty());
  }
  EXPECT_FALSE(reason_from("no_such_word"));
  EXPECT_FALSE(reason_from(""));
}

/// The words between the first pair of backquotes behind "Reason words".
std::set<std::string> documented_words() {
  std::ifstream in(SRAGENT_DOCS_DIR "/scenarios.md");
  for (std::string line; std::getline(in, line);) {
    const auto at = line.find("**Reason words**: `");
    if (at == std::string::npos) continue;
    const auto begin = line.find('`', at) + 1;
    std::istringstream words(line.substr(begin, line.find('`', begin) - begin));
    return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

TEST(Reasons, AreExactlyTheDocumentedOnes) {
  const auto documented = documented_words();
  ASSERT_FALSE(documented.empty())
      << "no list of reason words in " SRAGENT_DOCS_DIR "/scenarios.md";
  std::set<std::string> known;
  for (int i = 1; i < kReasonCount; ++i)  // 0 is "none": nothing to say
    known.emplace(to_string(static_cast<Reason>(i)));
  EXPECT_EQ(known, documented);
}

TEST(Backoff, DoublesBetweenItsBounds) {
  const Backoff backoff{Millis{250}, Millis{30'000}};
  EXPECT_EQ(backoff_pause(backoff, 0, 1.0), Millis{250});
  EXPECT_EQ(backoff_pause(backoff, 1, 1.0), Millis{500});
  EXPECT_EQ(backoff_pause(backoff, 6, 1.0), Millis{16'000});
  EXPECT_EQ(backoff_pause(backoff, 7, 1.0), Millis{30'000});
  EXPECT_EQ(backoff_pause(backoff, 1'000'000, 1.0), Millis{30'000});
  EXPECT_EQ(backoff_pause(backoff, -5, 1.0), Millis{250});
}

TEST(Backoff, SpreadsBetweenHalfAndAll) {
  const Backoff backoff{};
  EXPECT_EQ(backoff_pause(backoff, 0, 0.0), Millis{125});
  EXPECT_EQ(backoff_pause(backoff, 0, 0.5), Millis{187});
  EXPECT_EQ(backoff_pause(backoff, 0, -3.0), Millis{125});
  EXPECT_EQ(backoff_pause(backoff, 0, 7.0), Millis{250});
  for (int step = 0; step < 40; ++step) {
    for (const double random : {0.0, 0.3, 0.999})
      EXPECT_LE(backoff_pause(backoff, step, random), backoff.max);
  }
}

TEST(Restart, S52_TheContainerEndsUnlessToldOtherwise) {
  CrashHistory history;
  EXPECT_FALSE(decide_restart({}, history, 139, Instant{1}).pause);
  EXPECT_FALSE(decide_restart({}, history, 0, Instant{2}).pause);
}

TEST(Restart, S52_AfterACrashOnlyWhereCoredumpsAreCollected) {
  RestartPolicy policy;
  policy.after_crash = true;
  for (const int code : {134, 139}) {
    CrashHistory history;
    EXPECT_EQ(decide_restart(policy, history, code, Instant{1}).pause, policy.pause);
  }
  for (const int code : {0, 1, 137, 143, 255}) {
    CrashHistory history;
    EXPECT_FALSE(decide_restart(policy, history, code, Instant{1}).pause) << code;
  }
}

TEST(Restart, S52_APauseDoublesAndALoopEndsIt) {
  RestartPolicy policy;
  policy.always = true;
  CrashHistory history;
  std::vector<Millis> pauses;
  for (int end = 0; end < policy.max_in_window; ++end) {
    const auto got = decide_restart(policy, history, 1, Instant{end * 1'000});
    ASSERT_TRUE(got.pause);
    EXPECT_FALSE(got.crash_loop);
    pauses.push_back(*got.pause);
  }
  EXPECT_EQ(pauses[0], policy.pause);
  EXPECT_EQ(pauses[1], policy.pause * 2);
  EXPECT_EQ(pauses[4], policy.pause * 16);
  const auto loop = decide_restart(policy, history, 1, Instant{6'000});
  EXPECT_TRUE(loop.crash_loop);
  EXPECT_FALSE(loop.pause);
  const auto later = decide_restart(policy, history, 1, Instant{6'000} + policy.window * 2);
  EXPECT_FALSE(later.crash_loop);
  EXPECT_EQ(later.pause, policy.pause);
}

TEST(HostPort, BracketsIpv6Alone) {
  EXPECT_EQ(host_port("fe-0.x", 9010), "fe-0.x:9010");
  EXPECT_EQ(host_port("10.0.0.1", 1), "10.0.0.1:1");
  EXPECT_EQ(host_port("fd00::8", 9010), "[fd00::8]:9010");
}

}  // namespace
}  // namespace sragent
