#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "group_log.h"
#include "sim_dns.h"
#include "sim_net.h"

namespace srsim {

enum class GroupState { kInit, kUnknown, kReplica, kMaster };

struct GroupOptions {
  std::string node_name{};
  std::string host{};  ///< as the catalog writes it: name or IP
  std::string ip{};    ///< own address: bound for listening and for outgoing connections
  std::uint16_t port = 9010;
  bool electable = true;
  bool first_start = false;  ///< no metadata existed: without a helper this founds a group
  bool reset = false;        ///< bdbje_reset_election_group
  std::string dir{};         ///< <meta_dir>/bdb
  std::vector<std::string> helpers{};  ///< host:port, never the own one
};

/// What a member says of the group.
struct GroupAnswer {
  std::string gid{};
  std::string name{};
  std::string master_name{};
  std::string master_host{};
  std::uint16_t master_port = 0;
  std::int64_t ballot_ms =
      0;  ///< when that master was elected: of two masters the later one is believed
  std::int64_t term = 0;
  std::int64_t last_index = 0;
  std::vector<GroupMember>
      members{};  ///< electable ones that joined, and secondaries connected now
};

/// A member of the replication group, in place of BDB-JE: persisted log, elections by the majority
/// of the electable members that joined (a row of the catalog that never started does not count),
/// commits by majority acks, port 9010. A node that restarts finds the master by asking the members
/// of its own log, then its helpers. Thread-safe. Behaviour: docs/starrocks.md sections 4.5 to 4.8
/// and docs/start-rules.md section 6.
class GroupNode {
 public:
  using StateHook = std::function<void(GroupState)>;
  using FatalHook = std::function<void(const std::string&)>;

  GroupNode(GroupOptions options, Resolver& resolver, StateHook on_state, FatalHook on_fatal);

  /// Opens the log, listens on 9010 and waits up to 10 s (scaled) for a state; still none is no
  /// error. An error is the text of the exception that ends the FE.
  [[nodiscard]] Result<void> setup();

  [[nodiscard]] GroupState state() const;
  /// Entries that are committed and above `after`; waits up to `limit` for the first.
  [[nodiscard]] std::vector<GroupEntry> committed(std::int64_t after, milliseconds limit);
  [[nodiscard]] std::int64_t commit_index() const;
  [[nodiscard]] std::int64_t last_index() const;

  /// Master: replicates one "journal" entry. Waits for ever when the majority stays away, except
  /// that the first caller after its loss gets JE's text after 10 s; the FatalHook ends the process
  /// at about 43 s.
  [[nodiscard]] Result<std::int64_t> commit(const std::string& payload);
  /// Master: takes an electable node out of the group and tells it. Absence is no error.
  [[nodiscard]] Result<void> remove_member(const std::string& node_name);
  /// Master: JE's "electable group size override": electable rows minus those never seen alive.
  void override_group_size(int size);
  /// Master: a node that waits to join at an address that a former member held replaces it.
  void forget_stale(const std::string& host, std::uint16_t port);
  void update_address(const std::string& node_name, const std::string& host);
  [[nodiscard]] bool is_connected(const std::string& node_name) const;
  [[nodiscard]] bool has_quorum() const;
  /// Fails the next commits after 10 s when the majority is gone; for reads that wait for it.
  [[nodiscard]] Result<void> wait_quorum();

  /// A daemon waits for the majority: from now on the clock of the 43 s runs.
  void mark_stuck();

  /// Own answer, as given to others.
  [[nodiscard]] GroupAnswer own_answer() const;
  /// Asks `hosts` (host:port) and itself for the master, believing the latest election. Blocks up
  /// to 30 s (scaled) for a member that is silent, once a minute. Empty master_name: leaderless.
  [[nodiscard]] GroupAnswer ask_members(const std::vector<std::string>& hosts);

  /// Graceful exit of a leader: gives up mastership and port 9010.
  void close();

  [[nodiscard]] const GroupOptions& options() const { return options_; }

