#include <gtest/gtest.h>

#include "runtime/hold_asks.h"

namespace sragent {
namespace {

using std::chrono::seconds;

TEST(PodAnnotations, AreReadAsTheKubeletQuotesThem) {
  const auto all = parse_annotations(
      "a=\"plain\"\n"
      "b=\"say \\\"no\\\" \\\\ \\n tab\\t\"\n"
      "c=\"\\u00e4\\u20ac\\U0001f600\\x41\"\n"
      "d=\"\"\n");
  EXPECT_EQ(all.at("a"), "plain");
  EXPECT_EQ(all.at("b"), "say \"no\" \\ \n tab\t");
  EXPECT_EQ(all.at("c"),
            "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"
            "A");
  EXPECT_EQ(all.at("d"), "");
}

TEST(PodAnnotations, LinesThatAreNoneArePassedOver) {
  const auto all = parse_annotations(
      "no equals\nx=unquoted\ny=\"open\nz=\"bad \\u12\"\nw=\"\\\"\n=\"\"\ngood=\"1\"");
  EXPECT_EQ(all.count("x") + all.count("y") + all.count("z") + all.count("w"), 0U);
  EXPECT_EQ(all.at("good"), "1");
}

TEST(PodAnnotations, AFileThatIsNotThereIsToldFromOneThatCannotBeRead) {
  EXPECT_EQ(read_annotations("/nowhere/annotations").error().kind, ErrorKind::kNotFound);
  EXPECT_NE(read_annotations("/").error().kind, ErrorKind::kNotFound);
}

TEST(SpanOf, ReadsSecondsMinutesAndHours) {
  EXPECT_EQ(span_of("90"), seconds{90});
  EXPECT_EQ(span_of("90s"), seconds{90});
  EXPECT_EQ(span_of("10m"), seconds{600});
  EXPECT_EQ(span_of("2h"), seconds{7'200});
  for (const auto* bad : {"", "s", "-1", "1.5h", "2d", "h2", "99999999999", "10 m"})
    EXPECT_EQ(span_of(bad), std::nullopt) << bad;
}

TEST(HoldAsks, OfAnnotationsNameModeAuthorReasonTimeAndForce) {
  const Config config;
  const Clock clock{2};
  EXPECT_EQ(ask_of_annotations({}, config, clock), std::nullopt);
  EXPECT_EQ(ask_of_annotations({{"sr-agent.starrocks.com/run-mode", "serve"}}, config, clock),
            std::nullopt);
  const auto ask = ask_of_annotations({{"sr-agent.starrocks.com/run-mode", "debug"},
                                       {"sr-agent.starrocks.com/run-mode-author", "ann"},
                                       {"sr-agent.starrocks.com/run-mode-reason", "core"},
                                       {"sr-agent.starrocks.com/run-mode-for", "1m"},
                                       {"sr-agent.starrocks.com/run-mode-force", "true"}},
                                      config,
                                      clock);
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->author, "ann");
  EXPECT_EQ(ask->reason, "core");
  EXPECT_EQ(ask->span, Millis{120'000}) << "on a clock that is twice as fast";
  EXPECT_TRUE(ask->force);
  for (const auto* key : {"selectdb.com.doris/runmode", "apache.org.doris/runmode"}) {
    EXPECT_TRUE(ask_of_annotations({{key, "debug"}}, config, clock)) << key;
    EXPECT_FALSE(ask_of_annotations({{key, "normal"}}, config, clock)) << key;
    EXPECT_FALSE(ask_of_annotations(
        {{key, "debug"}, {"sr-agent.starrocks.com/run-mode", "serve"}}, config, clock))
        << "the own one counts";
  }
  const auto plain =
      ask_of_annotations({{"sr-agent.starrocks.com/run-mode", "hold"}}, config, clock);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->span, Millis{config.policy.hold_limit} * 2);
  EXPECT_NE(plain->mark, ask->mark);
}

TEST(HoldAsks, OfAFileNameKeysOrJustAReason) {
  const Config config;
  const Clock clock;
  const auto words = ask_of_file("author=ann\nfor=2h\nforce=true\nreason=a=b\n", config, clock);
  EXPECT_EQ(words.author, "ann");
  EXPECT_EQ(words.reason, "a=b");
  EXPECT_EQ(words.span, Millis{seconds{7'200}});
  EXPECT_TRUE(words.force);
  EXPECT_EQ(ask_of_file("the disk is full\n", config, clock).reason, "the disk is full");
  EXPECT_EQ(ask_of_file("", config, clock).span, Millis{config.policy.hold_limit});
}

TEST(HoldAsks, AnotherDefaultChangesNoWish) {
  Config config;
  const auto before = ask_of_file("why", config, Clock{});
  config.policy.hold_limit = seconds{60};
  const auto after = ask_of_file("why", config, Clock{});
  EXPECT_EQ(after.mark, before.mark);
  EXPECT_NE(after.span, before.span);
  EXPECT_NE(ask_of_file("why\nfor=60", config, Clock{}).mark, before.mark);
}

TEST(HoldAsks, WhatCannotBeReadIsUnknownAndNoAbsence) {
  Config config;
  EXPECT_EQ(standing_asks(nullptr, config, Clock{}).unknown,
            std::vector<HoldSource>{HoldSource::kAnnotation});
  const PodAnnotations none;
  EXPECT_TRUE(standing_asks(&none, config, Clock{}).unknown.empty());
  config.policy.hold_file = "/dev/null/under-a-file";
  const auto blocked = standing_asks(&none, config, Clock{});
  EXPECT_TRUE(blocked.asks.empty());
  config.policy.hold_file = "/";
  EXPECT_EQ(standing_asks(&none, config, Clock{}).asks.size(), 1U) << "the path exists";
}

TEST(HoldAsks, LongTextsAreCutBetweenCharacters) {
  EXPECT_EQ(short_text(std::string(600, 'x')).size(), 500U);
  EXPECT_EQ(short_text(std::string(499, 'x') + "\xC3\xA4 more"), std::string(499, 'x'));
}

TEST(HoldAsks, ATimeThatIsNoneIsToldAndNotGuessed) {
  const Config config;
  const auto ask = ask_of_file("for=soon\n", config, Clock{});
  EXPECT_EQ(ask.span, Millis{config.policy.hold_limit});
  EXPECT_NE(ask.reason.find("soon: expected"), std::string::npos);
  EXPECT_EQ(ask_of_file("for=0\n", config, Clock{}).span, Millis{config.policy.hold_limit});
}

}  // namespace
}  // namespace sragent
