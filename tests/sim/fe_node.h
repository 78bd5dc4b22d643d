#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "fe_config.h"
#include "fe_start.h"
#include "group_node.h"
#include "meta_dir.h"
#include "mysql_server.h"
#include "node_view.h"
#include "sim_dns.h"
#include "sim_http.h"

namespace srsim {

enum class FeType { kInit, kUnknown, kFollower, kObserver, kLeader };
std::string_view to_string(FeType type);

/// One FE process: start, role, replay, readiness, the statements' view of it, its HTTP and RPC
/// ports, and as a leader the heartbeats. It lives until the process ends. Thread-safe. Source:
/// docs/starrocks.md sections 4 to 7.
class FeNode final : public NodeView {
 public:
  explicit FeNode(FeConfig config);

  /// The whole start, in StarRocks' order; returns when the FE said `FE started successfully`.
  void start();
  /// SIGUSR1 after the start: graceful exit; ends the process.
  void graceful_exit();
  /// Has SIGUSR1 a handler by now?
  [[nodiscard]] bool handles_usr1() const { return handles_usr1_; }

  // NodeView
  [[nodiscard]] const Profile& profile() const override { return config_.profile; }
  [[nodiscard]] SelfInfo self() const override;
  [[nodiscard]] std::shared_ptr<const Catalog> catalog() const override;
  [[nodiscard]] bool is_leader() const override { return leader_ready_; }
  [[nodiscard]] bool can_read() const override;
  [[nodiscard]] bool has_own_row() const override;
  [[nodiscard]] GroupView group() override;
  [[nodiscard]] bool is_live_member(std::string_view node_name) override;
  [[nodiscard]] std::int64_t replayed_journal_id() const override { return journal_id_; }
  [[nodiscard]] std::optional<NodeRuntime> node_runtime(std::int64_t node_id) const override;
  [[nodiscard]] CommitError commit(const JournalEntry& change) override;
  [[nodiscard]] SqlResult forward(const ForwardRequest& request) override;
  [[nodiscard]] DdlLock& ddl_lock() override { return ddl_lock_; }
  [[nodiscard]] std::optional<std::string> resolve(std::string_view host) override;
  [[nodiscard]] std::string resolve_failure(std::string_view host) override;
  [[nodiscard]] HostBlacklist& blacklist() override { return blacklist_; }
  [[nodiscard]] FaultTable& faults() override { return faults_; }
  [[nodiscard]] Millis now() const override { return unix_ms(); }
  [[nodiscard]] std::vector<ProcessRow> processes() const override;
  bool kill_connection(std::uint32_t connection_id) override;
  void create_image() override;

  // For the control interface.
  [[nodiscard]] FaultTable& http_faults() { return http_faults_; }
  [[nodiscard]] MysqlServer* mysql() { return mysql_.get(); }
  [[nodiscard]] HttpServer& http() { return http_; }
  [[nodiscard]] std::string state_text() const;
  [[nodiscard]] CommitError commit_all(const std::vector<JournalEntry>& changes);

 private:
  enum class Bootstrap { kOk, kNotReady };
  struct Seen {
    int misses = 0;
  };
  struct Beat {
    bool ok = false;
    bool shutdown = false;
    std::string error{};
    Msg fields{};
  };

  // fe_node.cc
  void open_environment();
  void wait_for_ready();
  void tell_progress() const;
  [[nodiscard]] bool replays() const;
  void open_ports();
  void state_loop();
  void on_group_state(GroupState state);
  void transfer(GroupState to);
  void become_leader();
  void lose_group();
  void check_own_row();
  [[nodiscard]] bool fresh() const;
  [[nodiscard]] bool ready() const;

  // fe_journal.cc
  void load_image();
  void replay_loop();
  void apply_batch(const std::vector<GroupEntry>& entries);
  [[nodiscard]] CommitError commit_payload(const std::vector<JournalEntry>& changes, bool daemon);
  [[nodiscard]] CommitError before_commit(const JournalEntry& change);
  void after_commit(const JournalEntry& change);
  void count_group_size_of(const Catalog& known);
  bool wait_applied(std::int64_t index);
  [[nodiscard]] std::int64_t applied_index() const;
  void pull_image(const std::string& host, std::uint16_t port, std::int64_t number);

