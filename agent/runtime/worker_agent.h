#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/mailbox.h"
#include "runtime/ghost_watch.h"
#include "runtime/identity_book.h"
#include "runtime/node_agent.h"
#include "runtime/server_end.h"
#include "runtime/shell.h"
#include "runtime/worker_leave.h"
#include "runtime/worker_registration.h"
#include "starrocks/conf_file.h"

namespace sragent {

/// One sentence for each storage root that is no folder, with its path. It may be another's to make
/// (a mount that comes late), so nothing is refused for it.
[[nodiscard]] std::vector<std::string> missing_roots(const BeConf& conf);

/// The life of a BE or CN: its server is started at once and kept an eye on; its row in the member
/// list is WorkerRegistration's, which never delays or stops the server (S24).
class WorkerAgent : public NodeAgent {
 public:
  WorkerAgent(Shell& shell,
              BeConf conf,
              std::shared_ptr<IdentityBook> book,
              std::shared_ptr<Mailbox<WorkerNews>> mail);

  [[nodiscard]] int wake_fd() const override { return mail_->fd(); }
  Wish on_wake(Instant now) override;
  Wish on_tick(Instant now) override;
  Wish on_server_end(const ExitStatus& status, Instant now) override;
  void on_server_seen(Instant now) override;
  void on_server_gone(Instant now) override;
  void on_stop() override;
  void on_leave() override;
  void on_stay(Instant now) override;
  void on_hold(bool held) override;
  [[nodiscard]] LeavePart& leave_part() override { return leave_; }
  void describe(NodeStatus& status) const override;
  std::optional<std::string> command(const std::string& line, Instant now) override;

 private:
  [[nodiscard]] WorkerContext context() const;
  [[nodiscard]] WorkerLeave::Where where() const;
  Wish start_server(Instant now);
  void wait_for_container();
  Wish on_start_failure(const Error& error, Instant now);
  void name_missing_roots();
  void begin_health(Instant now);
  void on_health(const HealthResult& health, Instant now);
  void tell_peers();
  // worker_ghosts.cc
  void watch_ghosts(Instant now);
  [[nodiscard]] bool may_watch_ghosts() const;
  [[nodiscard]] std::optional<GhostList> ghost_list();
  void describe_ready(ReadyFacts& facts) const;

  Shell& shell_;
  BeConf conf_;
  std::shared_ptr<IdentityBook> book_;
  std::shared_ptr<Mailbox<WorkerNews>> mail_;
  WorkerRegistration registration_;
  WorkerLeave leave_;
  GhostWatch ghosts_;
  bool stopping_ = false;
  bool leaving_ = false;  ///< For good; the server is kept running.
  bool held_ = false;     ///< No server is started.

  // The server.
  Phase phase_ = Phase::kDeciding;
  Reason reason_ = Reason::kStarting;  ///< Why it does not run; kNone while it does.
  std::string detail_{};
  Instant start_at_{};  ///< Not before this.
  CrashLog crashes_;

  // Its health.
  std::uint64_t health_ticket_ = 0;
  std::optional<Instant> health_until_{};  ///< A question is under way; given up after this.
  Instant next_health_{};
  int health_failures_ = 0;
  bool was_healthy_ = false;  ///< Since it was started.
  std::optional<Instant> healthy_since_{};
  std::optional<Instant> health_at_{};
  std::optional<Instant> good_at_{};  ///< Last good answer.
  std::string health_why_{};
};

}  // namespace sragent
