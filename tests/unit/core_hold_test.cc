#include <gtest/gtest.h>

#include "core/hold.h"

namespace sragent {
namespace {

using std::chrono::hours;

HoldAsk ask(HoldSource source, const std::string& reason = "why") {
  HoldAsk out;
  out.source = source;
  out.reason = reason;
  out.span = hours{4};
  out.mark = is_standing(source) ? std::string{to_string(source)} + reason : "";
  return out;
}

const HoldAsk kNote = ask(HoldSource::kAnnotation);
const HoldAsk kFile = ask(HoldSource::kFile);
constexpr Instant kNow{1'000};

HoldMemory held_by(const HoldAsk& by) {
  return begin_hold({}, by, "cluster 7", kNow);
}

TEST(Hold, WordsOfSourcesAreReadBack) {
  for (int i = 0; i < kHoldSourceCount; ++i) {
    const auto source = static_cast<HoldSource>(i);
    EXPECT_EQ(hold_source(to_string(source)), source);
  }
  EXPECT_EQ(hold_source("somebody"), std::nullopt);
}

TEST(Hold, BeginsByTheFirstStandingWishThatWasNotAnswered) {
  EXPECT_EQ(hold_turn({}, {}, kNow), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn({}, {kNote, kFile}, kNow), HoldTurn::kBegins);
  HoldMemory answered;
  answered.answered = {kNote.mark};
  EXPECT_EQ(hold_turn(answered, {kNote}, kNow), HoldTurn::kNothing);
  ASSERT_NE(unanswered(answered, {kNote, kFile}), nullptr);
  EXPECT_EQ(unanswered(answered, {kNote, kFile})->mark, kFile.mark);
}

TEST(Hold, EndsWithTheWishThatBeganItAndWithNoOther) {
  const auto memory = held_by(kNote);
  EXPECT_EQ(hold_turn(memory, {kNote}, kNow), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn(memory, {}, kNow), HoldTurn::kWithdrawn);
  EXPECT_EQ(hold_turn(memory, {kFile}, kNow), HoldTurn::kWithdrawn);
  const auto spoken = held_by(ask(HoldSource::kVerb));
  EXPECT_EQ(hold_turn(spoken, {}, kNow), HoldTurn::kNothing) << "nothing stands that could go away";
}

TEST(Hold, AWishThatSaysSomethingElseBeginsItAnewWithTheDataOfTheFirst) {
  const auto changed = ask(HoldSource::kAnnotation, "another");
  auto memory = held_by(kNote);
  EXPECT_EQ(hold_turn(memory, {changed}, kNow), HoldTurn::kBegins);
  memory = begin_hold(std::move(memory), changed, "cluster 8", kNow + hours{1});
  EXPECT_EQ(memory.hold->ask.reason, "another");
  EXPECT_EQ(memory.hold->ends, kNow + hours{5});
  EXPECT_EQ(memory.hold->seal, "cluster 7");
}

TEST(Hold, ExpiresOnceAndStaysThenUntilAPerson) {
  auto memory = held_by(kNote);
  EXPECT_EQ(hold_turn(memory, {kNote}, kNow + hours{4} - Millis{1}), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn(memory, {kNote}, kNow + hours{4}), HoldTurn::kExpires);
  memory.hold->stuck = "changed";
  EXPECT_EQ(hold_turn(memory, {kNote}, kNow + hours{9}), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn(memory, {}, kNow + hours{9}), HoldTurn::kWithdrawn);
}

TEST(Hold, ItsEndAnswersEverythingThatStandsUntilThatChanges) {
  auto memory = end_hold(held_by(kNote), {kNote, kFile});
  EXPECT_FALSE(memory.hold);
  EXPECT_EQ(hold_turn(memory, {kNote, kFile}, kNow), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn(memory, {kNote, ask(HoldSource::kFile, "new")}, kNow), HoldTurn::kBegins);
  memory = forget_gone(std::move(memory), {kFile});
  EXPECT_EQ(hold_turn(memory, {kNote}, kNow), HoldTurn::kBegins) << "it went away and came again";
}

TEST(Hold, AtItsEndOnlyAMemberAsItWasIsStarted) {
  const Hold hold{kNote, kNow, kNow + hours{4}, "cluster 7", {}};
  EXPECT_EQ(why_it_stays(hold, "cluster 7", ""), "");
  EXPECT_NE(why_it_stays(hold, "cluster 7", "pid 3 (java)").find("pid 3"), std::string::npos);
  EXPECT_NE(why_it_stays(hold, "cluster 8", "").find("changed during hold"), std::string::npos);
  EXPECT_NE(why_it_stays(hold, "", "").find("is no member"), std::string::npos);
  auto empty = hold;
  empty.seal.clear();
  EXPECT_NE(why_it_stays(empty, "", "").find("no member to resume"), std::string::npos);
  EXPECT_NE(why_it_stays(empty, "cluster 7", "").find("no member to resume"), std::string::npos)
      << "whose data it is, nobody has looked at";
}

}  // namespace
}  // namespace sragent
