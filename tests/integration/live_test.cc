#include <arpa/inet.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

#include "worker_lab.h"

/// `/livez` tests the agent alone, and no client keeps a probe out: S54.
namespace podlab {
namespace {

using srsim::Fd;
using srsim::SimNode;

/// Stops the main thread of a process, as a fault inside it would, until the object goes; the
/// other threads go on.
class StoppedMain {
 public:
  /// Tries again while main holds a lock that the HTTP thread needs.
  explicit StoppedMain(const Pod& pod) : thread_(pod.pid()) {
    stopped_ = wait_until([&] {
      if (!stop()) return false;
      if (probe(pod, "/livez") != 0) return true;
      ptrace(PTRACE_DETACH, thread_, nullptr, nullptr);
      return false;
    });
  }
  ~StoppedMain() {
    if (stopped_) ptrace(PTRACE_DETACH, thread_, nullptr, nullptr);
  }
  StoppedMain(const StoppedMain&) = delete;
  StoppedMain& operator=(const StoppedMain&) = delete;
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  [[nodiscard]] bool stop() const {
    if (ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) != 0) return false;
    ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr);
    int raw = 0;
    return waitpid(thread_, &raw, __WALL) == thread_ && WIFSTOPPED(raw);
  }

  pid_t thread_;
  bool stopped_ = false;
};

void set_limit(Pod& pod) {
  pod.set_env("SR_AGENT_LOOP__TICK_MS", "500");
  pod.set_env("SR_AGENT_LOOP__LIVE_LIMIT_MS", "5000");
}

/// `/livez` answers 200 while the agent's loop goes on turning: `turns` times here.
bool stays_alive(const Pod& pod, int turns = 20) {
  const auto sequence = [&] { return status_of(pod).value("sequence", 0); };
  const auto until = sequence() + turns;
  return wait_until([&] {
    EXPECT_EQ(probe(pod, "/livez"), 200);
    return sequence() >= until;
  });
}

TEST(S54_Livez, SaysAgentStuckWhileTheLoopDoesNotTurnAndOkAgainAfterwards) {
  PodNet net;
  Pod& be = net.be(0);
  set_limit(be);
  be.start();
  ASSERT_TRUE(wait_healthy(be));
  ASSERT_EQ(probe(be, "/livez"), 200);
  {
    const StoppedMain main_thread(be);
    ASSERT_TRUE(main_thread.stopped());
    EXPECT_TRUE(wait_probe(be, "/livez", 503, "agent_stuck\n"));
    EXPECT_TRUE(wait_probe(be, "/healthz", 503, "agent_stuck\n"));
    EXPECT_TRUE(wait_probe(be, "/readyz", 503, "snapshot: stale_facts\n"));
  }
  EXPECT_TRUE(wait_probe(be, "/livez", 200, "ok\n"));
  EXPECT_TRUE(be.running());
}

TEST(S54_Livez, IsOkWhileFeSqlNamesAndServerHang) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  Pod& be = net.be(0);
  set_limit(be);
  be.start();
  ASSERT_TRUE(net.wait_worker("be", 0)) << be.console();
  fe.control("/fault?where=sql&match=*&kind=hang");
  fe.control("/fault?where=sql&match=connect&kind=hang");
  EXPECT_TRUE(stays_alive(be)) << "SQL hangs";
  net.dns().stop();
  EXPECT_TRUE(stays_alive(be)) << "no name server";
  fe.signal(SIGSTOP);
  EXPECT_TRUE(stays_alive(be)) << "the FE accepts and says nothing";
  const auto server = be.server_pid();
  ASSERT_GT(server, 0);
  kill(server, SIGSTOP);
  EXPECT_TRUE(stays_alive(be)) << "the own server hangs";
  kill(server, SIGCONT);
  fe.signal(SIGCONT);
}

