#pragma once

#include <string>

#include "core/membership.h"

namespace sragent {

/// What a BE or CN remembers of its row as long as its pod lives, over restarts of the container
/// and not beyond: a row that was taken out comes back with the next pod, not with a crash (S27).
/// Three files in node.runtime_dir. Main thread.
class PodMemory {
 public:
  /// `runtime_dir`: its files are gone with the pod. `host`: as the row spells it, part of the
  /// files' names: a pod that got another address in IP mode has another row (S29).
  PodMemory(const std::string& runtime_dir, const std::string& host);

  /// Puts back what this pod knew when its container ended; without a word of `dropped` the row was
  /// not taken out from this pod. A file that is not there or not whole counts as nothing.
  void restore(WorkerMemory& memory) const;
  /// Writes what has changed. A file that cannot be written is logged: the row may come back.
  void keep(const WorkerMemory& before, const WorkerMemory& now) const;

 private:
  std::string dropped_;
  std::string seen_;
  std::string left_;
};

}  // namespace sragent
