#include <array>
#include <random>

#include <gtest/gtest.h>

#include "core/exit_codes.h"
#include "core/leaving.h"

/// Random walks of the leaving engine through a small world: a server, its work, its row, FEs that
/// answer or not, people and kubelets. Each rule below holds at every step of every walk; each
/// planted fault is found by the rule that it is planted for.
namespace sragent {
namespace {

using namespace std::chrono_literals;

constexpr Millis kBudget = 60s;
constexpr Instant kStart{1'000'000};
constexpr int kWalks = 3'000;
constexpr int kSteps = 150;

enum class Fault {
  kNone,
  kLeavesOnARestart,
  kDropsBeforeTheDrain,
  kDropsARunningServer,
  kStopsOnATimeOut,
  kStopsWithAnEmptyRow,
  kCutsWorkOff,
  kForgetsACancel,
  kForgetsTheDecommission,
  kNeverKills,
  kIgnoresARefusal,
  kEndsWithTheRow,
  kLetsACrashedServerLie,
  kDropsAfterACancel,
  kStartsADroppedFe,
  kServesOnUnderAMark,
  kDropsANameThatComesBack,
  kDrainTakesTheRow,
  kDrainsThoughRefused,
  kRefusesAForcedDrain,
};

/// What is true, whoever knows it.
struct World {
  bool moves = true;  ///< A BE or an FE that does not lead; else a CN.
  bool fe_node = false;
  bool nameless = false;  ///< A CN whose name never comes back.
  bool mark = false;      ///< The mark `left` of an FE is on disk.
  bool server = true;
  bool told = false;
  bool stubborn = false;  ///< The server ignores its signal.
  int work = 0;
  bool fe = true;  ///< An FE answers.
  bool row = true;
  bool decommissioned = false;
  int tablets = 3;
  bool refuses = false;  ///< The FE says no to DECOMMISSION and DROP.
  bool said_no = false;
  bool needed = false;  ///< An FE without which the others are no majority.
};

/// What the agent has seen of it.
struct Seen {
  LeaveFacts facts{};
  bool cancel_asked = false;
};

class Walk {
 public:
  Walk(Fault fault, unsigned seed) : fault_(fault), random_(seed) {}

  /// The first rule that was broken; empty: none.
  std::string run() {
    world_.moves = pick(3) != 0;
    world_.fe_node = world_.moves && pick(2) == 0;
    world_.nameless = !world_.moves && pick(2) == 0;
    world_.work = pick(3);
    world_.refuses = pick(8) == 0;
    world_.stubborn = pick(8) == 0;
    const auto trigger = std::array{LeaveTrigger::kTerm,
                                    LeaveTrigger::kForGood,
                                    LeaveTrigger::kForGood,
                                    LeaveTrigger::kDrain}
                             .at(static_cast<std::size_t>(pick(4)));
    state_ = begin_leave(trigger, kBudget, now_);
    if (trigger == LeaveTrigger::kDrain) drain();
    state_.ends_with_row = world_.fe_node && fault_ != Fault::kStartsADroppedFe;
    state_.row_goes =
        world_.nameless || (fault_ == Fault::kDropsANameThatComesBack && !world_.moves);
    for (int i = 0; i < kSteps && broken_.empty() && state_.phase != LeavePhase::kEnded; ++i) {
      happen();
      turn();
    }
    benign();
    return broken_;
  }

 private:
  /// By a person or for a hold, who may answer for the group.
  void drain() {
    world_.needed = world_.fe_node && pick(3) == 0;
    state_.to_hold = pick(2) == 0;
    state_.force = state_.to_hold && pick(2) == 0;
    state_.again = !state_.to_hold && pick(4) == 0;
    forced_ = state_.force;
  }
  int pick(int of) { return static_cast<int>(random_() % static_cast<unsigned>(of)); }
  [[nodiscard]] bool good() const { return state_.trigger == LeaveTrigger::kForGood; }
  void must(bool holds, const char* rule) {
    if (!holds && broken_.empty()) broken_ = rule;
  }