TEST(S54_Livez, IsOkWithoutAServerAndWithSilentNameServers) {
  PodNet net;
  Pod& be = net.be(0);
  set_limit(be);
  be.set_env("DEBUG_MODE", "true");
  be.set_env("BE_RESTART_WAIT_SECONDS", "600");
  be.start();
  ASSERT_TRUE(wait_healthy(be));
  be.kill_server();
  ASSERT_TRUE(wait_until([&] { return status_of(be)["server"]["running"] == false; }));
  EXPECT_TRUE(stays_alive(be));
  // Name servers that say nothing; so the FE waits and has no server.
  Pod& fe = net.fe(0);
  const auto silent = net.ip_of("fe", 29);
  const Fd name_server(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(5353);
  ASSERT_EQ(inet_pton(AF_INET, silent.c_str(), &at.sin_addr), 1);
  ASSERT_EQ(bind(name_server.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  fe.set_env("SR_AGENT_DNS__SERVERS", silent + ":5353");
  set_limit(fe);
  fe.start();
  EXPECT_TRUE(wait_probe(fe, "/readyz", 503, "phase: ")) << fe.console();
  EXPECT_TRUE(stays_alive(fe));
  EXPECT_EQ(fe.server_pid(), 0);
}

/// Clients that a probe must not notice.
class Crowd {
 public:
  explicit Crowd(std::string ip) : ip_(std::move(ip)) {}

  void silent(int count) {
    for (int i = 0; i < count; ++i)
      open({});
  }
  void say(int count, const std::string& text) {
    for (int i = 0; i < count; ++i)
      open(text);
  }
  /// One byte more on each connection; one that was closed comes again at once.
  void trickle() {
    for (auto& fd : slow_)
      if (send(fd.get(), "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) fd = connect("GET /x");
  }
  void slow(int count) {
    for (int i = 0; i < count; ++i)
      slow_.push_back(connect("GET /x"));
  }
  void half_closed(int count, const std::string& text) {
    for (int i = 0; i < count; ++i) {
      open(text);
      shutdown(all_.back().get(), SHUT_WR);
    }
  }

 private:
  [[nodiscard]] Fd connect(const std::string& text) const {
    auto fd = srsim::connect_from({}, {ip_, 8099}, milliseconds(30000));
    if (!fd) return {};
    if (!text.empty())
      static_cast<void>(send(fd->get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    return *std::move(fd);
  }
  void open(const std::string& text) { all_.push_back(connect(text)); }

  std::string ip_;
  std::vector<Fd> all_{};
  std::vector<Fd> slow_{};
};

TEST(S54_Livez, HostileClientsKeepNoProbeOut) {
  PodNet net;
  Pod& be = net.be(0);
  be.start();
  ASSERT_TRUE(wait_healthy(be));
  Crowd crowd(be.ip());
  crowd.slow(200);
  crowd.silent(200);
  crowd.say(20, std::string(100'000, 'x'));
  crowd.say(20, "GET /livez HTTP/1.1\r\nX: " + std::string(100'000, 'y') + "\r\n\r\n");
  crowd.say(20, std::string("\0\x16\x03\x01\xff\xfe\r\n\r\n", 10));
  crowd.say(20, "POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n");
  crowd.say(20, "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n");
  std::string pipelined;
  for (int i = 0; i < 500; ++i)
    pipelined += "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";
  crowd.say(20, pipelined);  // and reads nothing of the answers
  crowd.half_closed(20, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  crowd.half_closed(20, "GET /li");
  std::atomic<bool> over = false;
  std::jthread slow([&] {
    while (!over) {
      crowd.trickle();
      std::this_thread::sleep_for(milliseconds(10));  // its pace; nothing waits for it
    }
  });
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(probe(be, "/livez"), 200) << i;
    EXPECT_NE(probe(be, "/readyz"), 0) << i;
  }
  over = true;
  slow.join();
  EXPECT_TRUE(stays_alive(be)) << "main did not notice";
}

}  // namespace
}  // namespace podlab
