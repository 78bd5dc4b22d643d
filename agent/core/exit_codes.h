#pragma once

namespace sragent {

/// Exit codes of the verbs, documented in docs/verbs.md. Never renumber one. `run` passes the
/// server's own status through besides these.
inline constexpr int kExitDone = 0;
inline constexpr int kExitNo = 1;             ///< The verb's plain no; `run`: no service name.
inline constexpr int kExitUsage = 2;          ///< Usage, or the agent's own configuration.
inline constexpr int kExitTryAgain = 3;       ///< Not done: no agent or no FE answered.
inline constexpr int kExitRestAccepted = 10;  ///< Done, with a rest that was accepted.
inline constexpr int kExitTimeOver = 20;      ///< Time over, progress made.
inline constexpr int kExitStalled = 21;
inline constexpr int kExitQuorum = 30;       ///< Refused: the quorum would be at risk.
inline constexpr int kExitReplicas = 31;     ///< Refused for replicas or space.
inline constexpr int kExitUndecidable = 40;  ///< Not decidable now.
inline constexpr int kExitBusy = 41;         ///< Another operation is under way.
inline constexpr int kExitServerConf = 70;   ///< Refusals under `policy.on_refusal = "exit"`.
inline constexpr int kExitMetadata = 71;
inline constexpr int kExitIdentity = 72;
inline constexpr int kExitPath = 73;
inline constexpr int kExitHost = 74;
inline constexpr int kExitInternal = 125;    ///< A fault of the agent itself.
inline constexpr int kExitKilled = 137;      ///< `run`: the server had to be killed.
inline constexpr int kExitTerminated = 143;  ///< `run`: ended in time after TERM.

}  // namespace sragent
