#include "runtime/server_process.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "core/words.h"
#include "io/files.h"
#include "runtime/server_search.h"

namespace sragent {
ServerBeside::Change ServerProcess::look_beside() {
  if (!beside_) return ServerBeside::Change::kNone;
  const auto change = beside_->look();
  if (change == ServerBeside::Change::kCame) ++starts_;
  return change;
}

Result<void> ServerProcess::start(const ServerCommand& command) {
  if (beside_) {
    auto order = command.argv;
    order.insert(order.begin(), command.pid_file);
    beside_->order(std::move(order), command.until);
    return {};
  }
  if (command.argv.empty() || !executable(command.argv.front())) {
    return tl::unexpected(Error{ErrorKind::kBadConfig,
                                (command.argv.empty() ? "start script" : command.argv.front()) +
                                    std::string{" missing or not executable"}});
  }
  if (command.is_server) forget_stale_pid_file(command.pid_file, command.is_server);
  SpawnSpec spec;
  spec.argv = command.argv;
  spec.env = command.env;
  spec.cwd = command.cwd;
  auto child = spawn(spec);
  if (!child) return tl::unexpected(std::move(child).error());
  command_ = command;
  command_line_ = joined(command.argv, " ");
  script_pid_ = child->pid;
  server_pid_ = 0;
  script_status_.reset();
  server_status_.reset();
  exit_status_.reset();
  ++starts_;
  return {};
}

bool ServerProcess::dead_unreaped() const {
  if (beside_ || !running()) return false;
  const auto info = process_info(pid());
  return info && info->state == 'Z';
}

void ServerProcess::look_for_server() {
  if (beside_ || !running() || server_pid_ != 0 || !command_.is_server) return;
  const pid_t below = script_pid_ != 0 ? script_pid_ : getpid();
  if (script_pid_ != 0) {
    const auto own = process_info(script_pid_);
    if (own && command_.is_server(*own)) {  // the script ended in exec
      server_pid_ = script_pid_;
      return;
    }
  }
  if (const auto found = find_server(command_.pid_file, below, command_.is_server))
    server_pid_ = found->pid;
}

std::size_t ServerProcess::orphans(const std::vector<Reaped>& reaped) const {
  const auto orphan = [this](const Reaped& one) {
    return one.pid != script_pid_ && one.pid != server_pid_;
  };
  return static_cast<std::size_t>(std::count_if(reaped.begin(), reaped.end(), orphan));
}

bool ServerProcess::on_reaped(const std::vector<Reaped>& reaped) {
  if (beside_ || !running()) return false;
  for (const auto& ended : reaped) {
    if (ended.pid == script_pid_) script_status_ = ended.status;
    if (ended.pid == server_pid_) server_status_ = ended.status;
  }
  if (script_status_ && script_pid_ != 0 && server_pid_ == 0) look_for_server();
  finish_if_over();
  return exit_status_.has_value();
}

/// A server that is no child of ours (its script still waits for it) is over when its script is.
void ServerProcess::finish_if_over() {
  const bool one_process = script_pid_ == server_pid_;
  if (script_status_) script_pid_ = 0;
  if (one_process && script_status_) server_pid_ = 0;
  if (server_status_) server_pid_ = 0;
  if (server_pid_ != 0 && script_pid_ == 0 && !process_info(server_pid_)) server_pid_ = 0;
  if (script_pid_ != 0 || server_pid_ != 0) return;
  exit_status_ = server_status_ ? server_status_ : script_status_;
}

void ServerProcess::signal(int number) const {
  if (beside_) return beside_->signal(number);
  if (server_pid_ != 0) {
    static_cast<void>(kill_process(server_pid_, number));
  } else if (script_pid_ != 0) {
    static_cast<void>(kill_group(script_pid_, number));
  }
}

void ServerProcess::kill() const {
  if (beside_) return beside_->signal(SIGKILL);
  if (server_pid_ != 0) static_cast<void>(kill_process(server_pid_, SIGKILL));
  if (script_pid_ != 0) static_cast<void>(kill_group(script_pid_, SIGKILL));
}

}  // namespace sragent
