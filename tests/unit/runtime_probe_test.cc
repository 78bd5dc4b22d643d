#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "io_peer.h"
#include "io_sql_wire.h"
#include "runtime/probe_run.h"
#include "runtime_probe_case.h"

/// The user's probes against servers, programs and files that behave well, wrongly and not at all.
namespace sragent {
namespace {

using test::http_probe;
using test::receive_until;
using test::refused_place;
using test::ScriptedPeer;
using test::self;
using test::send_text;
using test::silent;
using test::tools;

/// Far above what a good answer takes, and what a bad one may take at most.
constexpr std::chrono::milliseconds kDeadline{400};

ProbeSeen run(const ProbeConfig& probe) {
  return run_probe(probe, tools(), Deadline::after(kDeadline));
}

/// It was bad, said why, and came back by its deadline (with room for a slow machine).
void expect_bad(const ProbeSeen& seen, const std::string& part) {
  EXPECT_FALSE(seen.ok) << seen.saw;
  EXPECT_NE(seen.saw.find(part), std::string::npos) << seen.saw;
}

ScriptedPeer::Script http_answer(const std::string& text) {
  return [text](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, text);
  };
}

std::string http_reply(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

/// A byte now and then: the deadline is for all of it.
void slow_body(int fd) {
  receive_until(fd, "\r\n\r\n");
  send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
  pollfd gone{fd, POLLIN, 0};
  while (send_text(fd, "x") && ::poll(&gone, 1, 20) == 0) {
  }
}

void endless_body(int fd) {
  receive_until(fd, "\r\n\r\n");
  send_text(fd, "HTTP/1.1 200 OK\r\n\r\n");
  while (send_text(fd, std::string(10'000, 'x'))) {
  }
}

TEST(HttpProbe, IsOkByStatusAndBody) {
  const ScriptedPeer peer(http_answer(http_reply("all is fine")));
  const auto seen = run(http_probe(self(peer)));
  EXPECT_TRUE(seen.ok) << seen.saw;
  EXPECT_EQ(seen.saw, "status 200, body all is fine");
}

TEST(HttpProbe, IsBadByAnotherStatusOrBody) {
  const ScriptedPeer wrong(http_answer(http_reply("fine", "500 Oops")));
  expect_bad(run(http_probe(self(wrong))), "status 500, body fine; expected status 200");
  const ScriptedPeer body(http_answer(http_reply("broken")));
  expect_bad(run(http_probe(self(body))), "expected fine in the body");
}

TEST(HttpProbe, IsBadWhereNobodyAnswersInTimeOrInMeasure) {
  expect_bad(run(http_probe(refused_place())), "http: GET http://127.0.0.1:");
  const ScriptedPeer mute(silent);
  expect_bad(run(http_probe(self(mute))), "timed out");
  const ScriptedPeer slow(slow_body);
  expect_bad(run(http_probe(self(slow))), "timed out");
  const ScriptedPeer endless(endless_body);
  expect_bad(run(http_probe(self(endless))), "too large");
}

TEST(HttpProbe, ATlsProbeAtAPlainPortIsBad) {
  const ScriptedPeer plain(http_answer(http_reply("fine")));
  auto probe = http_probe(self(plain));
  probe.url = "https://" + self(plain) + "/";
  expect_bad(run(probe), "http: GET https://127.0.0.1:");
}

ProbeConfig metric_probe(const std::string& place) {
  ProbeConfig out;
  out.kind = ProbeKindSetting::kMetric;
  out.url = "http://" + place + "/metrics";
  out.metric = "fds";
  out.compare = CompareSetting::kLess;
  out.value = "100";
  return out;
}

TEST(MetricProbe, HoldsTheBoundForEachSeries) {
  const ScriptedPeer good(http_answer(http_reply("fds 81\n")));
  EXPECT_EQ(run(metric_probe(self(good))).saw, "fds is 81 (< 100)");
  const ScriptedPeer two(http_answer(http_reply("fds{a=\"1\"} 81\nfds{a=\"2\"} 100\n")));
  expect_bad(run(metric_probe(self(two))), "fds is 100, expected < 100");
  const ScriptedPeer none(http_answer(http_reply("other 1\n")));
  expect_bad(run(metric_probe(self(none))), "no series fds in the answer");
  const ScriptedPeer ill(http_answer(http_reply("fds 1\n", "503 Not yet")));
  expect_bad(run(metric_probe(self(ill))), "status 503");
}

TEST(MetricProbe, IsBadWhereNobodyAnswersInTimeOrInMeasure) {
  expect_bad(run(metric_probe(refused_place())), "http: GET http://127.0.0.1:");
  const ScriptedPeer mute(silent);
  expect_bad(run(metric_probe(self(mute))), "timed out");
  const ScriptedPeer slow(slow_body);
  expect_bad(run(metric_probe(self(slow))), "timed out");
  const ScriptedPeer endless(endless_body);
  expect_bad(run(metric_probe(self(endless))), "too large");
}

TEST(TcpProbe, KnowsOpenRefusedAndAnAddressThatIsNotSelf) {
  ProbeConfig probe;
  probe.kind = ProbeKindSetting::kTcp;
  const ScriptedPeer mute(silent);  // who accepts and says nothing is open
  probe.address = self(mute);
  EXPECT_TRUE(run(probe).ok);
  probe.address = "127.0.0.1:" + std::to_string(mute.port());
  EXPECT_TRUE(run(probe).ok);
  probe.address = refused_place();
  expect_bad(run(probe), "refuses the connection");
}

/// Nobody takes the connection, and nobody refuses it.
TEST(TcpProbe, IsBadWhereAConnectIsNotAnswered) {
  const auto full = test::bind_loopback(SOCK_STREAM);
  ASSERT_EQ(::listen(full.fd.get(), 0), 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(full.port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::vector<UniqueFd> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    static_cast<void>(
        ::connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&where), sizeof where));
  }
  ProbeConfig probe;
  probe.kind = ProbeKindSetting::kTcp;
  probe.address = "127.0.0.1:" + std::to_string(full.port);
  expect_bad(run(probe), "does not answer");
}

ProbeConfig sql_probe(const std::string& address) {
  ProbeConfig out;
  out.kind = ProbeKindSetting::kSql;
  out.query = "SELECT count(*) FROM t";
  out.address = address;
  out.compare = CompareSetting::kMoreOrEqual;
  out.value = "5";
  return out;
}

/// Lets log in and gives `answer` to the first statement.
ScriptedPeer::Script sql_server(std::function<void(int fd)> answer) {
  return [answer = std::move(answer)](int fd) {
    send_text(fd, test::greeting());
    if (test::receive_packet(fd).empty()) return;
    send_text(fd, test::ok(2));
    while (true) {
      const auto command = test::receive_packet(fd);
      if (command.empty() || command[0] == '\x01') return;
      if (command.find("count") == std::string::npos) {
        send_text(fd, test::ok(1));
      } else {
        answer(fd);
      }
    }
  };
}

std::string head() {
  using namespace test;
  return packet(1, bytes({1})) + column(2, "n") + eof(3);
}

ScriptedPeer::Script sql_value(const std::string& value) {
  return sql_server([value](int fd) {
    using namespace test;
    send_text(fd, head() + packet(4, lenenc(value)) + eof(5));
  });
}

TEST(SqlProbe, ComparesTheFirstCellOrTheRows) {
  const ScriptedPeer good(sql_value("7"));
  EXPECT_EQ(run(sql_probe(self(good))).saw, "the first cell is 7 (>= 5)");
  const ScriptedPeer wrong(sql_value("4"));
  expect_bad(run(sql_probe(self(wrong))), "the first cell is 4, expected >= 5");
  auto rows = sql_probe(self(good));
  rows.value.reset();
  rows.rows = 1;
  EXPECT_TRUE(run(rows).ok);
  rows.rows = 2;
  expect_bad(run(rows), "1 rows, expected 2");
}

TEST(SqlProbe, TellsWhatTheFeSaid) {
  const ScriptedPeer peer(sql_server(
      [](int fd) { send_text(fd, test::failure(1, 1064, "42000", "Unknown table 't'")); }));
  expect_bad(run(sql_probe(self(peer))), "Unknown table 't'");
}

TEST(SqlProbe, IsBadWhereNobodyAnswersInTimeOrInMeasure) {
  expect_bad(run(sql_probe(refused_place())), "Can't connect to server");
  const ScriptedPeer mute(silent);
  expect_bad(run(sql_probe(self(mute))), "timed out");
  const ScriptedPeer mute_later(sql_server(silent));
  expect_bad(run(sql_probe(self(mute_later))), "timed out");
  const ScriptedPeer slow(sql_server([](int fd) {
    using namespace test;
    pollfd gone{fd, POLLIN, 0};
    send_text(fd, head());
    for (unsigned n = 4; send_text(fd, packet(n & 0xFFU, lenenc("7"))) && ::poll(&gone, 1, 20) == 0;
         ++n) {
    }
  }));
  expect_bad(run(sql_probe(self(slow))), "timed out");
  const ScriptedPeer endless(sql_server([](int fd) {
    using namespace test;
    send_text(fd, head());
    const auto cell = lenenc(std::string(30'000, 'x'));
    for (unsigned n = 4; send_text(fd, packet(n & 0xFFU, cell)); ++n) {
    }
  }));
  expect_bad(run(sql_probe(self(endless))), "too large");
}

TEST(SqlProbe, OnABeNeedsAnAddress) {
  auto probe = sql_probe("");
  expect_bad(run(probe), "no address");
}

TEST(FileProbe, KnowsPresenceAgeAndContent) {
  const test::TempDir dir;
  ProbeConfig probe;
  probe.kind = ProbeKindSetting::kFile;
  probe.path = dir.path() + "/mark";
  expect_bad(run(probe), "is not there");
  probe.present = false;
  EXPECT_TRUE(run(probe).ok);
  std::ofstream(probe.path) << "state: well\n";
  expect_bad(run(probe), "is there, expected none");
  probe.present = true;
  probe.body = "well";
  EXPECT_TRUE(run(probe).ok);
  probe.body = "ill";
  expect_bad(run(probe), "expected ill in it");
  probe.body.clear();
  probe.max_age = std::chrono::seconds{60};
  EXPECT_TRUE(run(probe).ok);
  const std::array<timespec, 2> old{{{1000, 0}, {1000, 0}}};
  ASSERT_EQ(::utimensat(AT_FDCWD, probe.path.c_str(), old.data(), 0), 0);
  expect_bad(run(probe), "expected at most 60 s");
}

/// Its size says a terabyte; none of it is on the disk.
TEST(FileProbe, AFileWithoutAnEndIsBadWhereItsContentIsLookedAt) {
  const test::TempDir dir;
  ProbeConfig probe;
  probe.kind = ProbeKindSetting::kFile;
  probe.path = dir.path() + "/endless";
  std::ofstream(probe.path) << "x";
  ASSERT_EQ(::truncate(probe.path.c_str(), off_t{1} << 40U), 0);
  EXPECT_TRUE(run(probe).ok) << "that it is there is known without reading it";
  probe.body = "x";
  expect_bad(run(probe), "longer than");
}

/// A pipe that nobody writes to would hold up its reader for ever.
TEST(FileProbe, APipeIsNotRead) {
  const test::TempDir dir;
  ProbeConfig probe;
  probe.kind = ProbeKindSetting::kFile;
  probe.path = dir.path() + "/pipe";
  probe.body = "x";
  ASSERT_EQ(::mkfifo(probe.path.c_str(), 0600), 0);
  expect_bad(run(probe), "no regular file");
}

TEST(FileProbe, WhatTheSystemRefusesIsToldWithItsWords) {
  const test::TempDir dir;
  ProbeConfig probe;
  probe.kind = ProbeKindSetting::kFile;
  probe.path = dir.path() + "/loop";
  probe.body = "x";
  ASSERT_EQ(::symlink(probe.path.c_str(), probe.path.c_str()), 0);
  expect_bad(run(probe), "Too many levels of symbolic links");
  probe.path = dir.path();
  expect_bad(run(probe), "Is a directory");
}

/// Main in small: reaps whatever ends and hands it over.
class ExecProbe : public testing::Test {
 protected:
  ExecProbe() {
    reaper_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const auto others = tools_.children->take(reap_all());
        ::poll(nullptr, 0, 5);
      }
    });
  }

  [[nodiscard]] ProbeSeen sh(const std::string& script,
                             std::chrono::milliseconds deadline = std::chrono::seconds(20)) const {
    ProbeConfig probe;
    probe.kind = ProbeKindSetting::kExec;
    probe.command = {"/bin/sh", "-c", script};
    return run_probe(probe, tools_, Deadline::after(deadline));
  }

  [[nodiscard]] static bool gone(const std::string& pid_file) {
    return test::eventually([&] {
      std::ifstream in(pid_file);
      pid_t pid = 0;
      return (in >> pid) && ::kill(pid, 0) != 0;
    });
  }

  ProbeTools tools_ = tools();
  test::TempDir dir_{};
  std::jthread reaper_{};
};

TEST_F(ExecProbe, IsOkByItsStatusAndShowsBothStreams) {
  const auto seen = sh("echo out; echo err >&2");
  EXPECT_TRUE(seen.ok) << seen.saw;
  EXPECT_NE(seen.saw.find("out"), std::string::npos) << seen.saw;
  EXPECT_NE(seen.saw.find("err"), std::string::npos) << seen.saw;
}

TEST_F(ExecProbe, AnotherStatusASignalAndAMissingProgramAreBad) {
  expect_bad(sh("echo no room; exit 3"), "exited with 3: no room");
  expect_bad(sh("kill -KILL $$"), "killed by SIGKILL");
  ProbeConfig missing;
  missing.kind = ProbeKindSetting::kExec;
  missing.command = {"/no/such/program"};
  expect_bad(run_probe(missing, tools_, Deadline::after(kDeadline)), "/no/such/program");
  missing.command = {dir_.path() + "/plain"};
  std::ofstream(missing.command.front()) << "no program";
  expect_bad(run_probe(missing, tools_, Deadline::after(kDeadline)), "not executable");
}

TEST_F(ExecProbe, ASilentOneIsKilledAtItsDeadline) {
  expect_bad(sh("echo $$ > " + dir_.path() + "/pid; exec sleep 1000", kDeadline),
             "killed at the deadline");
  EXPECT_TRUE(gone(dir_.path() + "/pid"));
}

TEST_F(ExecProbe, AnEndlessOrSlowWriterIsKilledAndItsWordsAreCut) {
  const auto endless = sh("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", kDeadline);
  expect_bad(endless, "killed at the deadline");
  EXPECT_LT(endless.saw.size(), 400U);
  expect_bad(sh("while :; do echo x; sleep 0.05; done", kDeadline), "killed at the deadline");
}

TEST_F(ExecProbe, AGrandchildIsKilledWithIt) {
  const auto file = dir_.path() + "/pid";
  expect_bad(sh("sleep 1000 & echo $! > " + file + "; wait", kDeadline), "killed at the deadline");
  EXPECT_TRUE(gone(file));
}

/// It holds the output open; that must not keep the probe from its end.
TEST_F(ExecProbe, AGrandchildThatIsLeftBehindDelaysNothing) {
  const auto file = dir_.path() + "/pid";
  const auto seen = sh("sleep 1000 & echo $! > " + file + "; echo done");
  EXPECT_TRUE(seen.ok) << seen.saw;
  EXPECT_TRUE(gone(file));
}

}  // namespace
}  // namespace sragent
