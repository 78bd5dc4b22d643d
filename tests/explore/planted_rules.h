#pragma once

#include "planted.h"

/// The wrong rules themselves; planted.cc puts them together. docs/proof.md lists them.
namespace sragent::explore::wrong {

void silent_peers_consent(const LookFacts& look, StartPolicy& policy, StartObservation& seen);
void any_answer_is_new(Instant& asked_at);
void one_round_is_enough(const LookFacts& look, const StartObservation& seen, StartMemory& memory);
void first_row_leads(const LookFacts& look, StartPolicy& policy, StartObservation& seen);
void own_memory_ignored(const LookFacts& look, StartPolicy& policy, StartObservation& seen);
void peers_remember_nothing(Answerer& who, const PeerQuestion& question);
void half_made_resumes(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void drop_unguarded(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void dead_on_one_reading(const LookFacts& look, const StartObservation& seen, StartMemory& memory);
void joined_row_reused(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void add_unguarded(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void statement_forgotten(const LookFacts& look, const StartObservation& seen, StartMemory& memory);
void only_counted_ordinals(const LookFacts& look, StartPolicy& policy, StartObservation& seen);
void any_founder_will_do(const Self& me, Identity& answer, std::string_view address);
void join_under_way_hidden(Answerer& who, const PeerQuestion& question);
void bes_not_asked(const LookFacts& look, StartPolicy& policy, StartObservation& seen);
void own_address_assumed(const LookFacts& look, StartPolicy& policy, StartObservation& seen);
void dns_gates_resume(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void peers_gate_resume(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void founding_goes_on(const Self& me, const FirstStartObservation& seen, FirstStartDecision& word);
void answer_not_bound(const Self& me, Identity& answer, std::string_view address);
void half_made_is_damaged(const LookFacts& look, StartPolicy& policy, StartObservation& seen);
void sealed_at_first_log(const Self& me,
                         const FirstStartObservation& seen,
                         FirstStartDecision& word);
void founder_resumes_half(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void strict_ignored(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void unreadable_is_none(const LookFacts& look, StartPolicy& policy, StartObservation& seen);
void certificate_before_ready(const Self& me,
                              const FirstStartObservation& seen,
                              FirstStartDecision& word);
void left_is_sealed(MetaState& meta);
void left_moved_blind(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void observer_founds(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void observers_count(const LookFacts& look, StartPolicy& policy, StartObservation& seen);
/// Candidate row 20b of docs/start-rules.md section 4, which is not in the table.
void candidate_20b(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void candidate_20b_of_three(const LookFacts& look,
                            const StartObservation& seen,
                            StartDecision& word);
void ended_is_moved_aside(const LookFacts& look, const StartObservation& seen, StartDecision& word);
void consent_never_old(const LookFacts& look, const StartObservation& seen, StartMemory& memory);
void own_row_by_port(const LookFacts& look, StartPolicy& policy, StartObservation& seen);

}  // namespace sragent::explore::wrong
