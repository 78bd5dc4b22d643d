#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/worker_look.h"
#include "starrocks/state_file.h"

/// Marks by which a BE or CN keeps new work away before it stops: an entry in the blacklist of
/// *every* FE, since each FE has its own (S46, S47). Every function runs on a worker thread and may
/// block up to its deadlines; none of them decides anything.
namespace sragent {

/// What can be done about marks here.
struct MarkLook {
  bool answered = false;      ///< An FE told both lists.
  std::string why_none{};     ///< Why no mark may be made; empty: it may.
  bool identity = false;      ///< ... since the name or the row is another copy's (S84).
  std::string version{};      ///< Of the own row.
  bool own_row_sure = false;  ///< `own` is this node's, and its name leads here (S84).
  std::optional<WorkerRow> own{};
  std::vector<WorkerRow> rows{};
  ClusterId cluster_id{};
  MarksNote note{};  ///< One entry for each FE that answered; empty: none may be made.
  std::vector<std::string> silent{};  ///< FEs that stay without a mark, and why.
};
/// Asks `targets` for the lists, then each FE for its blacklist. `row_start`: LastStartTime of the
/// own row as it was seen while the own server was known to be meant; empty: never seen.
[[nodiscard]] MarkLook look_for_marks(const WorkerContext& context,
                                      const std::vector<FeTarget>& targets,
                                      const std::string& row_start,
                                      Deadline until);

struct MarksDone {
  std::vector<std::string> made{};     ///< Hosts of FEs where the mark stands now.
  std::vector<std::string> trouble{};  ///< "host: why" of the others.
};
/// Makes the marks of `note` that nobody else had made, and reads each again.
[[nodiscard]] MarksDone put_marks(const WorkerContext& context,
                                  const MarksNote& note,
                                  Deadline until);

/// LastHeartbeat of each FE, as a list had it, by "who told it of whom": one FE may lag behind
/// another, so only what the same one told is compared.
using Heartbeats = std::map<std::string, std::string>;

/// What has to be seen before a mark is taken back.
struct TakeBack {
  bool server_down = false;  ///< The row is dead: an FE that still believes in it sends it work.
  /// Of FEs that were seen before: until an FE has had a heartbeat since, the list may show the
  /// StartTime of its former life, and the entry there may be somebody else's. nullopt: there is no
  /// time for that.
  std::optional<Heartbeats> before{};
};

struct MarksTaken {
  bool waits = false;                  ///< The own row is still alive: nothing was taken back.
  std::vector<Mark> left{};            ///< Could not be settled now.
  std::vector<std::string> trouble{};  ///< "host: why" of those, but for who awaits a heartbeat.
  Heartbeats heartbeats{};
};
/// Takes back the marks of `note` that are ours. One whose FE has another StartTime or is no longer
/// listed is gone by itself.
[[nodiscard]] MarksTaken take_marks(const WorkerContext& context,
                                    const std::vector<FeTarget>& targets,
                                    const MarksNote& note,
                                    const TakeBack& first,
                                    Deadline until);

/// Queries and loads that run in the own server; kGarbled: its metrics do not tell.
[[nodiscard]] Result<int> count_work(const WorkerContext& context);

}  // namespace sragent
