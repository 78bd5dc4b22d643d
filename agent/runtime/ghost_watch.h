#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ghost_rows.h"
#include "runtime/ghost_ask.h"
#include "runtime/journal_entry.h"
#include "runtime/paced_job.h"
#include "runtime/shell.h"
#include "runtime/status.h"

namespace sragent {

/// What a worker brings back: the answers to a reading, or what a DROP came to.
struct GhostNews {
  std::uint64_t ticket = 0;
  NameAnswers names{};
  std::optional<GhostDrop> drop{};
};

/// A list that the node has just read.
struct GhostList {
  GhostSelf me{};
  std::vector<ListedNode> rows{};
  LookContext look{};
  /// Drops a row; runs on a worker thread. Empty: this node drops none.
  std::function<GhostDrop(const GhostWish&)> drop{};
};

/// Looks for rows of pods that no longer exist (S42), in lists that the node reads anyway, every
/// kGhostPace. Main thread; what may block runs in worker jobs.
class GhostWatch {
 public:
  /// What was decided, with its outcome.
  using Note = std::function<void(DecisionLine)>;
  GhostWatch(Shell& shell, PacedJob<GhostNews>::Begin begin, Note note)
      : shell_(shell),
        job_(shell.clock, std::move(begin)),
        note_(std::move(note)),
        drop_(shell.state) {}

  /// nullopt: another node tells of the rows.
  using Source = std::function<std::optional<GhostList>()>;
  /// The node is in good order and read a list at `read_at`. `list` is asked where a reading is
  /// due.
  void turn(Instant read_at, const Source& list, Instant now);
  /// It is not, or shall not look: nothing that was seen counts.
  void rest();
  void take(GhostNews news, Instant now);
  void describe(NodeStatus& status) const;

 private:
  void judge(const NameAnswers& names, Instant now);
  void tell(const GhostVerdict& verdict, Instant now);
  void begin_drop(const GhostVerdict& verdict, Instant now);
  void end_drop(const GhostDrop& drop, Instant now);

  Shell& shell_;
  PacedJob<GhostNews> job_;
  Note note_;
  Instant next_{};     ///< No reading before this.
  Instant read_at_{};  ///< Of the list that was taken last.
  GhostList list_{};
  std::vector<std::string> names_{};
  bool asked_ = false;  ///< A reading waits for its names.
  GhostMemory memory_{};
  std::optional<std::vector<GhostRow>> ghosts_{};
  std::map<std::string, std::string> since_{};  ///< UTC, by "host:port".
  std::string unknown_{};                       ///< Why the last reading proved nothing.
  std::optional<Instant> judged_at_{};
  std::string logged_{};  ///< What the last line about the rows said.
  JournalEntry drop_;     ///< That is under way, or the last one.
};

}  // namespace sragent
