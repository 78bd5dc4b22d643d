#include <gtest/gtest.h>

#include "starrocks/server_log.h"

namespace sragent {
namespace {

struct Row {
  const char* line;
  LogSign sign;
  Reason reason;
};

TEST(ServerLog, EachSignIsKnownByItsLine) {
  const std::vector<Row> rows{
      {"WARN [NodeMgr] current node is not added to the group. please add it first. sleep 5 "
       "seconds "
       "and retry, current helper nodes: [fe-0:9010]",
       LogSign::kWaitsToBeAdded,
       Reason::kNotInGroup},
      {"400 invalid client host.", LogSign::kCallerRejected, Reason::kNotInGroup},
      {"Node: fe-2(3) is no longer a member of the group. It was explicitly removed.",
       LogSign::kRemovedFromGroup,
       Reason::kDropped},
      {"current node is not added to the cluster, will exit",
       LogSign::kNotInCluster,
       Reason::kDropped},
      {"bad environment /m/bdb! helper host fe-3:9010 not in local [",
       LogSign::kBadEnvironment,
       Reason::kNotInGroup},
      {"failed to check if helper in local after retried 3 times",
       LogSign::kHelperCheckFailed,
       Reason::kUnfinishedMeta},
      {"com.sleepycat.je.DiskLimitException: (JE 18.3.20) Disk usage is not within je.maxDisk or "
       "je.freeDisk limits and write operations are prohibited",
       LogSign::kDiskLow,
       Reason::kDiskLow},
      {"java.io.IOException: No space left on device", LogSign::kDiskLow, Reason::kDiskLow},
      {"image exists, but bdb dir is empty, set start_with_incomplete_meta",
       LogSign::kImageWithoutLog,
       Reason::kMetaDamaged},
      {"role file and version file must both exist or both not exist. please",
       LogSign::kHalfFiles,
       Reason::kMetaDamaged},
      {"token is not equal with helper node fe-0. will exit.",
       LogSign::kTokenMismatch,
       Reason::kIdentityConflict},
      {"Unmatched run mode between config file and version file: a vs b. will exit!",
       LogSign::kRunModeMismatch,
       Reason::kConfigInvalid},
      {"Do not specify the helper node to FE itself. Please",
       LogSign::kSelfAsHelper,
       Reason::kConfigInvalid},
      {"edit_log_port 9010 is already in use. will exit.",
       LogSign::kPortInUse,
       Reason::kConfigInvalid},
      {"failed to begin txn after retried 3 times!", LogSign::kNoQuorum, Reason::kQuorumLost},
      {"no such env variable: X", LogSign::kBadConf, Reason::kConfigInvalid},
      {"config field error: be_port", LogSign::kBadConf, Reason::kConfigInvalid},
      {"failed to get FQDN from local host, will exit",
       LogSign::kOwnNameUnknown,
       Reason::kDnsNotReady},
      {"failed to parse FQDN: fe-0.x, message: fe-0.x: Temporary failure in name resolution",
       LogSign::kOwnNameUnknown,
       Reason::kDnsNotReady},
      {"Cannot find a network interface matching FQDN: fe-0.x",
       LogSign::kOwnNameUnknown,
       Reason::kDnsNotReady},
      {"The FQDN of the parsed address [10.0.0.1] is not the same as the FQDN obtained from the "
       "host [fe-0.x]",
       LogSign::kOwnNameUnknown,
       Reason::kDnsNotReady},
      {"Got a UnknownHostException when try to parse FQDN, FQDN: fe-0.x, message: fe-0.x",
       LogSign::kOwnNameUnknown,
       Reason::kDnsNotReady},
      {"Fail to find right address to start fe by using fqdn",
       LogSign::kOwnNameUnknown,
       Reason::kDnsNotReady},
  };
  for (const auto& row : rows) {
    const auto found = find_signs(std::string("noise\n") + row.line + "\nnoise\n");
    ASSERT_EQ(found.size(), 1U) << row.line;
    EXPECT_EQ(found[0].sign, row.sign) << row.line;
    EXPECT_EQ(found[0].line, row.line);
    EXPECT_EQ(reason_of(found[0].sign), row.reason) << row.line;
    EXPECT_FALSE(explain(found[0].sign).empty());
  }
}

TEST(ServerLog, AnHonestLogHasNoSign) {
  EXPECT_TRUE(find_signs("").empty());
  EXPECT_TRUE(
      find_signs("INFO StarRocks FE starting, version: 3.5.7\nFE started successfully\n").empty());
}

TEST(ServerLog, S20_TheNewestSignComesFirstAndEachOnce) {
  const auto found = find_signs(
      "current node is not added to the group. 1\n"
      "current node is not added to the cluster, will exit\n"
      "current node is not added to the group. 2\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].sign, LogSign::kWaitsToBeAdded);
  EXPECT_EQ(found[0].line, "current node is not added to the group. 2");
  EXPECT_EQ(found[1].sign, LogSign::kNotInCluster);
}

TEST(ServerLog, AVeryLongLineKeepsItsTellingPart) {
  const auto found = find_signs(std::string(5'000, 'x') + "is no longer a member of the group" +
                                std::string(5'000, 'y'));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line.size(), 400U);
  EXPECT_EQ(found[0].line.find("is no longer a member"), 0U);
}

TEST(ServerLog, LastLinesAreTheTail) {
  EXPECT_EQ(last_lines("a\nb\nc\n", 2), "b\nc\n");
  EXPECT_EQ(last_lines("a\nb\nc", 1), "c");
  EXPECT_EQ(last_lines("a\nb", 9), "a\nb");
  EXPECT_EQ(last_lines("", 3), "");
  EXPECT_EQ(last_lines("\n\n", 1), "\n");
  EXPECT_EQ(last_lines("a\n", 0), "");
}

}  // namespace
}  // namespace sragent
