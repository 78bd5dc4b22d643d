#include <array>
#include <cstddef>
#include <cstdlib>
#include <new>

/// A simulation is mostly small objects that come and go: they are kept in lists by size, one set a
/// thread. Not in sanitizer trees, which want to see every object.
#if !defined(SRAGENT_SANITIZED)

namespace {

constexpr std::size_t kStep = 16;
constexpr std::size_t kLargest = 16384;  // lists of rows and jobs of an agent are larger than 1024
constexpr std::size_t kBlock = std::size_t{1} << 18U;

struct Free {
  Free* next;
};
thread_local std::array<Free*, kLargest / kStep + 1> t_free{};
thread_local char* t_block = nullptr;
thread_local std::size_t t_left = 0;

void* take(std::size_t size) {
  const std::size_t whole = (size + kStep - 1) / kStep * kStep;
  auto*& list = t_free[whole / kStep];
  if (list != nullptr) {
    auto* const out = list;
    list = out->next;
    return out;
  }
  if (t_left < whole) {
    t_block = static_cast<char*>(std::malloc(kBlock));
    t_left = t_block == nullptr ? 0 : kBlock;
    if (t_block == nullptr) throw std::bad_alloc();
  }
  auto* const out = t_block;
  t_block += whole;
  t_left -= whole;
  return out;
}

}  // namespace

// The size stands in front of each object, since not every delete is told it.
void* operator new(std::size_t size) {
  const std::size_t whole = size + kStep;
  auto* const memory = whole <= kLargest ? take(whole) : std::malloc(whole);
  if (memory == nullptr) throw std::bad_alloc();
  *static_cast<std::size_t*>(memory) = whole;
  return static_cast<char*>(memory) + kStep;
}

void operator delete(void* object) noexcept {
  if (object == nullptr) return;
  auto* const memory = static_cast<char*>(object) - kStep;
  const std::size_t whole = *reinterpret_cast<std::size_t*>(memory);
  if (whole > kLargest) return std::free(memory);
  auto*& list = t_free[(whole + kStep - 1) / kStep];
  auto* const entry = reinterpret_cast<Free*>(memory);
  entry->next = list;
  list = entry;
}

void operator delete(void* object, std::size_t /*size*/) noexcept {
  ::operator delete(object);
}

#endif
