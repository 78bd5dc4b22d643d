#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/backoff.h"
#include "core/first_start.h"
#include "core/named_members.h"
#include "core/start.h"
#include "io/mailbox.h"
#include "runtime/consent_desk.h"
#include "runtime/fe_leave.h"
#include "runtime/fe_look.h"
#include "runtime/fe_ready.h"
#include "runtime/first_password.h"
#include "runtime/ghost_watch.h"
#include "runtime/identity_book.h"
#include "runtime/node_agent.h"
#include "runtime/observation_json.h"
#include "runtime/server_end.h"
#include "runtime/shell.h"
#include "starrocks/conf_file.h"
#include "starrocks/start_command.h"

namespace sragent {

/// After a refused login (S58).
inline constexpr Backoff kLoginBackoff{Millis{1'000}, Millis{60'000}};

/// What a worker brings back to the FE part.
struct FeNews {
  enum class What : std::uint8_t {
    kLook,       ///< A look before a start.
    kLeader,     ///< A connection to the leader and its list, before a statement.
    kStatement,  ///< A statement was sent; `look` holds the list read after it.
    kWatch,      ///< A look while the server runs.
    kReady,      ///< For `/readyz`, beside the watch.
    kLeave,      ///< For a leaving.
    kGhosts,     ///< Of rows whose pods are gone.
  };
  What what = What::kLook;
  LookResult look{};
  std::unique_ptr<SqlSession> session{};  ///< kLeader: for the statement.
  std::optional<SqlError> statement_error{};
  bool unsent = false;                   ///< kStatement: it was too late to send it.
  bool answered = false;                 ///< kStatement: the leader answered.
  std::optional<FeList> own_list{};      ///< kWatch: as the own server tells it.
  Tri own_claims_lead = Tri::kUnknown;   ///< kWatch.
  bool server_ready = false;             ///< kWatch: greets, lets log in and answers.
  bool login_refused = false;            ///< kWatch: it serves, and refused login or TLS.
  std::string own_error{};               ///< kWatch: why it is not.
  std::optional<Refusal> own_refusal{};  ///< kWatch: what it said no to, login or list.
  std::string own_version{};
  std::optional<std::int64_t> own_behind{};  ///< kWatch: journal entries behind the leader.
  bool helper_rejects = false;  ///< kWatch, joining: the helper does not know whence we come.
  std::vector<std::string> absent_members{};      ///< kWatch: no name server knows their names.
  std::optional<NameGives> own_name{};            ///< kWatch, sealed: set where it was asked for.
  std::optional<FirstPassword> first_password{};  ///< kWatch: where the login was refused.
  FeReadyNews ready{};                            ///< kReady.
  FeLeaveNews leave{};                            ///< kLeave.
  GhostNews ghosts{};                             ///< kGhosts.
};

/// An FE's life up to and while its server runs: look, decide by core/start, act; then watch until
/// sealed; then report. Source of the order of acting: docs/start-rules.md section 3.
class FeAgent : public NodeAgent {
 public:
  FeAgent(Shell& shell,
          FeConf conf,
          StartPolicy policy,
          Self me,
          std::shared_ptr<IdentityBook> book,
          std::shared_ptr<Mailbox<FeNews>> mail);

  [[nodiscard]] int wake_fd() const override { return mail_->fd(); }
  Wish on_wake(Instant now) override;
  Wish on_tick(Instant now) override;
  Wish on_server_end(const ExitStatus& status, Instant now) override;
  void on_server_seen(Instant now) override;
  void on_server_gone(Instant now) override;
  void on_stop() override;
  void on_leave() override {}
  void on_stay(Instant now) override;
  void on_hold(bool held) override;
  [[nodiscard]] LeavePart& leave_part() override { return leave_; }
  void describe(NodeStatus& status) const override;
  std::optional<std::string> command(const std::string& line, Instant now) override;

