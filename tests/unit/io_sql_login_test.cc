#include <array>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

#include "io/sql.h"
#include "io/sql_guard.h"
#include "io_peer.h"
#include "io_sql_wire.h"

/// What a server gets that asks for more than it should have, byte by byte.
namespace sragent {
namespace {

using namespace std::chrono_literals;
using namespace test;

constexpr const char* kPassword = "hush-hush";

Deadline soon() {
  return Deadline::after(30s);
}

SqlTarget target_of(const ScriptedPeer& peer, TlsMode mode = TlsMode::kDisabled) {
  SqlTarget out{.name = "fe-0.fe.ns.svc",
                .address = "127.0.0.1",
                .port = peer.port(),
                .user = "root",
                .password = kPassword};
  out.tls.mode = mode;
  return out;
}

/// A server that greets, may say one thing after the login, and keeps all that it is sent.
class Recorder {
 public:
  explicit Recorder(std::string greeting, std::string then = {})
      : peer_([this, greeting = std::move(greeting), then = std::move(then)](int fd) {
          send_text(fd, greeting);
          std::string got;
          if (!then.empty()) {
            got = receive_packet(fd);
            send_text(fd, then);
          }
          got += receive_all(fd);
          const std::scoped_lock lock(mutex_);
          sent_ += got;
          ++done_;
        }) {}
  [[nodiscard]] const ScriptedPeer& peer() const { return peer_; }
  /// All that was sent to it, once `connections` of them are over.
  [[nodiscard]] std::string sent(int connections = 1) {
    EXPECT_TRUE(eventually([&] {
      const std::scoped_lock lock(mutex_);
      return done_ >= connections;
    }));
    const std::scoped_lock lock(mutex_);
    return sent_;
  }

 private:
  std::mutex mutex_{};
  std::string sent_{};
  int done_ = 0;
  ScriptedPeer peer_;
};

TEST(SqlLogin, S62_NothingIsSentToAServerWithoutTlsWhereTlsIsNeeded) {
  TempDir dir;
  put_file(dir / "ca.pem", "-----BEGIN CERTIFICATE-----\n");
  for (const auto mode : {TlsMode::kRequired, TlsMode::kVerifyCa, TlsMode::kVerifyIdentity}) {
    Recorder server(greeting());
    auto target = target_of(server.peer(), mode);
    target.tls.ca = dir / "ca.pem";
    const auto session = SqlSession::open(target, soon());
    ASSERT_FALSE(session) << to_string(mode);
    EXPECT_EQ(session.error().kind, ErrorKind::kTls) << session.error().what;
    EXPECT_NE(session.error().what.find("offers no TLS"), std::string::npos);
    EXPECT_EQ(server.sent(), "") << to_string(mode);
  }
}

TEST(SqlLogin, S62_AGreetingInPiecesIsJudgedToo) {
  std::string sent;
  {
    const ScriptedPeer peer([&](int fd) {
      for (const char c : greeting())
        if (!send_text(fd, std::string_view(&c, 1))) break;
      sent = receive_all(fd);
    });
    const auto session = SqlSession::open(target_of(peer, TlsMode::kRequired), soon());
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().kind, ErrorKind::kTls) << session.error().what;
  }
  EXPECT_EQ(sent, "");
}

TEST(SqlLogin, S62_PreferredTakesAServerWithoutTls) {
  const ScriptedPeer peer([](int fd) {
    send_text(fd, greeting());
    if (!receive_packet(fd).empty()) send_text(fd, ok(2));
    hang(fd);
  });
  const auto session = SqlSession::open(target_of(peer, TlsMode::kPreferred), soon());
  ASSERT_TRUE(session) << session.error().what;
  EXPECT_FALSE((*session)->encrypted());
}

/// The connector calls that a failed connect, once it was to speak TLS.
TEST(SqlLogin, S58_ARefusalInPlaceOfAGreetingKeepsItsCodeInEveryMode) {
  for (const auto mode : {TlsMode::kDisabled, TlsMode::kPreferred, TlsMode::kRequired}) {
    for (const std::string state : {"", "#28000"}) {
      const ScriptedPeer peer([&](int fd) {
        send_text(fd, packet(0, bytes({0xFF, 1045 & 0xFF, 1045 >> 8}) + state + "go away"));
        hang(fd);
      });
      const auto session = SqlSession::open(target_of(peer, mode), soon());
      ASSERT_FALSE(session) << to_string(mode);
      EXPECT_EQ(session.error().code, 1045) << session.error().what;
      EXPECT_EQ(session.error().text, "go away");
      EXPECT_EQ(session.error().kind, ErrorKind::kAuth);
    }
  }
}

/// SSLRequest: flags, sizes and character set, and no name.
TEST(SqlLogin, S62_AFailedHandshakeIsNotTriedAgainInPlain) {
  for (const auto mode : {TlsMode::kPreferred, TlsMode::kRequired}) {
    Recorder server(greeting("mysql_native_password", true), "this is no TLS at all, is it?");
    const auto session = SqlSession::open(target_of(server.peer(), mode), soon());
    ASSERT_FALSE(session) << to_string(mode);
    EXPECT_EQ(session.error().kind, ErrorKind::kTls) << session.error().what;
    const auto sent = server.sent();
    EXPECT_EQ(sent.find("root"), std::string::npos);
    EXPECT_EQ(server.peer().connections(), 1);
  }
}

TEST(SqlLogin, AHandshakeOfTlsThatHangsEndsAtTheDeadline) {
  const ScriptedPeer peer([](int fd) {
    send_text(fd, greeting("mysql_native_password", true));
    hang(fd);
  });
  const auto session =
      SqlSession::open(target_of(peer, TlsMode::kRequired), Deadline::after(200ms));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kTimeout) << session.error().what;
}

