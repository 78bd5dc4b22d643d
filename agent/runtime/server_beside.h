#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

namespace sragent {

/// A sidecar's words, of every kind of node, for a server that ended or was not started.
inline constexpr std::string_view kEndedBeside =
    "the server has ended; its own container starts it again";
inline constexpr std::string_view kNoneBeside = "no server runs: its own container has to start it";

/// The lock that `run-server` takes before it asks, and its server holds; and the file that tells,
/// from then on, when it became that server (milliseconds since 1970).
[[nodiscard]] std::string server_lock_path(std::string_view runtime_dir);
[[nodiscard]] std::string server_began_path(std::string_view runtime_dir);

/// The server of a pod whose agent is a sidecar (S82): another container runs it. It is seen by its
/// process where the containers share a PID namespace, else by the lock of its `run-server` or by
/// the ports on which it listens.
/// `sr-agent run-server` there asks for each start and gets an order; a start command of the
/// user's own asks nobody. Main thread only.
class ServerBeside {
 public:
  /// How to recognise it.
  struct Marks {
    NodeKind kind = NodeKind::kFe;
    std::string home{};      ///< "<root>/fe"
    std::string pid_file{};  ///< As this container sees it.
    std::string address{};   ///< Of the pod.
    std::vector<std::uint16_t> ports{};
    std::string runtime_dir{};  ///< Where `run-server` has its lock.
  };
  explicit ServerBeside(Marks marks) : marks_(std::move(marks)) {}
  /// The conf file was read anew.
  void refresh(Marks marks) { marks_ = std::move(marks); }

  enum class Change : std::uint8_t { kNone, kCame, kWent };
  /// Looks at /proc; kCame also for a server in place of the last one.
  Change look();
  [[nodiscard]] bool running() const { return running_; }
  /// 0: none is seen, and a server that runs is known by its ports alone.
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& command_line() const { return command_line_; }
  [[nodiscard]] bool can_signal() const { return pid_ != 0; }
  /// How long this server runs at most, by what is known: its process (which was its `run-server`
  /// before), when that became the server, the last look that saw none. Of nothing: 0.
  [[nodiscard]] std::chrono::milliseconds up_for() const;
  void signal(int number) const;

  /// `run-server` asks, which it does only while it holds its lock: the order if there is one,
  /// which is then over. `pid_namespace` and `pid`: its own, which are its server's later.
  [[nodiscard]] std::optional<std::vector<std::string>> ask(Instant now,
                                                            std::string_view pid_namespace,
                                                            pid_t pid);
  /// It waits for an order at this moment, so no server runs there and none is about to.
  [[nodiscard]] bool waits() const;
  /// It waits and has none yet.
  [[nodiscard]] bool may_order() const;
  /// What it starts will be seen by its process, and can be stopped.
  [[nodiscard]] bool shares_processes() const { return shares_processes_; }
  /// The pid file and the command. Holds for two seconds, and not beyond `until` on the agent's
  /// clock.
  void order(std::vector<std::string> words, std::optional<Instant> until);
  void withdraw() { order_.reset(); }

 private:
  using Steady = std::chrono::steady_clock;
  struct Order {
    std::vector<std::string> words{};
    std::optional<Instant> until{};
    Steady::time_point made{};
  };

  [[nodiscard]] bool still_there() const;
  void find();
  [[nodiscard]] std::optional<std::int64_t> began() const;

  Marks marks_;
  bool running_ = false;
  pid_t pid_ = 0;
  std::uint64_t start_ticks_ = 0;
  std::string command_line_{};
  std::optional<Steady::time_point> none_since_{};  ///< The last look that saw none.
  std::optional<Steady::time_point> asked_{};
  bool shares_processes_ = false;
  std::optional<Order> order_{};
};

}  // namespace sragent
