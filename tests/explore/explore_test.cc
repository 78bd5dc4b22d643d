#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <vector>

#include <gtest/gtest.h>

#include "configs.h"
#include "planted.h"
#include "planted_rules.h"
#include "search.h"

namespace sragent::explore {
namespace {

std::string whole_story(const World& world, const Report& report) {
  auto trace = report.trace;
  trace.insert(trace.end(), report.continuation.begin(), report.continuation.end());
  return story(world, trace);
}

void expect_green(std::string_view name, std::uint64_t least_states = 1) {
  const auto* config = find_config(name);
  ASSERT_NE(config, nullptr) << name;
  const World world(*config);
  const auto report = explore(world);
  EXPECT_EQ(report.violation, Violation::kNone) << to_string(report.violation) << "\n"
                                                << whole_story(world, report);
  EXPECT_TRUE(report.complete) << "the limit of states was reached";
  EXPECT_GE(report.states, least_states) << "what was walked before is not walked any more";
  EXPECT_GT(report.rests, 0U) << "a walk that ends nowhere proves no progress";
  if (config->count >= 2 && config->claims) {
    EXPECT_EQ(report.limit1 + report.limit2, 0U) << report.limit1_story << report.limit2_story;
  }
  std::cout << name << ": " << report.states << " states, " << report.transitions
            << " transitions, depth " << report.depth << ", limit 1: " << report.limit1
            << ", limit 2: " << report.limit2 << "\n";
}

void expect_caught(std::string_view name) {
  const auto all = planted_faults();
  const auto planted =
      std::find_if(all.begin(), all.end(), [&](const Planted& p) { return p.name == name; });
  ASSERT_NE(planted, all.end()) << name;
  const World world(planted->config, &*planted);
  const auto report = explore(world);
  EXPECT_EQ(report.violation, planted->caught_as)
      << "found: " << to_string(report.violation) << "\n"
      << whole_story(world, report);
  std::cout << planted->wrong << "\ncaught as: " << to_string(report.violation) << "\n"
            << whole_story(world, report);
}

TEST(PlantedFault, EachHasATestAndAWord) {
  EXPECT_EQ(planted_faults().size(), 60U);
  for (const auto& planted : planted_faults()) {
    EXPECT_FALSE(planted.wrong.empty()) << planted.name;
    EXPECT_NE(planted.caught_as, Violation::kNone) << planted.name;
  }
}

/// docs/proof.md lists them.
TEST(PlantedFault, TheTableOfTheDocumentationIsTrue) {
  const std::string path = std::string{SRAGENT_SOURCE_DIR} + "/docs/proof.md";
  std::ifstream in(path);
  std::string text;
  for (std::string line; std::getline(in, line);)
    text += line + "\n";
  const auto begin = text.find('\n', text.find("<!-- planted:")) + 1;
  const auto end = text.find("<!-- end of planted");
  ASSERT_LE(begin, end);
  ASSERT_NE(end, std::string::npos);
  std::string table = "| Planted | Wrong rule | Noticed as |\n|---|---|---|\n";
  for (const auto& planted : planted_faults()) {
    table += "| `" + std::string(planted.name) + "` | " + std::string(planted.wrong) + " | " +
             std::string(to_string(planted.caught_as)) + " |\n";
  }
  if (std::getenv("SRAGENT_WRITE_DOCS") != nullptr) {
    std::ofstream(path) << text.substr(0, begin) << table << text.substr(end);
  } else {
    EXPECT_EQ(text.substr(begin, end - begin), table);
  }
}

/// The world of each planted fault is green without it: what is caught is the planted rule.
TEST(PlantedFault, EachWorldIsGreenWithoutIt) {
  std::vector<Config> walked;
  for (const auto& planted : planted_faults()) {
    if (std::find(walked.begin(), walked.end(), planted.config) != walked.end()) continue;
    walked.push_back(planted.config);
    const World world(planted.config);
    const auto report = explore(world);
    EXPECT_EQ(report.violation, Violation::kNone) << planted.name << "\n"
                                                  << whole_story(world, report);
  }
}

#define SRAGENT_EXPLORE(name) \
  TEST(Explorer, name) {      \
    expect_green(#name);      \
  }
/// Three FEs, any three faults: no smaller than it has to be.
#define SRAGENT_EXPLORE_LARGE(name)           \
  TEST(Explorer, name) {                      \
    EXPECT_EQ(find_config(#name)->faults, 3); \
    EXPECT_EQ(find_config(#name)->nodes, 3);  \
    expect_green(#name, 1'000'000);           \
  }
#define SRAGENT_PLANTED(name) \
  TEST(PlantedFault, name) {  \
    expect_caught(#name);     \
  }

SRAGENT_EXPLORE_LARGE(ThreeCounted)
SRAGENT_EXPLORE(ThreeCountedFormed)
SRAGENT_EXPLORE(ThreeCountedOrdered)
SRAGENT_EXPLORE_LARGE(ThreeCensus)
SRAGENT_EXPLORE(ThreeCensusFormed)
SRAGENT_EXPLORE(ThreeCensusOrdered)
SRAGENT_EXPLORE(ThreeCensusWithBes)
SRAGENT_EXPLORE_LARGE(ThreeCensusLogVolume)
SRAGENT_EXPLORE(ThreeCensusEmptyDir)
SRAGENT_EXPLORE(ThreeStrict)
SRAGENT_EXPLORE(ThreeTwoFounders)
SRAGENT_EXPLORE(ThreeOddRow)
SRAGENT_EXPLORE_LARGE(ThreeEmptyDir)
SRAGENT_EXPLORE(ThreeStrictOrdered)
SRAGENT_EXPLORE(ThreeOldSet)
SRAGENT_EXPLORE(ThreeTold)
SRAGENT_EXPLORE(ThreeDeadSource)
SRAGENT_EXPLORE(ThreeScaleIn)
SRAGENT_EXPLORE(ThreeObserver)
SRAGENT_EXPLORE(ThreeObserverFresh)
SRAGENT_EXPLORE(ThreeObserverFirst)
SRAGENT_EXPLORE(OneCounted)
SRAGENT_EXPLORE(OneEmptyDir)
SRAGENT_EXPLORE(TwoWrites)
SRAGENT_EXPLORE(TwoWritesEmptyDir)
SRAGENT_EXPLORE(ThreeWrites)
SRAGENT_EXPLORE(ThreeWritesEmptyDir)
SRAGENT_EXPLORE(TwoOfThreeWrites)
SRAGENT_EXPLORE(ThreeLeave)
SRAGENT_EXPLORE(ThreeLeader)
SRAGENT_EXPLORE(ThreeFollower)
SRAGENT_EXPLORE(TwoLeave)
SRAGENT_EXPLORE(OneConsent)
SRAGENT_EXPLORE(TwoConsent)
SRAGENT_EXPLORE(TwoConsentCounted)
SRAGENT_EXPLORE(FiveCounted)
SRAGENT_EXPLORE(FiveCountedFormed)

SRAGENT_PLANTED(TimeoutCountsAsAbsence)
SRAGENT_PLANTED(StaleEmptyCounts)
SRAGENT_PLANTED(OneCensusReading)
SRAGENT_PLANTED(LeaderByPosition)
SRAGENT_PLANTED(AddWithoutReread)
SRAGENT_PLANTED(CertificateIgnored)
SRAGENT_PLANTED(HalfMadeResumedWithoutHelper)
SRAGENT_PLANTED(DecisionWithoutAge)
SRAGENT_PLANTED(HelperIsSelf)
SRAGENT_PLANTED(DropWithoutGuard)
SRAGENT_PLANTED(DeadOnOneReading)
SRAGENT_PLANTED(LateStatement)
SRAGENT_PLANTED(JoinedRowReused)
SRAGENT_PLANTED(AddWithoutGuard)
SRAGENT_PLANTED(StatementRepeatedAtOnce)
SRAGENT_PLANTED(CountHidesMembers)
SRAGENT_PLANTED(AnyFounderWillDo)
SRAGENT_PLANTED(JoinUnderWayHidden)
SRAGENT_PLANTED(BesNotAsked)
SRAGENT_PLANTED(TwoDnsAnswers)
SRAGENT_PLANTED(DnsGateBeforeResume)
SRAGENT_PLANTED(PeersAskedBeforeResume)
SRAGENT_PLANTED(CertificateTooLate)
SRAGENT_PLANTED(FoundingGoesOnBlind)
SRAGENT_PLANTED(AnswerNotBound)
SRAGENT_PLANTED(HalfMadeIsDamaged)
SRAGENT_PLANTED(SealedAtFirstLog)
SRAGENT_PLANTED(FounderResumesHalf)
SRAGENT_PLANTED(OwnRowByPort)
SRAGENT_PLANTED(StrictIgnored)
SRAGENT_PLANTED(OldSetNotStrict)
SRAGENT_PLANTED(SettingIgnored)
SRAGENT_PLANTED(UnreadableIsNone)
SRAGENT_PLANTED(CertificateBeforeReady)
SRAGENT_PLANTED(LeftIgnored)
SRAGENT_PLANTED(LeftMovedBlind)
SRAGENT_PLANTED(ObserverFounds)
SRAGENT_PLANTED(ObserversCount)
SRAGENT_PLANTED(Row20bInAGroupOfThree)
SRAGENT_PLANTED(Row20bBesideOldInstance)
SRAGENT_PLANTED(EndedIsMovedAside)
SRAGENT_PLANTED(ConsentOutlivesRestart)
SRAGENT_PLANTED(AnyLettersWillDo)
SRAGENT_PLANTED(ConsentNeverOld)
SRAGENT_PLANTED(ConsentUsedTwice)
SRAGENT_PLANTED(ConsentAgainstTheLiving)
SRAGENT_PLANTED(ClaimsNotAsked)
SRAGENT_PLANTED(SilenceIsNoClaim)
SRAGENT_PLANTED(JoinerNotAwaited)
SRAGENT_PLANTED(LeaderStopsUnseen)
SRAGENT_PLANTED(AliveIsFresh)
SRAGENT_PLANTED(LeavesUnjudged)
SRAGENT_PLANTED(PausedDrop)
SRAGENT_PLANTED(NoLeftMark)
SRAGENT_PLANTED(NoteForgotten)
SRAGENT_PLANTED(SentAfterAll)
SRAGENT_PLANTED(AnswerNotAwaited)
SRAGENT_PLANTED(MarkStays)
SRAGENT_PLANTED(OwnLeadUnseen)
SRAGENT_PLANTED(GoneIsForgotten)

/// Candidate row 20b (docs/start-rules.md section 4) with one volume claim per pod: a group of two
/// heals that never did, and no write is lost. Without the row it does not heal.
void expect_candidate(std::string_view name, const Planted* rule, Violation expected) {
  auto config = *find_config(name);
  config.heals = true;
  const World world(config, rule);
  const auto report = explore(world);
  EXPECT_EQ(report.violation, expected) << to_string(report.violation) << "\n"
                                        << whole_story(world, report);
}

constexpr Planted kCandidate{.name = "20b", .decision = wrong::candidate_20b};

TEST(CandidateRow20b, HealsAGroupOfTwoWithClaims) {
  expect_candidate("TwoWrites", nullptr, Violation::kStuck);
  expect_candidate("TwoWrites", &kCandidate, Violation::kNone);
  expect_candidate("TwoOfThreeWrites", &kCandidate, Violation::kNone);
}

}  // namespace
}  // namespace sragent::explore
