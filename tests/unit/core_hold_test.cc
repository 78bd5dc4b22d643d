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
  EXPECT_EQ(hold_turn({}, StandingAsks{}, kNow), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn({}, StandingAsks{{kNote, kFile}, {}}, kNow), HoldTurn::kBegins);
  HoldMemory answered;
  answered.answered = {kNote.mark};
  EXPECT_EQ(hold_turn(answered, StandingAsks{{kNote}, {}}, kNow), HoldTurn::kNothing);
  ASSERT_NE(unanswered(answered, StandingAsks{{kNote, kFile}, {}}), nullptr);
  EXPECT_EQ(unanswered(answered, StandingAsks{{kNote, kFile}, {}})->mark, kFile.mark);
}

TEST(Hold, EndsWithTheWishThatBeganItAndWithNoOther) {
  const auto memory = held_by(kNote);
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kNote}, {}}, kNow), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn(memory, StandingAsks{{}, {}}, kNow), HoldTurn::kWithdrawn);
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kFile}, {}}, kNow), HoldTurn::kWithdrawn);
  const auto spoken = held_by(ask(HoldSource::kVerb));
  EXPECT_EQ(hold_turn(spoken, StandingAsks{{}, {}}, kNow), HoldTurn::kNothing)
      << "nothing stands that could go away";
}

TEST(Hold, AWishThatSaysSomethingElseBeginsItAnewWithTheDataOfTheFirst) {
  const auto changed = ask(HoldSource::kAnnotation, "another");
  auto memory = held_by(kNote);
  EXPECT_EQ(hold_turn(memory, StandingAsks{{changed}, {}}, kNow), HoldTurn::kBegins);
  memory = begin_hold(std::move(memory), changed, "cluster 8", kNow + hours{1});
  EXPECT_EQ(memory.hold->ask.reason, "another");
  EXPECT_EQ(memory.hold->ends, kNow + hours{5});
  EXPECT_EQ(memory.hold->seal, "cluster 7");
}

TEST(Hold, ExpiresOnceAndStaysThenUntilAPerson) {
  auto memory = held_by(kNote);
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kNote}, {}}, kNow + hours{4} - Millis{1}),
            HoldTurn::kNothing);
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kNote}, {}}, kNow + hours{4}), HoldTurn::kExpires);
  memory.hold->stuck = "changed";
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kNote}, {}}, kNow + hours{9}), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn(memory, StandingAsks{{}, {}}, kNow + hours{9}), HoldTurn::kWithdrawn);
}

TEST(Hold, APersonAnswersEverythingThatStandsUntilThatChanges) {
  const StandingAsks both{{kNote, kFile}, {}};
  auto memory = end_hold(held_by(kNote), both, HoldEnd::kPerson);
  EXPECT_FALSE(memory.hold);
  EXPECT_EQ(hold_turn(memory, both, kNow), HoldTurn::kNothing);
  const StandingAsks changed{{kNote, ask(HoldSource::kFile, "new")}, {}};
  EXPECT_EQ(hold_turn(memory, changed, kNow), HoldTurn::kBegins);
  memory = forget_gone(std::move(memory), StandingAsks{{kFile}, {}});
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kNote}, {}}, kNow), HoldTurn::kBegins)
      << "it went away and came again";
}

TEST(Hold, ItsTimeAnswersItsOwnWishAloneSoAnotherOneHoldsOn) {
  const auto memory = end_hold(held_by(kNote), StandingAsks{{kNote, kFile}, {}}, HoldEnd::kItself);
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kNote}, {}}, kNow), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kNote, kFile}, {}}, kNow), HoldTurn::kBegins);
}

TEST(Hold, ARefusedWishCountsAgainOnceItIsForgotten) {
  auto memory = end_hold(held_by(kNote), StandingAsks{{kNote}, {}}, HoldEnd::kRefused);
  EXPECT_TRUE(memory.answered.empty());
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kNote}, {}}, kNow), HoldTurn::kNothing);
  memory.refused.clear();
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kNote}, {}}, kNow), HoldTurn::kBegins);
}

TEST(Hold, ASourceThatCannotBeReadNeitherAsksNorTakesBack) {
  const StandingAsks unknown{{}, {HoldSource::kAnnotation}};
  EXPECT_EQ(hold_turn({}, unknown, kNow), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn(held_by(kNote), unknown, kNow), HoldTurn::kNothing);
  EXPECT_EQ(hold_turn(held_by(kNote), unknown, kNow + hours{4}), HoldTurn::kExpires);
  auto memory = end_hold(held_by(kNote), StandingAsks{{kNote}, {}}, HoldEnd::kPerson);
  memory = forget_gone(std::move(memory), unknown);
  EXPECT_EQ(hold_turn(memory, StandingAsks{{kNote}, {}}, kNow), HoldTurn::kNothing)
      << "it was answered, and nobody saw it go";
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
