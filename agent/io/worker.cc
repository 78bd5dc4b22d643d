#include "io/worker.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include <pthread.h>

namespace sragent {

using std::chrono::steady_clock;

namespace {
constexpr std::chrono::milliseconds kStopGrace{1000};
}

/// Shared by the pool and its threads: an abandoned thread may outlive the pool.
struct WorkerPool::State {
  struct Job {
    std::function<void()> run{};
    steady_clock::duration span{};  ///< What the submitter expects it to take at most.
  };
  struct Slot {
    bool busy = false;
    bool abandoned = false;
    steady_clock::time_point give_up{};
  };

  State(std::string pool_name, WorkerLimits pool_limits)
      : name(std::move(pool_name)), limits(pool_limits) {}

  std::string name;
  WorkerLimits limits;
  mutable std::mutex mutex{};
  std::condition_variable work{};
  std::condition_variable left{};
  bool stopping = false;
  std::deque<Job> queue{};
  std::vector<std::shared_ptr<Slot>> slots{};  ///< Threads that are not abandoned.
  std::size_t idle = 0;
  WorkerStats stats{};

  void sweep_locked();
  bool start_thread_locked(const std::shared_ptr<State>& self);
  static void serve(const std::shared_ptr<State>& state, const std::shared_ptr<Slot>& slot);
  std::optional<Job> next_job(std::unique_lock<std::mutex>& lock, Slot& slot);
  void leave_locked(const std::shared_ptr<Slot>& slot);
};

void WorkerPool::State::sweep_locked() {
  const auto now = steady_clock::now();
  std::erase_if(slots, [&](const std::shared_ptr<Slot>& slot) {
    if (!slot->busy || now < slot->give_up) return false;
    if (stats.abandoned_alive >= limits.abandoned) return false;
    slot->abandoned = true;
    ++stats.abandoned_alive;
    ++stats.abandoned_total;
    return true;
  });
}

bool WorkerPool::State::start_thread_locked(const std::shared_ptr<State>& self) {
  auto slot = std::make_shared<Slot>();
  try {
    std::thread thread(&State::serve, self, slot);
    ::pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
    thread.detach();
  } catch (const std::system_error&) {
    return false;  // Out of threads: the existing ones go on with the queue.
  }
  slots.push_back(std::move(slot));
  return true;
}

std::optional<WorkerPool::State::Job> WorkerPool::State::next_job(
    std::unique_lock<std::mutex>& lock, Slot& slot) {
  ++idle;
  work.wait(lock, [this] { return stopping || !queue.empty(); });
  --idle;
  if (stopping) return std::nullopt;
  Job job = std::move(queue.front());
  queue.pop_front();
  slot.busy = true;
  slot.give_up = steady_clock::now() + 3 * job.span;
  return job;
}

void WorkerPool::State::leave_locked(const std::shared_ptr<Slot>& slot) {
  if (slot->abandoned) {
    --stats.abandoned_alive;
  } else {
    std::erase(slots, slot);
  }
  left.notify_all();
}

void WorkerPool::State::serve(const std::shared_ptr<State>& state,
                              const std::shared_ptr<Slot>& slot) {
  std::unique_lock lock(state->mutex);
  while (!slot->abandoned) {
    std::optional<Job> job = state->next_job(lock, *slot);
    if (!job) break;
    lock.unlock();
    try {
      job->run();
    } catch (...) {  // NOLINT(bugprone-empty-catch): the contract says dropped.
    }
    job.reset();  // What the job owned goes before the lock is taken again.
    lock.lock();
    slot->busy = false;
  }
  state->leave_locked(slot);
}

WorkerPool::WorkerPool(std::string name, WorkerLimits limits)
    : state_(std::make_shared<State>(std::move(name), limits)) {}

WorkerPool::~WorkerPool() {
  std::deque<State::Job> discarded;
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  discarded.swap(state_->queue);
  state_->work.notify_all();
  state_->left.wait_for(lock, kStopGrace, [this] { return state_->slots.empty(); });
}

bool WorkerPool::submit(std::function<void()> job, Deadline until) {
  const std::scoped_lock lock(state_->mutex);
  state_->sweep_locked();
  const bool waits = state_->idle <= state_->queue.size();
  const bool may_grow = state_->slots.size() < state_->limits.threads;
  if (waits && may_grow) (void)state_->start_thread_locked(state_);
  if (state_->slots.empty() || state_->queue.size() >= state_->limits.queue) {
    ++state_->stats.refused_total;
    return false;
  }
  state_->queue.push_back({.run = std::move(job), .span = until.remaining()});
  state_->work.notify_one();
  return true;
}

void WorkerPool::sweep() {
  const std::scoped_lock lock(state_->mutex);
  state_->sweep_locked();
  // Waiting jobs need threads in the place of those that were given up.
  std::size_t needed = state_->queue.size() - std::min(state_->queue.size(), state_->idle);
  while (needed > 0 && state_->slots.size() < state_->limits.threads &&
         state_->start_thread_locked(state_)) {
    --needed;
  }
}

WorkerStats WorkerPool::stats() const {
  const std::scoped_lock lock(state_->mutex);
  WorkerStats stats = state_->stats;
  stats.queued = state_->queue.size();
  stats.running = static_cast<std::size_t>(std::count_if(
      state_->slots.begin(), state_->slots.end(), [](const std::shared_ptr<State::Slot>& slot) {
        return slot->busy;
      }));
  return stats;
}

}  // namespace sragent
