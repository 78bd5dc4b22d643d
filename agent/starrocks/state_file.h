#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/membership.h"
#include "core/meta.h"
#include "core/result.h"
#include "core/types.h"

/// The agent's own small files in its state folder: names, and texts to and from structs. Each text
/// is `key=value` lines between a heading and a last line with a checksum, so that a torn or edited
/// file is told from a whole one. Unknown keys are ignored, so that an older agent reads a newer
/// one's files. Pure; writing (atomic, fsynced) is the caller's. Any thread.
namespace sragent {

/// What was under way when the server was first started. Written before that start.
struct IntentNote {
  IntentKind kind = IntentKind::kNone;
  ClusterId cluster_id{};         ///< Join: the cluster to join. Found: empty.
  std::string helper{};           ///< Join: "host:port".
  bool helper_run_ended = false;  ///< A start with --helper ended by itself.
  friend bool operator==(const IntentNote&, const IntentNote&) = default;
};

/// Written when the FE was seen to be a member (S80); its presence is the mark.
struct SealedNote {
  ClusterId cluster_id{};
  friend bool operator==(const SealedNote&, const SealedNote&) = default;
};

/// Written before the DROP of a scale-in; its presence is the mark.
struct LeftNote {
  ClusterId cluster_id{};
  std::string reason{};
  friend bool operator==(const LeftNote&, const LeftNote&) = default;
};

/// Birth certificate: which cluster this node was born into. Kept in the state folder and beside
/// the logs.
struct Certificate {
  ClusterId cluster_id{};
  std::string host{};                  ///< Own host as the list spells it.
  std::vector<std::string> members{};  ///< Hosts of the list at that moment.
  std::int64_t created_unix_ms = 0;
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// Ids of joins that were planned, oldest first.
struct RememberedNote {
  std::vector<ClusterId> ids{};
  friend bool operator==(const RememberedNote&, const RememberedNote&) = default;
};

/// Hosts of the last list seen as a member.
struct MembersNote {
  ClusterId cluster_id{};
  std::vector<std::string> hosts{};
  std::vector<std::string> observers{};  ///< Those of `hosts` that do not elect.
  friend bool operator==(const MembersNote&, const MembersNote&) = default;
};

/// A membership statement that was sent; written before, removed after its answer.
struct StatementNote {
  std::string text{};
  std::string leader{};
  std::int64_t sent_unix_ms = 0;
  friend bool operator==(const StatementNote&, const StatementNote&) = default;
};

/// What a BE or CN remembers of its row over restarts.
struct WorkerNote {
  bool dropped = false;
  bool decommissioned = false;
  ClusterId registered_id{};
  std::string registered_since{};  ///< UTC; empty: written by an older agent.
  std::string row_host{};          ///< Absent in files of older agents: empty.
  std::string former_host{};       ///< Likewise.
  friend bool operator==(const WorkerNote&, const WorkerNote&) = default;
};

/// What a BE or CN last saw of the list with its row in it: for as long as the pod lives.
struct SeenNote {
  std::string leader{};
  std::string leader_start_time{};
  std::vector<std::string> others{};  ///< "host:port" of the other rows.
  bool leader_certain = false;        ///< It led indeed when the row was last seen.
  friend bool operator==(const SeenNote&, const SeenNote&) = default;
};

/// What other containers of this pod have to know of a leaving. Instants of the agent's monotonic
/// clock, which starts anew with the machine.
struct LeaveNote {
  std::optional<std::int64_t> stop_began_ms{};   ///< A stop is under way since.
  std::optional<std::int64_t> drain_began_ms{};  ///< A drain is in force since.
  std::string why{};                             ///< Of the drain.
  bool for_good = false;                         ///< The drain takes the row along.
  bool down = false;     ///< ... and the server is not started any more for it.
  bool decided = false;  ///< ... and its DECOMMISSION is ours to take back.
  std::string row_id{};  ///< ... of this row.
  std::string row_start{};
  ClusterId cluster_id{};
  bool cancelled = false;     ///< A person took it back, which has not come to its end.
  std::string ask_id{};       ///< Of the annotation that asked for it; empty: none did.
  std::string answered_id{};  ///< Of the annotation that was seen to last, also by a refusal.
  std::optional<std::int64_t> answer{};  ///< Exit code that it came to; nullopt: it is not over.
  std::string answer_reason{};           ///< Word of a refusal.
  std::string answer_text{};             ///< Likewise, for people.
  friend bool operator==(const LeaveNote&, const LeaveNote&) = default;
};

/// A hold that outlives the container, but not the pod (S71): core/hold.h in numbers and words.
struct HoldNote {
  std::int64_t began_ms = 0;  ///< On the agent's clock, as `ends_ms`.
  std::int64_t ends_ms = 0;
  std::string source{};  ///< Empty: no hold is in force, and `answered` alone is kept.
  std::string author{};
  std::string reason{};
  std::string mark{};
  bool force = false;
  std::string seal{};
  std::string stuck{};
  std::string began{};  ///< UTC, for people.
  std::string until{};  ///< Likewise.
  std::vector<std::string> answered{};
  friend bool operator==(const HoldNote&, const HoldNote&) = default;
};

/// When the server ended by itself in this pod, for a crash loop over restarts of its container.
struct EndsNote {
  std::vector<std::string> at_ms{};  ///< On the agent's clock; oldest first.
  friend bool operator==(const EndsNote&, const EndsNote&) = default;
};

/// One FE's blacklist, which may carry our mark against the own node.
struct Mark {
  std::string fe{};          ///< Host as the list spells it.
  std::string start_time{};  ///< Of that FE: a restarted one has lost the mark.
  bool already = false;      ///< Somebody else's mark stood there before: it stays.
  friend bool operator==(const Mark&, const Mark&) = default;
};

/// Written before the first mark of a leaving; worked off at its end or at the next start (S47).
struct MarksNote {
  std::string node_id{};  ///< BackendId or ComputeNodeId.
  std::vector<Mark> marks{};
  friend bool operator==(const MarksNote&, const MarksNote&) = default;
};

[[nodiscard]] std::string to_text(const IntentNote& note);
[[nodiscard]] std::string to_text(const SealedNote& note);
[[nodiscard]] std::string to_text(const LeftNote& note);
[[nodiscard]] std::string to_text(const Certificate& note);
[[nodiscard]] std::string to_text(const RememberedNote& note);
[[nodiscard]] std::string to_text(const MembersNote& note);
[[nodiscard]] std::string to_text(const StatementNote& note);
[[nodiscard]] std::string to_text(const SeenNote& note);
[[nodiscard]] std::string to_text(const WorkerNote& note);
[[nodiscard]] std::string to_text(const LeaveNote& note);
[[nodiscard]] std::string to_text(const HoldNote& note);
[[nodiscard]] std::string to_text(const EndsNote& note);
[[nodiscard]] std::string to_text(const MarksNote& note);

/// kGarbled: torn, edited, another kind of file, or without a key that is needed.
[[nodiscard]] Result<IntentNote> parse_intent(std::string_view text);
[[nodiscard]] Result<SealedNote> parse_sealed(std::string_view text);
[[nodiscard]] Result<LeftNote> parse_left(std::string_view text);
[[nodiscard]] Result<Certificate> parse_certificate(std::string_view text);
[[nodiscard]] Result<RememberedNote> parse_remembered(std::string_view text);
[[nodiscard]] Result<MembersNote> parse_members(std::string_view text);
[[nodiscard]] Result<StatementNote> parse_statement(std::string_view text);
[[nodiscard]] Result<WorkerNote> parse_worker(std::string_view text);
[[nodiscard]] Result<SeenNote> parse_seen(std::string_view text);
[[nodiscard]] Result<LeaveNote> parse_leave(std::string_view text);
[[nodiscard]] Result<HoldNote> parse_hold(std::string_view text);
[[nodiscard]] Result<EndsNote> parse_ends(std::string_view text);
[[nodiscard]] Result<MarksNote> parse_marks(std::string_view text);

/// Keeps from `memory` what outlives the agent, and puts it back.
[[nodiscard]] WorkerNote worker_note(const WorkerMemory& memory);
[[nodiscard]] WorkerMemory worker_memory(const WorkerNote& note);

/// Age of a sent statement. A clock that went backwards counts as "just now", so that nothing is
/// sent too early (docs/start-rules.md row 17).
[[nodiscard]] Millis statement_age(const StatementNote& note, std::int64_t now_unix_ms);

/// Names inside a state folder.
namespace state_names {
inline constexpr std::string_view kFolder = ".sr-agent";
inline constexpr std::string_view kIntent = "intent";
inline constexpr std::string_view kSealed = "sealed";
inline constexpr std::string_view kLeft = "left";
inline constexpr std::string_view kCertificate = "certificate";
inline constexpr std::string_view kRemembered = "remembered";
inline constexpr std::string_view kMembers = "members";
inline constexpr std::string_view kStatement = "statement";
inline constexpr std::string_view kWorker = "worker";
inline constexpr std::string_view kMarks = "marks";
inline constexpr std::string_view kSeen =
    "seen";  ///< Not in the state folder: it ends with the pod.
inline constexpr std::string_view kLeave = "leave";      ///< Likewise.
inline constexpr std::string_view kHold = "hold";        ///< Likewise.
inline constexpr std::string_view kEnds = "ends";        ///< Likewise.
inline constexpr std::string_view kAside = "aside";      ///< Folder of half-made metadata.
inline constexpr std::string_view kJournal = "journal";  ///< Decisions, a JSON line each.
/// Beside the logs: a second copy of the certificate.
inline constexpr std::string_view kLogCertificate = "sr-agent.certificate";
}  // namespace state_names

/// "<meta_dir>/.sr-agent".
[[nodiscard]] std::string state_folder(std::string_view data_dir);
/// "<state_dir>/<name>".
[[nodiscard]] std::string state_path(std::string_view state_dir, std::string_view name);

}  // namespace sragent
