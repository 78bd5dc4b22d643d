#pragma once

#include <utility>

namespace sragent {

/// Where the agent changes something outside itself, and where a test may therefore kill it: every
/// such call of `io/` goes through side_effect(). `tests/unit/side_effects.py` finds those that do
/// not, and makes the list of all names.

#ifdef SRAGENT_CRASH_HOOKS
/// One side of an effect, "before" or "after". With the environment SRAGENT_CRASH_TRACE=FILE a line
/// "NAME.SIDE" is appended to FILE; with SRAGENT_CRASH_AT=NAME.SIDE:N the process ends by SIGKILL
/// at the N-th passage (from 1). Keeps errno. Any thread.
void crash_point(const char* name, const char* side) noexcept;
#else
/// Nothing: only the tree with the address sanitizer has the hooks.
inline void crash_point(const char* /*name*/, const char* /*side*/) noexcept {}
#endif

/// Calls `effect` and gives back its result. `name` is a literal "thing.act", lower case. errno is
/// what `effect` left. Any thread.
template <typename Effect>
auto side_effect(const char* name, Effect&& effect) {
  crash_point(name, "before");
  auto result = std::forward<Effect>(effect)();
  crash_point(name, "after");
  return result;
}

}  // namespace sragent
