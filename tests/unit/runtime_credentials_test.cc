#include <filesystem>

#include <gtest/gtest.h>

#include "io_peer.h"
#include "runtime/credentials.h"

namespace sragent {
namespace {

using Passwords = std::vector<std::string>;

Instant at(int seconds) {
  return Instant{} + Millis{1000 * seconds};
}

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() { config_.password_file = dir_ / "password"; }
  void in_file(const std::string& text) const { test::put_file(config_.password_file, text); }
  Passwords list(Credentials& credentials) const { return credentials.login(config_).passwords; }

  test::TempDir dir_{};
  SqlConfig config_{};
};

TEST_F(CredentialsTest, S59_TheFileIsReadForEachLogin) {
  in_file("old\n");
  Credentials credentials(config_);
  EXPECT_EQ(list(credentials), (Passwords{"old"}));
  in_file("new \r\n");
  EXPECT_EQ(list(credentials), (Passwords{"new "}));
}

TEST_F(CredentialsTest, S59_WhatWorksStaysFirstUntilItIsRefused) {
  in_file("old");
  Credentials credentials(config_);
  credentials.accepted("old");
  in_file("new");
  EXPECT_EQ(list(credentials), (Passwords{"old", "new"})) << "the file was first";
  credentials.refused("old");
  EXPECT_EQ(list(credentials), (Passwords{"new", "old"}));
  credentials.accepted("new");
  EXPECT_EQ(list(credentials), (Passwords{"new", "old"}));
  credentials.refused("new");
  in_file("old");
  credentials.accepted("old");
  EXPECT_EQ(list(credentials), (Passwords{"old", "new"})) << "and taken back";
}

TEST_F(CredentialsTest, S59_ANextPasswordIsTriedAfterTheOther) {
  config_.next_password_file = dir_ / "next";
  in_file("old");
  Credentials credentials(config_);
  EXPECT_EQ(list(credentials), (Passwords{"old"})) << "it may be absent";
  test::put_file(config_.next_password_file, "next\n");
  EXPECT_EQ(list(credentials), (Passwords{"old", "next"}));
  credentials.accepted("next");
  EXPECT_EQ(list(credentials), (Passwords{"next", "old"}));
  in_file("next");
  EXPECT_EQ(list(credentials), (Passwords{"next"}));
}

TEST_F(CredentialsTest, AFileThatVanishedKeepsItsPassword) {
  config_.password = "of the environment";
  Credentials credentials(config_);
  EXPECT_EQ(list(credentials), (Passwords{"of the environment"}));
  in_file("first");
  EXPECT_EQ(list(credentials), (Passwords{"first"}));
  std::filesystem::remove(config_.password_file);
  EXPECT_EQ(list(credentials), (Passwords{"first"}));
}

TEST_F(CredentialsTest, S58_AFileThatCannotBeReadIsNoEmptyPassword) {
  Credentials credentials(config_);
  const auto login = credentials.login(config_);
  EXPECT_EQ(login.passwords, Passwords{});
  EXPECT_NE(login.unreadable.find(config_.password_file), std::string::npos) << login.unreadable;
  in_file("");
  EXPECT_EQ(credentials.login(config_).passwords, Passwords{""}) << "an empty file says so itself";
  in_file("first");
  EXPECT_EQ(credentials.login(config_).unreadable, "");
  std::filesystem::remove(config_.password_file);
  EXPECT_EQ(credentials.login(config_).passwords, Passwords{"first"});
  EXPECT_NE(credentials.login(config_).unreadable, "") << "told, should that one be refused";
  config_.password_file.clear();
  EXPECT_EQ(credentials.login(config_).unreadable, "");
}

TEST_F(CredentialsTest, S58_ItIsKnownWhereEachPasswordIsSaid) {
  config_.next_password_file = dir_ / "next";
  in_file("old");
  test::put_file(config_.next_password_file, "next");
  Credentials credentials(config_);
  const auto file = "sql.password_file " + config_.password_file;
  const auto next = "sql.next_password_file " + config_.next_password_file;
  EXPECT_EQ(credentials.login(config_).from, (Passwords{file, next}));
  credentials.accepted("next");
  EXPECT_EQ(credentials.login(config_).from, (Passwords{next, file}))
      << "a place, where it has one";
  test::put_file(config_.next_password_file, "later");
  EXPECT_EQ(credentials.login(config_).from, (Passwords{"the one that worked last", file, next}));
  config_.password_file.clear();
  config_.next_password_file.clear();
  EXPECT_EQ(credentials.login(config_).from, Passwords{"an empty one, since none is configured"});
  config_.password = "secret";
  config_.password_origin = "env MYSQL_PWD";
  EXPECT_EQ(credentials.login(config_).from, Passwords{"sql.password, env MYSQL_PWD"});
}

TEST_F(CredentialsTest, S61_AnEmptyOneIsTriedWhileMysqlPwdIsRefusedAndNoneWasAccepted) {
  config_.password_file.clear();
  config_.password = "of the Secret";
  config_.password_origin = "env MYSQL_PWD";
  Credentials credentials(config_);
  EXPECT_EQ(list(credentials), Passwords{"of the Secret"}) << "not before it was refused";
  credentials.refused("of the Secret");
  EXPECT_EQ(list(credentials), (Passwords{"of the Secret", ""}));
  credentials.accepted("");
  EXPECT_EQ(list(credentials), (Passwords{"", "of the Secret"}));
  credentials.refused("");
  credentials.accepted("of the Secret");
  credentials.refused("of the Secret");
  credentials.refused("");
  config_.next_password_file = dir_ / "next";
  EXPECT_EQ(list(credentials), Passwords{"of the Secret"}) << "never again";
}

TEST_F(CredentialsTest, S61_NoOtherPasswordThatWasRefusedMakesRoomForAnEmptyOne) {
  const auto refused = [this](const std::string& user, const std::string& origin) {
    config_.user = user;
    config_.password = "x";
    config_.password_origin = origin;
    Credentials credentials(config_);
    static_cast<void>(list(credentials));
    credentials.refused("x");
    return list(credentials);
  };
  in_file("x");
  EXPECT_EQ(refused("root", "env MYSQL_PWD"), Passwords{"x"}) << "a file has it";
  config_.password_file.clear();
  EXPECT_EQ(refused("monitor", "env MYSQL_PWD"), Passwords{"x"});
  EXPECT_EQ(refused("root", "file sr-agent.toml:3"), Passwords{"x"});
}

TEST_F(CredentialsTest, OtherSettingsBeginAnew) {
  in_file("a");
  Credentials credentials(config_);
  credentials.accepted("a");
  config_.user = "other";
  in_file("b");
  const auto login = credentials.login(config_);
  EXPECT_EQ(login.user, "other");
  EXPECT_EQ(login.passwords, (Passwords{"b"}));
}

TEST_F(CredentialsTest, S60_AFeatureIsOffUntilItsStatementGoesThrough) {
  Credentials credentials(config_);
  credentials.denied({"add the own row", "NODE on SYSTEM", "GRANT"});
  credentials.denied({"add the own row", "NODE on SYSTEM", "SET DEFAULT ROLE"});
  credentials.allowed("read the list of FEs");
  ASSERT_EQ(credentials.features_off().size(), 1U);
  EXPECT_EQ(credentials.features_off()[0].fix, "SET DEFAULT ROLE");
  credentials.allowed("add the own row");
  EXPECT_TRUE(credentials.features_off().empty());
}

TEST(LoginLimit, S62_TenFailuresInAMinuteNeverHappen) {
  LoginLimit limit;
  std::size_t tried = 0;
  for (int second = 0; second < 60; ++second)
    if (limit.begin("fe:9030", at(second))) ++tried;
  EXPECT_EQ(tried, LoginLimit::kMostFailures);
  EXPECT_TRUE(limit.begin("other:9030", at(59))) << "counted by FE";
  EXPECT_TRUE(limit.begin("fe:9030", at(60)));
  EXPECT_TRUE(limit.begin("fe:9030", at(61)));
}

TEST(LoginLimit, ALoginThatSucceededDoesNotCount) {
  LoginLimit limit;
  for (int second = 0; second < 1000; ++second) {
    ASSERT_TRUE(limit.begin("fe:9030", at(second)));
    limit.forget("fe:9030", at(second));
  }
}

}  // namespace
}  // namespace sragent
