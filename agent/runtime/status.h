#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/advice.h"
#include "core/host_check.h"
#include "core/leaving.h"
#include "core/peer.h"
#include "core/probe.h"
#include "core/readiness.h"
#include "core/reason.h"
#include "core/start.h"
#include "core/startup.h"
#include "core/types.h"
#include "io/worker.h"
#include "runtime/credentials.h"

/// What the agent says about its node. Main writes it, everybody else reads a copy: the HTTP
/// endpoints, the control socket, the termination message. No answer is made by asking anyone.
namespace sragent {

enum class Phase : std::uint8_t {
  kDeciding,  ///< FE: no server yet; looks, decides, looks again.
  kHeld,      ///< Server kept down: refused or asked for.
  kStarting,  ///< Server process started, not serving yet.
  kRunning,
  kStopping,
  kEnded,
};
[[nodiscard]] std::string_view to_string(Phase phase);  ///< "deciding" ...
/// Number of phases, which are numbered from 0 without a gap.
inline constexpr int kPhaseCount = 6;

/// One thing that was looked at: its value or why it is unknown, and when it was asked.
struct FactLine {
  std::string name{};
  std::string value{};  ///< Empty: unknown.
  std::string why{};    ///< Unknown: the reason.
  std::string source{};
  std::optional<Instant> at{};
};

struct DecisionLine {
  std::string wall{};  ///< UTC, for people.
  std::string rule{};
  std::string action{};
  Reason reason = Reason::kNone;
  std::string detail{};
  std::string outcome{};  ///< What carrying it out came to; empty while unknown.
};

struct ServerStatus {
  bool running = false;
  int pid = 0;               ///< The server's, not the script's; 0: not found yet.
  std::string command{};     ///< The start command, no secrets in it.
  std::string version{};     ///< As the FE list says, or empty.
  std::uint64_t starts = 0;  ///< By this agent process.
  std::string last_exit{};   ///< "exited with 255"; empty: none yet.
  std::uint64_t orphans_reaped = 0;
};

/// FE: what the group looks like. BE/CN: the own row.
struct RowStatus {
  Tri registered = Tri::kUnknown;
  Tri alive = Tri::kUnknown;
  std::string error{};  ///< ErrMsg as the FE says.
  std::optional<Instant> at{};
  std::optional<std::int64_t>
      journal_behind{};  ///< FE: entries that the leader has and it has not.
  std::optional<std::int64_t> leader_journal{};  ///< FE: the leader's last entry, by its own list.
};

/// What a person may order now, and how.
struct ConsentOffer {
  std::string challenge{};
  std::string permits{};
  std::string command{};
};

/// A leaving that is under way, in force or over.
struct LeavingStatus {
  bool in_force = false;
  std::string trigger{};  ///< "drain", "prestop" ...
  std::string phase{};    ///< "look" ...
  std::string why{};
  std::string ask_id{};  ///< Of the annotation that asked for it; empty: none did.
  std::string began{};   ///< UTC.
  Instant phase_began{};
  std::optional<Instant> ends{};       ///< Of a stop: its budget.
  std::optional<int> running{};        ///< Queries and loads at the last count.
  std::optional<int> cut_off{};        ///< Those that did not end in time.
  std::optional<int> result{};         ///< Exit code of the verb; nullopt: not over.
  std::optional<MoveProgress> move{};  ///< For good, a BE: how its tablets go.
  bool stalled = false;                ///< They no longer do.
  bool waits_for_container = false;    ///< A sidecar's: only the server's container can end it.
  Reason refusal_reason = Reason::kNone;
  std::string refusal{};  ///< Why it did not go on; empty: it did.
};

/// A hold that is in force (S71).
struct HoldStatus {
  std::string source{};  ///< "verb", "annotation" ...
  std::string author{};
  std::string reason{};
  std::string began{};     ///< UTC.
  std::string until{};     ///< UTC.
  std::string stuck{};     ///< Its time is over, and why it goes on; empty: it is not.
  std::string stranger{};  ///< A server that the agent did not start; empty: none.
};

/// What stands at the Kubernetes API (kubernetes.api).
struct KubernetesStatus {
  bool written = false;  ///< The condition was written since the agent started ...
  bool serving = false;  ///< ... and says this,
  Reason reason = Reason::kNone;
  std::string problem{};  ///< Why nothing is written now; empty: nothing is in the way.
};

/// A row of a pod that no longer exists (S42).
struct GhostRow {
  std::string host{};
  std::uint16_t port = 0;
  std::string since{};  ///< UTC: dead and without a name.
};

/// What the host checks found.
struct HostReport {
  std::string wall{};  ///< UTC, when the host was read; empty: it was not.
  std::vector<HostFinding> findings{};
};

/// A reload that was refused: the settings before it are in use.
struct RefusedReload {
  std::string wall{};  ///< UTC.
  std::vector<std::string> errors{};
};

/// A probe of the user's own and what it came to.
struct ProbeStatus {
  ProbeConfig config{};
  ProbeState state{};
};

struct NodeStatus {
  NodeKind kind = NodeKind::kFe;
  std::string pod{};
  std::string pod_namespace{};  ///< Empty: not told.
  std::string pod_uid{};        ///< Empty: not told.
  std::string host{};
  std::string address{};
  std::string session{};
  std::uint64_t epoch = 0;     ///< Rises with each agent process of the pod; 0: not known.
  std::uint64_t sequence = 0;  ///< Rises with every publication.
  std::string started{};       ///< UTC.
  std::int64_t started_unix_ms = 0;
  Phase phase = Phase::kDeciding;
  Reason reason = Reason::kNone;
  std::string detail{};
  std::string meta{};      ///< FE: metadata kind.
  std::string meta_dir{};  ///< FE: folder in use.
  std::string state_dir{};
  ClusterId cluster_id{};
  std::string role{};    ///< "LEADER", "FOLLOWER", "OBSERVER"; empty: unknown, or no FE.
  std::string leader{};  ///< Host of the leader seen; empty: none.
  std::vector<std::string> members{};
  ServerStatus server{};
  RowStatus row{};
  std::vector<FactLine> facts{};
  std::vector<Peer> peers{};
  std::vector<DecisionLine> decisions{};  ///< Newest last, at most kDecisionsKept.
  std::vector<std::string>
      rules_tried{};  ///< Of the last decision: "13 two cluster ids in sight: no".
  std::optional<ConsentOffer> consent{};
  std::vector<std::string> warnings{};
  /// FE that stops gracefully: seconds in which it still accepts (S57).
  std::optional<int> accept_window_s{};
  std::string main_log{};                 ///< The server's.
  StartProgress startup{};                ///< Of the present start of the server.
  Millis stall_limit{300'000};            ///< A start that does not move for so long has stalled.
  bool stall_fails_live = false;          ///< `/livez` fails then, too.
  std::optional<Millis> longest_start{};  ///< To the first sign of life; nullopt: none came.
  std::vector<Advice> advice{};           ///< On settings of the pod.
  std::vector<ProbeStatus> probes{};
  HostReport host_checks{};
  std::shared_ptr<const Config> config{};         ///< In use; for those who act beside main.
  std::optional<RefusedReload> reload_refused{};  ///< Until one succeeds.
  WorkerStats workers{};  ///< Threads that ask the outside; a hanging one is replaced.
  ReadyFacts ready{};     ///< What `/readyz` is judged from.
  std::optional<LeavingStatus> leaving{};
  std::optional<HoldStatus> hold{};
  std::optional<KubernetesStatus> kubernetes{};
  std::optional<std::vector<GhostRow>> ghost_rows{};  ///< nullopt: not judged by this node.
  std::vector<std::string> leaving_plan{};            ///< What the last `drain --dry-run` found.
  std::vector<std::string> leaving_notes{};  ///< What the node's part did and what it could not.
  std::vector<FeatureOff> features_off{};    ///< For want of a privilege.
  std::string explain_input{};  ///< The last observation as JSON, for `explain --from`.
};
inline constexpr std::size_t kDecisionsKept = 10;

/// The published copy. One writer, any readers.
class StatusBoard {
 public:
  void publish(NodeStatus status);
  [[nodiscard]] std::shared_ptr<const NodeStatus> read() const;
  /// Main says that its loop turned.
  void beat(Instant now);
  [[nodiscard]] Instant last_beat() const;

 private:
  mutable std::mutex mutex_{};
  std::shared_ptr<const NodeStatus> status_{std::make_shared<NodeStatus>()};
  std::uint64_t sequence_ = 0;
  Instant beat_{};
};

/// `/v1/status` and `status -o json`. Ages are counted at `now`.
[[nodiscard]] std::string status_json(const NodeStatus& status, Instant now);
/// `status` for people.
[[nodiscard]] std::string status_text(const NodeStatus& status, Instant now);

}  // namespace sragent