  // fe_forward.cc
  [[nodiscard]] Result<std::string> leader_host();
  [[nodiscard]] std::vector<std::string> alive_hosts() const;
  [[nodiscard]] std::string no_master_text();
  [[nodiscard]] Result<Msg> call_leader(const std::string& host, const Msg& question);
  void rpc_loop();
  void serve_rpc(const Fd& fd, const std::string& peer);
  [[nodiscard]] Msg answer_rpc(const Msg& question, const std::string& peer);
  [[nodiscard]] bool is_frontend_ip(const std::string& ip);

  // fe_http.cc
  [[nodiscard]] HttpAnswer answer_http(const HttpRequest& request);
  [[nodiscard]] HttpAnswer route(const HttpRequest& request);
  [[nodiscard]] HttpAnswer bootstrap_answer(const HttpRequest& request);
  [[nodiscard]] HttpAnswer meta_answer(const HttpRequest& request);
  [[nodiscard]] HttpAnswer role_answer(const HttpRequest& request) const;
  [[nodiscard]] HttpAnswer image_answer(const HttpRequest& request);
  [[nodiscard]] HttpAnswer put_answer(const HttpRequest& request);
  [[nodiscard]] HttpAnswer health_answer() const;
  [[nodiscard]] HttpAnswer admin_answer(const HttpRequest& request);
  [[nodiscard]] HttpAnswer show_proc_answer(const HttpRequest& request);
  [[nodiscard]] HttpAnswer check_decommission_answer(const HttpRequest& request);
  [[nodiscard]] std::string metrics_text() const;
  [[nodiscard]] std::optional<HttpAnswer> refuse_login(const HttpRequest& request) const;

  // fe_heartbeat.cc
  void start_daemons();
  void heartbeat_loop();
  void heartbeat_round();
  void timestamp_loop();
  void decommission_loop();
  void spread_runtime_loop();
  [[nodiscard]] Beat beat_frontend(const FrontendRow& row);
  [[nodiscard]] Beat beat_node(const NodeRow& row);
  [[nodiscard]] std::optional<JournalEntry> judge_frontend(const FrontendRow& row,
                                                           const Beat& beat);
  void judge_node(const NodeRow& row, const Beat& beat, std::vector<JournalEntry>& changes);
  [[nodiscard]] bool still_leader() const { return leader_ready_ && !leaving_; }

  // fe_graceful.cc
  void wait_for_new_leader();
  void drain();

  FeConfig config_;
  Resolver resolver_;
  MetaDir meta_;
  FeIdentity identity_;
  RoleOutcome role_;
  std::unique_ptr<GroupNode> group_;
  std::atomic<Millis> start_time_{0};
  std::int64_t replay_from_ = 0;  ///< Set before any state of the group is taken.
  const milliseconds replay_ = env_delay("SR_SIM_FE_REPLAY_MS", 300);

  mutable std::mutex catalog_mutex_;
  std::condition_variable applied_changed_;
  std::shared_ptr<const Catalog> catalog_ = std::make_shared<Catalog>();
  std::int64_t applied_index_ = 0;
  std::atomic<std::int64_t> journal_id_{0};
  std::atomic<std::int64_t> bootstrap_id_{0};  ///< replayed, but not as a leader

  std::mutex journal_mutex_;
  std::int64_t next_journal_id_ = 1;
  DdlLock ddl_lock_;
  std::mutex unstable_mutex_;
  std::set<std::string> unstable_;  ///< added followers that were not heard of yet

  std::mutex states_mutex_;
  std::condition_variable states_changed_;
  std::deque<GroupState> states_;
  std::atomic<FeType> type_{FeType::kInit};
  std::atomic<bool> leader_ready_{false};
  std::atomic<bool> replaying_{false};  ///< a role was reached once
  std::atomic<bool> leaving_{false};    ///< graceful exit under way
  std::atomic<bool> transferred_{false};
  std::atomic<bool> handles_usr1_{false};

  mutable std::mutex leader_mutex_;
  std::string leader_host_;
  std::vector<Fd> pooled_;

  HostBlacklist blacklist_;
  FaultTable faults_;
  FaultTable http_faults_;
  std::unique_ptr<MysqlServer> mysql_;
  HttpServer http_;
  Fd rpc_listener_;
  Fd starmgr_listener_;
  mutable std::atomic<std::int64_t> requests_{0};

  mutable std::mutex runtime_mutex_;
  std::map<std::int64_t, NodeRuntime> runtime_;
  std::map<std::string, Seen> seen_;  ///< heartbeat thread only
  std::set<std::string> unresolved_;
};

}  // namespace srsim
