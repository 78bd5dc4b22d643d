#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "config/probe_config.h"
#include "io/clock.h"
#include "io/mailbox.h"
#include "io/worker.h"
#include "runtime/probe_run.h"
#include "runtime/status.h"

namespace sragent {

/// Runs the user's probes, each in its period, in a pool of its own: a probe that hangs delays no
/// other and no look of the node. Main thread.
class ProbeWatch {
 public:
  /// Makes what a run needs, with the settings of now.
  using MakeTools = std::function<ProbeTools()>;
  ProbeWatch(Clock clock, MakeTools tools);

  /// Takes results, begins what is due by `probes`, which may have changed.
  void turn(const std::vector<ProbeConfig>& probes, Instant now);
  /// When turn() has something to do next; nullopt: there are no probes.
  [[nodiscard]] std::optional<Instant> next() const;
  /// Readable when a result waits; -1: there never is one.
  [[nodiscard]] int fd() const { return mail_ == nullptr ? -1 : mail_->fd(); }
  void describe(NodeStatus& status) const;

 private:
  struct Entry {
    ProbeConfig config{};
    ProbeState state{};
    std::uint64_t ticket = 0;  ///< Of the run that goes on; 0: none does.
    Instant give_up{};         ///< Until then it is waited for.
    std::uint64_t hangs = 0;   ///< Of a run that was given up and is still out; 0: none is.
    Instant due{};
  };
  struct News {
    std::uint64_t ticket = 0;
    Instant at{};
    ProbeSeen seen{};
  };
  void take_results();
  void follow_config(const std::vector<ProbeConfig>& probes, Instant now);
  void begin(Entry& entry, Instant now);
  static void note(Entry& entry, ProbeSeen seen, Instant at);

  Clock clock_;
  MakeTools make_tools_;
  std::unique_ptr<WorkerPool> pool_{};
  std::shared_ptr<Mailbox<News>> mail_{};
  std::uint64_t tickets_ = 0;
  std::vector<Entry> entries_{};
};

}  // namespace sragent
