#include <gtest/gtest.h>

#include "starrocks/errors.h"

namespace sragent {
namespace {

struct Row {
  int code;
  const char* text;
  ServerError expected;
};

TEST(ServerErrors, TextsOfAllVersionsHaveTheirClass) {
  const std::vector<Row> rows{
      {1064, "Same backend already exists[be-0:9050]", ServerError::kAlreadyExists},
      {1064,
       "Unexpected exception: Backend already exists with same host a and port 9050",
       ServerError::kAlreadyExists},
      {1064, "FE with the same host: fe-1 already exists", ServerError::kAlreadyExists},
      {1064, "frontend name already exists x. Try again", ServerError::kLockBusy},
      {1064, "Failed to acquire globalStateMgr lock. Try again", ServerError::kLockBusy},
      {1064, "backend does not exists[be-0:9050]", ServerError::kNotExists},
      {1064, "backend [be-0:9050] does not exist in warehouse w", ServerError::kNotExists},
      {1064, "OBSERVER does not exist[fe-0:9010]", ServerError::kRoleMismatch},
      {1064, "can not drop current master node.", ServerError::kIsLeader},
      {1064, "Getting analyzing error. Detail message: unknown host x.", ServerError::kUnknownHost},
      {1064, "FRONTEND host or port is wrong. x", ServerError::kBadAddress},
      {1064,
       "(JE 18.3.20) Commit policy: SIMPLE_MAJORITY required 1 replica.",
       ServerError::kNoQuorum},
      {1064, "java.net.SocketTimeoutException: Read timed out", ServerError::kLeaderUnreachable},
      {1064, "Access denied for user 'root' (using password: YES)", ServerError::kAuth},
      {1045, "whatever", ServerError::kAuth},
      {5203, "whatever", ServerError::kPrivilege},
      {5205, "Connections using insecure transport are prohibited", ServerError::kTls},
      {1064, "Reach cluster-wide connection limit, qe_max_connection=4096", ServerError::kTooMany},
      {1203, "user limit", ServerError::kTooMany},
      {5401, "forward too many times 30", ServerError::kNoLeader},
      {1064, "", ServerError::kOther},
      {0, "Unknown error", ServerError::kOther},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(to_string(classify_server_error(row.code, row.text)), to_string(row.expected))
        << row.text;
  }
}

TEST(ServerErrors, S04_ARefusedLoginUnder1064IsStillARefusedLogin) {
  EXPECT_EQ(reason_of(classify_server_error(1064, "Access denied for user 'root'")),
            Reason::kAuthFailed);
}

TEST(ServerErrors, WhatNeedsAPersonDoesNotPassByItself) {
  EXPECT_FALSE(may_pass(ServerError::kAuth));
  EXPECT_FALSE(may_pass(ServerError::kPrivilege));
  EXPECT_FALSE(may_pass(ServerError::kUnsupported));
  EXPECT_TRUE(may_pass(ServerError::kLeaderUnreachable));
  EXPECT_TRUE(may_pass(ServerError::kUnknownHost));
  EXPECT_TRUE(may_pass(ServerError::kOther));
}

TEST(ServerErrors, EachHasAWordAndAReason) {
  for (int i = 0; i <= static_cast<int>(ServerError::kNoBackend); ++i) {
    EXPECT_FALSE(to_string(static_cast<ServerError>(i)).empty());
    EXPECT_NE(reason_of(static_cast<ServerError>(i)), Reason::kNone);
  }
}

}  // namespace
}  // namespace sragent
