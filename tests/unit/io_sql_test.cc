#include <sys/socket.h>

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <netdb.h>

#include "io/address_book.h"
#include "io/sql.h"
#include "io_peer.h"
#include "io_sql_wire.h"

namespace sragent {
namespace {

using namespace std::chrono_literals;
using namespace test;

bool log_in(int fd) {
  send_text(fd, greeting());
  return !receive_packet(fd).empty() && send_text(fd, ok(2));
}

/// Logs anybody in and answers each statement with what `answer` sends.
ScriptedPeer::Script answering(std::function<void(int fd, const std::string& statement)> answer) {
  return [answer = std::move(answer)](int fd) {
    if (!log_in(fd)) return;
    while (true) {
      const std::string command = receive_packet(fd);
      if (command.empty() || command[0] != 3) return;
      answer(fd, command.substr(1));
    }
  };
}

std::string two_column_head() {
  return packet(1, bytes({2})) + column(2, "Name") + column(3, "IsMaster") + eof(4);
}

SqlTarget target_of(const ScriptedPeer& peer) {
  return {.name = "fe-0.fe.ns.svc",
          .address = "127.0.0.1",
          .port = peer.port(),
          .user = "root",
          .password = "hush-hush"};
}

Deadline soon() {
  return Deadline::after(30s);
}

SqlResult<SqlTable> ask(const ScriptedPeer& peer, Deadline until, const SqlLimits& limits = {}) {
  auto session = SqlSession::open(target_of(peer), soon());
  if (!session) return tl::unexpected(session.error());
  return (*session)->query("SHOW FRONTENDS", until, limits);
}

TEST(AddressBook, IsWhatSharedLibrariesCall) {
  EXPECT_TRUE(address_book_in_effect());
}

TEST(AddressBook, AnswersOnlyWhileItLivesAndOnlyItsName) {
  const auto resolve = [](const char* name) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int status = ::getaddrinfo(name, "9030", &hints, &list);
    std::string text;
    if (status == 0) {
      std::array<char, 128> host{};
      ::getnameinfo(
          list->ai_addr, list->ai_addrlen, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST);
      text = host.data();
      ::freeaddrinfo(list);
    }
    return text;
  };
  EXPECT_EQ(resolve("127.9.9.9"), "127.9.9.9") << "numeric ones pass through";
  {
    const ScopedAddress outer("fe-0.test.invalid", "127.1.2.3");
    EXPECT_EQ(resolve("fe-0.test.invalid"), "127.1.2.3");
    {
      const ScopedAddress inner("fe-0.test.invalid", "::1");
      EXPECT_EQ(resolve("fe-0.test.invalid"), "::1");
    }
    EXPECT_EQ(resolve("fe-0.test.invalid"), "127.1.2.3");
    EXPECT_EQ(resolve("127.9.9.9"), "127.9.9.9");
    std::jthread([&] { EXPECT_EQ(ScopedAddress::find("fe-0.test.invalid"), nullptr); }).join();
  }
  EXPECT_EQ(ScopedAddress::find("fe-0.test.invalid"), nullptr);
}

TEST(Sql, ReadsATableByColumnName) {
  const ScriptedPeer peer(answering([](int fd, const std::string& statement) {
    send_text(fd,
              two_column_head() + packet(5, lenenc(statement) + lenenc("true")) +
                  packet(6, lenenc("") + bytes({0xFB})) + eof(7));
  }));
  const auto table = ask(peer, soon());
  ASSERT_TRUE(table) << table.error().what;
  EXPECT_EQ(table->columns, (std::vector<std::string>{"Name", "IsMaster"}));
  ASSERT_EQ(table->rows.size(), 2U);
  ASSERT_NE(table->cell(0, "ismaster"), nullptr);
  EXPECT_EQ(*table->cell(0, "ismaster"), "true");
  EXPECT_EQ(*table->cell(0, "NAME"), "SHOW FRONTENDS");
  EXPECT_EQ(*table->cell(1, "Name"), "");
  EXPECT_EQ(*table->cell(1, "IsMaster"), std::nullopt);
  EXPECT_EQ(table->cell(0, "Role"), nullptr);
  EXPECT_EQ(table->cell(2, "Name"), nullptr);
}

TEST(Sql, ConvertsToPlainResults) {
  const ScriptedPeer peer(answering([](int fd, const std::string&) { send_text(fd, ok(1)); }));
  const Result<SqlTable> table = ask(peer, soon());
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->columns.empty());
}

