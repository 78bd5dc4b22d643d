#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <regex>
#include <thread>

#include <gtest/gtest.h>

#include "io/clock.h"
#include "io/deadline.h"
#include "io/errno.h"
#include "io/event_fd.h"
#include "io/poller.h"
#include "io/signals.h"

namespace sragent {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

TEST(Clock, ScalesSteadyTime) {
  const Clock normal;
  const Clock fast(60.0);
  const auto moment = std::chrono::steady_clock::time_point(10s);
  EXPECT_EQ(normal.at(moment), 10'000ms);
  EXPECT_EQ(fast.at(moment), 600'000ms);
}

TEST(Clock, NeverGoesBack) {
  const Clock clock;
  milliseconds last = clock.now();
  for (int i = 0; i < 1000; ++i) {
    const milliseconds now = clock.now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Clock, RoundsWaitsUpSoThatATimerIsNeverEarly) {
  const Clock fast(60.0);
  EXPECT_EQ(fast.to_real(60'000ms), 1000ms);
  EXPECT_EQ(fast.to_real(1ms), 1ms);
  EXPECT_EQ(Clock().to_real(250ms), 250ms);
}

TEST(Clock, IgnoresAScaleThatWouldStopTime) {
  EXPECT_EQ(Clock(0.0).scale(), 1.0);
}

TEST(Clock, WritesTheWallClockInUtc) {
  const std::regex iso(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)");
  EXPECT_TRUE(std::regex_match(Clock::wall(), iso)) << Clock::wall();
}

TEST(Deadline, IsOverWhenItsSpanIsNotPositive) {
  EXPECT_TRUE(Deadline::after(0ms).expired());
  EXPECT_TRUE(Deadline::after(-5s).expired());
  EXPECT_EQ(Deadline::after(-5s).remaining(), 0ms);
}

TEST(Deadline, CutGivesTheEarlier) {
  const Deadline late = Deadline::after(1h);
  EXPECT_LE(late.cut(10ms).remaining(), 10ms);
  EXPECT_EQ(late.cut(2h).moment(), late.moment());
  const Deadline over = Deadline::after(0ms);
  EXPECT_EQ(late.cut(over).moment(), over.moment());
  EXPECT_TRUE(over.cut(1h).expired());
}

TEST(Deadline, SurvivesAnEndlessSpan) {
  const Deadline forever = Deadline::after(milliseconds::max());
  EXPECT_FALSE(forever.expired());
  EXPECT_GT(forever.poll_timeout(), 1'000'000);
}

TEST(Errno, SaysWhatTheCallerMayDo) {
  EXPECT_EQ(errno_error(ENOENT, "x").kind, ErrorKind::kNotFound);
  EXPECT_EQ(errno_error(ECONNREFUSED, "x").kind, ErrorKind::kUnreachable);
  EXPECT_EQ(errno_error(ETIMEDOUT, "x").kind, ErrorKind::kTimeout);
  EXPECT_EQ(errno_error(EACCES, "x").kind, ErrorKind::kIo);
  EXPECT_EQ(errno_error(EACCES, "open /f").what, "open /f: Permission denied");
}

TEST(Poller, NamesWhatIsReadyAndOnlyThat) {
  auto event = EventFd::create();
  auto other = EventFd::create();
  ASSERT_TRUE(event && other);
  Poller poller;
  poller.watch(event->fd());
  poller.watch(other->fd());
  EXPECT_TRUE(poller.wait(0ms).empty());
  other->notify();
  other->notify();
  EXPECT_EQ(poller.wait(-1ms), std::vector<int>{other->fd()});
  EXPECT_TRUE(other->drain());
  EXPECT_FALSE(other->drain());
  EXPECT_TRUE(poller.wait(0ms).empty());
  event->notify();
  poller.forget(event->fd());
  EXPECT_TRUE(poller.wait(0ms).empty());
}

TEST(Poller, IsWokenByAnotherThread) {
  auto event = EventFd::create();
  ASSERT_TRUE(event);
  Poller poller;
  poller.watch(event->fd());
  const std::jthread waker([&] { event->notify(); });
  EXPECT_EQ(poller.wait(30s), std::vector<int>{event->fd()});
}

TEST(TimerFd, FiresOnceAtOnceAndNotAfterDisarm) {
  auto timer = TimerFd::create();
  ASSERT_TRUE(timer);
  Poller poller;
  poller.watch(timer->fd());
  EXPECT_TRUE(poller.wait(0ms).empty());
  timer->arm(-1ms);
  EXPECT_EQ(poller.wait(30s).size(), 1U);
  EXPECT_TRUE(timer->drain());
  EXPECT_FALSE(timer->drain());
  timer->arm(1h);
  EXPECT_TRUE(poller.wait(0ms).empty());
  timer->arm(1ms, 1ms);
  EXPECT_EQ(poller.wait(30s).size(), 1U);
  timer->disarm();
  timer->drain();
  EXPECT_TRUE(poller.wait(0ms).empty());
}

TEST(Signals, ComeAsValuesInsteadOfEndingUs) {
  auto signals = SignalFd::create();
  ASSERT_TRUE(signals) << signals.error().what;
  EXPECT_TRUE(signals->take_all().empty());
  ::kill(::getpid(), SIGTERM);
  ::kill(::getpid(), SIGHUP);
  Poller poller;
  poller.watch(signals->fd());
  EXPECT_EQ(poller.wait(30s).size(), 1U);
  const auto events = signals->take_all();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].number + events[1].number, SIGTERM + SIGHUP);
  EXPECT_EQ(events[0].sender, ::getpid());
  EXPECT_EQ(events[0].sender_uid, ::getuid());
}

TEST(Signals, HaveNames) {
  EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(signal_name(SIGUSR1), "SIGUSR1");
  EXPECT_EQ(signal_name(1234), "signal 1234");
}

}  // namespace
}  // namespace sragent
