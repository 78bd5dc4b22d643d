#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "leave_fault.h"
#include "stepping.h"
#include "worker_lab.h"

/// The cluster that a node leaves while something else goes wrong in it.
namespace podlab {

/// Three FEs and a BE without agents, and BE 1 or CN 1 with a real one, which logs in as a user
/// with a password of its own. FE 0 leads at first.
class LeaveWorld {
 public:
  /// `kind`: "be" or "cn".
  explicit LeaveWorld(std::string kind);
  ~LeaveWorld();
  LeaveWorld(const LeaveWorld&) = delete;
  LeaveWorld& operator=(const LeaveWorld&) = delete;

  /// Everybody is listed and alive, and the leaver knows its row.
  [[nodiscard]] bool up();
  /// Starts the next container of the leaver; true once it knows its row as alive.
  [[nodiscard]] bool settle();
  [[nodiscard]] Pod& leaver() { return leaver_; }
  [[nodiscard]] PodNet& net() { return net_; }
  [[nodiscard]] srsim::SimNode& fe(int ordinal) {
    return *fes_.at(static_cast<std::size_t>(ordinal));
  }
  /// The same order at the control interface of each FE that runs.
  void at_each_fe(const std::string& target);
  /// The same statement, as root, until it is taken.
  void ask_each_fe(const std::string& statement);
  /// Starts the FEs that do not run, and waits until one leads and all are alive.
  [[nodiscard]] bool start_lost_fes();
  [[nodiscard]] bool is_be() const { return kind_ == "be"; }
  /// "<id> <Alive> <SystemDecommissioned>" of the leaver's row; empty: there is none.
  [[nodiscard]] std::string row();
  /// Id of the leaver's row as it was in the beginning, and that of the BE that stays.
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& id_of_other() const { return other_id_; }
  /// Statements that begin so and arrived at any FE.
  [[nodiscard]] int sent(const std::string& begin);
  /// What goes wrong; false if it could not be made to.
  [[nodiscard]] bool strike(Fault fault);
  /// The password as the FEs know it from now on; the leaver's file has the old one still.
  [[nodiscard]] bool change_password();
  void put_password_in_file() const;
  /// What the leaver's agent is made to see.
  [[nodiscard]] AgentSteps& steps() { return *stepping_; }

 private:
  [[nodiscard]] std::string show() const { return is_be() ? kBackends : kComputeNodes; }
  void start_the_ended();
  void prepare_agent();

  std::string kind_;
  PodNet net_{};
  std::array<std::unique_ptr<srsim::SimNode>, 3> fes_{};
  std::unique_ptr<srsim::SimNode> stays_{};
  Pod& leaver_;
  Stepping stepping_{leaver_};
  std::string password_{"before"};
  std::string id_{};
  std::string other_id_{};
};

}  // namespace podlab
