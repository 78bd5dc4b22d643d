#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/journal_entry.h"
#include "runtime/leave_part.h"
#include "runtime/paced_job.h"
#include "runtime/row_leave.h"
#include "runtime/shell.h"
#include "runtime/work_count.h"
#include "runtime/worker_marks.h"

namespace sragent {

/// What a worker thread brings back to WorkerLeave.
struct LeaveNews {
  std::uint64_t ticket = 0;
  std::variant<MarkLook, MarksDone, MarksTaken, Result<int>, RowNews> what{};
};

/// What a BE or CN does for its leaving: marks at the FEs, a count of its running work, marks taken
/// back, also those of an earlier process. Main thread; what may block runs in worker jobs.
class WorkerLeave : public LeavePart {
 public:
  using Job = PacedJob<LeaveNews>;
  /// What a look or a statement starts from, as it is then.
  struct Where {
    WorkerContext context{};
    std::vector<FeTarget> targets{};
    OwnRowId row{};          ///< As it was seen with the own server; without a start time: not yet.
    int exit_loops = -1;     ///< loop_count_wait_fragments_finish; -1: not set.
    bool taken_out = false;  ///< The row was taken out, and is not added again.
    bool no_row = false;     ///< A list that was read long after the server's start shows no start.
  };

  /// Called before a statement that takes the row out; `again`: the next container adds one.
  using TakenOut = std::function<void(bool again)>;

  /// Reads the record of marks that an earlier process left behind.
  WorkerLeave(Shell& shell, Job job, std::function<Where()> where, TakenOut taken_out);

  void begin_anew() override;
  [[nodiscard]] LeaveFacts facts(const LeaveState& state) const override;
  void act(LeaveAction action, const LeaveState& state, Instant now) override;
  [[nodiscard]] int signal() const override;
  void keep(LeaveNote& note) const override;
  void recall(const LeaveNote& note) override;
  [[nodiscard]] bool row_goes() const override;
  [[nodiscard]] bool settled() override;
  /// The server is started: what was known of its row was its last life's.
  void unsettle() { settled_ = false; }
  void describe(NodeStatus& status) const override;
  void take(LeaveNews news, Instant now);
  /// The server is meant to run: works off what an earlier leaving left, once its FEs answer.
  void work_off(Instant now);

 private:
  void mark(const Where& where, Instant now);
  void row(RowWish wish, const LeaveState& state, const Where& where, Instant now);
  void journal_wish(RowWish wish, const OwnRowId& id, LeaveTrigger trigger, Instant now);
  void unmark(const Where& where, TakeBack first, Instant now);
  void on_look(MarkLook look);
  void on_taken(const MarksTaken& taken, Instant now);
  [[nodiscard]] bool durable() const;
  [[nodiscard]] bool marked_everywhere() const;
  [[nodiscard]] bool hard_stop() const;
  [[nodiscard]] std::string stop_text() const;

  Shell& shell_;
  Job job_;
  std::function<Where()> where_;
  TakenOut taken_out_;
  RowLeave row_;
  OwnRowId own_{};       ///< The row as it was when the leaving began.
  int drops_begun_ = 0;  ///< Jobs for the DROP of a stop.
  std::optional<MarkLook> look_{};
  std::optional<MarksDone> made_{};
  std::optional<MarksNote> note_{};  ///< As on disk.
  Heartbeats heartbeats_{};          ///< As the FEs were listed at the last look for own marks.
  bool settled_ = false;
  bool put_begun_ = false;
  bool unmark_over_ = false;
  int unmark_tries_ = 0;
  std::vector<std::string> trouble_{};
  WorkCount count_{};
  JournalEntry wish_;
};

}  // namespace sragent
