#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Simulated time: events in order of their instant, and fibers that stand for threads. Whatever
/// would block in a real process suspends its fiber, and time jumps to the next event. One thread
/// runs one Kernel; there is no other clock.
namespace sragent::simulate {

using Ms = std::int64_t;

/// Thrown through the code of a process that was killed: its stack unwinds, nothing else happens.
struct Killed {};

class Fiber;
class Kernel;

/// A process: what runs on its behalf dies with it.
class Owner {
 public:
  Owner() = default;
  virtual ~Owner() = default;
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  [[nodiscard]] bool dead() const { return dead_; }
  /// Ends every fiber of it but the one that calls. Idempotent.
  void kill();
  Ms paused_until = 0;  ///< SIGSTOP: nothing of it runs before.

 private:
  friend class Kernel;
  bool dead_ = false;
  std::vector<Fiber*> fibers_{};
};

/// What happened, as one number and, if wanted, as lines.
class Trace {
 public:
  explicit Trace(bool keep_lines) : keep_(keep_lines) {}
  void add(Ms now, std::string_view who, std::initializer_list<std::string_view> words);
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  void mix(std::string_view text);
  bool keep_;
  std::uint64_t hash_ = 14'695'981'039'346'656'037U;
  std::vector<std::string> lines_{};
};

class Kernel {
 public:
  Kernel();
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  /// The one of this thread.
  [[nodiscard]] static Kernel& current();

  [[nodiscard]] Ms now() const { return now_; }
  void at(Ms when, std::function<void()> run);
  void after(Ms span, std::function<void()> run) { at(now_ + span, std::move(run)); }
  /// Runs events up to `end`; false if somebody stopped it.
  bool run_until(Ms end);
  void stop() { stopped_ = true; }
  [[nodiscard]] std::uint64_t events() const { return events_; }

  /// Starts `body` in a fiber of `owner` at once (as the next event of this instant).
  void spawn(Owner& owner, std::function<void()> body);
  /// Runs `run` on the main stack as code of `owner`; false if the owner died of it.
  bool run_as(Owner& owner, const std::function<void()>& run);

  // For code inside a fiber.
  void sleep(Ms span);
  /// What wakes one suspension.
  struct Wait {
    Fiber* fiber = nullptr;
    std::uint64_t ticket = 0;
  };
  /// The next suspension of the fiber that calls.
  [[nodiscard]] Wait next_wait() const;
  /// Suspends until wake() or `until`.
  void suspend(Ms until);
  void wake(const Wait& wait);
  /// Whose code runs now; nullptr: nobody's.
  [[nodiscard]] Owner* owner() const { return owner_; }
  [[nodiscard]] bool in_fiber() const { return running_ != nullptr; }

 private:
  friend class Owner;
  /// Small, since a heap moves its entries about: what is to be run stands in bodies_.
  struct Event {
    Ms at = 0;
    std::uint64_t order = 0;
    Wait wait{};           ///< To be woken, if it has a fiber ...
    std::size_t body = 0;  ///< ... else to be run.
  };
  void push(Ms when, Wait wait, std::size_t body);
  void run(const Event& event);
  void resume(Fiber& fiber);
  static void leave(Fiber& fiber);
  void end_fibers(Owner& owner);
  static void enter();

  Ms now_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t events_ = 0;
  bool stopped_ = false;
  std::vector<Event> heap_{};
  std::vector<std::function<void()>> bodies_{};
  std::vector<std::size_t> free_bodies_{};
  std::vector<std::unique_ptr<Fiber>> fibers_{};
  std::vector<Fiber*> idle_{};
  Fiber* running_ = nullptr;
  Owner* owner_ = nullptr;
};

}  // namespace sragent::simulate
