#include <algorithm>
#include <thread>

#include "io/http_server.h"
#include "runtime/host_clock.h"
#include "runtime/host_watch.h"
#include "runtime_planted_host.h"
#include "starrocks/identity_json.h"

/// When the host is looked at, what is told of it, and the leader's clock.
namespace sragent {
namespace {

using test::PlantedHost;

/// A node at 127.0.0.1 that asks an agent there.
LookContext asker(std::uint16_t port) {
  Config config;
  config.http.peer_port = port;
  config.http.peer_timeout = Millis{5'000};
  LookContext out;
  out.config = std::make_shared<const Config>(config);
  out.me.host = "127.0.0.9";
  out.me.address = test::kHere;
  out.workers = std::make_shared<WorkerPool>("test", WorkerLimits{});
  out.resolver = *Resolver::start({});
  return out;
}

Identity identity_of(const std::string& host) {
  Identity out;
  out.host = out.address = host;
  out.meta = MetaKind::kSealed;
  out.leader_seen = test::kHere;
  return out;
}

/// An agent whose answer is `text`, headers and all.
test::ScriptedPeer::Script raw(const std::string& host, const std::string& header) {
  return [body = to_json(identity_of(host)), header](int fd) {
    static_cast<void>(test::receive_until(fd, "\r\n\r\n"));
    test::send_text(fd,
                    "HTTP/1.1 200 OK\r\n" + header + "Content-Length: " +
                        std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
  };
}

TEST(AskClock, S66_TheAgentOfTheLeaderTellsItWithItsAnswer) {
  const auto server = HttpServer::start(test::kHere, 0, [](const HttpQuery&) {
    return HttpReply{200, to_json(identity_of(test::kHere)), "application/json"};
  });
  ASSERT_TRUE(server) << server.error().what;
  const auto context = asker((*server)->port());
  EXPECT_EQ(leader_by_agents(context).value(), test::kHere);
  const auto span = ask_clock(context, test::kHere);
  ASSERT_TRUE(span) << span.error().what;
  EXPECT_LE(span->low_ms, 0) << "both are this machine's clock";
  EXPECT_GE(span->high_ms, 0);
  EXPECT_EQ(judge_clock(NodeKind::kBe, span, {}).state, HostState::kOk);
}

TEST(AskClock, S66_AClockOfAnotherYearIsWrong) {
  const test::ScriptedPeer peer(raw(test::kHere, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  const auto span = ask_clock(asker(peer.port()), test::kHere);
  ASSERT_TRUE(span) << span.error().what;
  const auto finding = judge_clock(NodeKind::kFe, span, {});
  EXPECT_EQ(finding.state, HostState::kWarning) << host_line(finding);
  EXPECT_NE(finding.value.find(" ahead of the leader"), std::string::npos);
}

TEST(AskClock, S66_AnAnswerWithoutADateOrOfAnotherIsNoClock) {
  const test::ScriptedPeer silent(raw(test::kHere, ""));
  EXPECT_EQ(ask_clock(asker(silent.port()), test::kHere).error().kind, ErrorKind::kNotFound);
  const test::ScriptedPeer odd(raw(test::kHere, "Date: when it suits\r\n"));
  EXPECT_EQ(ask_clock(asker(odd.port()), test::kHere).error().kind, ErrorKind::kNotFound);
  const test::ScriptedPeer other(raw("10.0.0.7", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  EXPECT_EQ(ask_clock(asker(other.port()), test::kHere).error().kind, ErrorKind::kRejected);
  const auto closed = asker(test::closed_port());
  EXPECT_EQ(ask_clock(closed, test::kHere).error().kind, ErrorKind::kUnreachable);
  EXPECT_EQ(leader_by_agents(closed).error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(ask_clock(closed, closed.me.host)->self) << "the leader asks nobody";
}

class Watch : public testing::Test {
 protected:
  Watch() {
    host_.group("0::/\n");
    host_.plant("/sys/fs/cgroup/memory.max", "max\n");
    host_.plant("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
  }
  HostWatch make() {
    return HostWatch{{host_.config, host_.context, asker(test::closed_port()), host_.root()}};
  }
  static const HostFinding* find(const NodeStatus& status, const std::string& check) {
    const auto& all = status.host_checks.findings;
    const auto at = std::find_if(
        all.begin(), all.end(), [&](const HostFinding& one) { return one.check == check; });
    return at == all.end() ? nullptr : &*at;
  }
  PlantedHost host_{};
};

TEST_F(Watch, S66_WarnsAndLetsTheServerStart) {
  auto watch = make();
  EXPECT_EQ(watch.before_start(), "");
  NodeStatus status;
  watch.describe(status, Instant{0});
  EXPECT_FALSE(status.host_checks.wall.empty());
  ASSERT_NE(find(status, "transparent_huge_pages"), nullptr);
  EXPECT_EQ(find(status, "transparent_huge_pages")->state, HostState::kWarning);
  ASSERT_NE(find(status, "clock"), nullptr);
  EXPECT_EQ(find(status, "clock")->value, "no leader is known yet");
}

TEST_F(Watch, S66_StrictRefusesUntilTheHostIsRight) {
  host_.config.host.checks = HostChecksSetting::kStrict;
  auto watch = make();
  const auto why = watch.before_start();
  EXPECT_TRUE(why.starts_with("host.checks = strict: ")) << why;
  EXPECT_NE(why.find("transparent_huge_pages: always; wanted: madvise or never; effect: "),
            std::string::npos)
      << why;
  host_.plant("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  const auto left = watch.before_start();
  EXPECT_EQ(left.find("transparent_huge_pages"), std::string::npos) << left;
}

TEST_F(Watch, S66_OffLooksAtNothing) {
  host_.config.host.checks = HostChecksSetting::kOff;
  auto watch = make();
  EXPECT_EQ(watch.before_start(), "");
  NodeStatus status;
  watch.describe(status, Instant{0});
  EXPECT_TRUE(status.host_checks.wall.empty());
  EXPECT_TRUE(status.host_checks.findings.empty());
}

TEST_F(Watch, S66_AsksForTheClockOnceALeaderIsKnown) {
  auto watch = make();
  EXPECT_EQ(watch.before_start(), "");
  NodeStatus status;
  status.leader = test::kHere;
  for (int i = 0; i < 3'000; ++i) {
    watch.describe(status, Instant{0});
    if (find(status, "clock")->value != "no leader is known yet") break;
    std::this_thread::sleep_for(Millis{10});
  }
  EXPECT_EQ(find(status, "clock")->state, HostState::kUnknown);
  EXPECT_NE(find(status, "clock")->value.find("does not answer"), std::string::npos)
      << find(status, "clock")->value;
}

}  // namespace
}  // namespace sragent
