#pragma once

#include <string>

#include "core/reason.h"
#include "core/types.h"
#include "io/process.h"
#include "starrocks/start_command.h"

namespace sragent {

/// What is known of a server that ended by itself (S52).
struct ServerEnd {
  Reason reason = Reason::kServerDown;
  std::string detail{};
};

/// "exited with 134 (SIGABRT)": a script passes the signal of its server on as 128 + n.
[[nodiscard]] std::string name_exit(const ExitStatus& status);

/// Copies the last 50 lines of each log to standard error and looks for known signs in them. Logs
/// that cannot be read are passed over.
[[nodiscard]] ServerEnd tell_server_end(const LogFiles& logs, const ExitStatus& status);

}  // namespace sragent
