#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/types.h"

namespace sragent {

/// The server of a pod whose agent is a sidecar (S82): another container runs it. It is seen by its
/// process where the containers share a PID namespace, else by the ports on which it listens.
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
  };
  explicit ServerBeside(Marks marks) : marks_(std::move(marks)) {}

  enum class Change : std::uint8_t { kNone, kCame, kWent };
  /// Looks at /proc; kCame also for a server in place of the last one.
  Change look();
  [[nodiscard]] bool running() const { return running_; }
  /// 0: none is seen, and a server that runs is known by its ports alone.
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& command_line() const { return command_line_; }
  [[nodiscard]] bool can_signal() const { return pid_ != 0; }
  void signal(int number) const;

  /// `run-server` asks: the order if there is one, which is then over.
  [[nodiscard]] std::optional<std::vector<std::string>> ask(Instant now);
  /// It waits for an order at this moment, so no server runs there and none is about to.
  [[nodiscard]] bool waits() const;
  /// It waits and has none yet.
  [[nodiscard]] bool may_order() const;
  /// Holds for two seconds, and not beyond `until` on the agent's clock.
  void order(std::vector<std::string> argv, std::optional<Instant> until);
  void withdraw() { order_.reset(); }

 private:
  using Steady = std::chrono::steady_clock;
  struct Order {
    std::vector<std::string> argv{};
    std::optional<Instant> until{};
    Steady::time_point made{};
  };

  [[nodiscard]] bool still_there() const;
  void find();

  Marks marks_;
  bool running_ = false;
  pid_t pid_ = 0;
  std::uint64_t start_ticks_ = 0;
  std::string command_line_{};
  std::optional<Steady::time_point> asked_{};
  std::optional<Order> order_{};
};

}  // namespace sragent