TEST(Sql, ConnectsByNameToTheAddressGiven) {
  const ScriptedPeer peer(answering([](int fd, const std::string&) { send_text(fd, ok(1)); }));
  SqlTarget target = target_of(peer);
  target.name = "no-such-host.invalid";
  EXPECT_TRUE(SqlSession::open(target, soon()));
  target.name = "localhost";
  EXPECT_TRUE(SqlSession::open(target, soon())) << "not the Unix socket";
  target.name.clear();
  EXPECT_TRUE(SqlSession::open(target, soon()));
  target.address = "fe-0.fe";
  EXPECT_EQ(SqlSession::open(target, soon()).error().kind, ErrorKind::kBadConfig);
}

TEST(Sql, BindsItsSourceAddress) {
  std::string seen;
  {
    const ScriptedPeer peer([&](int fd) {
      sockaddr_storage from{};
      socklen_t length = sizeof from;
      ::getpeername(fd, reinterpret_cast<sockaddr*>(&from), &length);
      std::array<char, 64> host{};
      ::getnameinfo(reinterpret_cast<sockaddr*>(&from),
                    length,
                    host.data(),
                    host.size(),
                    nullptr,
                    0,
                    NI_NUMERICHOST);
      seen = host.data();
      log_in(fd);
      hang(fd);
    });
    SqlTarget target = target_of(peer);
    target.source_address = "127.7.7.7";
    EXPECT_TRUE(SqlSession::open(target, soon()));
    target.source_address = "203.0.113.7";
    const auto refused = SqlSession::open(target, soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kIo) << refused.error().what;
  }
  EXPECT_EQ(seen, "127.7.7.7");
}

TEST(Sql, ARefusedPortIsUnreachable) {
  const SqlTarget target{.name = "fe", .address = "127.0.0.1", .port = closed_port(), .user = "r"};
  const auto session = SqlSession::open(target, soon());
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kUnreachable);
  EXPECT_TRUE(session.error().what.starts_with("sql: connect to fe (127.0.0.1:"))
      << session.error().what;
}

TEST(Sql, AServerThatCloses) {
  const ScriptedPeer at_once([](int) {});
  EXPECT_EQ(SqlSession::open(target_of(at_once), soon()).error().kind, ErrorKind::kUnreachable);
  const ScriptedPeer in_answer(answering([](int fd, const std::string&) {
    send_text(fd, two_column_head());
    ::shutdown(fd, SHUT_RDWR);
  }));
  EXPECT_EQ(ask(in_answer, soon()).error().kind, ErrorKind::kUnreachable);
}

TEST(Sql, AServerThatSaysNothing) {
  const ScriptedPeer peer(&hang);
  const auto session = SqlSession::open(target_of(peer), Deadline::after(100ms));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kTimeout);
  EXPECT_NE(session.error().what.find("timed out after "), std::string::npos);
}

TEST(Sql, AServerThatHangsAfterTheGreeting) {
  const ScriptedPeer peer([](int fd) {
    send_text(fd, greeting());
    hang(fd);
  });
  EXPECT_EQ(SqlSession::open(target_of(peer), Deadline::after(100ms)).error().kind,
            ErrorKind::kTimeout);
}

TEST(Sql, AServerThatHangsAfterTheHandshake) {
  const ScriptedPeer peer(answering([](int fd, const std::string&) { hang(fd); }));
  const auto table = ask(peer, Deadline::after(100ms));
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kTimeout);
  EXPECT_TRUE(table.error().what.starts_with("sql: SHOW FRONTENDS on fe-0.fe.ns.svc (127.0.0.1:"));
}

TEST(Sql, AServerThatHangsBetweenRows) {
  const ScriptedPeer peer(answering([](int fd, const std::string&) {
    send_text(fd, two_column_head() + packet(5, lenenc("a") + lenenc("b")));
    hang(fd);
  }));
  EXPECT_EQ(ask(peer, Deadline::after(100ms)).error().kind, ErrorKind::kTimeout);
}

