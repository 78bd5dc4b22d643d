#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "io/mailbox.h"
#include "io/poller.h"
#include "io/worker.h"
#include "io_peer.h"

namespace sragent {
namespace {

using namespace std::chrono_literals;
using test::eventually;

/// Holds jobs until opened.
class Gate {
 public:
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.wait(lock, [this] { return open_; });
    --inside_;
  }
  int inside() {
    const std::scoped_lock lock(mutex_);
    return inside_;
  }

 private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
  bool open_ = false;
  int inside_ = 0;
};

std::shared_ptr<Mailbox<int>> new_mailbox() {
  auto event = EventFd::create();
  return std::make_shared<Mailbox<int>>(std::move(event.value()));
}

TEST(WorkerPool, HandsResultsBackThroughAMailbox) {
  const auto mailbox = new_mailbox();
  WorkerPool pool("test", {.threads = 2});
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(pool.submit([mailbox, i] { mailbox->push(i); }, Deadline::after(30s)));
  }
  Poller poller;
  poller.watch(mailbox->fd());
  std::set<int> seen;
  while (seen.size() < 20) {
    ASSERT_FALSE(poller.wait(30s).empty());
    for (const int value : mailbox->take_all())
      seen.insert(value);
  }
  EXPECT_TRUE(mailbox->take_all().empty());
}

TEST(WorkerPool, ReplacesThreadsThatHang) {
  const auto gate = std::make_shared<Gate>();
  const auto mailbox = new_mailbox();
  WorkerPool pool("test", {.threads = 1});
  ASSERT_TRUE(pool.submit([gate] { gate->pass(); }, Deadline::after(1ms)));
  ASSERT_TRUE(eventually([&] { return gate->inside() == 1; }));
  ASSERT_TRUE(pool.submit([mailbox] { mailbox->push(1); }, Deadline::after(30s)));
  ASSERT_TRUE(eventually([&] {
    pool.sweep();
    return !mailbox->take_all().empty();
  })) << "the second job never got a thread";
  EXPECT_EQ(pool.stats().abandoned_alive, 1U);
  EXPECT_EQ(pool.stats().abandoned_total, 1U);
  gate->open();
  EXPECT_TRUE(eventually([&] { return pool.stats().abandoned_alive == 0; }));
}

TEST(WorkerPool, BoundsTheHangingThreads) {
  const auto gate = std::make_shared<Gate>();
  WorkerPool pool("test", {.threads = 1, .queue = 2, .abandoned = 2});
  int refused = 0;
  for (int i = 0; i < 50; ++i) {
    if (!pool.submit([gate] { gate->pass(); }, Deadline::after(1ms))) ++refused;
    ASSERT_TRUE(eventually([&] {
      pool.sweep();
      return gate->inside() >= std::min(i + 1, 3);
    }));
  }
  EXPECT_EQ(gate->inside(), 3) << "one thread and two that were given up";
  EXPECT_EQ(pool.stats().abandoned_alive, 2U);
  EXPECT_EQ(refused, 45);
  EXPECT_EQ(pool.stats().refused_total, 45U);
  gate->open();
  EXPECT_TRUE(eventually([&] { return gate->inside() == 0; }));
}

TEST(WorkerPool, RunsAsManyAtOnceAsItHasThreads) {
  const auto gate = std::make_shared<Gate>();
  WorkerPool pool("test", {.threads = 3});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(pool.submit([gate] { gate->pass(); }, Deadline::after(1h)));
  }
  ASSERT_TRUE(eventually([&] { return gate->inside() == 3; }));
  EXPECT_EQ(pool.stats().running, 3U);
  EXPECT_EQ(pool.stats().queued, 2U);
  gate->open();
  EXPECT_TRUE(eventually([&] { return pool.stats().running + pool.stats().queued == 0; }));
}

TEST(WorkerPool, SurvivesAJobThatThrows) {
  const auto mailbox = new_mailbox();
  WorkerPool pool("test", {.threads = 1});
  ASSERT_TRUE(pool.submit([] { throw std::runtime_error("x"); }, Deadline::after(30s)));
  ASSERT_TRUE(pool.submit([mailbox] { mailbox->push(1); }, Deadline::after(30s)));
  EXPECT_TRUE(eventually([&] { return !mailbox->take_all().empty(); }));
}

TEST(WorkerPool, MayBeDestroyedWhileAJobHangs) {
  const auto gate = std::make_shared<Gate>();
  const auto mailbox = new_mailbox();
  {
    WorkerPool pool("test", {.threads = 1});
    const auto late = [gate, mailbox] {
      gate->pass();
      mailbox->push(7);
    };
    ASSERT_TRUE(pool.submit(late, Deadline::after(1h)));
    ASSERT_TRUE(eventually([&] { return gate->inside() == 1; }));
    ASSERT_TRUE(pool.submit([mailbox] { mailbox->push(8); }, Deadline::after(1h)));
  }
  gate->open();
  std::vector<int> got;
  ASSERT_TRUE(eventually([&] {
    got = mailbox->take_all();
    return !got.empty();
  }));
  EXPECT_EQ(got, std::vector<int>{7}) << "a waiting job ran after the end";
}

}  // namespace
}  // namespace sragent
