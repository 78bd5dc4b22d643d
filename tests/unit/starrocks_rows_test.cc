#include <gtest/gtest.h>

#include "starrocks/rows.h"

namespace sragent {
namespace {

using Cells = std::vector<std::optional<std::string>>;

/// A table that a test may bend.
struct Table {
  std::vector<std::string> columns{};
  std::vector<Cells> rows{};
  [[nodiscard]] TableView view() const { return {columns, rows}; }
  void drop(const std::string& name) {
    const auto at = std::find(columns.begin(), columns.end(), name) - columns.begin();
    columns.erase(columns.begin() + at);
    for (auto& row : rows)
      row.erase(row.begin() + at);
  }
  std::optional<std::string>& cell(std::size_t row, const std::string& name) {
    const auto at = std::find(columns.begin(), columns.end(), name) - columns.begin();
    return rows.at(row).at(static_cast<std::size_t>(at));
  }
};

Table frontends() {
  return {{"Id",
           "Name",
           "IP",
           "EditLogPort",
           "HttpPort",
           "QueryPort",
           "RpcPort",
           "Role",
           "ClusterId",
           "Join",
           "Alive",
           "ReplayedJournalId",
           "LastHeartbeat",
           "IsHelper",
           "ErrMsg",
           "StartTime",
           "Version"},
          {{"1",
            "fe-0_9010_1",
            "fe-0.x",
            "9010",
            "8030",
            "9030",
            "9020",
            "LEADER",
            "909",
            "true",
            "true",
            "66",
            "2026-11-21 07:51:10",
            "true",
            "",
            "2026-11-21 07:48:46",
            "3.5.7-d2da301"},
           {"2",
            "fe-1_9010_2",
            "fe-1.x",
            "9010",
            "8030",
            "9030",
            "9020",
            "FOLLOWER",
            "909",
            "true",
            "true",
            "64",
            "2026-11-21 07:51:10",
            "true",
            "",
            "2026-11-21 07:50:35",
            "3.5.7-d2da301"},
           {"3",
            "fe-2_9010_3",
            "fe-2.x",
            "9010",
            "8030",
            "0",
            "0",
            "OBSERVER",
            "909",
            "false",
            "false",
            "0",
            std::nullopt,
            "false",
            "",
            "NULL",
            "NULL"}}};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST(FeRows, AreReadByName) {
  const auto list = fe_list(frontends().view(), "fe-0.x", Instant{7});
  ASSERT_TRUE(list) << list.error().what;
  EXPECT_EQ(list->asked_host, "fe-0.x");
  EXPECT_EQ(list->cluster_id, "909");
  EXPECT_EQ(list->asked_at, Instant{7});
  ASSERT_EQ(list->rows.size(), 3U);
  EXPECT_EQ(list->rows[0].role, RowRole::kLeader);
  EXPECT_EQ(list->rows[1].host, "fe-1.x");
  EXPECT_EQ(list->rows[1].port, 9010);
  EXPECT_EQ(list->rows[1].role, RowRole::kFollower);
  EXPECT_TRUE(list->rows[1].join);
  EXPECT_TRUE(list->rows[1].alive);
  EXPECT_EQ(list->rows[2].role, RowRole::kObserver);
  EXPECT_EQ(list->rows[2].last_heartbeat, "");
  EXPECT_EQ(list->rows[2].start_time, "NULL");
}

TEST(FeRows, TheOrderOfColumnsDoesNotMatter) {
  auto table = frontends();
  table.columns.emplace_back("ResourceIsolationGroup");
  for (auto& row : table.rows)
    row.emplace_back("");
  std::reverse(table.columns.begin(), table.columns.end());
  for (auto& row : table.rows)
    std::reverse(row.begin(), row.end());
  const auto list = fe_list(table.view(), "fe-0.x", Instant{});
  ASSERT_TRUE(list) << list.error().what;
  EXPECT_EQ(list->rows[0].role, RowRole::kLeader);
  EXPECT_EQ(list->rows[1].host, "fe-1.x");
}

TEST(FeRows, UpTimeIsByTheLeadersOwnClock) {
  const auto list = fe_list(frontends().view(), "fe-0.x", Instant{});
  ASSERT_TRUE(list);
  EXPECT_EQ(list->rows[0].up_for, Millis{144'000});
  EXPECT_EQ(list->rows[1].up_for, Millis{35'000});
  EXPECT_FALSE(list->rows[2].up_for);
}

TEST(FeRows, UpTimeIsUnknownWithoutALeaderOrItsHeartbeat) {
  auto table = frontends();
  table.cell(0, "Role") = "FOLLOWER";
  EXPECT_FALSE(fe_list(table.view(), "fe-0.x", Instant{})->rows[1].up_for);
  table = frontends();
  table.cell(0, "LastHeartbeat") = std::nullopt;
  EXPECT_FALSE(fe_list(table.view(), "fe-0.x", Instant{})->rows[1].up_for);
  table = frontends();
  table.cell(0, "StartTime") = std::nullopt;  // a leader that just became ready
  const auto list = fe_list(table.view(), "fe-0.x", Instant{});
  EXPECT_FALSE(list->rows[0].up_for);
  EXPECT_EQ(list->rows[1].up_for, Millis{35'000});
}

TEST(FeRows, AStartAfterTheLastHeartbeatIsJustNow) {
  auto table = frontends();
  table.cell(1, "StartTime") = "2026-11-21 07:51:13";
  EXPECT_EQ(fe_list(table.view(), "fe-0.x", Instant{})->rows[1].up_for, Millis{0});
}

TEST(FeRows, MasterIsTheOldWordForLeader) {
  auto table = frontends();
  table.cell(0, "Role") = "MASTER";
  EXPECT_EQ(fe_list(table.view(), "fe-0.x", Instant{})->rows[0].role, RowRole::kLeader);
}

TEST(FeRows, AMissingColumnIsNamed) {
  for (const auto* name :
       {"IP", "EditLogPort", "Role", "ClusterId", "Join", "Alive", "LastHeartbeat", "StartTime"}) {
    auto table = frontends();
    table.drop(name);
    const auto list = fe_list(table.view(), "fe-0.x", Instant{});
    ASSERT_FALSE(list) << name;
    EXPECT_EQ(list.error().kind, ErrorKind::kGarbled);
    EXPECT_TRUE(contains(list.error().what, name)) << list.error().what;
  }
}

struct Bad {
  const char* column;
  std::optional<std::string> value;
};

TEST(FeRows, AValueThatIsNoneIsNamedAndNeverGuessed) {
  const std::vector<Bad> cases{{"IP", ""},
                               {"IP", std::nullopt},
                               {"EditLogPort", "0"},
                               {"EditLogPort", "abc"},
                               {"EditLogPort", "65536"},
                               {"Role", "UNKNOWN"},
                               {"Role", std::nullopt},
                               {"ClusterId", std::nullopt},
                               {"ClusterId", "910"},
                               {"Join", "NULL"},
                               {"Join", "1"},
                               {"Alive", std::nullopt},
                               {"Alive", "TRUE"}};
  for (const auto& row : cases) {
    auto table = frontends();
    table.cell(1, row.column) = row.value;
    const auto list = fe_list(table.view(), "fe-0.x", Instant{});
    ASSERT_FALSE(list) << row.column << " " << row.value.value_or("NULL");
    EXPECT_EQ(list.error().kind, ErrorKind::kGarbled);
    EXPECT_TRUE(contains(list.error().what, row.column)) << list.error().what;
  }
}

TEST(FeRows, AnEmptyTableAndAShortRowAreGarbled) {
  auto table = frontends();
  table.rows.clear();
  EXPECT_FALSE(fe_list(table.view(), "fe-0.x", Instant{}));
  table = frontends();
  table.rows[1].resize(4);
  EXPECT_FALSE(fe_list(table.view(), "fe-0.x", Instant{}));
  EXPECT_FALSE(fe_list(TableView{}, "fe-0.x", Instant{}));
}

TEST(FeRows, AddressesKeepWhatWasNeverHeard) {
  const auto rows = fe_addresses(frontends().view());
  ASSERT_TRUE(rows);
  EXPECT_EQ((*rows)[0].query_port, 9030);
  EXPECT_EQ((*rows)[0].version, "3.5.7-d2da301");
  EXPECT_EQ((*rows)[2].query_port, 0);
  EXPECT_EQ((*rows)[2].version, "");
}

Table backends() {
  return {{"BackendId",
           "IP",
           "HeartbeatPort",
           "BePort",
           "LastStartTime",
           "Alive",
           "SystemDecommissioned",
           "ErrMsg",
           "StatusCode"},
          {{"10001", "be-0.x", "9050", "9060", "2026-11-21 07:51:10", "true", "false", "", "OK"},
           {"10002",
            "10.0.0.2",
            "9050",
            "-1",
            std::nullopt,
            "false",
            "true",
            "java.net.ConnectException: Connection refused",
            "DISCONNECTED"}}};
}

TEST(WorkerRows, AreReadByName) {
  const auto rows = worker_rows(backends().view());
  ASSERT_TRUE(rows) << rows.error().what;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].host, "be-0.x");
  EXPECT_EQ((*rows)[0].heartbeat_port, 9050);
  EXPECT_TRUE((*rows)[0].alive);
  EXPECT_FALSE((*rows)[0].decommissioned);
  EXPECT_EQ((*rows)[1].status_code, "DISCONNECTED");
  EXPECT_TRUE((*rows)[1].decommissioned);
}

TEST(WorkerRows, SizesAreReadByTheirUnit) {
  EXPECT_EQ(table_bytes("0.000 B"), 0);
  EXPECT_EQ(table_bytes("1.500 KB"), 1'536);
  EXPECT_EQ(table_bytes("2.000 GB"), std::int64_t{2} << 30U);
  EXPECT_EQ(table_bytes("1.000 TB"), std::int64_t{1} << 40U);
  for (const auto* text : {"", "GB", "1.0", "1.0 XB", "-1.0 GB", "nan GB", "1e99 GB"})
    EXPECT_FALSE(table_bytes(text)) << text;
}

TEST(WorkerRows, AnEmptyListIsAnAnswerAndAMissingColumnIsNone) {
  auto table = backends();
  table.rows.clear();
  ASSERT_TRUE(worker_rows(table.view()));
  EXPECT_TRUE(worker_rows(table.view())->empty());
  for (const auto* name : {"IP", "HeartbeatPort", "Alive", "SystemDecommissioned", "ErrMsg"}) {
    table = backends();
    table.drop(name);
    const auto rows = worker_rows(table.view());
    ASSERT_FALSE(rows) << name;
    EXPECT_TRUE(contains(rows.error().what, name));
  }
  table = backends();
  table.drop("StatusCode");
  ASSERT_TRUE(worker_rows(table.view()));
  EXPECT_EQ(worker_rows(table.view())->front().status_code, "");
}

TEST(TableTimes, DifferencesAreRightOverDaysAndYears) {
  const auto between = [](std::string_view a, std::string_view b) {
    return *table_seconds(b) - *table_seconds(a);
  };
  EXPECT_EQ(between("2026-11-21 07:48:46", "2026-11-21 07:51:10"), 144);
  EXPECT_EQ(between("2026-12-31 23:59:59", "2027-01-01 00:00:00"), 1);
  EXPECT_EQ(between("2028-02-28 00:00:00", "2028-03-01 00:00:00"), 2 * 86'400);
}

TEST(TableTimes, WhatIsNoTimeIsNone) {
  for (const auto* text : {"",
                           "NULL",
                           "2026-11-21",
                           "2026-13-21 07:48:46",
                           "2026-02-30 00:00:00",
                           "2026-11-21 24:00:00",
                           "2026-11-21T07:48:46",
                           "2026-11-21 07:48:4x",
                           "2026-11-21 07:48:460"})
    EXPECT_FALSE(table_seconds(text)) << text;
}

TEST(FeRows, AnErrorRepeatsNoControlCharacters) {
  const std::vector<std::string> columns{
      "IP", "EditLogPort", "Role", "ClusterId", "Join", "Alive", "LastHeartbeat", "StartTime"};
  const std::vector<std::vector<std::optional<std::string>>> rows{
      {"fe-0", "9010", "LEAD\x1b[2J\n\xff", "7", "true", "true", "", ""}};
  const auto got = fe_list({columns, rows}, "fe-0", Instant{1});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().what,
            "FE list: Role is \"LEAD\\x1b[2J\\x0a\\xff\", expected LEADER, FOLLOWER or OBSERVER");
}

}  // namespace
}  // namespace sragent