TEST(SqlLogin, AHandshakeOfTlsThatTricklesEndsAtTheDeadline) {
  const ScriptedPeer peer([](int fd) {
    send_text(fd, greeting("mysql_native_password", true));
    receive_packet(fd);
    send_text(fd, bytes({0x16, 3, 3, 0x40, 0, 2, 0, 0x3F, 0xFC, 3, 3}));  // a ServerHello of 16 kB
    while (send_text(fd, "x"))
      std::this_thread::sleep_for(1ms);
  });
  const auto session =
      SqlSession::open(target_of(peer, TlsMode::kPreferred), Deadline::after(300ms));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kTimeout) << session.error().what;
}

/// Plugins that a server may ask for: after the login, or in its greeting already.
TEST(SqlLogin, OtherAuthenticationGetsNoPasswordAndIsNamed) {
  for (const std::string plugin : {"mysql_clear_password",
                                   "mysql_old_password",
                                   "sha256_password",
                                   "caching_sha2_password",
                                   "dialog",
                                   "client_ed25519"}) {
    for (const bool in_greeting : {false, true}) {
      Recorder server(greeting(in_greeting ? plugin : "mysql_native_password"), switch_to(plugin));
      const auto session = SqlSession::open(target_of(server.peer()), soon());
      ASSERT_FALSE(session) << plugin;
      EXPECT_EQ(session.error().kind, ErrorKind::kAuth) << session.error().what;
      EXPECT_NE(session.error().what.find("authentication " + plugin + ","), std::string::npos)
          << session.error().what;
      const auto sent = server.sent();
      EXPECT_NE(sent.find("root"), std::string::npos) << plugin;
      EXPECT_EQ(sent.find(kPassword), std::string::npos) << plugin;
      EXPECT_LT(sent.size(), 250U) << "a login and nothing after it: " << plugin;
    }
  }
}

TEST(SqlLogin, TheOldShortScrambleIsNotGiven) {
  Recorder server(greeting(), packet(2, bytes({0xFE})));
  const auto session = SqlSession::open(target_of(server.peer()), soon());
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kAuth);
  EXPECT_NE(session.error().what.find("mysql_old_password"), std::string::npos)
      << session.error().what;
  EXPECT_LT(server.sent().size(), 250U);
}

/// A greeting whose plugin is another does not mean that the user's is.
TEST(SqlLogin, AServerOfAnotherDefaultMayStillAskForTheNativeOne) {
  std::string answer;
  const ScriptedPeer peer([&](int fd) {
    send_text(fd, greeting("caching_sha2_password"));
    receive_packet(fd);
    send_text(fd, switch_to("mysql_native_password"));
    answer = receive_packet(fd);
    send_text(fd, ok(4));
    hang(fd);
  });
  const auto session = SqlSession::open(target_of(peer), soon());
  ASSERT_TRUE(session) << session.error().what;
  EXPECT_EQ(answer.size(), 20U) << "the scramble of mysql_native_password";
}

TEST(SqlGuard, ReadsTheOfferOfTlsFromAnyGreeting) {
  const auto whole = greeting("mysql_native_password", true);
  EXPECT_EQ(tls_offer(whole), TlsOffer::kYes);
  EXPECT_EQ(tls_offer(greeting()), TlsOffer::kNo);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(tls_offer(std::string_view(whole).substr(0, size)), TlsOffer::kUnknown) << size;
  EXPECT_EQ(tls_offer(failure(0, 1040, "08004", "Too many connections")), TlsOffer::kUnknown);
  EXPECT_EQ(tls_offer(packet(0, "")), TlsOffer::kNo);
  EXPECT_EQ(tls_offer(packet(0, bytes({10}) + "5.1.0")), TlsOffer::kNo);
  EXPECT_EQ(tls_offer(packet(0, bytes({10}) + "5.1.0" + bytes({0, 1, 2, 3}))), TlsOffer::kNo);
}

TEST(SqlGuard, NamesThePluginWithoutWhatWouldSpoilALine) {
  EXPECT_EQ(wanted_plugin(greeting()), "");
  EXPECT_EQ(wanted_plugin(greeting() + switch_to("dialog")), "dialog");
  EXPECT_EQ(wanted_plugin(greeting() + packet(2, bytes({0xFE}))), "mysql_old_password");
  EXPECT_EQ(wanted_plugin(greeting() + packet(2, bytes({0xFE}) + "a\n b\x1b[1m")), "ab1m");
  EXPECT_EQ(wanted_plugin(greeting() + switch_to(std::string(500, 'p'))), std::string(64, 'p'));
}

}  // namespace
}  // namespace sragent
