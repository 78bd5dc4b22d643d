#include "core/fe_good.h"
#include "core/leaving.h"
#include "planted.h"
#include "runtime/state_folder.h"
#include "starrocks/state_file.h"

/// Wrong rules of leaving: what the linker calls instead of the core (CMakeLists.txt: --wrap).
namespace sragent {

ClaimJudged real_claims(std::string_view, int, const std::vector<ClaimAnswer>&) __asm__(
    "__real__ZN7sragent12judge_claimsESt17basic_string_viewIcSt11char_traitsIcEEiRKSt6vectorINS_"
    "11ClaimAnswerESaIS5_EE");
decltype(real_claims) wrapped_claims __asm__(
    "__wrap__ZN7sragent12judge_claimsESt17basic_string_viewIcSt11char_traitsIcEEiRKSt6vectorINS_"
    "11ClaimAnswerESaIS5_EE");
LeaveState real_begin(LeaveTrigger, Millis, Instant) __asm__(
    "__real__ZN7sragent11begin_leaveENS_12LeaveTriggerENSt6chrono8durationIlSt5ratioILl1ELl1000EEE"
    "ES5_");
decltype(real_begin) wrapped_begin_leave __asm__(
    "__wrap__ZN7sragent11begin_leaveENS_12LeaveTriggerENSt6chrono8durationIlSt5ratioILl1ELl1000EEE"
    "ES5_");
LeaveStep real_advance(LeaveState, const LeaveFacts&, Instant) __asm__(
    "__real__ZN7sragent13advance_leaveENS_10LeaveStateERKNS_10LeaveFactsENSt6chrono8durationIlSt5"
    "ratioILl1ELl1000EEEE");
decltype(real_advance) wrapped_advance __asm__(
    "__wrap__ZN7sragent13advance_leaveENS_10LeaveStateERKNS_10LeaveFactsENSt6chrono8durationIlSt5"
    "ratioILl1ELl1000EEEE");
Result<LeaveNote> real_note(std::string_view) __asm__(
    "__real__ZN7sragent11parse_leaveESt17basic_string_viewIcSt11char_traitsIcEE");
decltype(real_note) wrapped_note __asm__(
    "__wrap__ZN7sragent11parse_leaveESt17basic_string_viewIcSt11char_traitsIcEE");

Result<void> real_marks(const StateFolder*, const MarksNote&) __asm__(
    "__real__ZNK7sragent11StateFolder5writeERKNS_9MarksNoteE");
decltype(real_marks) wrapped_marks __asm__(
    "__wrap__ZNK7sragent11StateFolder5writeERKNS_9MarksNoteE");
Result<void> real_left(const StateFolder*, const LeftNote&) __asm__(
    "__real__ZNK7sragent11StateFolder5writeERKNS_8LeftNoteE");
decltype(real_left) wrapped_left __asm__("__wrap__ZNK7sragent11StateFolder5writeERKNS_8LeftNoteE");

ClaimJudged wrapped_claims(std::string_view own_host,
                           int own_ordinal,
                           const std::vector<ClaimAnswer>& answers) {
  if (simulate::planted("ClaimsIgnored")) return {ClaimVerdict::kGoes, {}};
  return real_claims(own_host, own_ordinal, answers);
}

LeaveState wrapped_begin_leave(LeaveTrigger trigger, Millis budget, Instant now) {
  const bool wrong = simulate::planted("RestartLeaves") && trigger == LeaveTrigger::kTerm;
  const int times = simulate::planted("StopOutlastsItsBudget") ? 2 : 1;
  return real_begin(wrong ? LeaveTrigger::kForGood : trigger, budget * times, now);
}

Result<void> wrapped_marks(const StateFolder* folder, const MarksNote& note) {
  return simulate::planted("MarkWithoutRecord") ? Result<void>{} : real_marks(folder, note);
}

Result<void> wrapped_left(const StateFolder* folder, const LeftNote& note) {
  return simulate::planted("DropWithoutRecord") ? Result<void>{} : real_left(folder, note);
}

LeaveStep wrapped_advance(LeaveState state, const LeaveFacts& facts, Instant now) {
  const bool works = state.phase == LeavePhase::kWork;
  if (simulate::planted("LeavingStandsStill") && works) return {std::move(state)};
  if (simulate::planted("DroppedWhileItRuns") && works) state.phase = LeavePhase::kDrop;
  auto seen = facts;
  if (simulate::planted("TabletsLeftBehind")) seen.moves = false;
  return real_advance(std::move(state), seen, now);
}

Result<LeaveNote> wrapped_note(std::string_view text) {
  if (simulate::planted("LeavingForgotten")) return LeaveNote{};
  return real_note(text);
}

}  // namespace sragent
