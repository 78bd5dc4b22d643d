#pragma once

#include <string>

#include "core/types.h"
#include "runtime/state_folder.h"
#include "runtime/status.h"

namespace sragent {

/// A decision that is tried again until it is done, and what came of it: in the journal once each,
/// however often that is. Main thread.
class JournalEntry {
 public:
  explicit JournalEntry(const StateFolder& state) : state_(state) {}

  /// What is about to be done, as of now. False: it stands there, with the same action and detail.
  bool decide(DecisionLine line, Instant now);
  /// What it came to so far; nothing if nothing was decided. False: it stands there.
  bool came_to(const std::string& outcome, Instant now);
  /// The next one is told even if it is the same.
  void forget() { line_ = {}; }
  [[nodiscard]] const DecisionLine& line() const { return line_; }

 private:
  const StateFolder& state_;
  DecisionLine line_{};
};

}  // namespace sragent
