#include <gtest/gtest.h>

#include "starrocks/drain_rows.h"

namespace sragent {
namespace {

using Columns = std::vector<std::string>;
using Rows = std::vector<std::vector<std::optional<std::string>>>;

TEST(Blacklist, CountsAPersonsEntryAndNotTheFesOwn) {
  const Columns columns{"BackendId", "AddBlackListType", "LostConnectionTime"};
  const Rows rows{{"10001", "MANUAL", ""}, {"10002", "AUTO", ""}};
  EXPECT_EQ(blacklisted({columns, rows}, "10001"), true);
  EXPECT_EQ(blacklisted({columns, rows}, "10002"), false);
  EXPECT_EQ(blacklisted({columns, rows}, "1000"), false);
}

TEST(Blacklist, HasAnotherFirstColumnForComputeNodes) {
  const Columns columns{"ComputeNodeId", "AddBlackListType"};
  const Rows rows{{"7", "MANUAL"}};
  EXPECT_EQ(blacklisted({columns, rows}, "7"), true);
}

TEST(Blacklist, WithoutItsColumnsIsGarbledAndNotEmpty) {
  const Columns columns{"Id", "AddBlackListType"};
  EXPECT_EQ(blacklisted({columns, {}}, "7").error().kind, ErrorKind::kGarbled);
  const Columns untyped{"BackendId"};
  EXPECT_EQ(blacklisted({untyped, {}}, "7").error().kind, ErrorKind::kGarbled);
  const Columns both{"BackendId", "AddBlackListType"};
  const Rows cut{{"7"}};
  EXPECT_EQ(blacklisted({both, cut}, "7").error().kind, ErrorKind::kGarbled);
}

TEST(Processlist, CountsWhatRunsWithoutTheQuestionItself) {
  const Columns columns{"Id", "Command", "Info"};
  const Rows rows{{"1", "Query", "show processlist"},
                  {"2", "Query", "INSERT INTO t SELECT * FROM s"},
                  {"3", "Sleep", ""},
                  {"4", "Query", std::nullopt}};
  EXPECT_EQ(running_statements({columns, rows}), 2);
}

TEST(Processlist, WithoutItsColumnsIsGarbledAndNotQuiet) {
  const Columns columns{"Id", "Info"};
  EXPECT_EQ(running_statements({columns, {}}).error().kind, ErrorKind::kGarbled);
}

TEST(RunningWork, AddsQueriesAndLoadChannels) {
  EXPECT_EQ(running_work("# TYPE starrocks_be_pip_query_ctx_cnt gauge\n"
                         "starrocks_be_pip_query_ctx_cnt 3\n"
                         "starrocks_be_load_channel_count 2\n"),
            5);
  EXPECT_EQ(running_work("starrocks_be_pip_query_ctx_cnt 0"), 0);
}

TEST(RunningWork, IsUnknownWithoutTheCountOfQueries) {
  EXPECT_EQ(running_work(""), std::nullopt);
  EXPECT_EQ(running_work("starrocks_be_load_channel_count 2\n"), std::nullopt);
  EXPECT_EQ(running_work("starrocks_be_pip_query_ctx_cnt_total 2\n"), std::nullopt);
  EXPECT_EQ(running_work("starrocks_be_pip_query_ctx_cnt many\n"), std::nullopt);
  EXPECT_EQ(running_work("starrocks_be_pip_query_ctx_cnt -1\n"), std::nullopt);
}

}  // namespace
}  // namespace sragent
