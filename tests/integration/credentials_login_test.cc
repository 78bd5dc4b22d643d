#include <filesystem>

#include <gtest/gtest.h>

#include "mariadb_server.h"
#include "runtime/fe_login.h"

/// The agent's login, passwords and advice, judged by what a real server counted.
namespace sragent {
namespace {

using mariadblab::Server;

class Login : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(mariadblab::installed()) << "mariadb-server-core is missing: scripts/setup";
    context_.config = config_;
    config_->sql.user = "agent";
    config_->sql.password_file = dir_ / "password";
    context_.credentials = std::make_shared<Credentials>(config_->sql);
  }
  void in_file(const std::string& text) const { test::put_file(dir_ / "password", text + "\n"); }
  static void in_server(const Server& server, const std::string& password) {
    server.root("CREATE OR REPLACE USER agent@'127.0.0.1' IDENTIFIED BY '" + password + "'");
  }
  /// "in", or what went wrong.
  [[nodiscard]] std::string log_in(const Server& server) const {
    const FeTarget target{"fe-0.fe.ns.svc", "127.0.0.1", server.port(), {}};
    const auto session = log_in_at(context_, target, {}, Deadline::after(std::chrono::seconds(60)));
    return session ? "in" : session.error().what;
  }
  static long refused(const Server& server) { return server.status("Access_denied_errors"); }

  test::TempDir dir_{};
  std::shared_ptr<Config> config_ = std::make_shared<Config>();
  LookContext context_{};
};

TEST_F(Login, S59_TheServerFirst) {
  const Server server(false);
  in_server(server, "old");
  in_file("old");
  EXPECT_EQ(log_in(server), "in");
  in_server(server, "new");
  const auto said = log_in(server);
  EXPECT_NE(said.find("1045"), std::string::npos) << said;
  EXPECT_EQ(said.find("old"), std::string::npos) << "no password in an error";
  EXPECT_EQ(refused(server), 1) << "one password was known, so one was tried";
  in_file("new");
  EXPECT_EQ(log_in(server), "in");
  EXPECT_EQ(log_in(server), "in");
  EXPECT_EQ(refused(server), 1);
}

TEST_F(Login, S59_TheFileFirst) {
  const Server server(false);
  in_server(server, "old");
  in_file("old");
  EXPECT_EQ(log_in(server), "in");
  in_file("new");
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(log_in(server), "in");
  EXPECT_EQ(refused(server), 0) << "what works is used";
  in_server(server, "new");
  EXPECT_EQ(log_in(server), "in");
  EXPECT_EQ(log_in(server), "in");
  EXPECT_EQ(refused(server), 1) << "the old one, once";
}

TEST_F(Login, S59_ANextPasswordHidesTheChangeAltogether) {
  const Server server(false);
  config_->sql.next_password_file = dir_ / "next";
  test::put_file(dir_ / "next", "new\n");
  in_server(server, "old");
  in_file("old");
  EXPECT_EQ(log_in(server), "in");
  in_server(server, "new");
  EXPECT_EQ(log_in(server), "in");
  in_file("new");
  EXPECT_EQ(log_in(server), "in");
  EXPECT_EQ(refused(server), 1);
}

TEST_F(Login, S62_FailuresStayBelowTenAMinute) {
  const Server server(false);
  in_server(server, "right");
  in_file("wrong");
  std::string said;
  for (int i = 0; i < 50; ++i)
    said = log_in(server);
  EXPECT_EQ(refused(server), static_cast<long>(LoginLimit::kMostFailures));
  EXPECT_NE(said.find("not tried"), std::string::npos) << said;
}

TEST_F(Login, S62_TheSettingToChangeIsNamed) {
  const Server plain(false);
  in_server(plain, "p");
  in_file("p");
  auto& sql = config_->sql;
  sql.tls_mode = TlsSetting::kRequired;
  auto said = log_in(plain);
  EXPECT_NE(said.find("ssl_keystore_location in fe.conf"), std::string::npos) << said;
  EXPECT_EQ(refused(plain), 0);
  Server secure(true);
  in_server(secure, "p");
  const testcerts::Authority ours("ours");
  test::put_file(dir_ / "ca.pem", ours.pem());
  ASSERT_TRUE(secure.use(ours.issue("kube-fe-search.ns.svc")));
  sql.tls_mode = TlsSetting::kVerifyIdentity;
  sql.tls_ca = dir_ / "ca.pem";
  said = log_in(secure);
  EXPECT_NE(said.find("sql.tls_name"), std::string::npos) << said;
  sql.tls_name = "kube-fe-search.ns.svc";
  EXPECT_EQ(log_in(secure), "in");
}

TEST_F(Login, S62_AFailedHandshakeIsRareToo) {
  Server secure(true);
  in_server(secure, "p");
  in_file("p");
  test::put_file(dir_ / "ca.pem", testcerts::Authority("ours").pem());
  config_->sql.tls_mode = TlsSetting::kVerifyCa;
  config_->sql.tls_ca = dir_ / "ca.pem";
  const long before = secure.status("Ssl_accepts");
  for (int i = 0; i < 50; ++i)
    EXPECT_NE(log_in(secure), "in");
  EXPECT_LE(secure.status("Ssl_accepts") - before, static_cast<long>(LoginLimit::kMostFailures));
  EXPECT_GT(secure.status("Ssl_accepts"), before);
}

}  // namespace
}  // namespace sragent
