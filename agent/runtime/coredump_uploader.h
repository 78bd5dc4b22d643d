#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "io/command.h"

namespace sragent {

/// The image's own uploader of core dumps, which the stock scripts of BE and CN start beside the
/// server where COREDUMP_ENABLED is true: a loop that ends with the container. Main thread.
class CoredumpUploader {
 public:
  /// Starts `<root>/upload_coredump.sh` with the server's environment, which has no password; an
  /// image without that file uploads nothing, and that is logged. `desk`: main reaps it.
  CoredumpUploader(const std::string& root, std::shared_ptr<ChildDesk> desk);
  /// SIGTERM to it and what it started, if it still runs.
  ~CoredumpUploader();
  CoredumpUploader(const CoredumpUploader&) = delete;
  CoredumpUploader& operator=(const CoredumpUploader&) = delete;

 private:
  std::shared_ptr<ChildDesk> desk_;
  pid_t pid_ = 0;  ///< 0: it was never started.
};

}  // namespace sragent
