#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/journal.h"
#include "runtime/start_facts.h"
#include "runtime_case.h"

namespace sragent {
namespace {

using Json = nlohmann::ordered_json;
using testing_cases::full_case;
using testing_cases::joining_case;

/// Pointers to all members of all objects in the tree.
void each_member(const Json& json,
                 const Json::json_pointer& at,
                 std::vector<Json::json_pointer>& out) {
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      out.push_back(at / key);
      each_member(value, at / key, out);
    }
  }
  if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i)
      each_member(json[i], at / i, out);
  }
}

/// Keys of a map may be missing; every other member may not.
bool is_map_entry(const Json::json_pointer& at) {
  return at.to_string().starts_with("/memory/history/rows/fe-0") && at.back() != "moved_at" &&
         at.back() != "dead_since" && at.back() != "dead_read" && at.back() != "last_heartbeat";
}

std::string error_of(const std::string& text) {
  const auto parsed = parse_start_case(text);
  return parsed ? "no error" : parsed.error().what;
}

TEST(StartCaseJson, ReadsBackEveryFieldThatItWrote) {
  for (const auto& value : {StartCase{}, joining_case(), full_case()}) {
    const auto text = to_json(value);
    const auto read = parse_start_case(text);
    ASSERT_TRUE(read.has_value()) << read.error().what;
    EXPECT_EQ(to_json(*read), text);
    EXPECT_EQ(explain_text(*read), explain_text(value));
  }
}

