#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "io/deadline.h"
#include "io/monitor.h"
#include "io/worker.h"

namespace sragent {

/// Runs one question for each item in the pool, side by side, and waits until all have answered or
/// `until`. An item without an answer by then is nullopt; its job ends by its own deadline and
/// writes into memory that it shares. `enough` may end the wait early once it says so.
template <typename Answer, typename Item>
std::vector<std::optional<Answer>> fan_out(
    WorkerPool& workers,
    const std::vector<Item>& items,
    std::function<Answer(const Item&)> ask,
    Deadline until,
    std::function<bool(const std::vector<std::optional<Answer>>&)> enough = {}) {
  struct Shared {
    Monitor monitor{};
    std::function<Answer(const Item&)> ask{};  ///< Once: it holds a whole context.
    std::vector<std::optional<Answer>> answers{};
    std::size_t open = 0;
  };
  auto shared = std::make_shared<Shared>();
  shared->ask = std::move(ask);
  shared->answers.resize(items.size());
  shared->open = items.size();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool taken = workers.submit(
        [shared, item = items[i], i] {
          auto answer = shared->ask(item);
          const std::scoped_lock lock(shared->monitor);
          shared->answers[i] = std::move(answer);
          --shared->open;
          shared->monitor.notify_all();
        },
        until);
    if (taken) continue;
    const std::scoped_lock lock(shared->monitor);
    --shared->open;
  }
  const std::scoped_lock lock(shared->monitor);
  shared->monitor.wait_until(
      until, [&] { return shared->open == 0 || (enough && enough(shared->answers)); });
  return shared->answers;
}

}  // namespace sragent
