#include "runtime/server_search.h"

#include <algorithm>

#include "io/files.h"
#include "runtime/log.h"
#include "starrocks/start_command.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxPidFile = 64;

bool names(const ProcessInfo& process, const std::string& folder) {
  return std::ranges::any_of(process.argv, [&](const std::string& word) {
    return word.find(folder + "/") != std::string::npos;
  });
}

pid_t pid_in(const std::string& path) {
  const auto text = read_file(path, kMaxPidFile);
  return text ? parse_pid(*text).value_or(0) : 0;
}

}  // namespace

std::function<bool(const ProcessInfo&)> is_server_of(NodeKind kind) {
  return [kind](const ProcessInfo& process) {
    return is_server_process(kind, process.comm, process.argv);
  };
}

void forget_stale_pid_file(const std::string& pid_file,
                           const std::function<bool(const ProcessInfo&)>& is_server) {
  const auto pid = pid_in(pid_file);
  const auto process = pid > 0 ? process_info(pid) : Result<ProcessInfo>{tl::unexpected(Error{})};
  if (!process || (process->state != 'Z' && is_server(*process))) return;
  log_warn("stale_pid_file", {{"path", pid_file}, {"names", process->comm}});
  if (!remove_file(pid_file)) log_warn("stale_pid_file_stays", {{"path", pid_file}});
}

std::optional<ProcessInfo> search_server(NodeKind kind,
                                         const std::string& home,
                                         const std::string& pid_file,
                                         pid_t own) {
  std::optional<ProcessInfo> perhaps;  // whose network may not be looked at
  const auto is_it = [&, is_server = is_server_of(kind)](const ProcessInfo& process) {
    if (process.pid == own || process.state == 'Z' || !is_server(process)) return false;
    const auto ours = shares_network(process.pid);
    if (!ours && !perhaps) perhaps = process;
    return ours == true;
  };
  if (const auto named = pid_in(pid_file); named > 0) {
    auto found = process_info(named);
    if (found && is_it(*found)) return *std::move(found);
  }
  for (const auto pid : process_ids()) {
    auto process = process_info(pid);
    if (process && names(*process, home) && is_it(*process)) return *std::move(process);
  }
  return perhaps;
}

}  // namespace sragent
