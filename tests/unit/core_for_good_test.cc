#include <gtest/gtest.h>

#include "core/exit_codes.h"
#include "core/for_good.h"

namespace sragent {
namespace {

constexpr std::int64_t kGb = std::int64_t{1} << 30U;

WorkerRow be(std::string host, std::int64_t used = kGb, std::int64_t free = 10 * kGb) {
  WorkerRow out;
  out.host = std::move(host);
  out.heartbeat_port = 9050;
  out.alive = true;
  out.id = "10001";
  out.start_time = "2026-11-21 07:48:45";
  out.used_bytes = used;
  out.free_bytes = free;
  return out;
}

WorkerRow dead(WorkerRow row) {
  row.alive = false;
  return row;
}

WorkerRow going(WorkerRow row) {
  row.decommissioned = true;
  return row;
}

TEST(Decommission, IsRefusedWhereNoOtherBackendTakesTablets) {
  const auto own = be("be-0");
  for (const auto& others : {std::vector<WorkerRow>{},
                             std::vector<WorkerRow>{dead(be("be-1"))},
                             std::vector<WorkerRow>{going(be("be-1"))}}) {
    auto rows = others;
    rows.push_back(own);
    const auto no = refuse_decommission(own, rows);
    ASSERT_TRUE(no) << others.size();
    EXPECT_EQ(no->exit_code, kExitReplicas);
    EXPECT_NE(no->detail.find("be-0:9050"), std::string::npos) << no->detail;
  }
}

TEST(Decommission, IsRefusedForSpaceWithBothFigures) {
  const auto own = be("be-0", 30 * kGb);
  const auto no =
      refuse_decommission(own, {own, be("be-1"), be("be-2"), dead(be("be-3", 0, 90 * kGb))});
  ASSERT_TRUE(no);
  EXPECT_EQ(no->exit_code, kExitReplicas);
  EXPECT_EQ(no->reason, Reason::kDiskLow);
  EXPECT_NE(no->detail.find("30.0 GB"), std::string::npos) << no->detail;
  EXPECT_NE(no->detail.find("20.0 GB"), std::string::npos) << no->detail;
}

TEST(Decommission, IsNotRefusedAgainOnceTheFeHasTakenIt) {
  const auto own = going(be("be-0", 30 * kGb));
  EXPECT_FALSE(refuse_decommission(own, {own}));
  const auto fresh = be("be-0", kGb);
  EXPECT_FALSE(refuse_decommission(fresh, {fresh, be("be-1")}));
}

TEST(Blockers, AreNamedAndElseItIsSaidWhereToLook) {
  const auto own = be("be-0", 30 * kGb);
  const auto named =
      move_blockers(own, {own, dead(be("be-1")), going(be("be-2")), be("be-3", 0, kGb)});
  ASSERT_EQ(named.size(), 3U);
  EXPECT_NE(named[0].find("be-1:9050"), std::string::npos);
  EXPECT_NE(named[1].find("be-2:9050"), std::string::npos);
  EXPECT_NE(named[2].find("1.0 GB free"), std::string::npos) << named[2];
  const auto none = move_blockers(be("be-0"), {be("be-0"), be("be-1")});
  ASSERT_EQ(none.size(), 1U);
  EXPECT_NE(none[0].find("recycle bin"), std::string::npos);
}

/// With drop_backend_after_decommission = false nothing keeps its tablets: there are none.
TEST(Blockers, OfAnEmptyRowIsTheFeThatKeepsIt) {
  auto own = be("be-0");
  own.tablets = 0;
  const auto only = move_blockers(own, {own, dead(be("be-1"))});
  ASSERT_EQ(only.size(), 1U);
  EXPECT_NE(only[0].find("drop_backend_after_decommission"), std::string::npos) << only[0];
}

TEST(FesRefusal, HasTheCodeOfItsWords) {
  const std::vector<std::pair<std::string, int>> texts{
      {"It will cause insufficient disk space if these BEs are decommissioned.", kExitReplicas},
      {"It will cause insufficient BE number if these BEs are decommissioned because the table "
       "d1.t3 requires 3 replicas.",
       kExitReplicas},
      {"Tables such as [d1.t1] on the backend[be-0:9050] have only one replica.", kExitReplicas},
      {"something else", kExitUndecidable}};
  for (const auto& [text, code] : texts) {
    EXPECT_EQ(refusal_of_fe(text).exit_code, code) << text;
    EXPECT_NE(refusal_of_fe(text).detail.find(text), std::string::npos);
  }
}

TEST(AnotherCopy, IsToldByItsIdOrItsStart) {
  const auto row = be("be-0");
  EXPECT_FALSE(another_copy(row, row.id, row.start_time));
  EXPECT_EQ(another_copy(row, "10002", row.start_time)->reason, Reason::kIdentityConflict);
  EXPECT_EQ(another_copy(row, row.id, "2026-11-21 08:00:00")->exit_code, kExitUndecidable);
  EXPECT_TRUE(another_copy(row, "", "")) << "a row that was never seen is nobody's";
}

}  // namespace
}  // namespace sragent
