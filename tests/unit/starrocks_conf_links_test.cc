#include <gtest/gtest.h>

#include "starrocks/conf_links.h"

namespace sragent {
namespace {

constexpr std::string_view kMount = "/etc/starrocks/fe/conf";

TEST(S68_ConfLinks, AreMadeForWhatLsShows) {
  const std::vector<std::string> entries{
      "..2026_01_01", "..data", ".hidden", "core-site.xml", "fe.conf"};
  EXPECT_EQ(linked_names(entries), (std::vector<std::string>{"core-site.xml", "fe.conf"}));
  EXPECT_EQ(link_text("/etc/starrocks/fe/conf//", "fe.conf"), "/etc/starrocks/fe/conf/fe.conf");
  EXPECT_EQ(link_text("/", "fe.conf"), "/fe.conf");
}

TEST(S68_ConfLinks, KeepTheFirstBackupAndNothingThatIsRight) {
  using enum ConfThere;
  const std::string right = "/etc/starrocks/fe/conf/fe.conf";
  struct Row {
    ConfPlace place{};
    LinkStep step = LinkStep::kNothing;
  };
  const std::vector<Row> rows{
      {{"fe.conf", kNothing, {}, false, false}, LinkStep::kLink},
      {{"fe.conf", kNothing, {}, true, false}, LinkStep::kLink},  // killed after the backup
      {{"fe.conf", kFile, {}, false, false}, LinkStep::kBackUpAndLink},
      {{"fe.conf", kFile, {}, true, false}, LinkStep::kLink},
      {{"fe.conf", kLink, right, false, false}, LinkStep::kNothing},
      {{"fe.conf", kLink, right, true, false}, LinkStep::kNothing},
      {{"fe.conf", kLink, "/old/fe.conf", true, false}, LinkStep::kLink},
      {{"fe.conf", kLink, "/old/fe.conf", false, false}, LinkStep::kBackUpAndLink},
      {{"fe.conf", kFolder, {}, false, false}, LinkStep::kBackUpAndLink},
      {{"fe.conf", kFolder, {}, true, false}, LinkStep::kBlocked},
      {{"fe.conf", kFile, {}, false, true}, LinkStep::kLeave},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(plan_link(row.place, kMount), row.step)
        << static_cast<int>(row.place.there) << " " << row.place.points_to;
  }
}

}  // namespace
}  // namespace sragent
