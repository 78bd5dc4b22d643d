#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pod.h"

/// What the tests share that kill an agent at its side effects (agent/io/side_effect.h).
namespace podlab {

/// One line of crash_points.txt: a flow passes an effect at least so often.
struct CrashPoint {
  std::string flow{};
  std::string effect{};
  int passages = 0;
  bool all_long = false;  ///< Even the first passage belongs to the long run.
};
/// All lines but those of the flow "none". Throws if the file is not as it says itself.
[[nodiscard]] std::vector<CrashPoint> crash_points();

/// One way from an empty or stopped node to a member, or of a member out of its cluster, and what
/// the world looks like at its end.
class CrashFlow {
 public:
  CrashFlow() = default;
  virtual ~CrashFlow() = default;
  CrashFlow(const CrashFlow&) = delete;
  CrashFlow& operator=(const CrashFlow&) = delete;

  /// The world in which the victim starts; false: it did not come up.
  [[nodiscard]] virtual bool prepare() { return true; }
  [[nodiscard]] virtual Pod& victim() = 0;
  /// Whether the flow also stops the victim: its way out is passed too.
  [[nodiscard]] virtual bool stops() const { return false; }
  /// What happens in the settled victim before it gets its SIGTERM.
  virtual void before_stop() {}
  /// What a person and the disks would say, without times, ports of connections and numbers that
  /// count up. Equal for every run that ended well.
  [[nodiscard]] virtual std::string end_state() = 0;
  /// Id of the cluster that the victim is a member of by its own marks; empty: of none yet.
  [[nodiscard]] virtual std::string membership() = 0;
  /// Pods other than the victim that a kubelet would start again.
  [[nodiscard]] virtual std::vector<Pod*> others() { return {}; }
};

/// A flow by its name in crash_points.txt; throws on another name.
[[nodiscard]] std::unique_ptr<CrashFlow> make_flow(const std::string& name);

/// SIGKILL to all processes of a container, as when its PID 1 ends.
void end_container(Pod& pod);

}  // namespace podlab
