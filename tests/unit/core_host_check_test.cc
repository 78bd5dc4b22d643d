#include <algorithm>

#include <gtest/gtest.h>

#include "core/host_check.h"

namespace sragent {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;
const Error kNotThere{ErrorKind::kNotFound, "open /x: No such file or directory"};

DiskSpace space(std::uint64_t total_gib, std::uint64_t free_gib) {
  return {total_gib * kGiB, free_gib * kGiB, 1'000, 900};
}

MemoryWish wish(std::uint64_t gib) {
  return {"-Xmx" + std::to_string(gib) + "g", gib * kGiB, std::nullopt};
}

MemoryWish percent_wish(double percent) {
  return {"mem_limit = N%", std::nullopt, percent};
}

/// A host on which everything is well.
HostSeen good(NodeKind kind = NodeKind::kBe) {
  HostSeen out;
  out.kind = kind;
  out.max_map_count = std::uint64_t{262'144};
  out.open_files = HostLimit{1'024, 1'048'576};
  out.processes = HostLimit{kUnlimited, kUnlimited};
  out.huge_pages = std::string{"madvise"};
  out.cpu = HostCpu{true, true};
  out.memory.machine = 64 * kGiB;
  out.memory.container = HostCgroup{16 * kGiB, 2};
  out.memory.dockerenv = true;
  out.memory.wish = kind == NodeKind::kFe ? wish(8) : percent_wish(90);
  out.disks = {{DiskUse::kStorage, "/data", {}, space(1'000, 500)}};
  return out;
}

HostFinding finding(const HostSeen& facts, const std::string& check) {
  const auto all = judge_host(facts);
  const auto at = std::find_if(
      all.begin(), all.end(), [&](const HostFinding& one) { return one.check == check; });
  return at == all.end() ? HostFinding{} : *at;
}

HostState state(const HostSeen& facts, const std::string& check) {
  return finding(facts, check).state;
}

struct Row {
  std::string name{};
  std::string check{};
  HostState state = HostState::kOk;
  void (*change)(HostSeen&) = nullptr;
  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
};

class HostCheck : public testing::TestWithParam<Row> {};

TEST_P(HostCheck, S66_IsJudgedByItsValue) {
  auto facts = good();
  GetParam().change(facts);
  const auto one = finding(facts, GetParam().check);
  EXPECT_EQ(one.state, GetParam().state) << host_line(one);
  for (const auto* part : {&one.value, &one.wanted, &one.effect, &one.remedy})
    EXPECT_FALSE(part->empty()) << host_line(one);
}

constexpr auto kOk = HostState::kOk;
constexpr auto kWarning = HostState::kWarning;
constexpr auto kUnknown = HostState::kUnknown;

template <typename T>
void lose(T& value) {
  value = tl::unexpected(kNotThere);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    HostCheck,
    testing::Values(
        Row{"maps_enough", "max_map_count", kOk, [](HostSeen&) {}},
        Row{"maps_low",
            "max_map_count",
            kWarning,
            [](HostSeen& f) { f.max_map_count = std::uint64_t{262'143}; }},
        Row{"maps_unknown", "max_map_count", kUnknown, [](HostSeen& f) { lose(f.max_map_count); }},
        Row{"swap_none", "swap", kOk, [](HostSeen&) {}},
        Row{"swap_on",
            "swap",
            kWarning,
            [](HostSeen& f) {
              f.swap = HostSwap{kGiB, Tri::kYes};
            }},
        Row{"swap_on_and_the_group_tells_nothing",
            "swap",
            kWarning,
            [](HostSeen& f) {
              f.swap = HostSwap{kGiB, Tri::kUnknown};
            }},
        Row{"swap_on_for_others",
            "swap",
            kOk,
            [](HostSeen& f) {
              f.swap = HostSwap{kGiB, Tri::kNo};
            }},
        Row{"swap_unknown", "swap", kUnknown, [](HostSeen& f) { lose(f.swap); }},
        Row{"files_soft_enough",
            "open_files",
            kOk,
            [](HostSeen& f) {
              f.open_files = HostLimit{60'000, 60'000};
            }},
        Row{"files_script_raises_them",
            "open_files",
            kOk,
            [](HostSeen& f) {
              f.open_files = HostLimit{1'024, 65'535};
            }},
        Row{"files_script_cannot_raise_them",
            "open_files",
            kWarning,
            [](HostSeen& f) {
              f.open_files = HostLimit{1'024, 65'534};
            }},
        Row{"files_fe_raises_them_itself",
            "open_files",
            kOk,
            [](HostSeen& f) {
              f.kind = NodeKind::kFe;
              f.open_files = HostLimit{1'024, 60'000};
            }},
        Row{"files_few",
            "open_files",
            kWarning,
            [](HostSeen& f) {
              f.open_files = HostLimit{1'024, 4'096};
            }},
        Row{"files_unlimited",
            "open_files",
            kOk,
            [](HostSeen& f) {
              f.open_files = HostLimit{kUnlimited, kUnlimited};
            }},
        Row{"files_other_want",
            "open_files",
            kWarning,
            [](HostSeen& f) { f.wants.open_files = 2'000'000; }},
        Row{"files_unknown", "open_files", kUnknown, [](HostSeen& f) { lose(f.open_files); }},
        Row{"processes_enough", "processes", kOk, [](HostSeen&) {}},
        Row{"processes_few",
            "processes",
            kWarning,
            [](HostSeen& f) {
              f.processes = HostLimit{4'096, 65'534};
            }},
        Row{"processes_unknown", "processes", kUnknown, [](HostSeen& f) { lose(f.processes); }},
        Row{"pages_never",
            "transparent_huge_pages",
            kOk,
            [](HostSeen& f) { f.huge_pages = std::string{"never"}; }},
        Row{"pages_always",
            "transparent_huge_pages",
            kWarning,
            [](HostSeen& f) { f.huge_pages = std::string{"always"}; }},
        Row{"pages_unknown",
            "transparent_huge_pages",
            kUnknown,
            [](HostSeen& f) { lose(f.huge_pages); }},
        Row{"cpu_good", "cpu_avx2", kOk, [](HostSeen&) {}},
        Row{"cpu_old",
            "cpu_avx2",
            kWarning,
            [](HostSeen& f) {
              f.cpu = HostCpu{true, false};
            }},
        Row{"cpu_arm",
            "cpu_avx2",
            kOk,
            [](HostSeen& f) {
              f.cpu = HostCpu{false, false};
            }},
        Row{"cpu_unknown", "cpu_avx2", kUnknown, [](HostSeen& f) { lose(f.cpu); }},
        Row{"memory_default", "mem_limit", kOk, [](HostSeen&) {}},
        Row{"memory_all_of_it",
            "mem_limit",
            kWarning,
            [](HostSeen& f) { f.memory.wish = percent_wish(100); }},
        Row{"memory_more_than_the_container_has",
            "mem_limit",
            kWarning,
            [](HostSeen& f) { f.memory.wish = wish(32); }},
        Row{"memory_a_size_that_fits",
            "mem_limit",
            kOk,
            [](HostSeen& f) { f.memory.wish = wish(14); }},
        Row{"memory_of_the_machine_in_a_container",
            "mem_limit",
            kWarning,
            [](HostSeen& f) { f.memory.dockerenv = false; }},
        Row{"memory_no_limit",
            "mem_limit",
            kOk,
            [](HostSeen& f) {
              f.memory.container = HostCgroup{std::nullopt, 2};
            }},
        Row{"memory_limit_above_the_machine",
            "mem_limit",
            kOk,
            [](HostSeen& f) {
              f.memory.container = HostCgroup{999 * kGiB, 1};
            }},
        Row{"memory_limit_unknown",
            "mem_limit",
            kUnknown,
            [](HostSeen& f) { lose(f.memory.container); }},
        Row{"memory_limit_unknown_and_more_than_the_machine",
            "mem_limit",
            kWarning,
            [](HostSeen& f) {
              lose(f.memory.container);
              f.memory.wish = wish(4'000);
            }},
        Row{"memory_machine_unknown",
            "mem_limit",
            kUnknown,
            [](HostSeen& f) { lose(f.memory.machine); }},
        Row{"memory_setting_unknown",
            "mem_limit",
            kUnknown,
            [](HostSeen& f) { lose(f.memory.wish); }},
        Row{"memory_setting_wrong",
            "mem_limit",
            kWarning,
            [](HostSeen& f) {
              f.memory.wish = tl::unexpected(Error{ErrorKind::kBadConfig, "mem_limit: lots"});
            }},
        Row{"memory_beyond_all_numbers",
            "mem_limit",
            kWarning,
            [](HostSeen& f) { f.memory.wish = percent_wish(1e300); }}),
    [](const testing::TestParamInfo<Row>& row) { return row.param.name; });

TEST(HostChecks, S66_AGoodHostHasNoWarningAndNothingRefusesIt) {
  for (const auto kind : {NodeKind::kFe, NodeKind::kBe, NodeKind::kCn}) {
    const auto all = judge_host(good(kind));
    for (const auto& one : all)
      EXPECT_EQ(one.state, kOk) << host_line(one);
    EXPECT_EQ(host_refusal(all), "");
  }
}

TEST(HostChecks, S66_AnFeNeedsNoAvx2ButAHeapThatFits) {
  auto facts = good(NodeKind::kFe);
  EXPECT_EQ(finding(facts, "cpu_avx2").check, "");
  EXPECT_EQ(finding(facts, "mem_limit").check, "");
  facts.memory.wish = wish(15);
  EXPECT_EQ(state(facts, "fe_heap"), kWarning);
  facts.memory.wish = MemoryWish{"-XX:MaxRAMPercentage=75", std::nullopt, 75.0};
  EXPECT_EQ(state(facts, "fe_heap"), kOk);
}

TEST(HostChecks, S66_TheScriptsOwnHeapCountsWhereItFindsALimit) {
  auto facts = good(NodeKind::kFe);
  facts.memory.wish = wish(15);
  facts.memory.auto_percent = 70;
  EXPECT_EQ(state(facts, "fe_heap"), kOk);
  facts.memory.auto_percent = 95;
  EXPECT_EQ(state(facts, "fe_heap"), kWarning);
  facts.memory.auto_percent = 70;
  facts.memory.dockerenv = false;  // the script looks for that file, too
  EXPECT_EQ(state(facts, "fe_heap"), kWarning);
}

TEST(HostChecks, S66_ABeThatDoesNotSeeItsContainerIsToldWhatMakesItSee) {
  auto facts = good();
  facts.memory.dockerenv = false;
  const auto one = finding(facts, "mem_limit");
  EXPECT_NE(one.remedy.find("/.dockerenv"), std::string::npos) << one.remedy;
  EXPECT_NE(one.value.find("57.6 GiB"), std::string::npos) << one.value;
  EXPECT_NE(one.value.find("the container has 16.0 GiB (cgroup v2)"), std::string::npos);
}

TEST(HostChecks, S66_EachVolumeIsJudgedByWhatItIsFor) {
  struct Case {
    DiskUse use;
    DiskSpace space;
    HostState state;
  };
  const std::vector<Case> cases{
      {DiskUse::kMeta, space(100, 20), kOk},
      {DiskUse::kMeta, space(100, 19), kWarning},
      {DiskUse::kMeta, {kGiB, kGiB / 2, 0, 0}, kWarning},  // not more than the FE's own reserve
      {DiskUse::kStorage, space(1'000, 50), kOk},
      {DiskUse::kStorage, space(1'000, 49), kWarning},
      {DiskUse::kStorage, space(100'000, 100), kOk},  // 0.1 %, and enough of it
      {DiskUse::kStorage, space(100'000, 99), kWarning},
      {DiskUse::kLog, space(100, 10), kOk},
      {DiskUse::kLog, space(100, 9), kWarning},
      {DiskUse::kState, space(100, 9), kWarning},
      {DiskUse::kLog, {100 * kGiB, 50 * kGiB, 1'000, 49}, kWarning},
      {DiskUse::kLog, {100 * kGiB, 50 * kGiB, 1'000, 50}, kOk},
      {DiskUse::kLog, {100 * kGiB, 50 * kGiB, 0, 0}, kOk},  // not counted
      {DiskUse::kLog, {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}, kOk},
      {DiskUse::kStorage, {0, 0, 0, 0}, kWarning},
  };
  for (const auto& one : cases) {
    auto facts = good();
    facts.disks = {{one.use, "/v", {}, one.space}};
    EXPECT_EQ(state(facts, "disk"), one.state) << host_line(finding(facts, "disk"));
  }
}

TEST(HostChecks, S66_AVolumeNamesItsPathAndWhereItWillBeMade) {
  auto facts = good();
  facts.disks = {{DiskUse::kLog, "/a/log", "/a", space(100, 50)},
                 {DiskUse::kLog, "log", {}, tl::unexpected(kNotThere)}};
  const auto all = judge_host(facts);
  const auto& made = all[all.size() - 2];
  EXPECT_EQ(made.subject, "/a/log");
  EXPECT_EQ(made.value, "50.0 GiB of 100.0 GiB free (50 %) at /a, where it will be made");
  EXPECT_EQ(all.back().state, kUnknown);
  EXPECT_EQ(all.back().value, kNotThere.what);
}

TEST(HostChecks, S66_TheClockIsWrongOnlyWhereTheWholeSpanIs) {
  struct Case {
    std::int64_t low;
    std::int64_t high;
    HostState state;
    std::string value;
  };
  const std::vector<Case> cases{
      {-900, 100, kOk, "0.4 s ahead of the leader"},
      {-5'000, 5'000, kOk, "0.0 s behind the leader"},
      {5'001, 6'001, kWarning, "5.5 s behind the leader"},
      {-7'000, -5'001, kWarning, "6.0 s ahead of the leader"},
      {4'500, 5'500, kUnknown, "the leader's answer took too long to compare with"},
      {-9'000, 9'000, kUnknown, "the leader's answer took too long to compare with"},
  };
  for (const auto& one : cases) {
    const ClockSpan span{"fe-0", false, one.low, one.high};
    const auto told = judge_clock(NodeKind::kFe, span, {});
    EXPECT_EQ(told.state, one.state) << one.low;
    EXPECT_EQ(told.value, one.value);
    EXPECT_EQ(told.subject, "fe-0");
  }
}

TEST(HostChecks, S66_TheClockFollowsTheFesOwnLimitAndTheLeaderIsItsOwn) {
  HostWants wants;
  wants.clock_ms = 10'000;
  const ClockSpan span{"fe-0", false, 6'000, 7'000};
  EXPECT_EQ(judge_clock(NodeKind::kFe, span, wants).state, kOk);
  EXPECT_EQ(judge_clock(NodeKind::kFe, span, wants).wanted, "at most 10.0 s off the leader's");
  const auto own = judge_clock(NodeKind::kFe, ClockSpan{"fe-0", true, 0, 0}, {});
  EXPECT_EQ(own.state, kOk);
  EXPECT_EQ(own.value, "this FE leads");
  const auto none = judge_clock(NodeKind::kBe, tl::unexpected(kNotThere), {});
  EXPECT_EQ(none.state, kUnknown);
  EXPECT_EQ(none.value, kNotThere.what);
}

TEST(HostChecks, S66_ARefusalHasEveryWarningWithItsRemedyAndNothingThatIsNotKnown) {
  auto facts = good();
  facts.huge_pages = std::string{"always"};
  facts.cpu = HostCpu{true, false};
  lose(facts.swap);
  const auto text = host_refusal(judge_host(facts));
  EXPECT_TRUE(text.starts_with("host.checks = strict: transparent_huge_pages: always; wanted: "))
      << text;
  EXPECT_NE(text.find("; cpu_avx2: no avx2; wanted: avx2 on x86; effect: "), std::string::npos);
  EXPECT_NE(text.find("remedy: on the node: echo madvise"), std::string::npos);
  EXPECT_EQ(text.find("swap"), std::string::npos);
}

TEST(HostChecks, S66_ALineHasEffectAndRemedyOfAWarningAlone) {
  auto facts = good();
  EXPECT_EQ(host_line(finding(facts, "swap")),
            "swap: none; wanted: none that this container may use");
  lose(facts.swap);
  EXPECT_EQ(host_line(finding(facts, "swap")),
            "swap: open /x: No such file or directory; wanted: none that this container may use");
}

TEST(HostChecks, SizesAreWrittenInTheUnitThatFits) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1'023), "1023 B");
  EXPECT_EQ(size_text(1'536), "1.5 KiB");
  EXPECT_EQ(size_text(std::uint64_t{512} << 20U), "512.0 MiB");
  EXPECT_EQ(size_text(kGiB + kGiB / 2), "1.5 GiB");
  EXPECT_EQ(size_text(kGiB - 1), "1024.0 MiB");
  EXPECT_EQ(size_text(UINT64_MAX), "16384.0 PiB");
}

}  // namespace
}  // namespace sragent
