// Section 7 of docs/start-rules.md: what a person may order, and how far it goes.
#include <gtest/gtest.h>

#include "core/consent.h"
#include "core_fixture.h"

namespace sragent::core_test {
namespace {

MemorySource be(const ClusterId& id) {
  MemorySource out;
  out.who = "be-0";
  out.id = id;
  return out;
}

Given lost() {
  auto out = first_install(2);
  out.policy.count = 2;
  out.seen.certificate = "7";
  out.seen.memories = {be("7")};
  return out;
}

Consent forgetting(std::vector<ClusterId> ids) {
  return {{ConsentKind::kForgetCluster, std::move(ids)}, kNow - Millis{1'000}};
}

std::optional<ConsentMatter> matter(const Given& given) {
  return consent_matter(given.seen, decision(given).rule, given.now);
}

TEST(Consent, S09_NamesEveryIdThatIsRemembered) {
  auto given = lost();
  given.seen.memories.push_back(be("9"));
  given.seen.remembered = {"8"};
  ASSERT_TRUE(matter(given));
  EXPECT_EQ(matter(given)->ids, (std::vector<ClusterId>{"7", "8", "9"}));
}

TEST(Consent, S09_LetsTheOtherRulesDecide) {
  auto given = lost();
  EXPECT_EQ(decision(given).rule, "26");
  given.memory.consent = forgetting({"7"});
  EXPECT_EQ(decision(given).rule, "29");
  given.seen.peers[0].kind = PeerKind::kUnknown;
  EXPECT_EQ(decision(given).rule, "28") << "silence stays silence";
  given.me = self(1);
  EXPECT_EQ(decision(given).rule, "27") << "only the founder founds";
}

TEST(Consent, S09_EndsWithAnotherMemoryALivingMemberTimeAndUse) {
  const auto kept = [](const Given& given) { return decide(given).memory.consent.has_value(); };
  auto base = lost();
  base.memory.consent = forgetting({"7"});
  EXPECT_TRUE(kept(base));

  auto given = base;
  given.seen.memories.push_back(be("9"));
  EXPECT_FALSE(kept(given));
  EXPECT_EQ(decision(given).rule, "26");

  given = base;
  given.seen.peers[0] = member_peer(1, "7", {0, 1});
  EXPECT_FALSE(kept(given));

  given = base;
  given.memory.consent->at = kNow - kConsentLife;
  EXPECT_FALSE(kept(given));
  given.memory.consent->at = kNow - kConsentLife + Millis{1};
  EXPECT_TRUE(kept(given));

  given = base;
  given.seen.meta = meta_of(MetaKind::kFoundIntent, 0);
  EXPECT_FALSE(kept(given));
}

TEST(Consent, S09_DoesNotMakeAPeerThatRemembersAnEmptyOne) {
  auto given = lost();
  given.seen.peers[0].kind = PeerKind::kRemembers;
  given.seen.peers[0].ids = {"7"};
  given.memory.consent = forgetting({"7"});
  EXPECT_EQ(decision(given).rule, "28");
}

TEST(Consent, AnEmptyNodeMayGiveUpItsMemoryForTheOneLivingCluster) {
  auto given = first_install(2, 1);
  see_twice(given, cluster(1, 0));
  given.seen.peers[0] = member_peer(0, "1", {0});
  given.seen.certificate = "7";
  EXPECT_EQ(decision(given).rule, "13");
  ASSERT_TRUE(matter(given));
  EXPECT_EQ(matter(given)->ids, std::vector<ClusterId>{"7"});
  given.memory.consent = forgetting({"7"});
  EXPECT_EQ(decision(given).rule, "24");
  given.seen.remembered = {"1"};  // the join was planned meanwhile
  EXPECT_EQ(decision(given).rule, "24");
}

TEST(Consent, TwoLivingClustersAreNobodysToForget) {
  auto given = first_install(3);
  given.seen.peers[0] = member_peer(1, "1", {1});
  given.seen.peers[1] = member_peer(2, "2", {2});
  given.seen.certificate = "7";
  EXPECT_EQ(decision(given).rule, "13");
  EXPECT_FALSE(matter(given));
}

TEST(Consent, UnfinishedMetadataIsMovedAsideByIt) {
  auto given = first_install(1);
  given.seen.meta = meta_of(MetaKind::kUnfinished, 0);
  EXPECT_EQ(decision(given).rule, "12");
  ASSERT_TRUE(matter(given));
  EXPECT_EQ(matter(given)->kind, ConsentKind::kMoveAside);
  given.memory.consent = Consent{*matter(given), kNow};
  EXPECT_EQ(action_name(decision(given).action), "MoveAside");
  given.seen.meta = {};
  EXPECT_FALSE(decide(given).memory.consent) << "used";
}

}  // namespace
}  // namespace sragent::core_test