 private:
  // Before the start (fe_agent.cc).
  void read_disk();
  [[nodiscard]] StartObservation observation(const LookResult& look) const;
  Wish next_step(Instant now);
  [[nodiscard]] bool ends_own_stop(Instant now);
  [[nodiscard]] bool can_be_stopped(Instant now);
  [[nodiscard]] bool waits_for_room(Instant now);
  void note_first_password(const FirstPassword& news);
  void begin_look(Instant now);
  [[nodiscard]] StartDecision ask_core(LookResult look, Instant now);
  Wish decide(LookResult look, Instant now);
  Wish act(const StartDecision& decision, Instant now);
  Wish wait(const StartDecision& decision, Instant now);
  Wish refuse(const StartDecision& decision, Instant now);
  void tell_peers();
  [[nodiscard]] FeGood::Group group() const;
  // What a person may order (fe_consent.cc).
  void offer_consent(const StartDecision& decision, Instant now);
  [[nodiscard]] std::string take_consent(std::string_view words, Instant now);
  // Acting (fe_act.cc).
  void start_server(const StartOptions& options,
                    Instant now,
                    std::optional<Instant> until = std::nullopt);
  void wait_for_container(Instant now);
  void promise_while_asked(Instant now);
  void end_step();
  void forget_server();
  void note_helper_run_ended();
  void found(const Found& lease, Instant now);
  void finish(const Finish& finish, Instant now);
  void move_aside(const std::string& why, Instant now);
  void ask_leader(const Join& join);
  void on_leader(FeNews news, Instant now);
  void send_statement(std::unique_ptr<SqlSession> session, const Join& join, Instant now);
  void on_statement(const FeNews& news, Instant now);
  void start_join(const Join& join, Instant now);
  void note_denied(const std::optional<SqlError>& error, Instant now);
  // While the server runs (fe_watch.cc).
  void begin_watch();
  void on_watch(const FeNews& news, Instant now);
  void compare_meta_dir();
  void settle(const FeList& list, Instant now);
  void watch_unsealed(const FeNews& news, Instant now);
  void watch_member(const FeNews& news, Instant now);
  void judge_no_leader(const FeNews& news, Instant now);
  bool tell_name_not_served();
  bool tell_other_clusters();
  void keep_members();
  void seal(const Seal& seal);
  // Rows whose pods are gone (fe_ghosts.cc).
  void watch_ghosts(const FeNews& news, Instant now);
  void rest_ghosts();
  // Shared.
  void describe_ready(ReadyFacts& facts) const;
  void note_decision(const StartDecision& decision);
  void note_outcome(std::string outcome);
  void note_unwritten(const Error& error, Instant now);
  void look_again(Instant now) { next_look_ = now; }
  [[nodiscard]] LookContext look_context() const;

  Shell& shell_;
  FeConf conf_;
  StartPolicy policy_;
  Self me_;
  std::shared_ptr<IdentityBook> book_;
  std::shared_ptr<Mailbox<FeNews>> mail_;

  MetaState meta_{};
  StateFiles state_files_{};
  ClusterId certificate_{};
  StartMemory memory_{};
  ConsentDesk consent_{};
  StartDecision decision_{};
  std::optional<Join> joining_{};  ///< A join whose leader or statement is being asked.
  LookResult look_{};
  std::optional<Instant> last_dns_{};
  Instant next_look_{};
  std::optional<Instant> waiting_since_{};
  int refused_logins_ = 0;
  std::optional<std::string> denied_{};  ///< Why the last statement was not allowed.
  /// An action of a decision with the reason `of` could not write down what it was about to do.
  struct Unwritten {
    Reason of = Reason::kNone;
    std::string detail{};
  };
  std::optional<Unwritten> unwritten_{};
  /// The server ended for want of room: it is not started with less (S67).
  struct LowDisk {
    std::uint64_t wanted = 0;  ///< Bytes.
    std::string said{};        ///< How it ended.
  };
  std::optional<LowDisk> low_disk_{};
  bool asking_ = false;  ///< A worker job is under way.
  bool stopping_ = false;
  std::optional<StopServer> own_stop_{};  ///< We stop the server to decide again.
  Instant spawned_at_{};
  bool with_helper_ = false;       ///< The server was started with --helper.
  bool promises_nothing_ = false;  ///< A sidecar that does not know what is started beside it.
  bool ordered_ = false;           ///< A sidecar's server, with a step of the book.
  Phase phase_ = Phase::kDeciding;
  Reason reason_ = Reason::kStarting;
  std::string detail_{};
  std::string role_{};
  std::string leader_seen_{};
  std::vector<std::string> members_{};
  std::vector<std::string> observers_{};  ///< Of members_.
  NamedMembers named_{};
  std::optional<NameGives> own_name_{};  ///< Sealed and not alive at a leader: the last answer.
  RowStatus row_{};
  /// Of the server that runs: first list by a leader's word, and whether what it shows counts.
  std::optional<Instant> listed_at_{};
  bool settled_ = false;
  int row_misses_ = 0;
  CrashLog crashes_;
  std::vector<DecisionLine> decisions_{};
  std::string version_{};
  std::string first_password_{};  ///< What was said of it last.
  bool meta_dir_compared_ = false;
  FeReadiness ready_;
  FeLeave leave_;
  GhostWatch ghosts_;
  std::optional<StartCase> decided_from_{};  ///< Of the last decision before a start.
  // What is told of it, rendered when it is first asked for.
  mutable bool explained_ = true;
  mutable std::string explain_input_{};
  mutable std::vector<FactLine> facts_{};
};

}  // namespace sragent
