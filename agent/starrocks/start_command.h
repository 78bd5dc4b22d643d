#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

/// Command lines, pid files, logs and process marks of the stock scripts. Pure.
/// Source: docs/starrocks.md sections 1.3 and 1.4.
namespace sragent {

/// "<root>/fe", "<root>/be" or "<root>/cn": STARROCKS_HOME of the node.
[[nodiscard]] std::string server_home(std::string_view root, NodeKind kind);

/// What a start script is told.
struct StartOptions {
  std::optional<HostType> host_type{};  ///< FE only.
  std::string helper{};                 ///< FE only; "host:port"; empty: none.
  bool log_console = false;
};

/// argv of the start script in the foreground; argv[0] is its path. Options that are not of this
/// kind of node are left out.
[[nodiscard]] std::vector<std::string> start_argv(std::string_view root,
                                                  NodeKind kind,
                                                  const StartOptions& options);

[[nodiscard]] std::string start_script(std::string_view root, NodeKind kind);

/// `pid_dir`: PID_DIR of the conf file; empty: the script's own folder.
[[nodiscard]] std::string pid_file_path(std::string_view root,
                                        NodeKind kind,
                                        std::string_view pid_dir);

/// Text of a pid file: digits, perhaps a newline. nullopt: anything else, or below 1.
[[nodiscard]] std::optional<int> parse_pid(std::string_view text);

/// True if a process with this name and command line is the server of `kind` (the java class or
/// the binary, as opposed to the script that starts it).
[[nodiscard]] bool is_server_process(NodeKind kind,
                                     std::string_view comm,
                                     const std::vector<std::string>& cmdline);

/// Logs of a server, the one that tells most first.
struct LogFiles {
  std::string main{};    ///< fe.log, be.INFO, cn.INFO.
  std::string output{};  ///< fe.out, be.out, cn.out.
};
[[nodiscard]] LogFiles log_files(NodeKind kind,
                                 std::string_view sys_log_dir,
                                 std::string_view log_dir);

}  // namespace sragent
