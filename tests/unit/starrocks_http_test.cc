#include <gtest/gtest.h>

#include "starrocks/bootstrap.h"
#include "starrocks/identity_json.h"

namespace sragent {
namespace {

Identity member() {
  Identity out;
  out.host = "fe-1.search.ns";
  out.address = "10.0.0.1";
  out.headless = "search.ns";
  out.session = "s1";
  out.meta = MetaKind::kSealed;
  out.cluster_id = "909";
  out.members = std::vector<std::string>{"fe-0.search.ns", "fe-1.search.ns"};
  out.remembers = {"909"};
  out.founder = "fe-0.search.ns";
  out.leader_seen = "fe-0.search.ns";
  return out;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(IdentityJson, ComesBackAsItWas) {
  for (const auto meta : {MetaKind::kEmpty,
                          MetaKind::kSealed,
                          MetaKind::kFoundIntent,
                          MetaKind::kJoinIntent,
                          MetaKind::kUnfinished,
                          MetaKind::kLeft,
                          MetaKind::kDamaged}) {
    auto identity = member();
    identity.meta = meta;
    identity.busy = meta == MetaKind::kEmpty;
    identity.consents = meta == MetaKind::kLeft;
    if (meta == MetaKind::kEmpty) identity.members.reset();
    if (meta == MetaKind::kSealed) identity.claim = LeaveClaim{2, "2026-11-22T10:00:00Z"};
    const auto back = parse_identity(to_json(identity));
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(back->host, identity.host);
    EXPECT_EQ(back->address, identity.address);
    EXPECT_EQ(back->headless, identity.headless);
    EXPECT_EQ(back->session, identity.session);
    EXPECT_EQ(back->kind, identity.kind);
    EXPECT_EQ(back->meta, identity.meta);
    EXPECT_EQ(back->cluster_id, identity.cluster_id);
    EXPECT_EQ(back->members, identity.members);
    EXPECT_EQ(back->remembers, identity.remembers);
    EXPECT_EQ(back->founder, identity.founder);
    EXPECT_EQ(back->busy, identity.busy);
    EXPECT_EQ(back->consents, identity.consents);
    EXPECT_EQ(back->leader_seen, identity.leader_seen);
    EXPECT_EQ(back->claim, identity.claim);
  }
}

TEST(IdentityJson, AClusterIdOfAMegabyteIsGarbled) {
  auto huge = member();
  huge.cluster_id = std::string(1'000'000, '9');
  const auto got = parse_identity(to_json(huge));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::kGarbled);
  huge.cluster_id = std::string(65, '9');
  EXPECT_FALSE(parse_identity(to_json(huge)));
  huge.cluster_id = std::string(64, '9');
  EXPECT_TRUE(parse_identity(to_json(huge)));
}

/// One that is taken for none would let two FEs leave together.
TEST(IdentityJson, AClaimThatCannotBeReadIsGarbledAndAMissingOneIsNone) {
  const auto text = to_json(member());
  const std::string none = "\"claim\":null";
  for (const auto* const claim : {"true",
                                  "[]",
                                  "{}",
                                  R"({"ordinal":2})",
                                  R"({"since":"now"})",
                                  R"({"ordinal":"2","since":"now"})",
                                  R"({"ordinal":2,"since":5})",
                                  R"({"ordinal":2.5,"since":"now"})"}) {
    const auto parsed = parse_identity(replaced(text, none, std::string("\"claim\":") + claim));
    EXPECT_FALSE(parsed) << claim;
  }
  const auto large =
      parse_identity(replaced(text, none, R"("claim":{"ordinal":99999999999999,"since":"now"})"));
  ASSERT_TRUE(large && large->claim);
  EXPECT_GT(large->claim->ordinal, 0);
  const auto older = parse_identity(replaced(text, none + ",", ""));
  ASSERT_TRUE(older);
  EXPECT_FALSE(older->claim);
}

TEST(IdentityJson, ListsAreBounded) {
  auto many = member();
  many.members = std::vector<std::string>(64, "a");
  EXPECT_TRUE(parse_identity(to_json(many)));
  many.members = std::vector<std::string>(65, "a");
  EXPECT_FALSE(parse_identity(to_json(many)));
  many.members = std::vector<std::string>{std::string(254, 'a')};
  EXPECT_FALSE(parse_identity(to_json(many)));
  many = member();
  many.remembers = {std::string(65, '1')};
  EXPECT_FALSE(parse_identity(to_json(many)));
}

TEST(IdentityJson, GarbageIsNeverAnIdentity) {
  const auto good = to_json(member());
  for (const std::string& text :
       std::vector<std::string>{"",
                                "null",
                                "[]",
                                "1",
                                "{}",
                                "<html>",
                                std::string(4, '\0'),
                                good.substr(0, good.size() / 2),
                                replaced(good, R"("busy":false)", R"("busy":"no")"),
                                replaced(good, R"("meta":"sealed")", R"("meta":"great")"),
                                replaced(good, R"("kind":"fe")", R"("kind":7)"),
                                replaced(good, "\"host\":", "\"hosts\":"),
                                replaced(good, R"("remembers":["909"])", R"("remembers":[909])"),
                                replaced(good, "\"members\":[", "\"x\":[")}) {
    const auto got = parse_identity(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().kind, ErrorKind::kGarbled);
  }
  EXPECT_FALSE(parse_identity(std::string(100'000, '[')));
}

TEST(IdentityJson, EveryCutOfAnAnswerIsGarbled) {
  const auto good = to_json(member());
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_FALSE(parse_identity(std::string_view(good).substr(0, cut))) << cut;
}

TEST(IdentityJson, AnUnknownFieldIsIgnored) {
  EXPECT_TRUE(parse_identity(replaced(to_json(member()), "{", "{\"new_thing\":{\"a\":1},")));
}

TEST(IdentityJson, ANameThatSteersATerminalIsNone) {
  for (const char* text : {"fe-0\n", "fe-0\x1b[2J", "fe 0", "\xc3\xa4"}) {
    auto odd = member();
    odd.founder = text;
    EXPECT_FALSE(parse_identity(to_json(odd))) << text;
    odd = member();
    odd.members->push_back(text);
    EXPECT_FALSE(parse_identity(to_json(odd))) << text;
  }
}

TEST(IdentityJson, BytesThatAreNoUtf8DoNotThrow) {
  auto odd = member();
  odd.host = "\xff\xfe";
  EXPECT_FALSE(to_json(odd).empty());
}

TEST(PeerQuestions, TravelInTheQuery) {
  EXPECT_EQ(question_path({}), "/v1/identity");
  EXPECT_EQ(question_path({"fe-0.x", "s 1&", true}),
            "/v1/identity?host=fe-0.x&session=s%201%26&consent=1");
  const auto back = question_from({{"host", "fe-0.x"}, {"session", "s 1&"}, {"consent", "1"}});
  EXPECT_EQ(back.host, "fe-0.x");
  EXPECT_EQ(back.session, "s 1&");
  EXPECT_TRUE(back.wants_consent);
  const auto huge =
      question_from({{"host", std::string(300, 'a')}, {"session", std::string(65, 'b')}});
  EXPECT_EQ(huge.host, "");
  EXPECT_EQ(huge.session, "");
  EXPECT_FALSE(huge.wants_consent);
}

TEST(Bootstrap, StatusDecidesAndCodeDoesNot) {
  const auto ready = parse_bootstrap(
      R"({"replayedJournalId":0,"status":"OK","code":"0","msg":"Success","message":"OK"})");
  ASSERT_TRUE(ready);
  EXPECT_TRUE(ready->ready);
  const auto wrong =
      parse_bootstrap(R"({"status":"FAILED","code":"0","msg":"invalid parameter","message":"OK"})");
  ASSERT_TRUE(wrong);
  EXPECT_FALSE(wrong->ready);
  EXPECT_EQ(wrong->msg, "invalid parameter");
}

TEST(Bootstrap, GarbageIsNoAnswer) {
  for (const std::string& text : std::vector<std::string>{"",
                                                          "{}",
                                                          "[]",
                                                          R"({"status":1})",
                                                          R"({"status":"OK")",
                                                          std::string(70'000, ' '),
                                                          "<html>OK</html>"})
    EXPECT_FALSE(parse_bootstrap(text)) << text.substr(0, 40);
}

TEST(Metrics, OnlyTheLeaderHasTheLine) {
  const std::string follower =
      "# TYPE x counter\nnode_info{type=\"fe_node_num\", state=\"total\"} 3\n";
  EXPECT_EQ(says_it_leads(follower), Tri::kNo);
  EXPECT_EQ(says_it_leads(follower + "node_info{type=\"is_master\"} 1\n"), Tri::kYes);
  EXPECT_EQ(says_it_leads(follower + "node_info{type=\"is_master\"} 0\n"), Tri::kNo);
}

TEST(Metrics, ACutOrForeignTextIsUnknown) {
  EXPECT_EQ(says_it_leads(""), Tri::kUnknown);
  EXPECT_EQ(says_it_leads("starrocks_be_x 1\n"), Tri::kUnknown);
  EXPECT_EQ(says_it_leads("node_info{type=\"fe_node_num\"} 3\nnode_in"), Tri::kUnknown);
  EXPECT_EQ(says_it_leads("<html>\n"), Tri::kUnknown);
}

TEST(RoleAnswer, S18_ARejectedCallerIsKnown) {
  EXPECT_TRUE(caller_rejected(400, "invalid client host."));
  EXPECT_FALSE(caller_rejected(200, ""));
  EXPECT_FALSE(caller_rejected(400, "Miss parameter"));
}

}  // namespace
}  // namespace sragent
