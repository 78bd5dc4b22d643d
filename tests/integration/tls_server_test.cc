#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "io/sql.h"
#include "mariadb_server.h"

/// S62 and the wire below it: the agent's SQL against a real server.
namespace sragent {
namespace {

using namespace std::chrono_literals;
using mariadblab::Server;
using testcerts::Authority;

constexpr const char* kName = "fe-0.fe.ns.svc";
constexpr const char* kUser = "agent";
constexpr const char* kPassword = "pa'ss\"word \\%$ ü";
constexpr std::array kModes{TlsMode::kDisabled,
                            TlsMode::kPreferred,
                            TlsMode::kRequired,
                            TlsMode::kVerifyCa,
                            TlsMode::kVerifyIdentity};

class TlsServer : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(mariadblab::installed()) << "mariadb-server-core is missing: scripts/setup";
  }

  /// A user as StarRocks' are: mysql_native_password.
  static void add_user(const Server& server) {
    server.root("CREATE USER agent@'127.0.0.1' IDENTIFIED BY 'pa\\'ss\"word \\\\%$ ü'");
  }

  [[nodiscard]] SqlTarget target(const Server& server, TlsMode mode) const {
    SqlTarget out{.name = kName,
                  .address = "127.0.0.1",
                  .port = server.port(),
                  .user = kUser,
                  .password = kPassword};
    out.tls.mode = mode;
    out.tls.ca = dir_ / "ca.pem";
    return out;
  }

  void trust(const Authority& authority) const { test::put_file(dir_ / "ca.pem", authority.pem()); }

  test::TempDir dir_{};
};

Deadline soon() {
  return Deadline::after(60s);
}

/// "plain", "tls", or the kind of the error: what a login in this mode comes to, by the server's
/// own word on how it is protected.
std::string outcome(const SqlTarget& target) {
  auto session = SqlSession::open(target, soon());
  if (!session)
    return session.error().kind == ErrorKind::kTls ? "tls_failed" : session.error().what;
  const auto cipher = (*session)->query("SHOW SESSION STATUS LIKE 'Ssl_cipher'", soon());
  if (!cipher) return cipher.error().what;
  const bool tls = !cipher->rows.at(0).at(1).value_or("").empty();
  return tls == (*session)->encrypted() ? tls ? "tls" : "plain" : "the two sides disagree";
}

TEST_F(TlsServer, S62_AServerWithoutTlsGetsNothingFromModesThatNeedIt) {
  const Server server(false);
  add_user(server);
  trust(Authority("ca"));
  const long logins = server.status("Connections");
  for (const auto mode : {TlsMode::kRequired, TlsMode::kVerifyCa, TlsMode::kVerifyIdentity}) {
    const auto session = SqlSession::open(target(server, mode), soon());
    ASSERT_FALSE(session) << to_string(mode);
    EXPECT_EQ(session.error().kind, ErrorKind::kTls);
    EXPECT_NE(session.error().what.find("offers no TLS"), std::string::npos)
        << session.error().what;
  }
  EXPECT_GE(server.status("Connections"), logins + 3) << "they did reach it";
  EXPECT_EQ(server.log().find("agent@127.0.0.1 "), std::string::npos)
      << "not even the name was sent";
  EXPECT_EQ(outcome(target(server, TlsMode::kDisabled)), "plain");
  EXPECT_EQ(outcome(target(server, TlsMode::kPreferred)), "plain");
  EXPECT_NE(server.log().find("agent@127.0.0.1 "), std::string::npos) << server.log();
}

TEST_F(TlsServer, S62_EachModeWithEachCertificate) {
  Server server(true);
  add_user(server);
  const Authority ours("ca");
  const Authority others("ca");  // the same name, another key
  trust(ours);
  struct Row {
    const char* what;
    testcerts::Pair pair;
    std::array<const char*, kModes.size()> outcomes;
  };
  const std::array<Row, 6> rows{{
      {"right", ours.issue(kName), {"plain", "tls", "tls", "tls", "tls"}},
      {"wildcard", ours.issue("other,*.fe.ns.svc"), {"plain", "tls", "tls", "tls", "tls"}},
      {"other CA", others.issue(kName), {"plain", "tls", "tls", "tls_failed", "tls_failed"}},
      {"wrong name", ours.issue("fe-1.fe.ns.svc"), {"plain", "tls", "tls", "tls", "tls_failed"}},
      {"expired",
       ours.issue(kName, Authority::Valid::kNoMore),
       {"plain", "tls", "tls", "tls_failed", "tls_failed"}},
      {"address", ours.issue("127.0.0.1"), {"plain", "tls", "tls", "tls", "tls_failed"}},
  }};
  for (const auto& row : rows) {
    ASSERT_TRUE(server.use(row.pair));
    for (std::size_t i = 0; i < kModes.size(); ++i) {
      EXPECT_EQ(outcome(target(server, kModes.at(i))), row.outcomes.at(i))
          << row.what << ", " << to_string(kModes.at(i));
    }
  }
}

