#include <algorithm>
#include <ostream>

#include <gtest/gtest.h>

#include "core/ghost_rows.h"

namespace sragent {
namespace {

constexpr Millis kMinute{60'000};
constexpr Instant kStart{1'000'000};

std::string host(int ordinal, const std::string& set = "cn") {
  return set + "-" + std::to_string(ordinal) + "." + set + "-search.ns.svc.cluster.local";
}

ListedNode living(int ordinal) {
  return {host(ordinal), 9050, true, "mark"};
}

ListedNode dead(int ordinal) {
  return {host(ordinal), 9050, false, "mark"};
}

GhostSelf node(int ordinal, bool drops = true) {
  return {NodeKind::kCn, host(ordinal), 9050, false, drops};
}

/// CN 0 and 1 live; 2 and 3 are gone.
std::vector<ListedNode> shrunk() {
  return {living(0), living(1), dead(2), dead(3)};
}

NameAnswers shrunk_names() {
  return {{host(0), Tri::kYes}, {host(1), Tri::kYes}, {host(2), Tri::kNo}, {host(3), Tri::kNo}};
}

/// One reading of a list, `minute` minutes after the first.
struct Reading {
  int minute = 0;
  std::vector<ListedNode> rows = shrunk();
  NameAnswers names = shrunk_names();
};

GhostVerdict after(const GhostSelf& me, const std::vector<Reading>& readings) {
  GhostOutcome out;
  for (const auto& reading : readings) {
    const auto now = kStart + kMinute * reading.minute;
    out = judge_ghosts(me, reading.rows, reading.names, out.memory, now);
  }
  return out.verdict;
}

/// Hosts of the ghosts in their order.
std::vector<std::string> hosts(const GhostVerdict& verdict, const std::vector<ListedNode>& rows) {
  std::vector<std::string> out;
  for (const auto& ghost : verdict.ghosts)
    out.push_back(rows[ghost.row].host);
  return out;
}

TEST(S42_GhostRows, AreDeadAndWithoutANameForTenMinutesHighestFirst) {
  const auto verdict = after(node(0), {{0}, {5}, {10}});
  EXPECT_EQ(verdict.unknown, "");
  EXPECT_EQ(hosts(verdict, shrunk()), (std::vector<std::string>{host(3), host(2)}));
  ASSERT_TRUE(verdict.drop);
  EXPECT_EQ(*verdict.drop, 3U);
  EXPECT_EQ(verdict.ghosts.front().since, kStart);
}

TEST(S42_GhostRows, AreNoneBeforeTenMinutesHaveBeenSeen) {
  EXPECT_TRUE(after(node(0), {{0}}).ghosts.empty());
  EXPECT_TRUE(after(node(0), {{0}, {5}, {9}}).ghosts.empty());
  EXPECT_FALSE(after(node(0), {{0}, {5}, {9}}).drop);
}

/// Who tells of them, by a list of the living.
struct TellerCase {
  std::string name{};
  GhostSelf me{};
  std::vector<ListedNode> rows{};
  bool tells = false;
};

void PrintTo(const TellerCase& one, std::ostream* out) {
  *out << one.name;
}

class S42_GhostTeller : public testing::TestWithParam<TellerCase> {};

TEST_P(S42_GhostTeller, IsTheLowestLivingNodeOfThePattern) {
  const auto& one = GetParam();
  EXPECT_EQ(ghost_names(one.me, one.rows).has_value(), one.tells);
}

GhostSelf as(const std::string& name, NodeKind kind = NodeKind::kCn, bool leads = false) {
  return {kind, name, 9050, leads, true};
}

ListedNode row(const std::string& name, bool alive, std::uint16_t port = 9050) {
  return {name, port, alive, "mark"};
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    S42_GhostTeller,
    testing::Values(
        TellerCase{"Lowest", node(0), shrunk(), true},
        TellerCase{"NotTheLowest", node(1), shrunk(), false},
        TellerCase{"TheLowerOneIsDead", node(1), {dead(0), living(1), dead(2)}, true},
        TellerCase{"OwnRowIsDead", node(0), {dead(0), living(1), dead(2)}, false},
        TellerCase{"OwnRowIsMissing", node(0), {living(1), dead(2)}, false},
        TellerCase{"OwnRowOfAnotherPortOnly",
                   node(0),
                   {row(host(0), true, 9051), living(1), dead(2)},
                   false},
        TellerCase{"TenIsNotLowerThanTwo", node(2), {living(10), living(2), dead(11)}, true},
        TellerCase{
            "AnotherSetIsLower", node(1), {row(host(0, "other"), true), living(1), dead(2)}, true},
        TellerCase{"AnotherNamespaceIsLower",
                   node(1),
                   {row("cn-0.cn-search.other.svc.cluster.local", true), living(1), dead(2)},
                   true},
        TellerCase{"ALongerNameIsLower",
                   node(1),
                   {row("cn-x-0.cn-search.ns.svc.cluster.local", true), living(1), dead(2)},
                   true},
        TellerCase{"AddressesHaveNoPattern", as("10.0.0.1"), {row("10.0.0.1", true)}, false},
        TellerCase{"NoOrdinal", as("cn-a.search.ns"), {row("cn-a.search.ns", true)}, false},
        TellerCase{"NoDomain", as("cn-0"), {row("cn-0", true), row("cn-1", false)}, false},
        TellerCase{
            "FeThatLeads", as(host(2), NodeKind::kFe, true), {living(0), living(2), dead(3)}, true},
        TellerCase{"FeThatDoesNotLead",
                   as(host(0), NodeKind::kFe),
                   {living(0), living(2), dead(3)},
                   false}),
    [](const auto& one) { return one.param.name; });

TEST(S42_GhostRows, AnotherNodesReadingTellsNothing) {
  const auto verdict = after(node(1), {{0}, {5}, {10}});
  EXPECT_NE(verdict.unknown, "");
  EXPECT_TRUE(verdict.ghosts.empty());
  EXPECT_FALSE(verdict.drop);
}

TEST(S42_GhostRows, TheOwnNameAndThoseOfTheLivingAreAskedTooAndForeignOnesAreNot) {
  auto rows = shrunk();
  rows.push_back(row(host(7, "other"), false));
  rows.push_back(row("10.0.0.9", false));
  rows.push_back(row("cn-07.cn-search.ns.svc.cluster.local", false));
  const auto names = ghost_names(node(0), rows);
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{host(0), host(3), host(2), host(1)}));
}

TEST(S42_GhostRows, NothingIsAskedWhileAllLive) {
  const std::vector<ListedNode> rows{living(0), living(1), row(host(1, "other"), false)};
  const auto names = ghost_names(node(0), rows);
  ASSERT_TRUE(names);
  EXPECT_TRUE(names->empty());
  const auto verdict = judge_ghosts(node(0), rows, {}, {}, kStart).verdict;
  EXPECT_EQ(verdict.unknown, "");
  EXPECT_TRUE(verdict.ghosts.empty());
}

/// What the reading in the middle of three was, and whether CN 3 is a ghost at the third.
struct MiddleCase {
  std::string name{};
  Reading middle{};
  bool ghost = false;
};

void PrintTo(const MiddleCase& one, std::ostream* out) {
  *out << one.name;
}

class S42_GhostSpan : public testing::TestWithParam<MiddleCase> {};

TEST_P(S42_GhostSpan, EndsWithAReadingThatSaysOtherwiseOrNothing) {
  const auto& one = GetParam();
  const auto verdict = after(node(0), {{0}, one.middle, {10}});
  const bool ghost = !verdict.ghosts.empty() && verdict.ghosts.front().row == 3;
  EXPECT_EQ(ghost, one.ghost);
  EXPECT_EQ(verdict.drop.has_value(), one.ghost);
}

Reading with_name(int ordinal, Tri answer) {
  Reading out{5};
  out.names[host(ordinal)] = answer;
  return out;
}

Reading without_name(int ordinal) {
  Reading out{5};
  out.names.erase(host(ordinal));
  return out;
}

Reading with_row(ListedNode changed) {
  Reading out{5};
  out.rows[3] = std::move(changed);
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    S42_GhostSpan,
    testing::Values(MiddleCase{"TheSameAgain", {5}, true},
                    MiddleCase{"ItsNameWasThere", with_name(3, Tri::kYes), false},
                    MiddleCase{"ItsNameWasUnknown", with_name(3, Tri::kUnknown), false},
                    MiddleCase{"ItsNameWasNotAnswered", without_name(3), false},
                    MiddleCase{"TheOwnNameWasUnknown", with_name(0, Tri::kUnknown), false},
                    MiddleCase{"TheOwnNameWasAbsent", with_name(0, Tri::kNo), false},
                    MiddleCase{"ALivingNameWasAbsent", with_name(1, Tri::kNo), false},
                    MiddleCase{"ALivingNameWasUnknown", with_name(1, Tri::kUnknown), true},
                    MiddleCase{"AnotherDeadNameWasThere", with_name(2, Tri::kYes), true},
                    MiddleCase{"ItLived", with_row(living(3)), false},
                    MiddleCase{"ItsRowWasAway", with_row(row(host(9, "other"), false)), false},
                    MiddleCase{
                        "ItWasHeardOf", with_row({host(3), 9050, false, "another mark"}), false},
                    MiddleCase{"ItsPortWasAnother", with_row(row(host(3), false, 9051)), false}),
    [](const auto& one) { return one.param.name; });

TEST(S42_GhostRows, ReadingsThatAreTooFarApartBeginAnew) {
  const int late = static_cast<int>(kGhostGap / kMinute) + 1;
  EXPECT_TRUE(after(node(0), {{0}, {late}}).ghosts.empty());
  EXPECT_FALSE(after(node(0), {{0}, {late}, {late + 5}, {late + 10}}).ghosts.empty());
}

TEST(S42_GhostRows, NameServersThatSayAbsentOfEverybodyProveNothing) {
  NameAnswers absent;
  for (int i = 0; i < 4; ++i)
    absent[host(i)] = Tri::kNo;
  const std::vector<Reading> all{
      {0, shrunk(), absent}, {5, shrunk(), absent}, {10, shrunk(), absent}};
  const auto verdict = after(node(0), all);
  EXPECT_NE(verdict.unknown, "");
  EXPECT_TRUE(verdict.ghosts.empty());
  EXPECT_FALSE(verdict.drop);
}

TEST(S42_GhostRows, SilenceOfTheNameServersProvesNothing) {
  const auto verdict = after(node(0), {{0, shrunk(), {}}, {5, shrunk(), {}}, {10, shrunk(), {}}});
  EXPECT_NE(verdict.unknown, "");
  EXPECT_FALSE(verdict.drop);
}

TEST(S42_GhostRows, ARowThatTheLeaderHeardOfLatelyIsNone) {
  auto rows = shrunk();
  rows[3].silent_for = kGhostAfter - Millis{1};
  EXPECT_FALSE(after(node(0), {{0}, {5}, {10, rows}}).drop);
  rows[3].silent_for = kGhostAfter;
  EXPECT_TRUE(after(node(0), {{0}, {5}, {10, rows}}).drop);
}

TEST(S42_GhostRows, TheOwnHostIsNeverOne) {
  auto rows = shrunk();
  rows.push_back(row(host(0), false, 9051));
  auto names = shrunk_names();
  const std::vector<Reading> all{{0, rows, names}, {5, rows, names}, {10, rows, names}};
  for (const auto& one : hosts(after(node(0), all), rows))
    EXPECT_NE(one, host(0));
}

/// Lists at the third reading of which CN 3 is a ghost: may it be dropped?
struct DropCase {
  std::string name{};
  GhostSelf me{};
  std::vector<ListedNode> rows{};
  std::string dropped{};
};

void PrintTo(const DropCase& one, std::ostream* out) {
  *out << one.name;
}

class S42_GhostDrop : public testing::TestWithParam<DropCase> {};

/// A name is there for the living, and for the dead CN 9.
TEST_P(S42_GhostDrop, IsOfTheHighestListedOrdinalOfACnAlone) {
  const auto& one = GetParam();
  NameAnswers names;
  for (const auto& each : one.rows)
    names[each.host] = each.alive || each.host == host(9) ? Tri::kYes : Tri::kNo;
  const auto verdict =
      after(one.me, {{0, one.rows, names}, {5, one.rows, names}, {10, one.rows, names}});
  const auto told = hosts(verdict, one.rows);
  EXPECT_NE(std::find(told.begin(), told.end(), host(3)), told.end()) << "it is told in any case";
  EXPECT_EQ(verdict.drop ? one.rows[*verdict.drop].host : "", one.dropped);
}

GhostSelf of_kind(NodeKind kind) {
  auto out = node(0);
  out.kind = kind;
  out.leads = true;
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    S42_GhostDrop,
    testing::Values(DropCase{"Highest", node(0), shrunk(), host(3)},
                    DropCase{
                        "InAnyOrder", node(0), {dead(3), dead(12), living(0), dead(4)}, host(12)},
                    DropCase{"PolicyReport", node(0, false), shrunk(), ""},
                    DropCase{"Be", of_kind(NodeKind::kBe), shrunk(), ""},
                    DropCase{"Fe", of_kind(NodeKind::kFe), shrunk(), ""},
                    DropCase{"AHigherOneLives", node(0), {living(0), dead(3), living(4)}, ""},
                    DropCase{"AHigherOneHasAName", node(0), {living(0), dead(3), dead(9)}, ""},
                    DropCase{"AHigherOneOfAnotherSetLives",
                             node(0),
                             {living(0), dead(3), row(host(9, "other"), true)},
                             host(3)}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace sragent
