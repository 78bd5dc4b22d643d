#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "core/types.h"
#include "io/clock.h"
#include "runtime/shell.h"

namespace sragent {

/// A look or statement of a leaving that hangs must not use a stop up: it is given up after this.
inline constexpr Millis kLeaveJobLimit{4'000};

/// One worker job at a time, and the pause before the next. `News` has a member `ticket`. Main
/// thread.
template <typename News>
class PacedJob {
 public:
  /// Hands a job to the pool and brings its news back to the owner; false: not taken.
  using Begin = std::function<bool(std::function<News()>, Millis limit)>;

  PacedJob(Clock clock, Begin begin) : clock_(clock), begin_(std::move(begin)) {}

  /// None is under way, and the pause is over.
  [[nodiscard]] bool free(Instant now) const { return !(until_ && now < *until_) && now >= next_; }

  [[nodiscard]] bool under_way() const { return until_.has_value(); }
  /// False: one is under way, it is too early, or the pool takes none.
  bool begin(std::function<News()> work, Instant now, Millis limit = kLeaveJobLimit) {
    if (!free(now)) return false;
    const auto ticket = ++ticket_;
    const bool taken = begin_(
        [work = std::move(work), ticket] {
          auto news = work();
          news.ticket = ticket;
          return news;
        },
        limit);
    if (!taken) return false;
    began_ = now;
    until_ = now + clock_.scaled(limit * 2);
    return true;
  }

  /// The job that is under way has ended with `news`; false: these are of another one.
  [[nodiscard]] bool ended(const News& news, Instant now) {
    if (news.ticket != ticket_ || !until_) return false;
    until_.reset();
    next_ = now;
    return true;
  }
  /// The next one begins no earlier.
  void pause_until(Instant at) { next_ = at; }
  /// When the last one was begun.
  [[nodiscard]] Instant began() const { return began_; }
  /// What is under way counts no more.
  void forget() {
    until_.reset();
    ++ticket_;
    next_ = Instant{};
  }

 private:
  Clock clock_;
  Begin begin_;
  std::uint64_t ticket_ = 0;
  std::optional<Instant> until_{};  ///< A job is under way; given up after this.
  Instant began_{};
  Instant next_{};
};

/// Runs the jobs on the node's pool; `deliver` gets their news, on worker threads.
template <typename News, typename Deliver>
[[nodiscard]] typename PacedJob<News>::Begin on_pool(const Shell& shell, Deliver deliver) {
  return [&shell, deliver = std::move(deliver)](std::function<News()> work, Millis limit) {
    return shell.workers->submit([work = std::move(work), deliver] { deliver(work()); },
                                 Deadline::after(limit));
  };
}

}  // namespace sragent
