#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/reason.h"
#include "core/types.h"

/// How a node leaves: one table of phases and events behind TERM, `prestop`, a stop script and
/// `drain`. Source: scenarios S43 to S51 of docs/scenarios.md; the table is drawn in
/// docs/leaving.md. Pure. Any thread.
namespace sragent {

/// What began it. The first two can be refused and have no budget; the others come from somebody
/// who ends the container in any case.
enum class LeaveTrigger : std::uint8_t {
  kDrain,       ///< A person: `sr-agent drain`.
  kForGood,     ///< A person: `sr-agent drain --for-good`; the row goes too.
  kStopScript,  ///< A stock stop script or preStop hook was seen; the server has its signal (S45).
  kPrestop,     ///< `sr-agent prestop`.
  kTerm,        ///< SIGTERM or SIGINT.
};
[[nodiscard]] std::string_view to_string(LeaveTrigger trigger);  ///< "drain" ...
/// True for a stop, which ends the container; false for a drain, which ends the server alone.
[[nodiscard]] bool is_stop(LeaveTrigger trigger);

/// In the order in which a leaving goes through them; each may turn out not to be needed.
enum class LeavePhase : std::uint8_t {
  kLook,    ///< What can be done here: version, quorum, the FEs that would have to be told.
  kMove,    ///< For good, a BE: its tablets move away, until its row is gone; it serves meanwhile.
  kMark,    ///< New work is kept away: blacklist on every FE.
  kWork,    ///< Running work ends.
  kSignal,  ///< The server was told to stop, by the signal that its version and the quorum allow.
  kKill,    ///< It got SIGKILL.
  kDrop,    ///< For good: the row of the stopped node is dropped.
  kUnmark,  ///< Own marks are taken back.
  kEnded,
};
inline constexpr int kLeavePhaseCount = 9;
[[nodiscard]] std::string_view to_string(LeavePhase phase);  ///< "look" ...

enum class LeaveEvent : std::uint8_t {
  kDone,         ///< What the phase is for is reached.
  kNotNeeded,    ///< There is nothing to do in it.
  kRefused,      ///< A drain that must not go on.
  kTimeUp,       ///< A stop has no more time for it.
  kHasten,       ///< A second TERM: no more waiting.
  kCancel,       ///< `drain --cancel`.
  kServerEnded,  ///< The server is down.
};
inline constexpr int kLeaveEventCount = 7;
[[nodiscard]] std::string_view to_string(LeaveEvent event);  ///< "done" ...

/// The table. An event that changes nothing in a phase leads to the phase itself.
[[nodiscard]] LeavePhase next_phase(LeavePhase phase, LeaveEvent event);

/// Longest looks and marks: what they are for is an FE's answer, and a stop must not hang on it.
inline constexpr Millis kLookSpan{5'000};
inline constexpr Millis kMarkSpan{5'000};
/// A drain waits so long for the FEs before it is told that nothing can be decided now.
inline constexpr Millis kDrainLookSpan{30'000};
/// A drain waits so long for its marks to go before it ends with a rest.
inline constexpr Millis kDrainUnmarkSpan{60'000};
/// What the server still gets to stop by itself once nobody wants to wait any longer.
inline constexpr Millis kHastenedStop{5'000};
/// Numbers of running queries reach an FE within a second of their change; two readings without
/// work this far apart show that none was on its way.
inline constexpr Millis kQuietSpan{1'000};

/// What a stop keeps back of its budget for the DROP of a row whose name never comes back, and how
/// often it tries that (S36).
inline constexpr Millis kDropSpan{6'000};
inline constexpr int kDropTries = 3;

/// So many looks at a row whose tablets do not get fewer are a standstill.
inline constexpr int kStallLooks = 30;
/// So is running work that has not become less for so long (S35): the leaving waits on, and who
/// asked for it is told.
inline constexpr Millis kWorkStall{300'000};

/// Why a drain does not go on.
struct LeaveRefusal {
  int exit_code = 0;
  Reason reason = Reason::kNone;
  std::string detail{};
  friend bool operator==(const LeaveRefusal&, const LeaveRefusal&) = default;
};

/// What is known while a node leaves. Every member is what was last seen, not what was hoped for.
struct LeaveFacts {
  bool server_running = false;
  // kLook
  bool looked = false;                    ///< The look is over, with or without answers.
  std::optional<LeaveRefusal> refusal{};  ///< Counts for a drain alone.
  bool waits_for_others = false;          ///< What it waits for has no limit: others that leave.
  // kMove
  bool moves = false;     ///< Tablets have to move away before the row goes.
  bool row_gone = false;  ///< The leader's list no longer has the row, as a second look showed.
  std::optional<int> tablets{};            ///< Of the own row at the last look.
  std::optional<Instant> tablets_at{};     ///< When that was asked for.
  bool decommissioned_before = false;      ///< Somebody else had said so.
  std::vector<std::string> blockers{};     ///< What may keep the tablets.
  std::optional<LeaveRefusal> no_leave{};  ///< An FE said no to DECOMMISSION or DROP.
  /// An FE that leads: the others were not seen to live, so it may not be told to stop.
  bool others_unseen = false;
  // kMark
  bool marks_wanted = false;  ///< There is an FE to tell, a statement for it and a durable record.
  bool marks_over = false;    ///< Each FE has the mark or did not take it.
  // kWork
  bool work_counts = false;              ///< Waiting for running work keeps it from being cut off.
  bool work_kept_away = false;           ///< No new work comes: the mark stands on every FE.
  std::optional<int> running{};          ///< Queries and loads at the last count.
  std::optional<Instant> counted_at{};   ///< When that was asked for.
  std::optional<Instant> quiet_since{};  ///< First of the unbroken counts of nothing.
  // kSignal
  Millis server_stop{0};  ///< How long the server may take after its signal.
  // kDrop
  bool drops = false;  ///< The row has to be dropped.
  int drop_tries = 0;  ///< DROPs, or looks for one, that came to nothing.
  // kUnmark
  /// Our DECOMMISSION stands and was to be taken back, or a statement of ours may still come.
  bool decommission_left = false;
  bool marks_left = false;   ///< Marks of ours stand at an FE, as far as is known.
  bool unmark_must = false;  ///< ... or that, and the node cannot serve on before they are gone.
  bool unmark_over = false;  ///< Each is gone, or it was tried for the last time.
};

/// What to do now. Each is asked for again until its facts change, so whoever carries it out begins
/// it once.
enum class LeaveAction : std::uint8_t {
  kNothing,
  kLook,
  kMove,
  kMark,
  kCount,
  kSignal,
  kKill,
  kDrop,
  kUnmark,
};

/// How the tablets of a BE go, or its running work.
struct MoveProgress {
  int first = 0;
  int least = 0;
  Instant first_at{};
  Instant least_at{};  ///< When they last got fewer.
  Instant seen_at{};   ///< Last look that counted.
  int still = 0;       ///< Looks since `least_at` that showed no fewer.
  double each_ms = 0;  ///< Smoothed time for one tablet; 0: none has gone yet.
};
[[nodiscard]] MoveProgress take_tablets(const std::optional<MoveProgress>& before,
                                        int tablets,
                                        Instant at);
[[nodiscard]] bool stands_still(const MoveProgress& progress);
/// Until the last tablet is gone, by the smoothed rate; nullopt: none has gone yet.
[[nodiscard]] std::optional<Millis> time_left(const MoveProgress& progress);

/// One leaving from its begin to its end.
struct LeaveState {
  LeaveTrigger trigger = LeaveTrigger::kDrain;
  LeavePhase phase = LeavePhase::kLook;
  Instant began{};
  Instant phase_began{};
  std::optional<Instant> ends{};          ///< Of a stop: the container is to be down by then.
  std::optional<Instant> signalled_at{};  ///< The server was told to stop, by us or by somebody.
  bool by_us = false;                     ///< ... by us.
  std::optional<Instant> hastened_at{};   ///< Nobody wants to wait any longer.
  bool killed = false;
  bool cancelled = false;
  bool again = false;          ///< Of a drain: the server is started again once it has stopped.
  bool to_hold = false;        ///< Of a drain: a hold keeps the server down afterwards.
  bool force = false;          ///< Of a drain: a person answers for the group; no look refuses it.
  bool plan = false;           ///< Nothing is done: what a leaving would do is looked at.
  bool ends_with_row = false;  ///< An FE: nothing moves away, so a server that ends stays down.
  bool row_goes = false;       ///< No later container has this name: a stop drops the row as well.
  bool resumed = false;        ///< An earlier process of this pod began it.
  bool decided = false;        ///< DECOMMISSION is ours: sent, or about to be.
  bool cancel_owed = false;    ///< ... and is to be taken back, by a stop that comes then as well.
  std::optional<MoveProgress> move{};
  std::optional<MoveProgress> work{};  ///< Likewise of running work, for good.
  std::optional<LeaveRefusal> refusal{};
  std::optional<int> cut_off{};  ///< Work that was still running when the server was told to stop.
};

/// It waits for tablets or for running work that no longer get less.
[[nodiscard]] bool stands_still(const LeaveState& state);

/// The server is kept running and may be started: it serves until its tablets are gone, and while
/// its decommission is taken back. That of an FE until it is its turn.
[[nodiscard]] bool keeps_server(const LeaveState& state);

/// `budget`: of a stop, from its first sign; not used for a drain.
[[nodiscard]] LeaveState begin_leave(LeaveTrigger trigger, Millis budget, Instant now);

/// Another sign of leaving while one is under way. A stop takes a drain over with what the stop's
/// first sign left of the budget; a second TERM hastens; a repeated request changes nothing.
[[nodiscard]] LeaveState join_leave(LeaveState state,
                                    LeaveTrigger trigger,
                                    Millis budget,
                                    Instant now);
[[nodiscard]] LeaveState cancel_leave(LeaveState state, Instant now);

struct LeaveStep {
  LeaveState state{};
  LeaveAction action = LeaveAction::kNothing;
};
/// As far as the facts carry.
[[nodiscard]] LeaveStep advance_leave(LeaveState state, const LeaveFacts& facts, Instant now);

/// When a stop tells the server to stop at the latest, so that it has its time to do so; nullopt
/// for a drain, which waits for the work.
[[nodiscard]] std::optional<Instant> signal_by(const LeaveState& state, const LeaveFacts& facts);

/// When the agent kills the server rather than leave that to the kubelet.
[[nodiscard]] std::optional<Instant> kill_at(const LeaveState& state, const LeaveFacts& facts);

/// Exit code of a leaving that has ended: done, done with a rest, refused, taken back (kExitNo).
/// Only 0 lets an operator delete the pod.
[[nodiscard]] int leave_exit_code(const LeaveState& state, const LeaveFacts& facts);

/// docs/leaving.md: the table as Mermaid state diagram and as Markdown table.
[[nodiscard]] std::string leave_diagram();

}  // namespace sragent
