#pragma once

#include <functional>
#include <string>

#include "faults.h"
#include "sim_http.h"

namespace srsim {

/// What a control request may do to the process it belongs to. Empty functions: not there.
struct ControlTargets {
  FaultTable* sql = nullptr;   ///< statement kinds and "connect"
  FaultTable* http = nullptr;  ///< request paths; on a BE also "heartbeat"
  std::function<std::string()> state{};
  std::function<std::string(const Msg&)> set{};     ///< figures; answers an error text or nothing
  std::function<std::string(const Msg&)> refuse{};  ///< closes a port: sql, http
};

/// Serves the control interface at SR_SIM_CONTROL=ip:port; does nothing when it is unset.
/// Requests: docs/simulator.md. Ends the process with 1 if the address is taken.
void start_control(ControlTargets targets);

}  // namespace srsim
