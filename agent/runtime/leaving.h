#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/leaving.h"
#include "io/clock.h"
#include "runtime/control_reply.h"
#include "runtime/node_agent.h"
#include "runtime/server_process.h"
#include "runtime/status.h"
#include "runtime/stop_script.h"
#include "starrocks/state_file.h"

namespace sragent {

/// Whose job is what of a leaving: the node's part knows what can be looked at, marked and counted
/// (LeavePart); this class has the table, the budget, the server's signals
/// and the end. Owned by the loop; main thread.
class Leaving {
 public:
  /// `note_file`: what another agent process of this pod has to know, kept until the leaving is
  /// over; its folder is gone with the pod. Empty: not kept.
  Leaving(const Config& config, const Clock& clock, ServerProcess& server, std::string note_file);

  /// Somebody wants this node to leave; joins what is under way. `why`: for the log and for people.
  void sign(LeaveTrigger trigger, std::string_view why, NodeAgent* agent, Instant now);
  /// SIGTERM or SIGINT came; a server that is told by SIGTERM is told by the same.
  void sign_by_signal(int signal, NodeAgent* agent, Instant now);
  /// The node's part was made while a leaving of an earlier container is in force.
  void adopt(NodeAgent& agent);
  /// A drain whose server a hold keeps down afterwards. `force`: nothing refuses it.
  void stop_to_hold(const std::string& why, bool force, NodeAgent& agent, Instant now);
  /// The drain of a hold that is under way is forced after all.
  void force_hold();
  /// Why the last leaving was refused; empty: it was not.
  [[nodiscard]] std::string refusal() const;
  /// Looks whether somebody else stops the server (S45). `at_once`: not only once a second.
  void look_for_stop_script(bool at_once, NodeAgent* agent, Instant now);
  /// As far as it goes now.
  void turn(NodeAgent* agent, Instant now);

  /// `drain ...`, `prestop` and their like, as the control socket brings them; nullopt: not mine.
  [[nodiscard]] std::optional<ControlReply> command(const std::string& line,
                                                    NodeAgent* agent,
                                                    Instant now);

  /// The annotation `leave` as it stands: an id that is new begins a leaving for good, and one that
  /// is gone takes it back as far as that can be done. Empty: there is none.
  void follow(const std::string& id, NodeAgent* agent, Instant now);

  /// The server is not started, and its end is expected: a leaving is under way, or has ended and
  /// stays in force.
  [[nodiscard]] bool in_force() const { return state_ && !over_; }
  /// ... but the server still runs, and is started again if it ends.
  [[nodiscard]] bool keeps_server() const { return in_force() && sragent::keeps_server(*state_); }
  /// In force, and the container ends with it.
  [[nodiscard]] bool stops() const { return in_force() && is_stop(state_->trigger); }
  /// Nothing is under way: none began, or the last one is over; with its exit code as a verb.
  [[nodiscard]] bool rests() const { return !in_force() || result_; }
  [[nodiscard]] int result() const { return result_.value_or(0); }
  /// The container is to end with this status.
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }
  /// One that an earlier process began goes on once the server runs.
  [[nodiscard]] bool goes_on_later() const { return resume_; }
  /// When turn() has something to do without anything having happened.
  [[nodiscard]] std::optional<Instant> next() const { return next_; }
  void describe(NodeStatus& status) const;

 private:
  struct Answer {
    int result = 0;  ///< Exit code of the verb.
    LeaveRefusal refusal{};
  };
  [[nodiscard]] LeavingStatus answered() const;
  [[nodiscard]] bool taken_back() const;
  [[nodiscard]] Millis budget(Instant now) const;
  [[nodiscard]] std::string seconds_text(Millis span) const;
  void act(LeaveAction action, NodeAgent* agent, Instant now);
  void stop_again(NodeAgent* agent, Instant now);
  [[nodiscard]] bool begins_again(NodeAgent& agent, Instant now);
  void keep_drain();
  void tell(NodeAgent* agent);
  void keep_step(NodeAgent* agent);
  void resume(NodeAgent* agent, Instant now);
  void go_on(NodeAgent& agent, Instant now);
  [[nodiscard]] bool for_good() const { return note_.for_good; }
  void log_phase(LeavePhase before) const;
  void on_ended(NodeAgent* agent, Instant now);
  [[nodiscard]] bool outlives_hook(Instant now);
  void stay(NodeAgent* agent, Instant now);
  [[nodiscard]] ControlReply drain(
      LeaveTrigger trigger, std::string_view why, bool again, NodeAgent* agent, Instant now);
  [[nodiscard]] ControlReply plan(LeaveTrigger trigger, NodeAgent* agent, Instant now);
  void withdraw(NodeAgent* agent, Instant now);
  void turn_plan(NodeAgent* agent, Instant now);
  [[nodiscard]] ControlReply cancel(NodeAgent* agent, Instant now);
  [[nodiscard]] bool waits_for_container() const;
  void keep_note() const;
  void restore();
  void resume_drain(const LeaveNote& note);

  const Config& config_;
  const Clock& clock_;
  ServerProcess& server_;
  std::string note_file_;
  StopScriptWatch scripts_;
  Instant next_script_look_{};
  std::optional<LeaveState> state_{};
  LeaveNote note_{};         ///< As in the file.
  bool told_ = false;        ///< The part knows that its server is to go.
  bool restored_ = false;    ///< `state_` is of an earlier process, and was not looked at yet.
  bool untold_ = false;      ///< No process of the server was there to be signalled.
  bool resume_ = false;      ///< A leaving goes on once its server runs.
  bool over_ = false;        ///< `state_` is told and does nothing more: the node serves.
  bool had_server_ = false;  ///< A server ran when the leaving began.
  std::optional<Instant> first_sign_{};  ///< Of a stop that an earlier process of this pod began.
  LeaveFacts facts_{};
  int stop_signal_{SIGTERM};  ///< Where the part's choice is SIGTERM.
  std::string why_{};
  std::string began_wall_{};
  /// Value of the annotation `leave` that was seen to, one way or the other.
  std::string answered_id_{};
  /// What came of it: told by the next container as well, since who asked may look then only.
  std::optional<Answer> answer_{};
  std::string asked_id_{};               ///< ... that began or joined the leaving `state_`.
  std::string rest_{};                   ///< What `state_` could not take back, and why.
  std::string unbegun_{};                ///< Why it has begun nothing yet; empty: it has.
  std::optional<LeaveState> planned_{};  ///< `drain --dry-run`: a look, and nothing else.
  std::vector<std::string> plan_{};      ///< What it found.
  std::optional<int> result_{};          ///< Exit code for the verb, once it has ended.
  std::optional<int> exit_code_{};
  std::optional<Instant> next_{};
};

}  // namespace sragent
