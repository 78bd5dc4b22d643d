#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel.h"

/// What a seed stands for: a world and what goes wrong in it. Everything else follows from it.
namespace sragent::simulate {

enum class FaultKind : std::uint8_t {
  kAgentCrash,      ///< The container is killed: agent and server.
  kCrashAtStep,     ///< The agent dies at its n-th side effect from now.
  kServerCrash,     ///< SIGKILL to the server alone.
  kAgentPause,      ///< SIGSTOP for a while.
  kPodDelete,       ///< TERM, then a new pod with a new address.
  kForcedDelete,    ///< A new pod while the old processes live on.
  kVolumeLost,      ///< The pod's node is gone with its volume.
  kOutage,          ///< Every container at once.
  kLeaderChange,    ///< The leading FE's server is killed.
  kPartition,       ///< Some pods are cut off from the rest.
  kSlowNetwork,     ///< Delay and loss of messages.
  kDnsDown,         ///< No name server answers.
  kPasswordChange,  ///< In the cluster first, in the secret later; or by next_password_file.
  kUpgrade,         ///< A new version, pod by pod from the highest ordinal.
  kScale,           ///< The highest pod of a set goes, and comes back later.
  kAdminDrop,       ///< A person drops the row of a BE or CN.
  kAdminDecommission,
  kAdminDropFe,  ///< A person drops the row of an FE that does not lead.
  kConsent,      ///< A person permits what an FE's agent asks for, if the old group is gone.
  kLeave,        ///< A person asks the node to leave for good ...
  kLeaveBack,    ///< ... and takes it back.
  kLeaveAway,    ///< The set is scaled in by a node that has left.
};
inline constexpr int kFaultKinds = 22;
/// Of these any may strike at any time; the others have plans of their own.
inline constexpr int kChanceKinds = 19;
[[nodiscard]] std::string_view to_string(FaultKind kind);

struct Fault {
  Ms at = 0;
  FaultKind kind{};
  int node = 0;   ///< Index among all nodes: FEs, then BEs, then CNs.
  Ms span = 0;    ///< How long it lasts, where it lasts.
  int extra = 0;  ///< Step, mask of nodes or count, by kind.
};

struct Plan {
  std::uint64_t seed = 0;
  int fes = 3;
  int observers = 0;  ///< The last ones of the FEs.
  int bes = 0;
  int cns = 0;
  int count = 3;                ///< Told to the FE agents; 0: not told.
  bool claims = true;           ///< One volume claim per pod; else emptyDir.
  bool service = true;          ///< A service name is configured.
  bool next_password = false;   ///< sql.next_password_file is set and used.
  bool quick_connects = false;  ///< membership.connect_probe is the default, not 1 s.
  bool late_founder = false;    ///< FE 0 is scheduled last.
  bool warehouse = false;       ///< The CNs belong into one (kWarehouse), which nobody has made.
  bool ghost_drop = false;      ///< policy.ghost_rows is drop.
  Ms scaled_in = 90'000;        ///< How long a pod is away after kScale.
  std::string version{};
  int dns_ttl_s = 5;
  Ms workers_at = 0;           ///< BEs and CNs are scheduled from here on ...
  Ms workers_within = 10'000;  ///< ... for so long.
  Ms faults_end = 0;           ///< Nothing goes wrong after this: the last roll is over.
  Ms end = 0;
  std::vector<Fault> faults{};

  [[nodiscard]] int nodes() const { return fes + bes + cns; }
  [[nodiscard]] int electable() const { return fes - observers; }
};

/// From one pod of an upgrade to the next.
inline constexpr Ms kRollStep = 40'000;

/// The plan of a seed; every `kLongEvery`-th is a whole day.
inline constexpr std::uint64_t kLongEvery = 500;
[[nodiscard]] Plan make_plan(std::uint64_t seed);

[[nodiscard]] std::string describe(const Plan& plan);
[[nodiscard]] std::string describe(const Fault& fault, const Plan& plan);
[[nodiscard]] std::string node_name(const Plan& plan, int node);

}  // namespace sragent::simulate