TEST_F(TlsServer, S62_TheNameIsVerifiedAndNotTheAddress) {
  Server server(true);
  add_user(server);
  const Authority ours("ca");
  trust(ours);
  ASSERT_TRUE(server.use(ours.issue("fe.example.test")));
  auto to = target(server, TlsMode::kVerifyIdentity);
  EXPECT_EQ(outcome(to), "tls_failed");
  const auto refused = SqlSession::open(to, soon());
  EXPECT_NE(refused.error().what.find("expected a certificate for fe-0.fe.ns.svc"),
            std::string::npos)
      << refused.error().what;
  to.tls.name = "fe.example.test";
  EXPECT_EQ(outcome(to), "tls") << "a name that all FEs share";
}

TEST_F(TlsServer, S62_TheFileOfTheCaIsReadForEachConnection) {
  Server server(true);
  add_user(server);
  const Authority before("before");
  const Authority after("after");
  ASSERT_TRUE(server.use(after.issue(kName)));
  const auto to = target(server, TlsMode::kVerifyCa);
  EXPECT_EQ(outcome(to), "tls_failed") << "no file";
  EXPECT_NE(SqlSession::open(to, soon()).error().what.find(dir_ / "ca.pem"), std::string::npos);
  test::put_file(dir_ / "ca.pem", "not a certificate\n");
  EXPECT_EQ(outcome(to), "tls_failed");
  EXPECT_NE(SqlSession::open(to, soon()).error().what.find("no certificate in PEM form"),
            std::string::npos);
  trust(before);
  EXPECT_EQ(outcome(to), "tls_failed");
  trust(after);
  EXPECT_EQ(outcome(to), "tls");
  test::put_file(dir_ / "ca.pem", before.pem() + after.pem());
  EXPECT_EQ(outcome(to), "tls") << "both, while a CA is replaced";
}

TEST_F(TlsServer, S62_AServerThatDemandsTlsGetsIt) {
  Server server(true, {"--require-secure-transport=ON"});
  add_user(server);
  EXPECT_EQ(outcome(target(server, TlsMode::kPreferred)), "tls");
  EXPECT_EQ(outcome(target(server, TlsMode::kRequired)), "tls");
  EXPECT_FALSE(SqlSession::open(target(server, TlsMode::kDisabled), soon()));
}

TEST_F(TlsServer, AnAnswerUnderTlsIsReadWithinItsLimitsAndItsDeadline) {
  Server server(true);
  add_user(server);
  auto session = SqlSession::open(target(server, TlsMode::kRequired), soon());
  ASSERT_TRUE(session) << session.error().what;
  const auto large = (*session)->query("SELECT REPEAT('x', 5000000)", soon());
  ASSERT_TRUE(large) << large.error().what;
  EXPECT_EQ(large->rows.at(0).at(0)->size(), 5'000'000U);
  const auto late = (*session)->query("SELECT SLEEP(100)", Deadline::after(200ms));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout);
  auto again = SqlSession::open(target(server, TlsMode::kRequired), soon());
  ASSERT_TRUE(again);
  const auto flood = (*again)->query("SELECT REPEAT('x', 9000000)", soon(), {.bytes = 100'000});
  ASSERT_FALSE(flood);
  EXPECT_EQ(flood.error().kind, ErrorKind::kGarbled) << flood.error().what;
}

TEST_F(TlsServer, AuthenticationOtherThanNativeIsRefusedByName) {
  Server server(true, {"--skip-secure-auth"});
  const auto made = server.root(
      "CREATE USER old@'127.0.0.1' IDENTIFIED VIA mysql_old_password USING '0123456789abcdef'");
  ASSERT_TRUE(made.empty()) << made.front();
  for (const auto mode : {TlsMode::kDisabled, TlsMode::kRequired}) {
    auto to = target(server, mode);
    to.user = "old";
    const auto session = SqlSession::open(to, soon());
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().kind, ErrorKind::kAuth);
    EXPECT_NE(session.error().what.find("mysql_old_password"), std::string::npos)
        << session.error().what;
  }
}

TEST_F(TlsServer, S60_SpecialCharactersInNameAndPassword) {
  const Server server(false);
  server.root("CREATE USER `a'g\"e@n\\\\t %ü`@'127.0.0.1' IDENTIFIED BY ' #;=''\"\\\\$(x)`ß '");
  auto to = target(server, TlsMode::kDisabled);
  to.user = "a'g\"e@n\\\\t %ü";
  to.password = " #;='\"\\$(x)`ß ";
  EXPECT_EQ(outcome(to), "plain");
}

}  // namespace
}  // namespace sragent