  /// Something that the engine has no say in.
  void happen() {
    now_ += pick(4) == 0 ? Millis{10s} : Millis{500ms};
    if (pick(500) == 0) now_ += 2h;
    switch (pick(12)) {
      case 0:
        world_.fe = !world_.fe;
        break;
      case 1:
        if (world_.row && !world_.told && world_.server) ++world_.work;
        break;
      case 2:
      case 3:
        world_.work = std::max(0, world_.work - 1);
        break;
      case 4:
        if (pick(6) == 0) world_.server = false;
        break;
      case 5:
        if (world_.told && !world_.stubborn) world_.server = false;
        break;
      case 6:
      case 7:
        settle_row();
        break;
      case 8:
        if (pick(10) == 0) state_ = join_leave(state_, LeaveTrigger::kTerm, kBudget, now_);
        break;
      case 9:
        if (pick(10) == 0) cancel();
        break;
      default:
        break;
    }
    start_again();
    if (!world_.server) world_.work = 0;
  }

  /// The loop starts the server of a node that serves until its turn.
  void start_again() {
    if (world_.server || !keeps_server(state_)) return;
    world_.server = pick(2) == 0;
    must(!(world_.server && world_.fe_node && (world_.mark || !world_.row)),
         "an FE whose row goes is not started again");
  }

  void settle_row() {
    if (!world_.decommissioned) return;
    if (world_.tablets > 0) {
      --world_.tablets;
    } else if (pick(2) == 0) {
      world_.row = false;
    }
  }

  void cancel() {
    if (is_stop(state_.trigger)) return;
    cancel_before_signal_ = cancel_before_signal_ || !state_.signalled_at;
    cancelled_ = true;
    if (fault_ == Fault::kForgetsACancel) return;
    state_ = cancel_leave(state_, now_);
  }

  LeaveFacts look() {
    auto& facts = seen_.facts;
    facts.server_running = world_.server;
    facts.moves = world_.moves;
    facts.drops = !world_.moves || world_.fe_node;
    facts.server_stop = 10s;
    facts.work_counts = true;
    if (world_.server) {
      facts.running = world_.work;
      facts.counted_at = now_;
      if (world_.work > 0) facts.quiet_since.reset();
      if (world_.work == 0 && !facts.quiet_since) facts.quiet_since = now_;
    }
    if (world_.fe_node) {
      facts.marks_left = world_.mark && !facts.row_gone;
      facts.unmark_must = facts.marks_left && fault_ != Fault::kServesOnUnderAMark;
    }
    if (!world_.fe) return facts;
    facts.looked = true;
    facts.refusal.reset();
    if (world_.needed) facts.refusal = LeaveRefusal{kExitQuorum, Reason::kQuorumRisk, "needed"};
    if (world_.fe_node) facts.work_counts = world_.row;
    facts.row_gone = !world_.row;
    if (world_.decommissioned) facts.tablets = world_.tablets;
    if (world_.decommissioned) facts.tablets_at = now_;
    if (world_.said_no) facts.no_leave = LeaveRefusal{kExitReplicas, Reason::kNone, "no"};
    facts.decommission_left =
        state_.cancelled && state_.decided && world_.decommissioned && world_.row;
    return facts;
  }

  /// The engine, with the fault planted around it.
  LeaveStep ask(LeaveFacts facts) {
    auto state = state_;
    if (fault_ == Fault::kLeavesOnARestart && is_stop(state.trigger))
      state.trigger = LeaveTrigger::kForGood;
    if (fault_ == Fault::kStopsOnATimeOut && state.phase == LeavePhase::kMove &&
        now_ - state.phase_began > 1h)
      facts.row_gone = true;
    if (fault_ == Fault::kStopsWithAnEmptyRow && facts.tablets == 0) facts.row_gone = true;
    if (fault_ == Fault::kCutsWorkOff) facts.work_counts = false;
    if (fault_ == Fault::kForgetsTheDecommission) facts.decommission_left = false;
    if (fault_ == Fault::kIgnoresARefusal) facts.no_leave.reset();
    if (fault_ == Fault::kEndsWithTheRow && state.phase == LeavePhase::kDrop) facts.row_gone = true;
    if (fault_ == Fault::kLetsACrashedServerLie && state.phase == LeavePhase::kMove &&
        !world_.server)
      facts.moves = false;
    if (fault_ == Fault::kDropsAfterACancel) state.cancelled = false;
    if (fault_ == Fault::kDrainTakesTheRow && state.trigger == LeaveTrigger::kDrain)
      state.trigger = LeaveTrigger::kForGood;
    if (fault_ == Fault::kDrainsThoughRefused) facts.refusal.reset();
    if (fault_ == Fault::kRefusesAForcedDrain) state.force = false;
    auto step = advance_leave(state, facts, now_);
    if (fault_ == Fault::kDropsBeforeTheDrain && step.action == LeaveAction::kCount &&
        !world_.moves)
      step.action = LeaveAction::kDrop;
    if (fault_ == Fault::kDropsARunningServer && step.action == LeaveAction::kMove)
      step.action = LeaveAction::kDrop;
    if (fault_ == Fault::kNeverKills && step.action == LeaveAction::kKill)
      step.action = LeaveAction::kNothing;
    return step;
  }

