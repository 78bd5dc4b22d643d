#include <algorithm>

#include <gtest/gtest.h>

#include "core/exit_codes.h"
#include "core/fe_good.h"

/// Which FE may leave for good, and when. S39.
namespace sragent {
namespace {

ClaimAnswer says(std::string host, std::optional<LeaveClaim> claim = {}, std::string why = {}) {
  return {std::move(host), std::move(why), std::move(claim)};
}

LeaveClaim claim_of(int ordinal) {
  return {ordinal, "2026-11-22T10:00:00Z"};
}

TEST(S39_Claim, GoesOnceEverybodyAnsweredAndNobodyElseLeaves) {
  EXPECT_EQ(judge_claims("fe-2", 2, {says("fe-0"), says("fe-1")}).verdict, ClaimVerdict::kGoes);
  EXPECT_EQ(judge_claims("fe-2", 2, {}).verdict, ClaimVerdict::kGoes);
}

TEST(S39_Claim, WaitsForEachThatDoesNotAnswerByName) {
  const auto judged = judge_claims("fe-2", 2, {says("fe-0"), says("fe-1", {}, "timed out")});
  EXPECT_EQ(judged.verdict, ClaimVerdict::kWaits);
  EXPECT_NE(judged.why.find("fe-1"), std::string::npos) << judged.why;
  EXPECT_NE(judged.why.find("timed out"), std::string::npos) << judged.why;
}

TEST(S39_Claim, OfTwoThatSeeEachOtherNeitherGoesAndTheLowerGivesWay) {
  const auto high = judge_claims("fe-2", 2, {says("fe-0"), says("fe-1", claim_of(1))});
  const auto low = judge_claims("fe-1", 1, {says("fe-0"), says("fe-2", claim_of(2))});
  EXPECT_EQ(high.verdict, ClaimVerdict::kWaits) << "the other one may have been granted already";
  EXPECT_EQ(low.verdict, ClaimVerdict::kYields);
  EXPECT_NE(low.why.find("fe-2"), std::string::npos) << low.why;
}

TEST(S39_Claim, AHigherOneCountsBeforeAMissingAnswer) {
  const auto judged =
      judge_claims("fe-1", 1, {says("fe-0", {}, "timed out"), says("fe-2", claim_of(2))});
  EXPECT_EQ(judged.verdict, ClaimVerdict::kYields);
}

TEST(S39_Claim, WithoutOrdinalsTheNamesDecideAndOneOfTwoGivesWay) {
  const auto a = judge_claims("fe-a", -1, {says("fe-b", claim_of(-1))});
  const auto b = judge_claims("fe-b", -1, {says("fe-a", claim_of(-1))});
  EXPECT_EQ(a.verdict, ClaimVerdict::kYields);
  EXPECT_EQ(b.verdict, ClaimVerdict::kWaits);
}

/// Rows FE 0 to n-1; FE 0 leads. `dead`: those that are not alive.
FeList group(int count, const std::vector<int>& dead = {}) {
  FeList out;
  out.asked_host = "fe-0";
  out.cluster_id = "1";
  for (int i = 0; i < count; ++i) {
    FeRow row;
    row.host = "fe-" + std::to_string(i);
    row.port = 9010;
    row.role = i == 0 ? RowRole::kLeader : RowRole::kFollower;
    row.join = true;
    row.alive = std::find(dead.begin(), dead.end(), i) == dead.end();
    out.rows.push_back(row);
  }
  return out;
}

std::optional<LeaveRefusal> for_good(const FeList& list, std::string_view host) {
  return refuse_fe_for_good({true, Tri::kYes, quorum_of(list, host)});
}

TEST(S39_Rest, AFollowerGoesWhereTheOthersAreALivingMajority) {
  EXPECT_FALSE(refuse_fe_drop(group(3), "fe-2"));
  EXPECT_FALSE(refuse_fe_drop(group(2), "fe-1")) << "one is a majority of one";
  EXPECT_FALSE(refuse_fe_drop(group(3, {2}), "fe-2")) << "the own server is down already";
  EXPECT_FALSE(refuse_fe_drop(group(5, {1}), "fe-4")) << "three of four";
}

TEST(S39_Rest, IsRefusedWhereTheyAreNot) {
  for (const auto& list : {group(3, {1}), group(5, {1, 2}), group(4, {1, 3})}) {
    const auto host = list.rows.size() == 4 ? "fe-2" : list.rows.back().host;
    const auto no = refuse_fe_drop(list, host);
    ASSERT_TRUE(no) << list.rows.size();
    EXPECT_EQ(no->exit_code, kExitQuorum);
    EXPECT_EQ(no->reason, Reason::kQuorumRisk);
    EXPECT_TRUE(for_good(list, host)) << "the same before anything is done";
  }
}

TEST(S39_Rest, TheLastNeverGoesAndTheLeaderIsNotDropped) {
  EXPECT_TRUE(for_good(group(1), "fe-0"));
  ASSERT_TRUE(refuse_fe_drop(group(3), "fe-0"));
  EXPECT_NE(refuse_fe_drop(group(3), "fe-0")->detail.find("leader"), std::string::npos);
}

TEST(S39_Rest, ALeaderGoesOnlyWhereTheOthersCanElectWhileItIsDown) {
  EXPECT_FALSE(for_good(group(3), "fe-0"));
  const auto no = for_good(group(2), "fe-0");
  ASSERT_TRUE(no) << "one of two elects nobody";
  EXPECT_EQ(no->exit_code, kExitQuorum);
  EXPECT_FALSE(for_good(group(2), "fe-1"));
}

TEST(S39_Rest, AnObserverMayAlwaysGo) {
  auto list = group(2, {0});
  list.rows[1].role = RowRole::kObserver;
  EXPECT_FALSE(refuse_fe_drop(list, "fe-1"));
}

TEST(S39_Rest, WithoutAListNobodyKnows) {
  const auto no = refuse_fe_for_good({});
  ASSERT_TRUE(no);
  EXPECT_EQ(no->exit_code, kExitUndecidable);
}

}  // namespace
}  // namespace sragent
