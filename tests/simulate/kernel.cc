#include "kernel.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <utility>

#include <ucontext.h>

#if defined(SRAGENT_SANITIZED)
#include <sanitizer/common_interface_defs.h>
#endif

namespace sragent::simulate {
namespace {

#if defined(SRAGENT_SANITIZED)
constexpr std::size_t kStackBytes = std::size_t{1} << 20U;
#else
constexpr std::size_t kStackBytes = std::size_t{256} << 10U;
#endif

constexpr std::size_t kGuardBytes = 4096;  // lowest page of each

thread_local Kernel* t_kernel = nullptr;

/// Only the pages that are touched cost memory.
class Stack {
 public:
  Stack()
      : memory_(::mmap(nullptr,
                       kStackBytes,
                       PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                       -1,
                       0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    // Without it a stack that is too small would run into another one, and nobody would know.
    if (::mprotect(memory_, kGuardBytes, PROT_NONE) != 0) throw std::bad_alloc();
  }
  ~Stack() { ::munmap(memory_, kStackBytes); }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  [[nodiscard]] void* bottom() const { return memory_; }
  [[nodiscard]] std::size_t usable() const { return kStackBytes - shift_; }

 private:
  /// Stacks begin at different places of their pages: at the same one they would push each other
  /// out of the processor's caches.
  static std::size_t next_shift() {
    constexpr std::size_t kLine = 64;
    constexpr std::size_t kPlaces = 512;
    constexpr std::size_t kStride = 37;
    thread_local std::size_t t_made = 0;
    return ++t_made * kStride % kPlaces * kLine;
  }
  void* memory_;
  std::size_t shift_ = next_shift();
};

/// A stack that runs, and where its sanitizer shadow is. A fiber begins by its context; from then
/// on it is left and entered by the compiler's own setjmp, which spares system calls. Both are
/// written before they are read, and too long to be cleared at each switch.
struct Place {
  ucontext_t context;
  std::array<void*, 5> at;
  bool begun = false;
  void* fake_stack = nullptr;
  const void* bottom = nullptr;
  std::size_t size = 0;
};

/// Before and after a switch of stacks; without AddressSanitizer nothing is to be said.
void leaving([[maybe_unused]] void** save,
             [[maybe_unused]] const void* bottom,
             [[maybe_unused]] std::size_t size) {
#if defined(SRAGENT_SANITIZED)
  __sanitizer_start_switch_fiber(save, bottom, size);
#endif
}

#if defined(SRAGENT_SANITIZED)
/// Goes on at `to`; returns when somebody enters `from` again.
void switch_over(Place& from, Place& to) {
  ::swapcontext(&from.context, &to.context);
}
#else
[[noreturn, gnu::noinline]] void enter(Place& place) {
  if (place.begun) __builtin_longjmp(place.at.data(), 1);
  place.begun = true;
  ::setcontext(&place.context);
  std::abort();
}

[[gnu::noinline]] void switch_over(Place& from, Place& to) {
  from.begun = true;
  if (__builtin_setjmp(from.at.data()) == 0) enter(to);
}
#endif

void arrived([[maybe_unused]] void* saved,
             [[maybe_unused]] const void** from,
             [[maybe_unused]] std::size_t* size) {
#if defined(SRAGENT_SANITIZED)
  __sanitizer_finish_switch_fiber(saved, from, size);
#endif
}

}  // namespace

class Fiber {
 public:
  Stack stack{};
  Place own{};
  Place* back = nullptr;  ///< Who resumed it.
  std::function<void()> body{};
  Owner* owner = nullptr;
  std::uint64_t ticket = 0;  ///< Rises with every suspension.
  bool killed = false;
  bool made = false;  ///< Its context was made: it is somewhere in enter().
};

namespace {
thread_local std::vector<std::unique_ptr<Fiber>> t_spare;

std::unique_ptr<Fiber> take_spare() {
  if (t_spare.empty()) return std::make_unique<Fiber>();
  auto out = std::move(t_spare.back());
  t_spare.pop_back();
  return out;
}
}  // namespace

void Owner::kill() {
  if (dead_) return;
  dead_ = true;
  Kernel::current().end_fibers(*this);
}

void Trace::mix(std::string_view text) {
  constexpr std::uint64_t kPrime = 1'099'511'628'211U;
  for (const char c : text)
    hash_ = (hash_ ^ static_cast<unsigned char>(c)) * kPrime;
}

void Trace::add(Ms now, std::string_view who, std::initializer_list<std::string_view> words) {
  mix({reinterpret_cast<const char*>(&now), sizeof now});
  mix(who);
  for (const auto word : words)
    mix(word);
  if (!keep_) return;
  std::string line = std::to_string(now / 1000) + "." + std::to_string(now % 1000 + 1000).substr(1);
  line.insert(0, line.size() < 10 ? 10 - line.size() : 0, ' ');
  line.append(" ").append(who);
  for (const auto word : words)
    line.append(" ").append(word);
  lines_.push_back(std::move(line));
}

Kernel::Kernel() {
  if (t_kernel != nullptr) throw std::logic_error("one simulation a thread");
  t_kernel = this;
}

/// The next world takes the stacks over: making them is dear.
Kernel::~Kernel() {
  for (auto& fiber : fibers_)
    if (fiber->owner == nullptr) t_spare.push_back(std::move(fiber));
  t_kernel = nullptr;
}

Kernel& Kernel::current() {
  return *t_kernel;
}

namespace {
constexpr auto kLater = [](const auto& a, const auto& b) {
  return a.at != b.at ? a.at > b.at : a.order > b.order;
};
}  // namespace

void Kernel::push(Ms when, Wait wait, std::size_t body) {
  heap_.push_back({std::max(when, now_), ++order_, wait, body});
  std::push_heap(heap_.begin(), heap_.end(), kLater);
}

void Kernel::at(Ms when, std::function<void()> run) {
  if (free_bodies_.empty()) {
    free_bodies_.push_back(bodies_.size());
    bodies_.emplace_back();
  }
  const auto body = free_bodies_.back();
  free_bodies_.pop_back();
  bodies_[body] = std::move(run);
  push(when, {}, body);
}

void Kernel::run(const Event& event) {
  if (event.wait.fiber != nullptr) return wake(event.wait);
  const auto body = std::exchange(bodies_[event.body], nullptr);
  free_bodies_.push_back(event.body);
  body();
}

bool Kernel::run_until(Ms end) {
  while (!heap_.empty() && heap_.front().at <= end) {
    std::pop_heap(heap_.begin(), heap_.end(), kLater);
    const auto event = heap_.back();
    heap_.pop_back();
    now_ = event.at;
    ++events_;
    run(event);
    if (stopped_) return false;
  }
  now_ = end;
  return true;
}

void Kernel::spawn(Owner& owner, std::function<void()> body) {
  at(now_, [this, &owner, body = std::move(body)]() mutable {  // run once: the body moves on
    if (owner.dead_) return;
    if (idle_.empty()) {
      fibers_.push_back(take_spare());
      idle_.push_back(fibers_.back().get());
    }
    auto& fiber = *idle_.back();
    idle_.pop_back();
    fiber.body = std::move(body);
    fiber.owner = &owner;
    fiber.killed = false;
    owner.fibers_.push_back(&fiber);
    resume(fiber);
  });
}

/// A fiber runs one body after the other; between two it is idle.
void Kernel::enter() {
  auto& fiber = *current().running_;
  arrived(nullptr, &fiber.back->bottom, &fiber.back->size);
  while (true) {
    try {
      fiber.body();
    } catch (const Killed&) {  // NOLINT(bugprone-empty-catch): the stack is unwound, that is all
    }
    fiber.body = nullptr;
    std::erase(fiber.owner->fibers_, &fiber);
    fiber.owner = nullptr;
    ++fiber.ticket;
    current().idle_.push_back(&fiber);
    leave(fiber);
  }
}

/// To whoever resumed it; returns when somebody resumes it again.
void Kernel::leave(Fiber& fiber) {
  auto* const back = fiber.back;
  leaving(&fiber.own.fake_stack, back->bottom, back->size);
  switch_over(fiber.own, *back);
  arrived(fiber.own.fake_stack, &fiber.back->bottom, &fiber.back->size);
}

void Kernel::resume(Fiber& fiber) {
  if (!fiber.made) {
    fiber.made = true;
    ::getcontext(&fiber.own.context);
    fiber.own.context.uc_stack.ss_sp = fiber.stack.bottom();
    fiber.own.context.uc_stack.ss_size = fiber.stack.usable();
    fiber.own.context.uc_link = nullptr;
    ::makecontext(&fiber.own.context, &Kernel::enter, 0);
  }
  Place here;
  auto* const before = running_;
  auto* const owner_before = owner_;
  running_ = &fiber;
  owner_ = fiber.owner;
  fiber.back = &here;
  leaving(&here.fake_stack, fiber.stack.bottom(), kStackBytes);
  switch_over(here, fiber.own);
  arrived(here.fake_stack, nullptr, nullptr);
  running_ = before;
  owner_ = owner_before;
}

void Kernel::end_fibers(Owner& owner) {
  const auto all = owner.fibers_;
  for (auto* fiber : all) {
    if (fiber == running_) continue;
    fiber->killed = true;
    resume(*fiber);
  }
}

bool Kernel::run_as(Owner& owner, const std::function<void()>& run) {
  auto* const before = std::exchange(owner_, &owner);
  try {
    run();
  } catch (const Killed&) {  // NOLINT(bugprone-empty-catch): as above
  }
  owner_ = before;
  return !owner.dead_;
}

Kernel::Wait Kernel::next_wait() const {
  if (running_ == nullptr) throw std::logic_error("the main thread of an agent would block");
  return {running_, running_->ticket + 1};
}

void Kernel::suspend(Ms until) {
  const auto wait = next_wait();
  auto& fiber = *running_;
  if (fiber.killed) throw Killed{};
  ++fiber.ticket;
  push(until, wait, 0);
  leave(fiber);
  ++fiber.ticket;
  if (fiber.killed || fiber.owner->dead()) throw Killed{};
}

void Kernel::wake(const Wait& wait) {
  if (wait.fiber == nullptr || wait.fiber->ticket != wait.ticket) return;
  const Ms paused = wait.fiber->owner->paused_until;
  if (paused > now_) return push(paused, wait, 0);
  if (running_ != nullptr) return push(now_, wait, 0);
  resume(*wait.fiber);
}

void Kernel::sleep(Ms span) {
  const Ms until = now_ + std::max<Ms>(span, 0);
  while (now_ < until)
    suspend(until);
}

}  // namespace sragent::simulate
