#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/leaving.h"
#include "io/mailbox.h"
#include "runtime/shell.h"
#include "runtime/status.h"
#include "runtime/worker_marks.h"

namespace sragent {

/// What a worker thread brings back to WorkerLeave.
struct LeaveNews {
  std::uint64_t ticket = 0;
  std::variant<MarkLook, MarksDone, MarksTaken, Result<int>> what{};
};

/// What a BE or CN does for its leaving: marks at the FEs, a count of its running work, marks taken
/// back, also those of an earlier process. Main thread; what may block runs in worker jobs.
class WorkerLeave {
 public:
  /// `begin_job` hands a job to the pool and brings its news back through take(); false: not taken.
  using BeginJob = std::function<bool(std::function<LeaveNews()>, Millis limit)>;
  /// What a look or a statement starts from, as it is then.
  struct Where {
    WorkerContext context{};
    std::vector<FeTarget> targets{};
    std::string row_start{};  ///< LastStartTime of the own row, seen with the own server; or empty.
    int exit_loops = -1;      ///< loop_count_wait_fragments_finish; -1: not set.
  };

  /// Reads the record of marks that an earlier process left behind.
  WorkerLeave(Shell& shell, BeginJob begin_job);

  [[nodiscard]] LeaveFacts facts(const LeaveState& state) const;
  void act(LeaveAction action, const LeaveState& state, const Where& where, Instant now);
  void take(LeaveNews news, Instant now);
  /// The server is meant to run: works off what an earlier leaving left, once its FEs answer.
  void work_off(const Where& where, Instant now);
  /// A leaving begins, or the last one is over.
  void begin_anew();
  [[nodiscard]] int signal(const LeaveState& state) const;
  void describe(NodeStatus& status) const;

 private:
  bool begin(std::function<LeaveNews()> work, Instant now);
  void mark(const Where& where, Instant now);
  void unmark(const Where& where, bool server_down, Instant now);
  void on_look(MarkLook look);
  void on_taken(const MarksTaken& taken, Instant now);
  void on_count(const Result<int>& count, Instant asked_at);
  [[nodiscard]] bool durable() const;
  [[nodiscard]] bool can_count(const LeaveState& state) const;
  [[nodiscard]] bool marked_everywhere() const;

  Shell& shell_;
  BeginJob begin_job_;
  std::optional<MarkLook> look_{};
  std::optional<MarksDone> made_{};
  std::optional<MarksNote> note_{};  ///< As on disk.
  bool put_begun_ = false;
  bool unmark_over_ = false;
  int unmark_tries_ = 0;
  std::vector<std::string> trouble_{};
  std::optional<int> running_{};
  std::optional<Instant> counted_at_{};
  std::optional<Instant> quiet_since_{};
  std::string count_why_{};
  int counts_failed_ = 0;  ///< In a row.
  int exit_loops_ = -1;

  std::uint64_t ticket_ = 0;
  std::optional<Instant> job_until_{};  ///< A job is under way; given up after this.
  Instant job_began_{};
  Instant next_{};  ///< Not before this.
};

}  // namespace sragent