  void turn() {
    const auto facts = look();
    const bool stop = is_stop(state_.trigger);
    drain_ = state_.trigger == LeaveTrigger::kDrain;
    auto step = ask(facts);
    if (drain_) step.state.trigger = LeaveTrigger::kDrain;
    check_action(step.action, stop);
    state_ = std::move(step.state);
    if (fault_ == Fault::kLeavesOnARestart && stop) state_.trigger = LeaveTrigger::kTerm;
    carry_out(step.action);
    if (state_.ends && now_ >= *state_.ends + 1min)
      must(!world_.server || world_.told, "a stop tells the server in its budget");
    if (state_.ends && now_ >= *state_.ends + 3min && overdue_ > 3)
      must(state_.phase >= LeavePhase::kUnmark, "a stop waits for no DROP beyond its budget");
    if (state_.ends && now_ >= *state_.ends + 3min && overdue_++ > 3)
      must(!world_.server, "a stop has the server down in its budget");
  }

  void check_action(LeaveAction action, bool stop) {
    const bool takes_out = action == LeaveAction::kMove || action == LeaveAction::kDrop;
    const bool last = action == LeaveAction::kDrop && world_.nameless;
    must(!(takes_out && stop && !last), "a stop takes no row out whose name comes back");
    must(!(takes_out && drain_), "a drain takes no row out");
    must(!(takes_out && cancelled_ && !(last && stop)), "what is taken back takes no row out");
    must(!(action == LeaveAction::kDrop && world_.server),
         "a row is dropped once its server is down");
    must(!(action == LeaveAction::kDrop && world_.moves && !world_.fe_node),
         "a BE is never dropped");
    if (action != LeaveAction::kSignal || stop) return;
    must(!cancel_before_signal_, "what is taken back in time stops nothing");
    must(!(world_.needed && drain_ && !forced_), "what is refused stops nothing");
    must(drain_ || !(world_.moves && world_.row), "it serves until its row is gone");
    const bool dropped = world_.fe_node && !world_.row;
    must(world_.work == 0 || dropped, "a drain cuts no work off");
  }

  void carry_out(LeaveAction action) {
    if (action == LeaveAction::kSignal) world_.told = true;
    if (action == LeaveAction::kKill) world_.server = false;
    if (!world_.fe) return;
    if (world_.fe_node) return carry_out_at_fe(action);
    const bool takes_out = action == LeaveAction::kMove || action == LeaveAction::kDrop;
    if (takes_out && world_.refuses) {
      ++noes_;
      must(noes_ < 3, "an FE's no is not asked for again");
      world_.said_no = true;
      return;
    }
    if (action == LeaveAction::kMove) world_.decommissioned = world_.row;
    if (action == LeaveAction::kDrop) world_.row = false;
    if (action == LeaveAction::kUnmark && state_.cancelled && state_.decided)
      world_.decommissioned = false;
  }

  /// An FE counts what runs before it marks its disk and has its row dropped.
  void carry_out_at_fe(LeaveAction action) {
    if (action == LeaveAction::kUnmark && world_.row) world_.mark = false;
    if (action != LeaveAction::kMove && action != LeaveAction::kDrop) return;
    if (world_.work > 0) return;
    if (world_.refuses) {
      world_.said_no = true;
      return;
    }
    if (world_.mark && pick(3) != 0) world_.row = false;
    world_.mark = true;
  }

