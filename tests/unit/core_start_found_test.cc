// Rows 26 to 33 of docs/start-rules.md: empty metadata, no cluster in sight.
#include <set>

#include <gtest/gtest.h>

#include "core_fixture.h"

namespace sragent::core_test {
namespace {

Given counted(int count = 3, int mine = 0) {
  auto out = first_install(count, mine);
  out.policy.count = count;
  return out;
}

TEST(StartRow28, AnOwnFileThatCannotBeReadHasAWordOfItsOwn) {
  auto given = counted();
  MemorySource own{"/meta/.sr-agent/certificate", "", true};
  own.why = "Input/output error";
  own.word = Reason::kPathNotWritable;
  given.seen.memories = {own};
  EXPECT_EQ(decision(given).rule, "28");
  EXPECT_EQ(decision(given).reason, Reason::kPathNotWritable);
  EXPECT_EQ(decision(given).detail,
            "/meta/.sr-agent/certificate cannot be read: Input/output error");
}

TEST(StartRow26, S09_AMemoryAnywhereIsRefused) {
  expect_all(counted(),
             {{"own certificate",
               [](Given& g) { g.seen.certificate = "1"; },
               "26",
               "Refuse",
               Reason::kClusterExists},
              {"a planned join",
               [](Given& g) { g.seen.remembered = {"1"}; },
               "26",
               "Refuse",
               Reason::kClusterExists},
              {"a BE agent",
               [](Given& g) {
                 g.seen.memories = {{"be-0", "1", false}};
               },
               "26",
               "Refuse",
               Reason::kClusterExists},
              {"a peer that remembers",
               [](Given& g) {
                 g.seen.peers[1].kind = PeerKind::kRemembers;
                 g.seen.peers[1].ids = {"1"};
               },
               "26",
               "Refuse",
               Reason::kClusterExists},
              {"sources that remember none",
               [](Given& g) {
                 g.seen.memories = {{"be-0", "", false}};
               },
               "29",
               "Found",
               Reason::kFounding}});
}

TEST(StartRow26, S09_ItIsSaidWhoRemembersWhat) {
  auto given = counted();
  given.seen.memories = {{"be-0.search", "4711", false}};
  const auto detail = decision(given).detail;
  EXPECT_NE(detail.find("be-0.search"), std::string::npos);
  EXPECT_NE(detail.find("4711"), std::string::npos);
}

TEST(StartRow27, S06_OnlyTheFounderFounds) {
  expect_all(
      counted(),
      {{"ordinal 1", [](Given& g) { g.me = self(1); }, "27", "Wait", Reason::kWaitingForPeers},
       {"no founder known",
        [](Given& g) { g.me.founder.clear(); },
        "27",
        "Wait",
        Reason::kWaitingForPeers},
       {"an observer",
        [](Given& g) { g.me.role = FeRole::kObserver; },
        "27",
        "Wait",
        Reason::kWaitingForPeers},
       {"told never to",
        [](Given& g) { g.policy.bootstrap = Bootstrap::kNever; },
        "27",
        "Wait",
        Reason::kWaitingForPeers}});
}

TEST(StartRow28, S03_EveryProofOfEmptinessIsNeeded) {
  const auto wait = [](std::string name, std::function<void(Given&)> bend) {
    return Case{std::move(name), std::move(bend), "28", "Wait", Reason::kWaitingForPeers};
  };
  std::vector<Case> cases{
      wait("a memory source that cannot be read",
           [](Given& g) {
             g.seen.memories = {{"source", "", true}};
           }),
      wait("no answer for the set", [](Given& g) { g.seen.set.outcome = Tri::kUnknown; }),
      wait("the set does not exist", [](Given& g) { g.seen.set.outcome = Tri::kNo; }),
      wait("an answer that must not be kept", [](Given& g) { g.seen.set.ttl = Millis{0}; }),
      wait("an old answer",
           [](Given& g) { g.seen.set.asked_at = kNow - kPeerAnswerLife - Millis{1}; }),
      wait("my present address is not in it", [](Given& g) { g.me.address = "10.9.9.9"; }),
      wait("an address that nobody asked",
           [](Given& g) { g.seen.set.addresses.emplace_back("10.9.9.9"); }),
      wait("an old consent",
           [](Given& g) { g.seen.peers[0].asked_at = kNow - kPeerAnswerLife - Millis{1}; }),
      wait("something speaks behind the service",
           [](Given& g) { g.seen.service = ServiceProbe::kSpeaks; }),
      wait("nobody knows what is behind the service",
           [](Given& g) { g.seen.service = ServiceProbe::kUnknown; }),
  };
  for (const auto kind : {PeerKind::kUnknown, PeerKind::kEmptyNoConsent, PeerKind::kBusy}) {
    cases.push_back(wait("a peer that is " + std::string(to_string(kind)),
                         [kind](Given& g) { g.seen.peers[1].kind = kind; }));
  }
  expect_all(counted(), cases);
}

TEST(StartRow28, S03_RefusedOrUnknownNamesOfTheServiceAreNoHindrance) {
  for (const auto probe :
       {ServiceProbe::kRefused, ServiceProbe::kNoSuchName, ServiceProbe::kNotConfigured}) {
    auto given = counted();
    given.seen.service = probe;
    EXPECT_EQ(decision(given).rule, "29") << to_string(probe);
  }
}

TEST(StartRow28, S03_TheMissingPeerIsNamed) {
  auto given = counted();
  given.seen.peers[1].kind = PeerKind::kUnknown;
  given.seen.peers[1].why = "timed out";
  const auto detail = decision(given).detail;
  EXPECT_NE(detail.find(host(2)), std::string::npos) << detail;
  EXPECT_NE(detail.find("timed out"), std::string::npos) << detail;
}

TEST(StartRow29, S01_EachOrdinalBelowTheCountConsents) {
  auto given = counted();
  const auto got = decision(given);
  EXPECT_EQ(got.rule, "29");
  const auto found = std::get<Found>(got.action);
  EXPECT_EQ(found.basis, FoundBasis::kCounted);
  EXPECT_EQ(found.until, kNow - Millis{300} + kFoundLease) << "from the oldest question";
}

TEST(StartRow29, ASeenPeerBeyondTheCountMustConsentToo) {
  auto given = counted(2);
  given.seen.set.addresses.push_back(address(2));
  given.seen.peers.push_back(peer(2, PeerKind::kEmptyNoConsent));
  EXPECT_EQ(decision(given).rule, "28");
  given.seen.peers.back().kind = PeerKind::kEmptyConsent;
  EXPECT_EQ(decision(given).rule, "29");
}

TEST(StartRow29, TheLeaseEndsTwoSecondsAfterTheOldestQuestion) {
  auto given = counted();
  given.seen.peers[0].asked_at = kNow - Millis{1'500};
  const auto found = std::get<Found>(decision(given).action);
  EXPECT_EQ(found.until, kNow + Millis{500});
  EXPECT_TRUE(lease_valid(found, kNow + Millis{500}));
  EXPECT_FALSE(lease_valid(found, kNow + Millis{501}));
}

TEST(StartRow30, S01_MissingOrdinalsAreNamedAndHintedAt) {
  auto given = counted();
  given.seen.set.addresses.pop_back();
  given.seen.peers.pop_back();
  auto got = decision(given);
  EXPECT_EQ(got.rule, "30");
  EXPECT_EQ(got.reason, Reason::kWaitingForPeers);
  EXPECT_NE(got.detail.find(host(2)), std::string::npos);
  EXPECT_EQ(got.detail.find(host(1)), std::string::npos);
  given.seen.siblings_absent_since = kNow - kAbsentHint + Millis{1};
  EXPECT_EQ(decision(given).detail.find("podManagementPolicy"), std::string::npos);
  given.seen.siblings_absent_since = kNow - kAbsentHint;
  EXPECT_NE(decision(given).detail.find("podManagementPolicy"), std::string::npos);
}

TEST(StartRow31, S11_StrictNeedsACount) {
  auto given = first_install(1);
  given.policy.bootstrap = Bootstrap::kStrict;
  EXPECT_EQ(decision(given).rule, "31");
  given.policy.count = 1;
  EXPECT_EQ(decision(given).rule, "32");
  given = first_install(1);
  given.me.headless = "fe-domain-search.ns.svc";
  EXPECT_EQ(decision(given).rule, "31");
}

TEST(StartRows32And33, S02_TheCensusTakesTwoRoundsAGapApart) {
  auto given = first_install(2);
  auto first = decide(given);
  EXPECT_EQ(first.decision.rule, "32");
  ASSERT_TRUE(first.memory.census_first);
  EXPECT_EQ(*first.memory.census_first, kNow);

  const auto at = [&](Millis after, const StartMemory& memory) {
    auto later = given;
    later.now = kNow + after;
    later.memory = memory;
    later.seen.set.asked_at = later.now - Millis{100};
    for (auto& one : later.seen.peers)
      one.asked_at = later.now - Millis{100};
    return later;
  };
  EXPECT_EQ(decision(at(kCensusGap - Millis{1}, first.memory)).rule, "32");
  const auto second = decision(at(kCensusGap, first.memory));
  EXPECT_EQ(second.rule, "33");
  EXPECT_EQ(std::get<Found>(second.action).basis, FoundBasis::kCensus);
}

TEST(StartRows32And33, S02_AFailedRoundBeginsAnew) {
  auto given = first_install(2);
  given.memory.census_first = kNow - kCensusGap;
  given.seen.peers[0].kind = PeerKind::kUnknown;
  const auto failed = decide(given);
  EXPECT_EQ(failed.decision.rule, "28");
  EXPECT_FALSE(failed.memory.census_first);
  given.seen.peers[0].kind = PeerKind::kEmptyConsent;
  given.memory = failed.memory;
  EXPECT_EQ(decision(given).rule, "32");
}

TEST(StartRows32And33, S02_ACountOfOneIsTreatedAsUnknown) {
  auto given = first_install(1);
  given.policy.count = 1;
  EXPECT_EQ(decision(given).rule, "32");
  given.memory.census_first = kNow - kCensusGap;
  EXPECT_EQ(decision(given).rule, "33");
}

TEST(StartRows32And33, TheGapIsASetting) {
  auto given = first_install(1);
  given.policy.census_gap = Millis{60'000};
  given.memory.census_first = kNow - kCensusGap;
  EXPECT_EQ(decision(given).rule, "32");
  given.memory.census_first = kNow - Millis{60'000};
  EXPECT_EQ(decision(given).rule, "33");
}

TEST(WantsConsent, OnlyAFounderAsksAndNotWhileItSeesAMember) {
  const auto given = counted();
  const auto asks = [](const Given& g) {
    return wants_consent(g.me, g.policy, g.seen.meta, g.memory);
  };
  EXPECT_TRUE(asks(given));
  auto sealed = given;
  sealed.seen.meta = sealed_meta(0);
  EXPECT_FALSE(asks(sealed));
  EXPECT_FALSE(asks(counted(3, 1))) << "ordinal 1 does not found";
  auto observer = given;
  observer.me.role = FeRole::kObserver;
  EXPECT_FALSE(asks(observer));
  auto never = given;
  never.policy.bootstrap = Bootstrap::kNever;
  EXPECT_FALSE(asks(never));

  auto joins = given;
  joins.seen.peers[0] = member_peer(1, "1", {1, 2});
  joins.memory = decide(joins).memory;
  EXPECT_FALSE(asks(joins)) << "its questions would keep the asked ones from joining";
  joins.seen.peers[0] = peer(1, PeerKind::kEmptyNoConsent);
  joins.memory = decide(joins).memory;
  EXPECT_TRUE(asks(joins)) << "the member is gone";
}

TEST(StartRules, AreAllNamedInTheOrderOfTheTable) {
  std::vector<std::string> names;
  for (const auto& rule : start_rules()) {
    names.emplace_back(rule.name);
    EXPECT_FALSE(rule.guard.empty());
  }
  std::vector<std::string> expected;
  for (int i = 1; i <= 33; ++i) {
    expected.push_back(std::to_string(i));
    if (i == 19) expected.emplace_back("19b");
  }
  EXPECT_EQ(names, expected);
}

/// One of each value for what the rows look at; every combination must end in one decision.
TEST(StartRules, SilenceNeverFoundsWhateverElseHolds) {
  const std::vector<PeerKind> kinds{PeerKind::kUnknown,
                                    PeerKind::kEmptyConsent,
                                    PeerKind::kEmptyNoConsent,
                                    PeerKind::kMember,
                                    PeerKind::kRemembers,
                                    PeerKind::kBusy};
  int founds = 0;
  for (const auto one : kinds) {
    for (const auto two : kinds) {
      for (const auto name : {Tri::kUnknown, Tri::kNo, Tri::kYes}) {
        for (const auto set : {Tri::kUnknown, Tri::kNo, Tri::kYes}) {
          for (const int count : {0, 1, 2, 3}) {
            for (const bool rounds : {false, true}) {
              auto given = first_install(3);
              given.policy.count = count;
              given.seen.own_name = name;
              given.seen.set.outcome = set;
              given.seen.peers[0].kind = one;
              given.seen.peers[1].kind = two;
              for (auto& seen : given.seen.peers) {
                if (seen.kind == PeerKind::kMember || seen.kind == PeerKind::kRemembers)
                  seen.ids = {"1"};
              }
              if (rounds) given.memory.census_first = kNow - kCensusGap;
              const auto got = decision(given);
              EXPECT_FALSE(got.rule.empty());
              if (action_name(got.action) != "Found") continue;
              ++founds;
              EXPECT_EQ(one, PeerKind::kEmptyConsent);
              EXPECT_EQ(two, PeerKind::kEmptyConsent);
              EXPECT_EQ(name, Tri::kYes);
              EXPECT_EQ(set, Tri::kYes);
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(founds, 6) << "counts 2 and 3 at once, 0 and 1 in the second round";
}

}  // namespace
}  // namespace sragent::core_test
