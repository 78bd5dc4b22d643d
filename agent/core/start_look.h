#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/start.h"

/// Inside of the start decision: what its rows share. For start*.cc only.
namespace sragent::start_rows {

/// One decision's inputs and what several rows need of them.
struct Look {
  const Self& me;
  const StartPolicy& policy;
  const StartObservation& seen;
  const StartMemory& memory;
  Instant now;
  const FeList* leader;  ///< The one list whose word counts; nullptr: none, or several.
  const FeRow* my_row;   ///< My row in it.
};

/// A row's word: a decision if its guard holds.
using Verdict = std::optional<StartDecision>;

[[nodiscard]] StartDecision make(StartAction action, Reason reason, std::string detail);
[[nodiscard]] StartDecision wait(Reason reason, std::string detail);
[[nodiscard]] StartDecision refuse(Reason reason, std::string detail);
[[nodiscard]] StartDecision move_aside(std::string detail);
[[nodiscard]] bool holds(const std::optional<std::vector<std::string>>& hosts,
                         std::string_view host);
/// An FE that serves, or an agent that says its metadata is a member's.
[[nodiscard]] bool sees_member(const Look& look);

// Rows 1 to 12: the own metadata decides (start_meta.cc).
[[nodiscard]] Verdict held(const Look& look);
[[nodiscard]] Verdict damaged(const Look& look);
[[nodiscard]] Verdict role_contradicts(const Look& look);
[[nodiscard]] Verdict identity_contradicts(const Look& look);
[[nodiscard]] Verdict sealed(const Look& look);
[[nodiscard]] Verdict left_and_dropped(const Look& look);
[[nodiscard]] Verdict left(const Look& look);
[[nodiscard]] Verdict founded_and_was_ready(const Look& look);
[[nodiscard]] Verdict founding_cut_short(const Look& look);
[[nodiscard]] Verdict join_never_began(const Look& look);
[[nodiscard]] Verdict finish_with_helper(const Look& look);
[[nodiscard]] Verdict unfinished(const Look& look);

// Rows 13 to 25: metadata empty, somebody may know a cluster (start_join.cc).
[[nodiscard]] Verdict two_ids(const Look& look);
[[nodiscard]] Verdict login_refused(const Look& look);
[[nodiscard]] Verdict own_name_not_served(const Look& look);
[[nodiscard]] Verdict granted_another(const Look& look);
[[nodiscard]] Verdict statement_open(const Look& look);
[[nodiscard]] Verdict no_leader(const Look& look);
[[nodiscard]] Verdict my_row_lives(const Look& look);
[[nodiscard]] Verdict my_row_not_dead(const Look& look);
[[nodiscard]] Verdict my_row_differs(const Look& look);
[[nodiscard]] Verdict replace_dead_row(const Look& look);
[[nodiscard]] Verdict dead_row_needed(const Look& look);
[[nodiscard]] Verdict reuse_row(const Look& look);
[[nodiscard]] Verdict add_row(const Look& look);
[[nodiscard]] Verdict add_is_risky(const Look& look);

// Rows 26 to 33: metadata empty, no cluster in sight (start_found.cc).
[[nodiscard]] Verdict remembered_elsewhere(const Look& look);
[[nodiscard]] Verdict may_not_found(const Look& look);
[[nodiscard]] Verdict proof_missing(const Look& look);
[[nodiscard]] Verdict all_ordinals_consent(const Look& look);
[[nodiscard]] Verdict ordinals_missing(const Look& look);
[[nodiscard]] Verdict strict_without_count(const Look& look);
[[nodiscard]] Verdict census_round_one(const Look& look);
[[nodiscard]] Verdict census_passed(const Look& look);

}  // namespace sragent::start_rows
