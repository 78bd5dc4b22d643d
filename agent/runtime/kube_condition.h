#pragma once

#include <memory>
#include <string>

#include "config/config.h"
#include "core/pod_condition.h"
#include "io/clock.h"
#include "io/mailbox.h"
#include "io/worker.h"
#include "runtime/status.h"

namespace sragent {

/// Keeps the pod condition `starrocks.com/serving` true where `kubernetes.api` is set. Without an
/// address, a token or the right it says so once, in the log and in the status, and the node lives
/// on. Main thread.
class KubeCondition {
 public:
  struct Parts {
    KubernetesConfig config{};
    std::string pod{};
    std::string pod_namespace{};  ///< Empty: as the service account says.
    Clock clock{};
    std::shared_ptr<WorkerPool> workers{};
  };
  explicit KubeCondition(Parts parts);

  /// `status` is complete but for `kubernetes`, which is filled in; writes what has changed.
  void describe(NodeStatus& status, Instant now);

 private:
  struct Outcome {
    ConditionWrite how = ConditionWrite::kFailed;
    std::string why{};
  };
  void take(Instant now);
  void write(const PodCondition& condition);
  [[nodiscard]] static Outcome send(const KubernetesConfig& config,
                                    const std::string& path,
                                    const std::string& body);

  Parts parts_;
  std::string path_{};
  std::shared_ptr<Mailbox<Outcome>> mail_{};
  ConditionState state_{};
  Instant given_up_{};  ///< When what was sent counts as lost.
  std::string problem_{};
};

}  // namespace sragent
