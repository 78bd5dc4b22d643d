#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/load.h"
#include "io/clock.h"
#include "io/poller.h"
#include "io/signals.h"
#include "runtime/config_watch.h"
#include "runtime/holding.h"
#include "runtime/leaving.h"
#include "runtime/node_agent.h"
#include "runtime/probe_watch.h"
#include "runtime/server_conf_watch.h"
#include "runtime/server_process.h"
#include "runtime/start_watch.h"
#include "runtime/status.h"

namespace sragent {

/// Why there is no node's part yet: a conf file, a volume or a host that is not right.
struct NoAgent : Error {
  Reason reason = Reason::kConfigInvalid;
  /// By its kind: kIo is a path that cannot be written, all else a setting.
  NoAgent(Error error);  // NOLINT(google-explicit-constructor): what make_node says is one
  NoAgent(Error error, Reason why) : Error(std::move(error)), reason(why) {}
};

/// What the loop runs on; owned by run_agent.
struct LoopParts {
  Config& config;
  const Clock& clock;
  SignalFd& signals;
  ServerProcess& server;
  StatusBoard& board;
  /// Makes the node's part. It may fail while something is not right; then the node is held and it
  /// is tried again.
  std::function<tl::expected<std::unique_ptr<NodeAgent>, NoAgent>()> make_agent{};
  std::function<LoadedConfig()> reload{};  ///< The configuration as it is now.
  ConfigWatch config_file{std::string{}};  ///< A change is a reload as SIGHUP is.
  /// Of the conf file that make_agent reads; its changes are told. None: there is no such file.
  std::optional<ConfContext> server_conf{};
  /// Main's answer to one line of the control socket; nullopt: it is no request.
  using Answer = std::function<std::optional<ControlReply>(const std::string& line)>;
  /// Called each turn for requests that others left for main; may be empty.
  std::function<void(const Answer&)> desk{};
  int desk_fd = -1;          ///< Readable when `desk` has something; -1: none.
  std::string leave_note{};  ///< File that Leaving keeps; empty: none.
  std::string hold_note{};   ///< File that Holding keeps; empty: none.
  /// For what is asked beside the node's part; null: nothing is.
  std::shared_ptr<WorkerPool> workers{};
  /// Children of others than main, which reaps them; null: there are none.
  std::shared_ptr<ChildDesk> children{};
  /// What the user's probes run with; empty: they are not run.
  ProbeWatch::MakeTools probe_tools{};
  /// Fills in what the host checks found; may be empty.
  std::function<void(NodeStatus&, Instant)> describe_host{};
  /// Tells an operator what is about to be published; may be empty.
  std::function<void(NodeStatus&, Instant)> tell_operator{};
  /// Called once, when the start is over and what it needed can go; may be empty.
  std::function<void()> settled{};
  NodeStatus base{};  ///< What never changes: kind, host, session ...
};

/// The main thread: signals, child, timers, decisions; one poll(2). It blocks in nothing else.
class Loop {
 public:
  explicit Loop(LoopParts parts);
  /// Turns until the container is to end; returns its exit status.
  [[nodiscard]] int run();
  /// One turn, without publishing and waiting: afterwards the timer is armed for the next one. The
  /// exit status once the container is to end.
  [[nodiscard]] std::optional<int> turn();
  /// Puts what is known now on the board.
  void publish();

 private:
  void turn_agent(Instant now);
  void look_at_annotations(Instant now);
  void make_agent(Instant now);
  void on_signal(const SignalEvent& signal);
  void on_children(Instant now);
  void on_server_end(Instant now);
  void look_beside(Instant now);
  void tell_seen(Instant now);
  [[nodiscard]] bool stays_down() const;
  void end_after_drain(Instant now);
  [[nodiscard]] ControlReply order_server(std::string_view words);
  void turn_leaving(Instant now);
  [[nodiscard]] std::optional<ControlReply> answer(const std::string& line, Instant now);
  void reload();
  void follow_start(NodeStatus& status);
  void turn_probes(Instant now);
  void take(const Wish& wish);
  [[nodiscard]] Instant next_turn(Instant now) const;

  LoopParts parts_;
  TimerFd timer_;
  Poller poller_{};
  std::unique_ptr<NodeAgent> agent_{};
  std::optional<NoAgent> agent_error_{};
  std::optional<ServerConfWatch> server_conf_{};
  Instant retry_agent_at_{};
  std::optional<Instant> call_at_{};
  std::optional<int> exit_code_{};
  std::optional<Instant> resting_since_{};  ///< Of an agent that was started for one drain.
  bool seen_untold_ = false;  ///< A sidecar's server that its part does not know of yet.
  bool child_ended_ = false;  ///< SIGCHLD came.
  AnnotationWatch annotations_{};
  std::string unheeded_{};  ///< Of the annotations, as logged.
  Instant next_annotations_{};
  Leaving leaving_;
  Holding holding_;
  StartWatch start_watch_;
  ProbeWatch probes_;
  bool probes_watched_ = false;             ///< Its descriptor is in the poller.
  std::shared_ptr<const Config> shared_{};  ///< Copy of the settings in use.
  std::string advised_{};                   ///< The advice that was logged.
  std::uint64_t orphans_ = 0;
  std::string last_exit_{};
  std::vector<std::string> warnings_{};
  std::optional<RefusedReload> reload_refused_{};
};

}  // namespace sragent
