#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "catalog.h"
#include "profile.h"
#include "sql_result.h"

namespace srsim {

/// The statements that the simulator executes. Whether a version knows one is the parser's
/// business.
enum class StatementKind {
  kAddFrontend,
  kDropFrontend,
  kModifyFrontendHost,
  kModifyBackendHost,
  kModifyBackendLocation,
  kAddNodes,
  kDropNodes,
  kDecommission,
  kCancelDecommission,
  kCreateImage,
  kAddBlacklist,
  kDeleteBlacklist,
  kShowBlacklist,
  kShowFrontends,
  kShowNodes,
  kShowProc,
  kShowRunningQueries,
  kShowProcesslist,
  kShowVariables,
  kShowWarehouses,
  kShowWarehouseNodes,
  kShowDatabases,
  kShowGrants,
  kWarehouseDdl,
  kCnGroupDdl,
  kAdminSetConfig,
  kAdminShowConfig,
  kSelect,
  kUse,
  kSetVariables,
  kSetRole,
  kSetDefaultRole,
  kSetPassword,
  kCreateUser,
  kAlterUser,
  kDropUser,
  kGrantPrivileges,
  kGrantRoles,
  kRevokePrivileges,
  kRevokeRoles,
  kCreateDatabase,
  kDropDatabase,
  kCreateTable,
  kDropTable,
  kKill,
  kKillQuery,
};

/// An item of a SELECT list.
struct SelectItem {
  enum class Kind { kInteger, kString, kNull, kVariable, kFunction };
  Kind kind{Kind::kInteger};
  std::string value{};  ///< digits, text, variable name or function name (upper case)
  std::string title{};  ///< column name
};

/// One parsed statement. Which members count depends on the kind; each is named after its clause.
struct Statement {
  StatementKind kind{StatementKind::kSelect};
  std::string sql{};  ///< text of this statement alone
  FeRole role{FeRole::kFollower};
  NodeKind node_kind{NodeKind::kBackend};
  std::vector<std::string> names{};  ///< host:port strings, roles, privileges
  std::vector<std::int64_t> ids{};
  std::string name{};   ///< user, database, table, path, pattern
  std::string value{};  ///< new host, password, default role word
  std::vector<std::pair<std::string, std::string>> properties{};
  std::optional<std::string> warehouse{};
  std::optional<std::string> cngroup{};
  bool force{};
  bool if_exists{};  ///< IF EXISTS or IF NOT EXISTS
  bool global{};
  bool plain_password{};  ///< PASSWORD('x') or IDENTIFIED BY 'x', not a hash
  int buckets{1};
  std::vector<SelectItem> items{};
  bool from_table{};  ///< SELECT ... FROM a table
  bool limit_zero{};
};

/// All statements of one COM_QUERY, or the error of the first that does not parse (then nothing is
/// executed). Texts: docs/starrocks.md section 2.4 and the recorded corpus.
[[nodiscard]] std::variant<std::vector<Statement>, SqlError> parse_sql(const Profile& profile,
                                                                       std::string_view sql);

}  // namespace srsim
