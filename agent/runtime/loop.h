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
#include "runtime/leaving.h"
#include "runtime/node_agent.h"
#include "runtime/server_conf_watch.h"
#include "runtime/server_process.h"
#include "runtime/status.h"

namespace sragent {

/// What the loop runs on; owned by run_agent.
struct LoopParts {
  Config& config;
  const Clock& clock;
  SignalFd& signals;
  ServerProcess& server;
  StatusBoard& board;
  /// Makes the node's part. It may fail while a conf file or a volume is not right; then the node
  /// is held and it is tried again.
  std::function<Result<std::unique_ptr<NodeAgent>>()> make_agent{};
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
  NodeStatus base{};         ///< What never changes: kind, host, session ...
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
  void make_agent(Instant now);
  void on_signal(const SignalEvent& signal);
  void on_children(Instant now);
  void on_server_end(Instant now);
  void turn_leaving(Instant now);
  [[nodiscard]] std::optional<ControlReply> answer(const std::string& line, Instant now);
  void reload();
  void take(const Wish& wish);
  [[nodiscard]] Instant next_turn(Instant now) const;

  LoopParts parts_;
  TimerFd timer_;
  Poller poller_{};
  std::unique_ptr<NodeAgent> agent_{};
  std::optional<Error> agent_error_{};
  std::optional<ServerConfWatch> server_conf_{};
  Instant retry_agent_at_{};
  std::optional<Instant> call_at_{};
  std::optional<int> exit_code_{};
  bool child_ended_ = false;  ///< SIGCHLD came.
  Leaving leaving_;
  std::uint64_t orphans_ = 0;
  std::string last_exit_{};
  std::vector<std::string> warnings_{};
  std::optional<RefusedReload> reload_refused_{};
};

}  // namespace sragent
