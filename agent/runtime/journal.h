#pragma once

#include <string>
#include <string_view>

#include "core/consent.h"
#include "core/membership.h"
#include "core/start.h"
#include "runtime/status.h"

/// The lines of the decision journal: one JSON object each, without a line break.
namespace sragent {

/// A start decision with a digest of what was seen and its counts; if it begins something, with the
/// answer of each peer that it stands on.
[[nodiscard]] std::string journal_line(const DecisionLine& line,
                                       const StartObservation& seen,
                                       Instant now);

/// What carrying out that decision came to. It has no "rule": a line with one is a decision.
[[nodiscard]] std::string outcome_line(const DecisionLine& line, Instant now);

/// The line that stands there before a person's order counts.
[[nodiscard]] std::string consent_line(const ConsentMatter& matter,
                                       std::string_view challenge,
                                       std::string_view reason,
                                       Instant now);

/// A decision about the membership of a BE or CN.
[[nodiscard]] std::string worker_journal_line(const DecisionLine& line,
                                              const WorkerObservation& seen,
                                              Instant now);

/// A decision that tells all in its detail.
[[nodiscard]] std::string bare_journal_line(const DecisionLine& line, Instant now);

}  // namespace sragent
