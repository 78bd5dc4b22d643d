#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "core/reason.h"
#include "core/restart.h"
#include "core/types.h"
#include "io/process.h"
#include "starrocks/server_log.h"
#include "starrocks/start_command.h"

namespace sragent {

/// What is known of a server that ended by itself, and what follows (S52).
struct ServerEnd {
  Reason reason = Reason::kServerDown;
  std::string detail{};
  std::optional<Millis> restart_in{};  ///< In place; nullopt: the container ends.
  std::optional<LogFinding> sign{};    ///< What its log told of it.
  bool hold = false;                   ///< ... but for a crash loop that is held (S71).
};

/// Ends of the server by itself in this pod, over restarts of its container. Main thread.
class CrashLog {
 public:
  /// `file`: gone with the pod. One that is not there or not whole counts as nothing.
  CrashLog(std::string file, Instant now);
  [[nodiscard]] CrashHistory& history() { return history_; }
  /// Writes what is known; a file that cannot be written is logged.
  void keep() const;

 private:
  std::string file_;
  CrashHistory history_{};
};

/// "exited with 134 (SIGABRT)": a script passes the signal of its server on as 128 + n.
[[nodiscard]] std::string name_exit(const ExitStatus& status);

/// Copies the last 50 lines of each log to standard error and looks for known signs in them; logs
/// that cannot be read are passed over. Then decides by `config` whether the server is started
/// again, which `ends` remembers. All of it is logged.
[[nodiscard]] ServerEnd judge_server_end(const LogFiles& logs,
                                         const ExitStatus& status,
                                         const RestartConfig& config,
                                         CrashLog& ends,
                                         Instant now);

}  // namespace sragent
