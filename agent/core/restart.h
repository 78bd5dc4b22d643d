#pragma once

#include <optional>
#include <vector>

#include "core/types.h"

/// When a server that ended by itself is started again in its container (S52). Pure.
namespace sragent {

struct RestartPolicy {
  bool always = false;       ///< DEBUG_MODE.
  bool after_crash = false;  ///< COREDUMP_ENABLED: after SIGABRT or SIGSEGV (134, 139).
  Millis pause{5'000};       ///< Before the first; doubles within the window.
  Millis max_pause{300'000};
  Millis window{600'000};
  int max_in_window = 5;  ///< More is a crash loop, which is reported and not restarted.
};

/// Ends of the server by itself, newest last; only those inside the window matter.
using CrashHistory = std::vector<Instant>;

struct RestartDecision {
  std::optional<Millis> pause{};  ///< Start again after this long; nullopt: the container ends.
  bool crash_loop = false;        ///< More ends in the window than allowed.
};

/// `exit_code`: 128 + n for signal n. Adds `now` to `history` and forgets what is too old.
[[nodiscard]] RestartDecision decide_restart(const RestartPolicy& policy,
                                             CrashHistory& history,
                                             int exit_code,
                                             Instant now);

}  // namespace sragent