 private:
  /// A connected replica, on the master.
  struct Feeder {
    std::string name{};
    GroupMember member{};
    bool electable = false;
    std::int64_t matched = 0;
    std::int64_t heard_ms = 0;
    bool removed = false;
    bool uncommitted = false;  ///< removed by a master that cannot commit it
  };
  struct Master {
    std::string name{};
    std::string host{};
    std::uint16_t port = 0;
    std::int64_t ballot_ms = 0;
  };
  enum class Found { kNothing, kMaster, kConflict };

  // group_node.cc
  [[nodiscard]] Result<void> open_log();
  [[nodiscard]] Result<void> check_helper() const;
  [[nodiscard]] Result<void> wait_for_state();
  void found_group();
  void reset_group();
  void accept_loop();
  void serve(const Fd& fd);
  [[nodiscard]] Msg state_message() const;
  [[nodiscard]] Msg vote_message(const Msg& question);
  [[nodiscard]] Msg restore_message() const;
  void set_state(GroupState state);
  void fatal(const std::string& text);

  // group_peer.cc: finding a master, following it, electing one
  void run();
  void run_unknown();
  [[nodiscard]] Found find_master(Master& master, std::vector<GroupAnswer>& answers);
  void follow(const Master& master);
  void follow_stream(const Fd& fd, const Master& master);
  [[nodiscard]] bool accept_handshake(const Msg& reply);
  void on_removed(const Msg& reply);
  void restore_from_helper(const std::vector<GroupAnswer>& answers);
  bool copy_log(const GroupMember& from);
  [[nodiscard]] bool ask_vote(const std::string& voter, const Msg& question);
  void try_election(const std::vector<GroupAnswer>& answers);
  void become_master(std::int64_t term);
  [[nodiscard]] std::optional<Endpoint> endpoint(const std::string& host, std::uint16_t port);
  [[nodiscard]] std::optional<GroupAnswer> ask_one(const std::string& address, milliseconds limit);
  [[nodiscard]] std::vector<GroupAnswer> ask_all(const std::vector<std::string>& hosts,
                                                 milliseconds limit);

  // group_master.cc
  void feed(const Fd& fd, const Msg& hello);
  [[nodiscard]] std::optional<Msg> admit(const Msg& hello);
  void stream_to(const Fd& fd, Feeder& feeder, std::int64_t sent);
  void read_acks(const Fd& fd, Feeder& feeder);
  void watch_as_master();
  void watch_rival();
  void advance_commit();
  [[nodiscard]] int electable_count() const;
  [[nodiscard]] int group_size() const;
  [[nodiscard]] int needed_acks() const;
  [[nodiscard]] int active_acks() const;
  [[nodiscard]] bool quorum() const;
  [[nodiscard]] Result<std::int64_t> append_and_wait(std::unique_lock<std::mutex>& lock,
                                                     const std::string& kind,
                                                     const std::string& payload);
  [[nodiscard]] Result<void> wait_quorum_locked(std::unique_lock<std::mutex>& lock);

  GroupOptions options_;
  Resolver& resolver_;
  StateHook on_state_;
  FatalHook on_fatal_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<GroupLog> log_;
  Fd listener_;
  GroupState state_ = GroupState::kInit;
  Master master_;
  std::int64_t term_ = 0;
  std::int64_t commit_ = 0;
  std::vector<Feeder*> feeders_;
  std::optional<int> override_;
  std::string removing_;
  std::int64_t stuck_since_ms_ = 0;  ///< a commit waits since then; 0: none
  bool quorum_error_given_ = false;
  std::int64_t rival_since_ms_ = 0;
  std::atomic<bool> starting_{true};
  bool explicitly_removed_ = false;
  int lost_elections_ = 0;  ///< loop thread only
  bool closed_ = false;
  std::string fatal_text_;
  std::map<std::string, std::int64_t> silent_until_ms_;
};

/// Splits "host:port".
std::pair<std::string, std::uint16_t> split_host_port(const std::string& text);
std::string host_port(const std::string& host, std::uint16_t port);

}  // namespace srsim
