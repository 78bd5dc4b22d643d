#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/membership.h"
#include "io/mailbox.h"
#include "runtime/pod_memory.h"
#include "runtime/shell.h"
#include "runtime/status.h"
#include "runtime/worker_look.h"
#include "runtime/worker_news.h"
#include "runtime/worker_pace.h"
#include "runtime/worker_row.h"

namespace sragent {

/// A healthy server with a row was heard by its leader within this: heartbeats come every 5 s.
inline constexpr Millis kRowIsThereBy{60'000};

/// Keeps the own row of a BE or CN in the member list: looks, lets core/membership decide, adds,
/// looks again. It goes on beside the server and never in its way (S24). Main thread; what may
/// block runs in worker jobs whose results come back through take().
class WorkerRegistration {
 public:
  WorkerRegistration(Shell& shell,
                     WorkerContext context,
                     std::shared_ptr<Mailbox<WorkerNews>> mail);

  /// Begins what is due. Of the own server: since when it is healthy, and whether it was since it
  /// was started.
  void tick(std::optional<Instant> healthy_since, bool served, Instant now);
  void take(WorkerNews news, Instant now);
  /// When tick() has something to do next.
  [[nodiscard]] Instant next() const;

  /// First sign of a stop or hold: no statement from now on.
  void off();
  /// The hold ended.
  void on();
  /// A person asked: what was judged as taken out counts no more.
  void register_again(Instant now);

  /// A person takes the row out: it is not added again and nothing is sent until register_again()
  /// or until the next pod of the name.
  void taken_out(std::string_view by);
  /// The row is about to go with this container; the next one of the pod adds its own.
  void left(Instant now);

  /// Whom the list that was read last names as leader; empty: none was read.
  [[nodiscard]] std::string leader_seen() const { return leader_ ? leader_->host : std::string{}; }
  /// FEs to ask, the likeliest first.
  [[nodiscard]] std::vector<FeTarget> targets() const { return in_order(); }
  /// http_port of all FEs, by the list that was read last.
  [[nodiscard]] std::uint16_t fe_http_port() const;
  /// The own row as the FE told it of the server that runs now; no start time: not yet.
  [[nodiscard]] OwnRowId row() const { return {row_id_, row_start_, remembered()}; }
  /// The server is started: its row does not tell its start yet.
  void forget_start() { row_start_.clear(); }
  /// A list that was read long after the server became healthy does not tell its start: there is no
  /// row of it, or no FE hears it.
  [[nodiscard]] bool has_no_row() const {
    return row_start_.empty() && rows_at_ && healthy_since_ &&
           *rows_at_ - *healthy_since_ >= kRowIsThereBy;
  }
  /// The rows that were read last, and when; nullopt: none were.
  [[nodiscard]] const std::optional<std::vector<WorkerRow>>& rows() const { return rows_; }
  [[nodiscard]] std::optional<Instant> rows_at() const { return rows_at_; }
  /// For a job: the settings may have been read anew. Its `off` is set by off().
  [[nodiscard]] WorkerContext fresh_context();
  /// Puts a decision of another part among those that are told.
  void add_line(DecisionLine line);
  void describe(NodeStatus& status) const;
  void describe_ready(ReadyFacts& facts) const;
  [[nodiscard]] const WorkerDecision& decision() const { return decision_; }
  /// Cluster that this node belongs to: the one on its disk, else that of its row. Empty: unknown.
  [[nodiscard]] ClusterId remembered() const;
  /// UTC, since when the own row is known in that cluster; empty: it was never seen there.
  [[nodiscard]] std::string remembered_since() const;

 private:
  void forget_row(WorkerMemory memory);
  // Jobs (worker_registration.cc).
  struct Job {
    std::uint64_t ticket = 0;
    std::optional<Instant> until{};  ///< Under way; given up after this.
  };
  bool begin(Job& slot, std::function<WorkerNews()> work, Millis limit, Instant now);
  [[nodiscard]] bool searches() const;
  [[nodiscard]] bool names_due(Instant now) const;
  [[nodiscard]] bool waits_for_name(Instant now) const;
  void note_health(std::optional<Instant> healthy_since, Instant now);
  void begin_names(Instant now);
  void begin_ports(Instant now);
  void begin_read(Instant now);
  [[nodiscard]] std::vector<FeTarget> next_targets();
  [[nodiscard]] std::vector<FeTarget> in_order() const;
  /// Nothing is added since the name servers do not give the own address for the own name.
  [[nodiscard]] bool held_by_name(const WorkerDecision& decision) const;
  void give_up_hanging(Instant now);
  // Judging (worker_judge.cc).
  void on_names(FeNames names, Instant now);
  void on_ports(const PortsResult& ports, Instant now);
  void keep_ports(const PortsResult& round);
  void on_read(ReadResult read, Instant now);
  void on_add(AddResult add, Instant now);
  void take_rows(std::vector<WorkerRow> rows, Instant now);
  void note_row_start(const WorkerRow& own, Instant now);
  void judge_no_list(Reason reason, Instant now);
  void judge(std::unique_ptr<SqlSession> session, Instant now);
  void begin_add(std::unique_ptr<SqlSession> session, Instant now);
  void pace(Instant now);
  [[nodiscard]] WorkerObservation observation(bool with_list, Instant now) const;
  void note(WorkerDecision decision, bool with_list, Instant now);
  void note_outcome(std::string outcome);
  void keep(WorkerMemory memory);
  [[nodiscard]] TcpProbe port_of(const FeTarget& target) const;
  [[nodiscard]] const FeFailure* failure_of(const FeTarget& target) const;
  /// What is wrong with an address; empty: nothing known.
  [[nodiscard]] std::string trouble_of(const FeTarget& target) const;
  [[nodiscard]] std::string all_troubles() const;

  Shell& shell_;
  WorkerContext context_;
  std::shared_ptr<Mailbox<WorkerNews>> mail_;
  WorkerPace pace_;
  WorkerMemory memory_{};
  PodMemory pod_memory_;

  FeNames names_{};
  std::optional<Instant> names_at_{};
  PortsResult ports_{};        ///< Last answer of each target that was tried.
  std::size_t next_port_ = 0;  ///< Where the next round begins if there are too many for one.
  std::optional<Instant> ports_at_{};
  std::vector<FeFailure> failures_{};  ///< Of the last read.
  std::optional<Instant> failures_at_{};
  std::optional<LeaderView> leader_{};
  bool leader_read_ = false;  ///< With the rows that were read last.
  std::optional<std::vector<WorkerRow>> rows_{};
  std::optional<std::vector<WorkerRow>> others_{};
  std::optional<Instant> rows_at_{};
  std::optional<FeTarget> answered_{};  ///< The FE that answered last is asked first.
  NameGives own_name_{};
  ClusterId stored_id_{};
  std::string registered_since_{};  ///< UTC; of memory_.registered_id.
  std::string stored_why_{};
  std::optional<std::string> add_refused_{};
  Reason add_reason_ = Reason::kNone;
  std::string row_id_{};
  std::string row_start_{};
  std::optional<Instant> healthy_since_{};
  bool was_healthy_ = false;                  ///< Under this agent, of any server.
  bool served_ = false;                       ///< Since it was started.
  std::optional<Instant> unsettled_since_{};  ///< Listed and not alive since.
  std::optional<Instant> began_{};            ///< First tick.
  std::optional<Instant> event_at_{};         ///< The own server went or came back (S55).
  WorkerDecision decision_{Stay{}, false, false, Reason::kStarting, "looks for the FEs"};
  bool listed_known_ = false;  ///< The last judgement had a list.
  std::vector<DecisionLine> decisions_{};
  std::string version_{};  ///< Of the server, as the own row told it last.
  int reads_settled_ = 0;  ///< Reads since the leader was last asked for.

  std::uint64_t tickets_ = 0;
  Job names_job_{};
  Job fe_job_{};  ///< Connects, reads and the ADD: one at a time.
};

}  // namespace sragent
