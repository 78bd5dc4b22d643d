#pragma once

#include <csignal>
#include <string>

#include "core/leaving.h"
#include "leave_world.h"

/// A real agent's leaving that stays in one phase until it is let go.
namespace podlab {

/// How a phase is reached and what keeps the leaving in it, for the kind of node and the sort of
/// leaving that have the most to lose there.
struct PhaseHold {
  sragent::LeavePhase phase{};
  std::string kind{"be"};
  bool for_good = false;  ///< `sr-agent drain --for-good`; else SIGTERM.
  std::string at_fe{};    ///< Kind of statement that FEs keep back; empty: none.
  int first_fe = 0;       ///< ... this one and those after it.
  std::string begins{};   ///< ... how it begins, and how many such have arrived once it is held.
  int arrived = 0;
  std::string at_server{};  ///< Order to the server's control interface, and the one that ends it.
  std::string server_on{};
};
/// Null: nobody has said how this phase is held.
[[nodiscard]] const PhaseHold* find_hold(sragent::LeavePhase phase);

class HeldLeaving {
 public:
  /// Before the world is up.
  HeldLeaving(LeaveWorld& world, const PhaseHold& hold);

  /// Begins the leaving; true once it is in its phase and the agent is stopped there: until thaw()
  /// nothing that the agent does can come before the fault.
  [[nodiscard]] bool reach();
  /// The same with another phase that it has come to by itself.
  [[nodiscard]] bool stop_in(const std::string& phase);
  void thaw() const { world_.leaver().signal(SIGCONT); }
  /// What kept it ends, where it can be reached.
  void release();

 private:
  [[nodiscard]] bool begin();

  LeaveWorld& world_;
  const PhaseHold& hold_;
};

}  // namespace podlab