TEST(Sql, AServerThatHangsInsideARow) {
  const ScriptedPeer peer(answering([](int fd, const std::string&) {
    const std::string row = packet(5, lenenc("a") + lenenc("b"));
    send_text(fd, two_column_head() + row.substr(0, row.size() - 2));
    hang(fd);
  }));
  EXPECT_EQ(ask(peer, Deadline::after(100ms)).error().kind, ErrorKind::kTimeout);
}

TEST(Sql, AServerThatTricklesInsideARow) {
  const ScriptedPeer peer(answering([](int fd, const std::string&) {
    send_text(fd, two_column_head() + packet(5, lenenc(std::string(60'000, 'x'))).substr(0, 5));
    while (send_text(fd, "x"))
      std::this_thread::sleep_for(1ms);
  }));
  EXPECT_EQ(ask(peer, Deadline::after(200ms)).error().kind, ErrorKind::kTimeout);
}

TEST(Sql, RowsForEverAreTooMuch) {
  const ScriptedPeer peer(answering([](int fd, const std::string&) {
    send_text(fd, two_column_head());
    const std::string cell = lenenc(std::string(30'000, 'x'));
    for (unsigned n = 5; send_text(fd, packet(n & 0xFFU, cell + cell)); ++n) {
    }
  }));
  EXPECT_EQ(ask(peer, soon()).error().kind, ErrorKind::kGarbled);
  EXPECT_EQ(ask(peer, soon(), {.rows = 3}).error().kind, ErrorKind::kGarbled);
}

TEST(Sql, OneEndlessRowIsTooMuch) {
  const ScriptedPeer peer(answering([](int fd, const std::string&) {
    send_text(fd, two_column_head());
    // NOLINTNEXTLINE(bugprone-string-constructor): the largest packet there is
    const std::string full = std::string(0xFFFFFF, 'x');
    for (unsigned n = 5; send_text(fd, packet(n & 0xFFU, full)); ++n) {
    }
  }));
  const auto table = ask(peer, soon());
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kGarbled) << table.error().what;
}

TEST(Sql, ColumnsForEverAreTooMuch) {
  const ScriptedPeer peer(answering([](int fd, const std::string&) {
    send_text(fd, packet(1, bytes({0xFD, 0xFF, 0xFF, 0xFF})));
    for (unsigned n = 2; send_text(fd, column(n & 0xFFU, std::string(200, 'c'))); ++n) {
    }
  }));
  const auto table = ask(peer, soon(), {.bytes = 100'000});
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kGarbled) << table.error().what;
}

TEST(Sql, GarbageIsGarbled) {
  const ScriptedPeer ssh([](int fd) {
    send_text(fd, "SSH-2.0-OpenSSH_9.2p1\r\n");
    hang(fd);
  });
  const auto session = SqlSession::open(target_of(ssh), Deadline::after(2s));
  ASSERT_FALSE(session);
  const ScriptedPeer old([](int fd) {
    send_text(fd, packet(0, bytes({9}) + "3.20" + bytes({0, 0, 0, 0, 0})));
    hang(fd);
  });
  EXPECT_EQ(SqlSession::open(target_of(old), soon()).error().kind, ErrorKind::kGarbled);
  const ScriptedPeer short_row(answering([](int fd, const std::string&) {
    send_text(fd, two_column_head() + packet(5, bytes({200}) + "abc") + eof(6));
  }));
  const auto table = ask(short_row, soon());
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kGarbled) << table.error().what;
  EXPECT_EQ(table.error().text, "the answer does not follow the MySQL protocol");
}

/// Found by the fuzzer: the connector read a null pointer, and the agent was gone.
TEST(Sql, AnErrorThatLooksLikeAProgressReportIsNoGreeting) {
  for (const std::size_t cut : {std::size_t{0}, std::size_t{5}, std::size_t{6}}) {
    const std::string wire = packet(0, std::string(29, '\xFF'));
    const ScriptedPeer peer([&](int fd) {
      send_text(fd, wire.substr(0, cut));
      send_text(fd, wire.substr(cut));  // Nagle's rule holds it back until the first part has come.
      hang(fd);
    });
    const auto session = SqlSession::open(target_of(peer), soon());
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().kind, ErrorKind::kGarbled) << session.error().what;
  }
}

TEST(Sql, MoreColumnsThanAllowed) {
  const ScriptedPeer peer(
      answering([](int fd, const std::string&) { send_text(fd, two_column_head() + eof(5)); }));
  EXPECT_EQ(ask(peer, soon(), {.columns = 1}).error().kind, ErrorKind::kGarbled);
}

TEST(Sql, ARefusedLoginIsAuthAndKeepsWhatWasSaid) {
  const ScriptedPeer peer([](int fd) {
    send_text(fd, greeting());
    receive_packet(fd);
    send_text(fd, failure(2, 1045, "28000", "Access denied for user 'root' (using password: YES)"));
  });
  const auto session = SqlSession::open(target_of(peer), soon());
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kAuth);
  EXPECT_EQ(session.error().code, 1045);
  EXPECT_EQ(session.error().sqlstate, "28000");
  EXPECT_EQ(session.error().text, "Access denied for user 'root' (using password: YES)");
  EXPECT_EQ(session.error().what.find("hush"), std::string::npos);
}

TEST(Sql, LivesOnAfterAStatementWasRejected) {
  const ScriptedPeer peer(answering([](int fd, const std::string& statement) {
    if (statement == "BAD") {
      send_text(fd, failure(1, 1064, "HY000", "Same fe already exists"));
    } else {
      send_text(fd, ok(1));
    }
  }));
  auto session = SqlSession::open(target_of(peer), soon());
  ASSERT_TRUE(session);
  const auto bad = (*session)->query("BAD", soon());
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, ErrorKind::kRejected);
  EXPECT_EQ(bad.error().text, "Same fe already exists");
  EXPECT_TRUE((*session)->query("GOOD", soon()));
}

TEST(Sql, IsDeadAfterATimeout) {
  const ScriptedPeer peer(answering([](int fd, const std::string&) { hang(fd); }));
  auto session = SqlSession::open(target_of(peer), soon());
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->query("A", Deadline::after(50ms)).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ((*session)->query("B", soon()).error().kind, ErrorKind::kUnreachable);
}

TEST(Sql, SendsNoLocalFile) {
  std::string sent;
  {
    const ScriptedPeer peer(answering([&](int fd, const std::string&) {
      send_text(fd, packet(1, bytes({0xFB}) + "/etc/passwd"));
      sent = receive_all(fd);
    }));
    EXPECT_FALSE(ask(peer, Deadline::after(2s)));
  }
  EXPECT_EQ(sent.find("root:"), std::string::npos);
}

TEST(TranslateSqlError, FollowsItsTable) {
  const auto kind = [](int code, const char* text) { return translate_sql_error(code, text); };
  EXPECT_EQ(kind(1045, "Access denied for user"), ErrorKind::kAuth);
  EXPECT_EQ(kind(1064, "Access denied for user 'x'"), ErrorKind::kAuth);
  EXPECT_EQ(kind(1064, "Access denied; you need (at least one of) the NODE privilege(s)"),
            ErrorKind::kPrivilege);
  EXPECT_EQ(kind(1064, "Unknown error"), ErrorKind::kRejected);
  EXPECT_EQ(kind(1227, ""), ErrorKind::kPrivilege);
  EXPECT_EQ(kind(1252, ""), ErrorKind::kPrivilege);
  EXPECT_EQ(kind(5203, ""), ErrorKind::kPrivilege);
  EXPECT_EQ(kind(5205, ""), ErrorKind::kTls);
  EXPECT_EQ(kind(2026, ""), ErrorKind::kTls);
  EXPECT_EQ(kind(2002, "Can't connect to server on 'x' (111)"), ErrorKind::kUnreachable);
  EXPECT_EQ(kind(2002, "Can't connect to server on 'x' (110)"), ErrorKind::kTimeout);
  EXPECT_EQ(kind(2013, "Lost connection"), ErrorKind::kUnreachable);
  EXPECT_EQ(kind(2027, "Malformed packet"), ErrorKind::kGarbled);
  EXPECT_EQ(kind(2020, "Got packet bigger"), ErrorKind::kGarbled);
  EXPECT_EQ(kind(5010, "?"), ErrorKind::kAuth);
  EXPECT_EQ(kind(2999, "?"), ErrorKind::kGarbled);
  EXPECT_EQ(kind(1203, "too many connections"), ErrorKind::kRejected);
  EXPECT_EQ(kind(5999, "of the server"), ErrorKind::kRejected);
}

}  // namespace
}  // namespace sragent
