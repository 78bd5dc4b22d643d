#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "io/deadline.h"

namespace sragent {

struct WorkerStats {
  std::size_t queued = 0;           ///< Waiting for a thread.
  std::size_t running = 0;          ///< On a thread that is not abandoned.
  std::size_t abandoned_alive = 0;  ///< Given up and still hanging.
  std::uint64_t abandoned_total = 0;
  std::uint64_t refused_total = 0;  ///< submit() said no.
};

struct WorkerLimits {
  std::size_t threads = 4;  ///< At once, started when needed.
  std::size_t queue = 256;  ///< Jobs that may wait.
  std::size_t abandoned =
      16;  ///< Hanging threads that are replaced; beyond, they count as threads.
};

/// Runs blocking jobs (SQL, HTTP) away from the thread that must not block. Each job is expected to
/// end by the deadline it was submitted with. A job that runs for three times that span is given
/// up: its thread is left alone and replaced, so that the others go on.
///
/// Because a job may outlive everybody's interest, it must own its data (values, shared_ptr) and
/// hand its result over by a shared Mailbox; it never refers to the submitter. A job must not
/// throw; what it throws is dropped. Any thread may call any method.
class WorkerPool {
 public:
  WorkerPool(std::string name, WorkerLimits limits);
  /// Discards waiting jobs, waits up to `stop_grace` (1 s) for running ones and leaves the rest.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  WorkerPool(WorkerPool&&) = delete;
  WorkerPool& operator=(WorkerPool&&) = delete;

  /// False: the queue is full or no thread can be had; the job was not taken.
  [[nodiscard]] bool submit(std::function<void()> job, Deadline until);
  /// Looks for hanging jobs and replaces their threads; submit() does it too. Call it once a tick.
  void sweep();
  [[nodiscard]] WorkerStats stats() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sragent
