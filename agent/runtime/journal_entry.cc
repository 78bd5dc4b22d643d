#include "runtime/journal_entry.h"

#include <utility>

#include "io/clock.h"
#include "runtime/journal.h"

namespace sragent {

bool JournalEntry::decide(DecisionLine line, Instant now) {
  if (line.action == line_.action && line.detail == line_.detail) return false;
  line_ = std::move(line);
  line_.wall = Clock::wall();
  state_.journal(bare_journal_line(line_, now));
  return true;
}

bool JournalEntry::came_to(const std::string& outcome, Instant now) {
  if (line_.action.empty() || line_.outcome == outcome) return false;
  line_.outcome = outcome;
  state_.journal(outcome_line(line_, now));
  return true;
}

}  // namespace sragent
