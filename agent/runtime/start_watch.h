#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/startup.h"
#include "io/clock.h"
#include "io/mailbox.h"
#include "io/worker.h"
#include "runtime/status.h"

namespace sragent {

/// Where a starting server shows that it moves.
struct StartPlaces {
  NodeKind kind = NodeKind::kFe;
  std::string main_log{};  ///< fe.log, be.INFO, cn.INFO.
  std::string meta_dir{};  ///< FE.
  int pid = 0;             ///< The server's.
};

/// One look, on a worker thread. What cannot be read shows nothing.
[[nodiscard]] StartSign look_at_start(const StartPlaces& places, Instant now);

/// Follows each start of the server until its first sign of life (S56): a look every 2 s. Main
/// thread.
class StartWatch {
 public:
  static constexpr Millis kPace{2'000};

  /// Without `workers` nothing is looked at, and a start alone is followed.
  StartWatch(Clock clock, std::shared_ptr<WorkerPool> workers);

  /// `status` is complete but for `startup` and `longest_start`, which are filled in.
  void follow(NodeStatus& status, Instant now);

 private:
  void begin_look(const NodeStatus& status, Instant now);
  void take_looks(std::optional<std::int64_t> leader_journal);

  struct Look {
    std::uint64_t start = 0;  ///< Which start of the server it was made for.
    StartSign sign{};
  };
  Clock clock_;
  std::shared_ptr<WorkerPool> workers_;
  std::shared_ptr<Mailbox<Look>> mail_{};
  std::uint64_t starts_ = 0;
  Instant next_{};
  StartProgress progress_{};
  std::optional<Millis> longest_{};
};

}  // namespace sragent
