#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "core/types.h"

namespace sragent {

/// True for the command line of a stock stop script or preStop hook of the StarRocks below `root`:
/// stop_fe.sh, stop_be.sh, stop_cn.sh, fe_prestop.sh ... by an absolute path. Pure. Source:
/// docs/starrocks.md section 1.4.
[[nodiscard]] bool is_stop_script(const std::vector<std::string>& argv, const std::string& root);

/// Looks whether somebody stops the server from outside, by the official hook or by hand (S45): in
/// the own PID namespace, so in this container or, where the pod shares one, in this pod. Main
/// thread.
class StopScriptWatch {
 public:
  explicit StopScriptWatch(std::string root) : root_(std::move(root)) {}

  /// Command line of one that runs; empty: none. Reads only what is new since the last call.
  [[nodiscard]] std::string running();
  /// The same of the stop scripts alone. A hook is none yet: the stock hooks call a stop script,
  /// and the agent's own, which has their name, is a shell for a moment before it is `sr-agent
  /// prestop`.
  [[nodiscard]] std::string stopping();

 private:
  [[nodiscard]] std::string look(bool hooks);

  struct Seen {
    int looks = 0;  ///< A process may become the script after it was first seen.
    std::string script{};
  };
  std::string root_;
  std::map<pid_t, Seen> seen_{};
};

}  // namespace sragent
