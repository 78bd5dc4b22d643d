#include <gtest/gtest.h>

#include "runtime/redact.h"

namespace sragent {
namespace {

std::string clean(std::string_view text) {
  return Redactor{}.clean(text);
}

TEST(Redact, NamesOfSecretsAreKnownByTheirWordsAndPlacesAreNone) {
  for (const auto* name : {"password",
                           "MYSQL_PWD",
                           "sql.next_password",
                           "aws_s3_secret_key",
                           "aws_s3_access_key",
                           "token",
                           "azure_blob_shared_key",
                           "Authorization"})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (const auto* name : {"sql.password_file", "user", "meta_dir", "token_dir", "key"})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(Redact, WhatIsKnownGoesWhereverItStands) {
  Redactor redactor;
  redactor.add("s3cr\"et/x");
  EXPECT_EQ(redactor.clean("a s3cr\"et/x b"), "a [redacted] b");
  EXPECT_EQ(redactor.clean("{\"a\":\"s3cr\\\"et/x\"}"), "{\"a\":\"[redacted]\"}");
  EXPECT_EQ(redactor.clean("?p=s3cr%22et%2Fx&q"), "?p=[redacted]&q");
  EXPECT_EQ(redactor.clean("s3cr\"et/xs3cr\"et/x"), "[redacted][redacted]");
}

TEST(Redact, AShortSecretIsNotTakenOutOfEveryWord) {
  Redactor redactor;
  redactor.add("an");
  EXPECT_EQ(redactor.clean("an answer, password=an"), "an answer, password=[redacted]");
}

TEST(Redact, ValuesGoByTheirNames) {
  EXPECT_EQ(clean("aws_s3_secret_key = ab cd"), "aws_s3_secret_key = [redacted]");
  EXPECT_EQ(clean("MYSQL_PWD=a b"), "MYSQL_PWD=[redacted]");
  EXPECT_EQ(clean("x password=abc, y=1"), "x password=[redacted] y=1");
  EXPECT_EQ(clean("{\"password\": \"a\\\"b\", \"user\": \"root\"}"),
            "{\"password\": [redacted], \"user\": \"root\"}");
  EXPECT_EQ(clean("password: 'x y' z"), "password: [redacted]");
  EXPECT_EQ(clean("with password: 'x y' z"), "with password: [redacted] z");
  EXPECT_EQ(clean("sql.password_file = \"/etc/s\""), "sql.password_file = \"/etc/s\"");
}

TEST(Redact, StatementsHeadersAndUrls) {
  EXPECT_EQ(clean("ALTER USER root IDENTIFIED BY 'x y';"),
            "ALTER USER root IDENTIFIED BY [redacted];");
  EXPECT_EQ(clean("SET PASSWORD = PASSWORD('x')").find("'x'"), std::string::npos);
  EXPECT_EQ(clean("Authorization: Bearer abc.def"), "Authorization: [redacted]");
  EXPECT_EQ(clean("curl http://root:abc@fe:8030/api"), "curl http://root:[redacted]@fe:8030/api");
  EXPECT_EQ(clean("http://fe:8030/api a@b"), "http://fe:8030/api a@b");
}

/// What a reader who looks for a leak tries: none of it comes out.
TEST(Redact, NoSpellingOfASecretComesOut) {
  for (const std::string text : {
           "default_master_key = plain:aes_128:hunter2",
           R"(x="{\"password\":\"hunter2\"}")",
           "mysql -uroot -phunter2 -h fe",
           "curl -u root:hunter2 http://fe",
           R"(command = ["curl", "-u", "root:hunter2"])",
           R"(command = ["x", "--password", "hunter2"])",
           "tool --token hunter2 run",
           "DB_PASS=hunter2",
           "API_KEY=hunter2",
           "GITHUB_PAT=hunter2",
           "DSN=root:hunter2@tcp(fe:9030)",
           "with Proxy-Authorization: Basic hunter2 end",
           "with token: Bearer hunter2 end",
           "ALTER USER u IDENTIFIED WITH mysql_native_password BY 'hunter2'",
           "CREATE USER u IDENTIFIED BY PASSWORD '*hunter2'",
           "CREATE USER u IDENTIFIED BY\n  'hunter2'",
           "create user u identified  by 'it''s hunter2'",
           "SET PASSWORD FOR u = '*hunter2'",
           "SET PASSWORD = PASSWORD ('hunter2')",
           "x password => 'hunter2'",
           "x -Dfoo.Password=ab,hunter2 y",
           "get http://root:a/hunter2@host/x",
           "fs.azure.account.key.acc = hunter2",
           "GET /x?sig=hunter2&y",
           R"({"auths":{"r":{"auth":"hunter2"}}})",
           "<password>hunter2</password>",
       })
    EXPECT_EQ(clean(text).find("hunter2"), std::string::npos) << text << "\n" << clean(text);
}

TEST(Redact, KnownSecretsGoInTheFormsOfJsonTwiceOfPagesAndOfBase64) {
  Redactor redactor;
  redactor.add("a\"<&\tb");
  EXPECT_EQ(redactor.clean(R"(x a\"\u003c\u0026\tb y)"), "x [redacted] y");
  EXPECT_EQ(redactor.clean(R"(x a\\\"<&\\tb y)"), "x [redacted] y");
  EXPECT_EQ(redactor.clean("x " + base64("a\"<&\tb") + " y"), "x [redacted] y");
  EXPECT_EQ(base64("root:x"), "cm9vdDp4");
  EXPECT_EQ(base64("ab"), "YWI=");
  EXPECT_EQ(base64("a"), "YQ==");
}

TEST(Redact, LearnsFromLinesOfAConfFile) {
  Redactor redactor;
  redactor.learn("http_port = 1\n aws_s3_secret_key = \"deadbeef\"\nMYSQL_PWD=hunter22 \n");
  EXPECT_EQ(redactor.clean("saw deadbeef and hunter22"), "saw [redacted] and [redacted]");
}

TEST(Redact, LearnsAValueThatGoesOnInTheNextLine) {
  Redactor redactor;
  redactor.learn("aws_s3_secret_key = dead\\\nbeef\n");
  EXPECT_EQ(redactor.clean("saw deadbeef"), "saw [redacted]");
}

TEST(Redact, LeavesWhatIsNoSecretAndNeverHangs) {
  for (const std::string text : {"",
                                 "\n",
                                 "a\n\nb",
                                 "password",
                                 "password=",
                                 "password =\n",
                                 "://",
                                 "'\"`",
                                 "identified by",
                                 "bearer "})
    EXPECT_EQ(clean(text), text);
}

}  // namespace
}  // namespace sragent