TEST(StartCaseJson, KeepsValuesAndNotOnlyNames) {
  const auto read = parse_start_case(to_json(full_case()));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->me.edit_log_port, 9010);
  EXPECT_EQ(read->policy.role_told, FeRole::kObserver);
  EXPECT_EQ(read->policy.bootstrap, Bootstrap::kStrict);
  EXPECT_EQ(read->seen.meta, full_case().seen.meta);
  EXPECT_EQ(read->seen.peers.at(0).members->at(0), "fe-0.search.ns");
  EXPECT_EQ(read->seen.lists.at(0).rows.at(0).up_for, Millis{3'600'000});
  EXPECT_EQ(read->seen.refusal->reason, Reason::kTlsFailed);
  EXPECT_EQ(read->memory.history.rows.at("fe-0.search.ns:9010").dead_read, Instant{3});
  EXPECT_EQ(read->memory.grant->at, Instant{3'000});
  EXPECT_EQ(read->now, Instant{100'000});
}

TEST(StartCaseJson, NamesEachFieldThatIsMissing) {
  const auto whole = Json::parse(to_json(full_case()));
  std::vector<Json::json_pointer> members;
  each_member(whole, Json::json_pointer{}, members);
  EXPECT_GT(members.size(), 90U);
  for (const auto& at : members) {
    if (is_map_entry(at)) continue;
    auto broken = whole;
    broken[at.parent_pointer()].erase(at.back());
    const auto error = error_of(broken.dump());
    EXPECT_NE(error.find(at.back() + ": missing"), std::string::npos) << at << ": " << error;
  }
}

TEST(StartCaseJson, NamesEachFieldOfAnotherType) {
  const auto whole = Json::parse(to_json(full_case()));
  std::vector<Json::json_pointer> members;
  each_member(whole, Json::json_pointer{}, members);
  for (const auto& at : members) {
    auto broken = whole;
    broken[at] = 1.5;
    const auto error = error_of(broken.dump());
    EXPECT_NE(error.find(at.back()), std::string::npos) << at << ": " << error;
  }
}

TEST(StartCaseJson, RefusesNumbersOutOfRangeAndUnknownWords) {
  struct Change {
    const char* at;
    Json value;
  };
  const std::vector<Change> changes{{"/me/edit_log_port", 65'536},
                                    {"/me/edit_log_port", -1},
                                    {"/me/ordinal", std::int64_t{1} << 40},
                                    {"/now", std::int64_t{1} << 60},
                                    {"/now", ~std::uint64_t{0}},
                                    {"/me/role", "LEADER"},
                                    {"/seen/meta/kind", ""},
                                    {"/seen/refusal/reason", "because"},
                                    {"/seen/peers", nullptr},
                                    {"/seen/peers/0", "x"}};
  for (const auto& change : changes) {
    auto broken = Json::parse(to_json(full_case()));
    broken[Json::json_pointer{change.at}] = change.value;
    const auto read = parse_start_case(broken.dump());
    ASSERT_FALSE(read.has_value()) << change.at;
    EXPECT_EQ(read.error().kind, ErrorKind::kGarbled);
  }
}

TEST(StartCaseJson, RefusesGarbage) {
  const std::string deep(200'000, '[');
  const std::string deeper =
      "{\"me\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  for (const auto& text : {std::string{},
                           std::string{"null"},
                           std::string{"[]"},
                           std::string{"{"},
                           std::string{"{}"},
                           std::string{"\xff\xfe"},
                           std::string{R"({"explain_input":null})"},
                           std::string{R"({"explain_input":"{"})"},
                           std::string{R"({"explain_input":[]})"},
                           std::string(5'000'000, ' '),
                           deep,
                           deeper}) {
    const auto read = parse_start_case(text);
    ASSERT_FALSE(read.has_value()) << text.substr(0, 40);
    EXPECT_EQ(read.error().kind, ErrorKind::kGarbled);
  }
}

TEST(StartCaseJson, IsFoundInALargerObjectAsObjectAndAsText) {
  const auto text = to_json(full_case());
  const auto as_object = parse_start_case(R"({"a":1,"explain_input":)" + text + "}");
  ASSERT_TRUE(as_object.has_value());
  EXPECT_EQ(to_json(*as_object), text);
  const Json outer{{"explain_input", text}};
  const auto as_text = parse_start_case(outer.dump());
  ASSERT_TRUE(as_text.has_value());
  EXPECT_EQ(to_json(*as_text), text);
}

TEST(StartCaseJson, CarriesBytesThatAreNoUtf8AsReplacements) {
  auto value = joining_case();
  value.seen.peers[0].why = "\xff";
  EXPECT_TRUE(parse_start_case(to_json(value)).has_value());
}

TEST(StartCaseJson, HoldsTwoHundredPeersWithLongLists) {
  auto value = joining_case();
  auto peer = value.seen.peers[0];
  peer.members = std::vector<std::string>(64, std::string(60, 'h'));
  value.seen.peers.assign(200, peer);
  EXPECT_TRUE(parse_start_case(to_json(value)).has_value());
}

// S72: reason words, facts with age, every row, what would change it; replayed by explain --from.
TEST(Explain, S72_TellsDecisionRowsAndFactsWithAgeAndSource) {
  const auto text = explain_text(joining_case());
  EXPECT_EQ(
      text,
      R"(decision  Join (add) by fe-0.search.ns:9010 of cluster 77, row 24
reason    joining: )" +
          std::string{explain(Reason::kJoining)} +
          R"(
because   )" +
          decide_start(
              joining_case().me, joining_case().policy, joining_case().seen, {}, joining_case().now)
              .decision.detail +
          R"(
node      fe-1.search.ns at 127.0.1.2, session 00000000000000a1
policy    bootstrap auto, count 3

Rows, the first that holds decides:
    1  no         a hold is asked
    2  no         metadata damaged
    3  no         ROLE's host, host type or role contradicts the configuration
    4  no         sealed, and the identity is another's
    5  no         sealed
    6  no         left, and the leader lists this host no more
    7  no         left
    8  no         founding that was ready once
    9  no         founding cut short
   10  no         join cut short before its log began
   11  no         join begun, or unfinished and listed
   12  no         unfinished
   13  no         two cluster ids in sight
   14  no         login refused or TLS broken
   15  no         own name not served
   16  no         consent given to a founder
   17  no         own membership statement without answer
   18  no         members in sight, no leader whose word counts
   19  no         own host leads, or own row alive
  19b  no         own row not alive and not yet dead
   20  no         own row under another role or port
   21  no         own row dead and joined, enough others fresh
   22  no         own row dead and joined, too few others fresh
   23  no         own row dead and never joined
   24  yes        not listed, adding is safe
   25  not tried  not listed, adding is a risk
   26  not tried  a cluster is remembered, no member in sight
   27  not tried  not the founder, observer, or bootstrap = never
   28  not tried  a proof of emptiness is missing
   29  not tried  count known, every ordinal consents
   30  not tried  count known, an ordinal is missing
   31  not tried  strict and count unknown
   32  not tried  census, first round
   33  not tried  census, second round

Facts:
  metadata                      empty  [own disk, 0.0 s ago]
  certificate                   none  [own disk, 0.0 s ago]
  remembered ids                none  [own disk, 0.0 s ago]
  last member list              none  [own disk, 0.0 s ago]
  headless set search.ns        127.0.1.1, 127.0.1.2 (TTL 5000 ms)  [name servers, 2.0 s ago]
  own name                      fe-1.search.ns gives 127.0.1.2  [name servers, 2.0 s ago]
  peer 127.0.1.1                fe-0.search.ns: member, cluster 77, knows 1 members  [its agent, 1.0 s ago]
  list of fe-0.search.ns        cluster 77, 1 rows, its word counts as the leader's  [SHOW FRONTENDS at fe-0.search.ns, 0.5 s ago]
  row fe-0.search.ns:9010       LEADER, Join true, Alive true, LastHeartbeat 2026-11-21 10:00:00  [SHOW FRONTENDS at fe-0.search.ns, 0.5 s ago]
  service name                  speaks: fe-service at 127.0.1.1:9030 accepts connections  [TCP connect, in this look]
)");
}

TEST(Explain, S72_TellsWhatAWaitWaitsForAndWhyAFactIsUnknown) {
  auto value = joining_case();
  value.seen.lists.clear();
  value.seen.peers[0].kind = PeerKind::kUnknown;
  value.seen.peers[0].ids.clear();
  value.seen.peers[0].why = "http: 127.0.1.1:8099: timed out after 2000 ms";
  const auto text = explain_text(value);
  const auto decision =
      decide_start(value.me, value.policy, value.seen, value.memory, value.now).decision;
  EXPECT_NE(text.find("decision  Wait, row 27"), std::string::npos) << text;
  EXPECT_NE(text.find("until     " + decision.detail), std::string::npos) << text;
  EXPECT_NE(text.find("unknown: http: 127.0.1.1:8099: timed out after 2000 ms  [its agent, 1.0 s"),
            std::string::npos)
      << text;
}

TEST(Explain, ItsJsonSaysTheSameAndCanBeReplayed) {
  const auto value = joining_case();
  const auto json = Json::parse(explain_json(value));
  EXPECT_EQ(json.at("rule"), "24");
  EXPECT_EQ(json.at("action"), "Join");
  EXPECT_EQ(json.at("reason"), "joining");
  EXPECT_EQ(json.at("rules").size(), start_rules().size());
  EXPECT_EQ(json.at("facts").size(), start_facts(value).size());
  const auto replayed = parse_start_case(json.dump());
  ASSERT_TRUE(replayed.has_value());
  EXPECT_EQ(explain_text(*replayed), explain_text(value));
}

TEST(Explain, ItsRulesTriedEndWithTheOneThatMatched) {
  const auto tried = rules_tried("5");
  ASSERT_EQ(tried.size(), 5U);
  EXPECT_EQ(tried.front(), "1 a hold is asked: no");
  EXPECT_EQ(tried.back(), "5 sealed: yes");
}

TEST(JournalLine, IsOneLineWithDigestAndCounts) {
  const auto value = joining_case();
  DecisionLine line;
  line.rule = "24";
  line.action = "Join";
  line.reason = Reason::kJoining;
  line.detail = "two\nlines";
  const auto text = journal_line(line, value.seen, value.now);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto json = Json::parse(text);
  EXPECT_EQ(json.at("rule"), "24");
  EXPECT_EQ(json.at("reason"), "joining");
  EXPECT_EQ(json.at("peers").at("member"), 1);
  EXPECT_EQ(json.at("addresses"), 2);
  EXPECT_EQ(json.at("seen"), observation_digest(value.seen));
  const auto& answer = json.at("answers").at(0);
  EXPECT_EQ(answer.at("kind"), "member");
  EXPECT_EQ(answer.at("address"), value.seen.peers[0].address);
  EXPECT_EQ(answer.at("asked_at_ms"), value.seen.peers[0].asked_at.count());
  line.action = "Wait";
  EXPECT_FALSE(Json::parse(journal_line(line, value.seen, value.now)).contains("answers"));
}

TEST(JournalLine, TellsWhatADecisionCameTo) {
  DecisionLine line;
  line.rule = "24";
  line.action = "Join";
  line.outcome = "started: \"start_fe.sh\"\n";
  const auto text = outcome_line(line, Instant{7});
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto json = Json::parse(text);
  EXPECT_EQ(json.at("outcome_of"), "24 Join");
  EXPECT_EQ(json.at("outcome"), line.outcome);
  EXPECT_EQ(json.at("at_ms"), 7);
  EXPECT_FALSE(json.contains("rule"));
}

TEST(JournalLine, HasADigestThatFollowsFactsAndNotAges) {
  const auto seen = joining_case().seen;
  auto later = seen;
  later.peers[0].asked_at += Millis{700};
  later.lists[0].rows[0].last_heartbeat = "2026-11-21 10:00:05";
  EXPECT_EQ(observation_digest(later), observation_digest(seen));
  later.lists[0].rows[0].alive = false;
  EXPECT_NE(observation_digest(later), observation_digest(seen));
}

TEST(AgeText, GrowsCoarserWithAge) {
  EXPECT_EQ(age_text(Instant{500}, Instant{2'000}), "1.5 s ago");
  EXPECT_EQ(age_text(Instant{0}, Instant{600'000}), "10 min ago");
  EXPECT_EQ(age_text(Instant{0}, Instant{36'000'000}), "10 h ago");
  EXPECT_EQ(age_text(std::nullopt, Instant{5}), "never");
}

}  // namespace
}  // namespace sragent
