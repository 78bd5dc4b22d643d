#include <gtest/gtest.h>

#include "starrocks/privileges.h"

namespace sragent {
namespace {

constexpr const char* k35 =
    "Access denied; you need (at least one of) the OPERATE OR NODE privilege(s) on SYSTEM for this "
    "operation. Please ask the admin to grant permission(s) or try activating existing roles using "
    "<set [default] role>. Current role(s): NONE. Inactivated role(s): [db_admin, cluster_admin].";
constexpr const char* k30 =
    "Access denied; you need (at least one of) the OPERATE/NODE privilege(s) for this operation";

TEST(Privileges, S60_AreReadFromTheRefusalsOfAllVersions) {
  const auto missing = missing_privilege(k35);
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->any_of, (std::vector<std::string>{"OPERATE", "NODE"}));
  EXPECT_EQ(missing->inactive, (std::vector<std::string>{"db_admin", "cluster_admin"}));
  EXPECT_EQ(to_text(*missing), "OPERATE or NODE on SYSTEM");
  const auto old = missing_privilege(k30);
  ASSERT_TRUE(old);
  EXPECT_EQ(old->any_of, missing->any_of);
  EXPECT_TRUE(old->inactive.empty());
  EXPECT_FALSE(missing_privilege("Access denied for user 'u' (using password: YES)"));
  EXPECT_FALSE(missing_privilege(""));
  EXPECT_FALSE(missing_privilege("you need (at least one of) the "));
}

TEST(Privileges, S60_TheStatementFitsWhatIsMissing) {
  const auto fix = [](const MissingPrivilege& missing) { return grant_statement(missing, "u"); };
  EXPECT_EQ(fix({{"NODE"}, {}}),
            "GRANT cluster_admin TO USER 'u'; SET DEFAULT ROLE cluster_admin TO 'u'");
  EXPECT_EQ(fix({{"OPERATE", "NODE"}, {}}), fix({{"NODE"}, {}}));
  EXPECT_EQ(fix({{"NODE"}, {"cluster_admin"}}), "SET DEFAULT ROLE cluster_admin TO 'u'");
  EXPECT_EQ(fix({{"OPERATE"}, {}}), "GRANT OPERATE ON SYSTEM TO USER 'u'");
  EXPECT_EQ(fix({{"BLACKLIST"}, {}}), "GRANT BLACKLIST ON SYSTEM TO USER 'u'");
  EXPECT_EQ(fix({}), "");
  EXPECT_EQ(grant_statement({{"OPERATE"}, {}}, "o'neil\\x"),
            "GRANT OPERATE ON SYSTEM TO USER 'o\\'neil\\\\x'");
}

TEST(Privileges, S60_EachStatementIsAFeatureByName) {
  EXPECT_EQ(feature_of("SHOW FRONTENDS"), "read the list of FEs");
  EXPECT_EQ(feature_of("SHOW PROC '/frontends'"), "read the list of FEs while no leader is known");
  EXPECT_EQ(feature_of("SHOW PROCESSLIST"), "wait for running statements before a stop");
  EXPECT_EQ(feature_of("SHOW COMPUTE NODES"), "read the list of CNs");
  EXPECT_EQ(feature_of("ALTER SYSTEM ADD BACKEND \"x:9050\""), "add the own row");
  EXPECT_EQ(feature_of("SELECT 1"), "a statement");
}

}  // namespace
}  // namespace sragent
