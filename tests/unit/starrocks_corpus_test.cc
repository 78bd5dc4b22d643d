// What this agent makes of every recorded answer of real FEs.
#include "starrocks_corpus.h"

#include <set>

#include <gtest/gtest.h>

#include "starrocks/bootstrap.h"
#include "starrocks/errors.h"
#include "starrocks/meta_dir.h"
#include "starrocks/rows.h"
#include "starrocks/server_log.h"
#include "starrocks/versions.h"

namespace sragent {
namespace {

class Corpus : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(corpus::present()) << "no recordings in " SRAGENT_CORPUS_DIR;
  }
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_F(Corpus, EveryFrontendListIsRead) {
  int lists = 0;
  for (const auto& table : corpus::tables()) {
    if (table.sql != "show frontends" && table.sql != "show proc '/frontends'") continue;
    if (table.rows.empty()) continue;
    const auto list = fe_list({table.columns, table.rows}, "x", Instant{1});
    ASSERT_TRUE(list) << table.file << ": " << list.error().what;
    EXPECT_EQ(list->rows.size(), table.rows.size());
    EXPECT_FALSE(list->cluster_id.empty());
    ASSERT_TRUE(fe_addresses({table.columns, table.rows}));
    ++lists;
  }
  EXPECT_GT(lists, 50);
}

TEST_F(Corpus, EveryWorkerListIsRead) {
  int lists = 0;
  for (const auto& table : corpus::tables()) {
    if (table.sql != "show backends" && table.sql != "show compute nodes") continue;
    const auto rows = worker_rows({table.columns, table.rows});
    ASSERT_TRUE(rows) << table.file << ": " << rows.error().what;
    EXPECT_EQ(rows->size(), table.rows.size());
    ++lists;
  }
  EXPECT_GT(lists, 20);
}

TEST_F(Corpus, VersionsOfAllThreeBuildsAreRead) {
  std::set<std::string> seen;
  for (const auto& table : corpus::tables()) {
    if (table.sql != "show variables like 'version%'") continue;
    for (const auto& row : table.rows) {
      if (row.at(0) != "version_comment") continue;
      const auto version = parse_version(row.at(1).value());
      ASSERT_TRUE(version) << row.at(1).value();
      seen.insert(to_string(*version));
    }
  }
  EXPECT_EQ(seen, (std::set<std::string>{"3.3.0", "3.5.7", "main"}));
}

struct Expected {
  std::string_view part;  ///< Of the recorded text.
  ServerError error;
};

TEST_F(Corpus, EveryRecordedErrorHasItsClass) {
  const std::vector<Expected> expected{
      {"Access denied for user", ServerError::kAuth},
      {"Client does not support", ServerError::kAuth},
      {"Access denied; you need", ServerError::kPrivilege},
      {"'NODE' cannot be granted", ServerError::kPrivilege},
      {"Getting syntax error", ServerError::kUnsupported},
      {"already exists", ServerError::kAlreadyExists},
      {"FOLLOWER does not exist", ServerError::kRoleMismatch},
      {"OBSERVER does not exist", ServerError::kRoleMismatch},
      {"ackend does not exist", ServerError::kNotExists},
      {"compute node does not exist", ServerError::kNotExists},
      {"frontend does not exist", ServerError::kNotExists},
      {"can not drop current master node.", ServerError::kIsLeader},
      {"unknown fqdn host", ServerError::kUnknownHost},
      {"nknown host", ServerError::kUnknownHost},
      {"Invalid host port", ServerError::kBadAddress},
      {"Port is out of range", ServerError::kBadAddress},
      {"Commit policy", ServerError::kNoQuorum},
      {"Could not determine master", ServerError::kNoLeader},
      {"Internal error processing forward", ServerError::kNotListed},
      {"java.net.", ServerError::kLeaderUnreachable},
      {"Socket is closed by peer.", ServerError::kLeaderUnreachable},
      {"Backend node not found", ServerError::kNoBackend},
      {"is not implemented", ServerError::kUnsupported},
      {"CNGroup feature", ServerError::kUnsupported},
  };
  std::set<std::string_view> used;
  for (const auto& recorded : corpus::errors()) {
    for (const auto& want : expected) {
      if (!contains(recorded.message, want.part)) continue;
      EXPECT_EQ(to_string(classify_server_error(recorded.code, recorded.message)),
                to_string(want.error))
          << recorded.file << ": " << recorded.message;
      used.insert(want.part);
      break;
    }
  }
  for (const auto& want : expected)
    EXPECT_TRUE(used.count(want.part)) << "never recorded: " << want.part;
}

TEST_F(Corpus, NoRefusedStatementOfTheAgentIsOther) {
  for (const auto& recorded : corpus::errors()) {
    const bool ours = contains(recorded.sql, "alter system add") ||
                      contains(recorded.sql, "alter system drop") ||
                      recorded.sql == "show frontends" || recorded.sql == "show backends";
    const bool data_loss = contains(recorded.message, "have only one replica") ||
                           contains(recorded.message, "Warehouse name");
    if (!ours || data_loss) continue;
    EXPECT_NE(to_string(classify_server_error(recorded.code, recorded.message)), "other")
        << recorded.sql << ": " << recorded.message;
  }
}

TEST_F(Corpus, EveryRecordedRoleAndVersionIsRead) {
  int roles = 0;
  for (const auto& meta : corpus::meta_dirs()) {
    if (!meta.role || meta.role->empty()) continue;
    const auto role = parse_role(*meta.role);
    ASSERT_TRUE(role) << meta.note << ": " << role.error().what << "\n" << *meta.role;
    EXPECT_EQ(role->port, 9010);
    ++roles;
    if (!meta.version) continue;
    const auto version = parse_version_file(*meta.version);
    ASSERT_TRUE(version) << meta.note;
    EXPECT_EQ(version->token.size(), 36U);
  }
  EXPECT_GT(roles, 2);
}

TEST_F(Corpus, LogsOfDroppedAndUnaddedServersAreRecognised) {
  std::set<LogSign> seen;
  for (const auto& log : corpus::logs()) {
    for (const auto& finding : find_signs(log.text))
      seen.insert(finding.sign);
  }
  EXPECT_TRUE(seen.count(LogSign::kWaitsToBeAdded));
  EXPECT_TRUE(seen.count(LogSign::kNotInCluster));
  EXPECT_TRUE(seen.count(LogSign::kRemovedFromGroup));
  EXPECT_TRUE(seen.count(LogSign::kBadEnvironment));
  EXPECT_TRUE(seen.count(LogSign::kHelperCheckFailed));
}

TEST_F(Corpus, EveryBootstrapAnswerIsRead) {
  int ready = 0;
  for (const auto& body : corpus::bodies("/api/bootstrap")) {
    const auto answer = parse_bootstrap(body);
    ASSERT_TRUE(answer) << body;
    if (answer->ready) ++ready;
  }
  EXPECT_GT(ready, 0);
}

TEST_F(Corpus, OnlyLeadersSayThatTheyLead) {
  int yes = 0;
  int no = 0;
  for (const auto& body : corpus::bodies("/metrics")) {
    const auto leads = says_it_leads(body);
    if (leads == Tri::kYes) ++yes;
    if (leads == Tri::kNo) ++no;
  }
  EXPECT_EQ(yes, 3);
  EXPECT_GE(no, 2);
}

}  // namespace
}  // namespace sragent
