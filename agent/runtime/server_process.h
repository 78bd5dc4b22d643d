#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/types.h"
#include "io/process.h"
#include "io/supervise.h"
#include "runtime/server_beside.h"

namespace sragent {

/// How to start one server and how to recognise it.
struct ServerCommand {
  std::vector<std::string> argv{};  ///< The stock start script and its options.
  std::vector<std::string> env{};   ///< Complete; without MYSQL_PWD and without SR_AGENT_ secrets.
  std::string cwd{};
  std::string pid_file{};
  std::function<bool(const ProcessInfo&)> is_server{};
  std::optional<Instant> until{};  ///< Void from then on, where it is another's to carry out.
};

/// The one server of this node: the script that we start and the process that it leaves behind; or,
/// for a sidecar, the server of the container beside. Main thread only.
class ServerProcess {
 public:
  /// Nothing is started here from now on.
  void stand_beside(ServerBeside::Marks marks) { beside_.emplace(std::move(marks)); }
  /// Null: the server is a child of ours.
  [[nodiscard]] ServerBeside* beside() { return beside_ ? &*beside_ : nullptr; }
  /// Looks whether the server beside came or went; nothing for a child.
  ServerBeside::Change look_beside();
  /// False while the container beside does not ask what to start.
  [[nodiscard]] bool may_start() const { return !beside_ || beside_->may_order(); }
  [[nodiscard]] bool can_signal() const { return !beside_ || beside_->can_signal(); }
  /// How long a server beside ran before it was seen first; 0 for a child.
  [[nodiscard]] std::chrono::milliseconds up_before() const {
    return beside_ ? beside_->up_for() : std::chrono::milliseconds{0};
  }

  /// kBadConfig with the path if the script is missing or not executable; nothing was started.
  /// A pid file that names a process which is not the server is removed first. A server beside is
  /// ordered: it runs once look_beside() has seen it.
  [[nodiscard]] Result<void> start(const ServerCommand& command);

  /// How many of `reaped` are neither the script nor the server; to be asked before on_reaped().
  [[nodiscard]] std::size_t orphans(const std::vector<Reaped>& reaped) const;

  /// Tells about every process that reap_all() returned; true if the server has now ended.
  bool on_reaped(const std::vector<Reaped>& reaped);

  [[nodiscard]] bool running() const {
    return beside_ ? beside_->running() : script_pid_ != 0 || server_pid_ != 0;
  }
  /// The server's own pid once found, else the script's; 0: nothing runs.
  [[nodiscard]] pid_t pid() const {
    if (beside_) return beside_->pid();
    return server_pid_ != 0 ? server_pid_ : script_pid_;
  }
  /// The server has died and nobody has reaped it yet: whoever waits for its pid to go still does.
  [[nodiscard]] bool dead_unreaped() const;
  /// Looks for the server below the script; cheap, called each tick until it is found.
  void look_for_server();

  /// Status of the server if we reaped it, else of the script. Set once everything has ended; never
  /// for a server beside, which another container reaps.
  [[nodiscard]] std::optional<ExitStatus> exit_status() const { return exit_status_; }

  /// To the server, not the script; to the script's group while no server is found.
  void signal(int number) const;
  /// SIGKILL to both groups.
  void kill() const;

  [[nodiscard]] const std::string& command_line() const {
    return beside_ ? beside_->command_line() : command_line_;
  }
  [[nodiscard]] std::uint64_t starts() const { return starts_; }

 private:
  void finish_if_over();

  std::optional<ServerBeside> beside_{};
  ServerCommand command_{};
  std::string command_line_{};
  pid_t script_pid_ = 0;
  pid_t server_pid_ = 0;
  std::optional<ExitStatus> script_status_{};
  std::optional<ExitStatus> server_status_{};
  std::optional<ExitStatus> exit_status_{};
  std::uint64_t starts_ = 0;
};

}  // namespace sragent