  /// Once nothing goes wrong any more it comes to its end, and the end is what it says.
  void benign() {
    world_.fe = true;
    world_.stubborn = false;
    world_.refuses = world_.refuses && world_.said_no;
    for (int i = 0; i < 400 && broken_.empty() && state_.phase != LeavePhase::kEnded; ++i) {
      now_ += 5s;
      world_.work = 0;
      settle_row();
      if (world_.told) world_.server = false;
      if (!world_.server && keeps_server(state_) && !world_.mark) world_.server = true;
      turn();
    }
    must(state_.phase == LeavePhase::kEnded, "it comes to an end");
    if (!broken_.empty()) return;
    auto facts = look();
    if (fault_ == Fault::kForgetsTheDecommission) facts.decommission_left = false;
    const auto code = leave_exit_code(state_, facts);
    must(!(drain_ && forced_ && state_.refusal), "what a person answers for is not refused");
    must(!(drain_ && !cancelled_ && !state_.refusal && world_.server),
         "a drain has its server down");
    const bool left = good() && code == kExitDone && !state_.cancelled && !cancelled_;
    must(!left || !world_.row, "what ends with 0 has left");
    must(code != kExitDone || !state_.cancelled, "what was taken back does not end with 0");
    must(!(world_.mark && world_.row && (cancelled_ || state_.refusal) && good()),
         "an FE that stays has no mark");
    must(!(cancelled_ && code == kExitNo && state_.decided && world_.row && world_.decommissioned &&
           !is_stop(state_.trigger)),
         "what was taken back is not decommissioned");
  }

  Fault fault_;
  std::mt19937 random_;
  World world_{};
  Seen seen_{};
  LeaveState state_{};
  Instant now_ = kStart;
  bool drain_ = false;   ///< A person's or a hold's, for a while.
  bool forced_ = false;  ///< ... whatever a look says.
  bool cancelled_ = false;
  bool cancel_before_signal_ = false;
  int noes_ = 0;
  int overdue_ = 0;
  std::string broken_{};
};

/// The rule that the walks break first; empty: none.
std::string broken_by(Fault fault) {
  for (unsigned seed = 1; seed <= kWalks; ++seed) {
    if (auto rule = Walk{fault, seed}.run(); !rule.empty())
      return rule + " (seed " + std::to_string(seed) + ")";
  }
  return {};
}

TEST(LeavingWalk, NoRuleIsBroken) {
  EXPECT_EQ(broken_by(Fault::kNone), "");
}

struct Planted {
  Fault fault{};
  std::string name{};
};
void PrintTo(const Planted& planted, std::ostream* out) {
  *out << planted.name;
}

class LeavingFault : public testing::TestWithParam<Planted> {};

TEST_P(LeavingFault, IsFound) {
  const auto rule = broken_by(GetParam().fault);
  EXPECT_FALSE(rule.empty());
  RecordProperty("rule", rule);
}

INSTANTIATE_TEST_SUITE_P(
    Planted,
    LeavingFault,
    testing::Values(Planted{Fault::kLeavesOnARestart, "LeavesOnARestart"},
                    Planted{Fault::kDropsBeforeTheDrain, "DropsBeforeTheDrain"},
                    Planted{Fault::kDropsARunningServer, "DropsARunningServer"},
                    Planted{Fault::kStopsOnATimeOut, "StopsOnATimeOut"},
                    Planted{Fault::kStopsWithAnEmptyRow, "StopsWithAnEmptyRow"},
                    Planted{Fault::kCutsWorkOff, "CutsWorkOff"},
                    Planted{Fault::kForgetsACancel, "ForgetsACancel"},
                    Planted{Fault::kForgetsTheDecommission, "ForgetsTheDecommission"},
                    Planted{Fault::kNeverKills, "NeverKills"},
                    Planted{Fault::kIgnoresARefusal, "IgnoresARefusal"},
                    Planted{Fault::kEndsWithTheRow, "EndsWithTheRow"},
                    Planted{Fault::kLetsACrashedServerLie, "LetsACrashedServerLie"},
                    Planted{Fault::kDropsAfterACancel, "DropsAfterACancel"},
                    Planted{Fault::kStartsADroppedFe, "StartsADroppedFe"},
                    Planted{Fault::kServesOnUnderAMark, "ServesOnUnderAMark"},
                    Planted{Fault::kDropsANameThatComesBack, "DropsANameThatComesBack"},
                    Planted{Fault::kDrainTakesTheRow, "DrainTakesTheRow"},
                    Planted{Fault::kDrainsThoughRefused, "DrainsThoughRefused"},
                    Planted{Fault::kRefusesAForcedDrain, "RefusesAForcedDrain"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace sragent
