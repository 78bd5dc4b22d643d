#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/disk_trend.h"
#include "core/host_check.h"
#include "io/mailbox.h"
#include "runtime/host_clock.h"
#include "runtime/status.h"
#include "starrocks/conf_file.h"

namespace sragent {

/// The host checks of a running agent (S66): what lies on the own machine is read once, before the
/// server is started, and the room of its volumes each minute afterwards (S67); the clock is
/// compared once a leader is known and now and then afterwards.
/// What is not well is logged once. Main thread.
class HostWatch {
 public:
  static constexpr Millis kClockPace{600'000};  ///< Between two answers.
  static constexpr Millis kClockRetry{60'000};  ///< After none.
  static constexpr Millis kDiskPace{60'000};

  struct Parts {
    const Config& config;  ///< As it is now; outlives this.
    ConfContext conf{};
    LookContext look{};  ///< For the clock; its settings are those of the start.
    std::string root{};  ///< Before the paths of /proc and /sys; empty outside of tests.
  };
  explicit HostWatch(Parts parts);

  /// Reads and judges, unless host.checks is off. What the server is not started for, where
  /// host.checks is strict; else empty.
  [[nodiscard]] std::string before_start();

  /// `status` is complete but for `host_checks`, which is filled in; asks for the clock when it is
  /// due.
  void describe(NodeStatus& status, Instant now);

 private:
  struct DisksSeen {
    std::vector<HostDisk> disks{};
    HostWants wants{};
  };
  void follow_disks(Instant now);
  void take_disks(const DisksSeen& seen, Instant now);
  void tell_disk(const HostFinding& finding, const std::string& hours);
  void follow_clock(const std::string& leader, Instant now);
  void tell(const std::vector<HostFinding>& findings);

  Parts parts_;
  std::shared_ptr<Mailbox<Result<ClockSpan>>> mail_{};
  std::shared_ptr<Mailbox<DisksSeen>> disk_mail_{};
  std::map<std::string, DiskTrend> trends_{};  ///< By path.
  std::map<std::string, bool> low_{};  ///< Paths whose warning was logged; true: with the hours.
  bool disks_asked_ = false;           ///< A look is under way.
  Instant next_disks_{};
  HostWants wants_{};
  HostReport report_{};
  std::optional<HostFinding> clock_{};
  std::string asked_{};  ///< Leader of the last question.
  Instant next_clock_{};
  std::set<std::string> told_{};  ///< Check and subject of warnings that were logged.
};

}  // namespace sragent
