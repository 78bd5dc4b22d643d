#pragma once

#include <string>

#include "runtime/config_watch.h"
#include "starrocks/conf_file.h"

namespace sragent {

/// Sees that the server's conf file changed since the agent read it. Server and agent read it at
/// their start only, so every change waits for a restart of the pod, and the agent says so: it
/// restarts nothing. Values are not repeated, since the file may hold keys of object stores. Main
/// thread. Source: S69.
class ServerConfWatch {
 public:
  /// What is there now counts as read.
  explicit ServerConfWatch(ConfContext context);

  /// To be called each turn; logs `server_conf_changed` for each key when the file was replaced.
  void turn(Instant now);
  /// A warning with the keys that differ; empty while none does.
  [[nodiscard]] const std::string& warning() const { return warning_; }

 private:
  ConfContext context_;
  ConfigWatch file_;
  ConfFile read_{};
  std::string warning_{};
};

}  // namespace sragent
