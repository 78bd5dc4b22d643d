#include <gtest/gtest.h>

#include "core_fixture.h"

namespace sragent::core_test {
namespace {

Identity empty_answer(int ordinal) {
  Identity out;
  out.host = host(ordinal);
  out.address = address(ordinal);
  out.headless = kHeadless;
  out.session = "session-" + std::to_string(ordinal);
  out.founder = host(0);
  out.consents = true;
  return out;
}

Peer judge(const Identity& answer, Millis age = Millis{100}) {
  return judge_peer(self(0), address(1), answer, kNow - age, kNow);
}

TEST(JudgePeer, AnEmptyPeerThatConsentsToMe) {
  const auto got = judge(empty_answer(1));
  EXPECT_EQ(got.kind, PeerKind::kEmptyConsent);
  EXPECT_EQ(got.host, host(1));
  EXPECT_EQ(got.asked_at, kNow - Millis{100});
}

struct Bend {
  const char* name;
  void (*bend)(Identity&);
  PeerKind expected;
};

TEST(JudgePeer, EveryKindAtItsBoundary) {
  const std::vector<Bend> cases{
      {"no consent", [](Identity& a) { a.consents = false; }, PeerKind::kEmptyNoConsent},
      {"another founder", [](Identity& a) { a.founder = host(2); }, PeerKind::kEmptyNoConsent},
      {"busy", [](Identity& a) { a.busy = true; }, PeerKind::kBusy},
      {"busy founding",
       [](Identity& a) {
         a.busy = true;
         a.meta = MetaKind::kFoundIntent;
       },
       PeerKind::kBusy},
      {"remembers", [](Identity& a) { a.remembers = {"1"}; }, PeerKind::kRemembers},
      {"joining and remembers",
       [](Identity& a) {
         a.remembers = {"1"};
         a.meta = MetaKind::kJoinIntent;
         a.busy = true;
       },
       PeerKind::kRemembers},
      {"member",
       [](Identity& a) {
         a.meta = MetaKind::kSealed;
         a.cluster_id = "1";
       },
       PeerKind::kMember},
      {"sealed without an id", [](Identity& a) { a.meta = MetaKind::kSealed; }, PeerKind::kUnknown},
      {"damaged", [](Identity& a) { a.meta = MetaKind::kDamaged; }, PeerKind::kUnknown},
      {"unfinished", [](Identity& a) { a.meta = MetaKind::kUnfinished; }, PeerKind::kUnknown},
      {"another address", [](Identity& a) { a.address = address(2); }, PeerKind::kUnknown},
      {"a BE agent", [](Identity& a) { a.kind = NodeKind::kBe; }, PeerKind::kUnknown},
      {"another headless name", [](Identity& a) { a.headless = "other"; }, PeerKind::kUnknown},
      {"my own session", [](Identity& a) { a.session = self(0).session; }, PeerKind::kUnknown},
      {"no host", [](Identity& a) { a.host.clear(); }, PeerKind::kUnknown},
  };
  for (const auto& one : cases) {
    auto answer = empty_answer(1);
    one.bend(answer);
    const auto got = judge(answer);
    EXPECT_EQ(to_string(got.kind), to_string(one.expected)) << one.name;
    if (got.kind == PeerKind::kUnknown) {
      EXPECT_FALSE(got.why.empty()) << one.name;
    }
  }
}

TEST(JudgePeer, S03_AnAnswerCountsFiveSecondsFromItsQuestion) {
  EXPECT_EQ(judge(empty_answer(1), kPeerAnswerLife).kind, PeerKind::kEmptyConsent);
  EXPECT_EQ(judge(empty_answer(1), kPeerAnswerLife + Millis{1}).kind, PeerKind::kUnknown);
}

TEST(JudgePeer, AMemberCarriesItsIdAndList) {
  auto answer = empty_answer(1);
  answer.meta = MetaKind::kSealed;
  answer.cluster_id = "1";
  answer.members = std::vector<std::string>{host(0), host(1)};
  const auto got = judge(answer);
  EXPECT_EQ(got.ids, std::vector<ClusterId>{"1"});
  EXPECT_EQ(got.members, answer.members);
}

Answerer answerer(int ordinal = 1) {
  Answerer out;
  out.self = self(ordinal);
  return out;
}
PeerQuestion founder_asks(std::string session = "session-0") {
  return {host(0), std::move(session), true};
}

TEST(AnswerPeer, AnEmptyNodeConsentsToItsFounder) {
  const auto got = answer_peer(answerer(), founder_asks(), kNow);
  EXPECT_TRUE(got.identity.consents);
  EXPECT_FALSE(got.identity.busy);
  ASSERT_TRUE(got.grant);
  EXPECT_EQ(got.grant->session, "session-0");
  EXPECT_EQ(got.grant->host, host(0));
  EXPECT_EQ(got.grant->at, kNow);
  EXPECT_EQ(got.identity.host, host(1));
  EXPECT_EQ(got.identity.address, address(1));
}

struct NoConsent {
  const char* name;
  void (*bend)(Answerer&, PeerQuestion&);
};

TEST(AnswerPeer, EachConditionOfAConsentIsNeeded) {
  const std::vector<NoConsent> cases{
      {"not asked for", [](Answerer&, PeerQuestion& q) { q.wants_consent = false; }},
      {"no session", [](Answerer&, PeerQuestion& q) { q.session.clear(); }},
      {"another asks", [](Answerer&, PeerQuestion& q) { q.host = host(2); }},
      {"takes another for the founder",
       [](Answerer& a, PeerQuestion&) { a.self.founder = host(2); }},
      {"is the founder itself", [](Answerer& a, PeerQuestion&) { a.self = self(0); }},
      {"has metadata", [](Answerer& a, PeerQuestion&) { a.meta = sealed_meta(1); }},
      {"has half of it",
       [](Answerer& a, PeerQuestion&) { a.meta = meta_of(MetaKind::kUnfinished, 1); }},
      {"remembers", [](Answerer& a, PeerQuestion&) { a.remembers = {"1"}; }},
      {"joins", [](Answerer& a, PeerQuestion&) { a.under_way = true; }},
      {"granted another session",
       [](Answerer& a, PeerQuestion&) {
         a.grant = Grant{"other", host(0), kNow - Millis{1}};
       }},
  };
  for (const auto& one : cases) {
    auto me = answerer();
    auto question = founder_asks();
    one.bend(me, question);
    const auto got = answer_peer(me, question, kNow);
    EXPECT_FALSE(got.identity.consents) << one.name;
    EXPECT_EQ(got.grant.has_value(), me.grant.has_value()) << one.name;
  }
}

TEST(AnswerPeer, AGrantLastsTenSecondsAndIsRenewedForItsSession) {
  auto me = answerer();
  me.grant = Grant{"other", host(0), kNow - kGrantLife + Millis{1}};
  auto got = answer_peer(me, founder_asks(), kNow);
  EXPECT_FALSE(got.identity.consents);
  EXPECT_TRUE(got.identity.busy);
  me.grant->at = kNow - kGrantLife;
  EXPECT_TRUE(answer_peer(me, founder_asks(), kNow).identity.consents);
  me.grant = Grant{"session-0", host(0), kNow - Millis{9'000}};
  got = answer_peer(me, founder_asks(), kNow);
  EXPECT_TRUE(got.identity.consents);
  EXPECT_EQ(got.grant->at, kNow);
}

TEST(AnswerPeer, OnlyASealedMemberShowsAnIdAndAList) {
  auto me = answerer();
  me.meta = meta_of(MetaKind::kJoinIntent, 1);
  me.members = std::vector<std::string>{host(0)};
  me.remembers = {"1"};
  me.under_way = true;
  auto got = answer_peer(me, {}, kNow).identity;
  EXPECT_EQ(got.cluster_id, "");
  EXPECT_FALSE(got.members);
  EXPECT_TRUE(got.busy);
  EXPECT_EQ(got.remembers, std::vector<ClusterId>{"1"});
  me.meta = sealed_meta(1);
  got = answer_peer(me, {}, kNow).identity;
  EXPECT_EQ(got.cluster_id, "1");
  EXPECT_TRUE(got.members);
}

TEST(AnswerPeer, WhatIsAnsweredIsJudgedAsWhatItIs) {
  const auto round = [](const Answerer& me) {
    return judge_peer(
               self(0), address(1), answer_peer(me, founder_asks(), kNow).identity, kNow, kNow)
        .kind;
  };
  auto me = answerer();
  EXPECT_EQ(round(me), PeerKind::kEmptyConsent);
  me.under_way = true;
  EXPECT_EQ(round(me), PeerKind::kBusy);
  me.remembers = {"1"};
  EXPECT_EQ(round(me), PeerKind::kRemembers);
  me.meta = sealed_meta(1);
  EXPECT_EQ(round(me), PeerKind::kMember);
}

TEST(Ordinals, AreTheNumberBehindTheLastDash) {
  EXPECT_EQ(ordinal_of("fe-3.search.ns"), 3);
  EXPECT_EQ(ordinal_of("my-cluster-fe-12"), 12);
  for (const auto* text : {"", "fe", "fe-", "fe-x.search", "10.0.0.1", "fe.a-3", "fe-99999999999"})
    EXPECT_EQ(ordinal_of(text), -1) << text;
  EXPECT_EQ(sibling_host("fe-3.search.ns", 0), "fe-0.search.ns");
  EXPECT_EQ(sibling_host("fe-10", 2), "fe-2");
  EXPECT_EQ(sibling_host("fe.search", 0), "");
}

}  // namespace
}  // namespace sragent::core_test
