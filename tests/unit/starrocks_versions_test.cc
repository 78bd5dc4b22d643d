#include <gtest/gtest.h>

#include "starrocks/versions.h"

namespace sragent {
namespace {

Version version(std::string_view text) {
  return parse_version(text).value();
}
Capabilities can(std::string_view text) {
  const auto parsed = version(text);
  return capabilities_of(&parsed);
}

TEST(Versions, AreReadInEveryFormThatServersTell) {
  EXPECT_EQ(to_string(version("3.5.7-d2da301")), "3.5.7");
  EXPECT_EQ(version("3.5.7-d2da301").commit, "d2da301");
  EXPECT_EQ(to_string(version("3.3-int-92d3ab2")), "3.3.0");
  EXPECT_EQ(to_string(version("main-20260130-70d1c24")), "main");
  EXPECT_EQ(to_string(version("v3.3.1")), "3.3.1");
  EXPECT_EQ(to_string(version("4.0.0-rc01-abc")), "4.0.0");
  EXPECT_EQ(to_string(version("3.10.2")), "3.10.2");
}

TEST(Versions, GarbageIsNone) {
  for (const auto* text : {"",
                           "x",
                           "3",
                           "3.",
                           "3.x",
                           "3.5.",
                           "3.5.7x",
                           "NULL",
                           "-1.2",
                           "99999999999999999999.1",
                           "5.1.0 Community"})
    EXPECT_FALSE(parse_version(text)) << text;
}

TEST(Versions, AreOrdered) {
  EXPECT_LT(version("3.3.9"), version("3.3.10"));
  EXPECT_LT(version("3.3.10"), version("3.10.0"));
  EXPECT_LT(version("4.0.0"), version("main-x"));
  EXPECT_EQ(version("3.5.7-a"), version("3.5.7-b"));
}

struct Boundary {
  const char* before;
  const char* after;
  bool Capabilities::*what;
};

TEST(Versions, CapabilitiesBeginWhereTheTableSays) {
  const std::vector<Boundary> rows{
      {"3.4.9", "3.5.0", &Capabilities::fe_id_column},
      {"3.3.15", "3.4.0", &Capabilities::status_code},
      {"3.3.5", "3.3.6", &Capabilities::warehouse_clause},
      {"3.5.9", "4.0.0", &Capabilities::cngroup_clause},
      {"3.2.16", "3.3.0", &Capabilities::backend_blacklist},
      {"3.5.7", "4.0.0", &Capabilities::cn_blacklist},
      {"3.1.3", "3.1.4", &Capabilities::running_queries},
      {"3.1.3", "3.2.0", &Capabilities::running_queries},
      {"3.3.2", "3.3.3", &Capabilities::image_v2},
      {"3.4.1", "3.4.2", &Capabilities::fe_graceful_exit},
      {"3.2.11", "3.2.12", &Capabilities::be_counts_pipelines},
      {"3.3.5", "3.3.6", &Capabilities::be_counts_pipelines},
      {"3.4.1", "3.4.2", &Capabilities::stop_timeout},
      {"3.5.6", "3.5.7", &Capabilities::stop_cn_waits},
      {"3.3.19", "3.3.18", &Capabilities::be_hard_stop},
      {"3.4.8", "3.4.7", &Capabilities::be_hard_stop},
      {"3.5.6", "3.5.5", &Capabilities::be_hard_stop},
      {"3.3.17", "3.3.16", &Capabilities::cn_hard_stop},
      {"3.4.6", "3.4.5", &Capabilities::cn_hard_stop},
      {"3.5.2", "3.5.1", &Capabilities::cn_hard_stop},
      {"3.3.1", "3.3.2", &Capabilities::script_makes_meta_dir},
  };
  for (const auto& row : rows) {
    EXPECT_FALSE(can(row.before).*row.what) << row.before << " " << row.after;
    EXPECT_TRUE(can(row.after).*row.what) << row.after;
  }
}

TEST(Versions, S49_OnlyReleasesOfThreeBranchesAreStoppedHard) {
  for (const auto* text : {"3.2.9", "3.1.17", "3.3-92d3ab2", "main-70d1c24", "4.0.0", "2.5.22"})
    EXPECT_FALSE(can(text).be_hard_stop || can(text).cn_hard_stop) << text;
  EXPECT_TRUE(can("v3.3.1").be_hard_stop && can("v3.3.1").cn_hard_stop);
}

TEST(Versions, TheBesOwnDrainWaitsByDefaultSince342) {
  EXPECT_EQ(can("3.4.1").be_exit_loops, 0);
  EXPECT_EQ(can("3.4.2").be_exit_loops, 2);
}

TEST(Versions, LogconsoleEditsTheConfOfOldScripts) {
  EXPECT_TRUE(can("3.2.11").logconsole_edits_conf);
  EXPECT_FALSE(can("3.2.12").logconsole_edits_conf);
  EXPECT_TRUE(can("3.3.4").logconsole_edits_conf);
  EXPECT_FALSE(can("3.3.5").logconsole_edits_conf);
  EXPECT_TRUE(capabilities_of(nullptr).logconsole_edits_conf);
}

TEST(Versions, AnUnknownOneIsCautiousInEverything) {
  const auto none = capabilities_of(nullptr);
  EXPECT_EQ(none.known, VersionKnown::kUnknown);
  EXPECT_FALSE(none.fe_graceful_exit);
  EXPECT_FALSE(none.backend_blacklist);
  EXPECT_EQ(can("3.0.9").known, VersionKnown::kUnknown);
  EXPECT_FALSE(can("2.5.22").fe_id_column);
  EXPECT_NE(version_remark(version("3.0.9")), "");
}

TEST(Versions, ANewerOneIsReadLikeTheNewestAndSignalledWithCare) {
  for (const auto* text : {"4.1.0", "5.0.0", "main-20260130-70d1c24"}) {
    const auto caps = can(text);
    EXPECT_EQ(caps.known, VersionKnown::kNewer) << text;
    EXPECT_TRUE(caps.fe_id_column) << text;
    EXPECT_TRUE(caps.cn_blacklist) << text;
    EXPECT_FALSE(caps.fe_graceful_exit) << text;
    EXPECT_FALSE(caps.stop_timeout) << text;
    EXPECT_NE(version_remark(version(text)), "") << text;
  }
  EXPECT_EQ(version_remark(version("3.5.7")), "");
  EXPECT_EQ(version_remark(version("3.1.0")), "");
  EXPECT_TRUE(can("main").show_times_utc8);
}

}  // namespace
}  // namespace sragent
