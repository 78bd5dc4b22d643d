#include "runtime/coredump_uploader.h"

#include <csignal>
#include <utility>

#include "runtime/log.h"
#include "runtime/server_env.h"

namespace sragent {

CoredumpUploader::CoredumpUploader(const std::string& root, std::shared_ptr<ChildDesk> desk)
    : desk_(std::move(desk)) {
  SpawnSpec spec;
  spec.argv = {root + "/upload_coredump.sh"};
  spec.env = server_env(own_env());
  const auto child = desk_->start(spec);
  if (child) {
    pid_ = child->pid;
    log_info("coredump_uploader", {{"script", spec.argv.front()}, {"pid", std::to_string(pid_)}});
  } else {
    log_info("no_coredump_uploader", {{"why", child.error().what}});
  }
}

/// Its number may be somebody else's once it was reaped.
CoredumpUploader::~CoredumpUploader() {
  if (pid_ == 0 || desk_->wait(pid_, Deadline::after(std::chrono::milliseconds{0}))) return;
  static_cast<void>(kill_group(pid_, SIGTERM));
}

}  // namespace sragent
