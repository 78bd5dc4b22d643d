#include <gtest/gtest.h>

#include "core/probe.h"
#include "core/readiness.h"

namespace sragent {
namespace {

constexpr Instant kNow{1'000'000};

ProbeSeen good() {
  return {true, "fine", Millis{1}};
}

ProbeSeen bad(std::string saw = "broken") {
  return {false, std::move(saw), Millis{1}};
}

TEST(Probe, ChangesItsMindOnlyAfterItsThresholds) {
  const ProbeThresholds thresholds{.success = 2, .failure = 3, .initial = true};
  auto state = initial_state(thresholds);
  EXPECT_TRUE(state.ok);
  EXPECT_FALSE(add_result(state, thresholds, bad(), kNow));
  EXPECT_FALSE(add_result(state, thresholds, bad(), kNow));
  EXPECT_FALSE(add_result(state, thresholds, good(), kNow)) << "a good one begins the count anew";
  EXPECT_FALSE(add_result(state, thresholds, bad(), kNow));
  EXPECT_FALSE(add_result(state, thresholds, bad(), kNow));
  EXPECT_TRUE(add_result(state, thresholds, bad("last"), kNow));
  EXPECT_FALSE(state.ok);
  EXPECT_FALSE(add_result(state, thresholds, good(), kNow));
  EXPECT_FALSE(state.ok);
  EXPECT_TRUE(add_result(state, thresholds, good(), kNow));
  EXPECT_TRUE(state.ok);
  EXPECT_EQ(state.last_error, "last") << "the last error outlives the failure";
  EXPECT_EQ(state.runs, 8U);
  EXPECT_EQ(state.failures, 5U);
}

TEST(Probe, BeginsAsItIsTold) {
  EXPECT_FALSE(initial_state({}).ok);
  EXPECT_TRUE(initial_state({.success = 1, .failure = 1, .initial = true}).ok);
}

TEST(Probe, ComparesNumbersAsNumbersAndTextsAsTexts) {
  EXPECT_TRUE(holds("10", Compare::kMore, "9"));
  EXPECT_TRUE(holds(" 1e3\n", Compare::kEqual, "1000"));
  EXPECT_TRUE(holds("2.5", Compare::kLessOrEqual, "2.5"));
  EXPECT_FALSE(holds("2.5", Compare::kMoreOrEqual, "2.6"));
  EXPECT_TRUE(holds("abc", Compare::kNotEqual, "abd"));
  EXPECT_TRUE(holds("abc\n", Compare::kEqual, "abc"));
  EXPECT_FALSE(holds("b", Compare::kMore, "a")) << "an order of texts is none";
  EXPECT_FALSE(holds("NaN", Compare::kLess, "1"));
  EXPECT_FALSE(holds("", Compare::kLess, "1"));
  EXPECT_TRUE(holds("all is well", Compare::kContains, "is"));
  EXPECT_FALSE(holds("10", Compare::kContains, "2"));
}

/// Lines as a BE and an FE answer them (tests/unit/starrocks_corpus/metrics.jsonl).
TEST(Probe, FindsTheSeriesOfAScrape) {
  constexpr std::string_view kScrape =
      "# TYPE jvm_heap_size_bytes gauge\n"
      "jvm_heap_size_bytes{type=\"max\"} 1572864000\n"
      "jvm_heap_size_bytes{type=\"used\"} 259324432\n"
      "node_info{type=\"fe_node_num\", state=\"total\"} 3\n"
      "starrocks_be_process_fd_num_used 81 1795249648\n"
      "odd{path=\"a } b\"} 7\n";
  using Values = std::vector<std::string>;
  EXPECT_EQ(metric_values(kScrape, "jvm_heap_size_bytes"), (Values{"1572864000", "259324432"}));
  EXPECT_EQ(metric_values(kScrape, "jvm_heap_size_bytes{type=\"used\"}"), Values{"259324432"});
  EXPECT_EQ(metric_values(kScrape, "node_info{type=\"fe_node_num\", state=\"total\"}"),
            Values{"3"});
  EXPECT_EQ(metric_values(kScrape, "starrocks_be_process_fd_num_used"), Values{"81"});
  EXPECT_EQ(metric_values(kScrape, "odd"), Values{"7"});
  EXPECT_TRUE(metric_values(kScrape, "jvm_heap").empty());
  EXPECT_TRUE(metric_values("x{", "x").size() <= 1U);
}

TEST(Probe, ComesFirstWithinASecondAndAlwaysAtTheSameTime) {
  for (const auto* name : {"a", "b", "disk", "warehouse_rows"}) {
    const auto delay = first_delay(name, Millis{60'000});
    EXPECT_GE(delay, Millis{0});
    EXPECT_LT(delay, Millis{1'000});
    EXPECT_EQ(delay, first_delay(name, Millis{60'000}));
  }
  EXPECT_LT(first_delay("a", Millis{100}), Millis{100});
}

TEST(Probe, CountsForReadinessUnderItsOwnName) {
  ReadyFacts facts;
  facts.probes.push_back({"probe-disk", false, "full"});
  facts.probes.push_back({"probe-rows", true, "5"});
  const auto checks = judge_readiness(facts, kNow);
  ASSERT_GE(checks.size(), 2U);
  const auto& disk = checks[checks.size() - 2];
  EXPECT_EQ(disk.name, "probe-disk");
  EXPECT_EQ(disk.state, CheckState::kFailed);
  EXPECT_EQ(disk.reason, Reason::kProbeFailed);
  EXPECT_EQ(disk.detail, "full");
  EXPECT_EQ(checks.back().state, CheckState::kOk);
}

}  // namespace
}  // namespace sragent
