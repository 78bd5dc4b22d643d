#pragma once

#include "blacklist.h"
#include "faults.h"
#include "profile.h"
#include "statements.h"
#include "world.h"

namespace sragent::simulate {

/// An FE process: start, replication group, leadership. The model follows docs/starrocks.md and
/// docs/start-rules.md section 6, as the explorer's world does; what it answers over SQL comes from
/// the dialect of tests/sim.
class FeServer : public Server, public srsim::NodeView {
 public:
  FeServer(World& world, Pod& pod, int pid, std::vector<std::string> argv);
  void run() override;
  [[nodiscard]] bool listens(std::uint16_t port) const override {
    return ready_ && (port == kQueryPort || port == kFeHttpPort);
  }

  [[nodiscard]] Group* ring() const { return group_; }
  [[nodiscard]] const std::string& node_name() const { return name_; }
  /// Takes part in elections and acknowledges writes.
  [[nodiscard]] bool attached() const;
  [[nodiscard]] bool observer() const { return pod.slot->observer; }
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] bool leading() const { return leading_; }
  [[nodiscard]] Ms start_ms() const { return kEpoch + started; }
  void lead();
  void step_down() { leading_ = false; }
  /// A person's statement, at this FE; false: it was refused.
  bool person_says(const std::string& sql);
  /// Time that the last statement needs beyond its own: a commit that waits for its majority.
  Ms extra_time = 0;
  /// Who answered the last statement instead; nullptr: nobody.
  const Pod* forwarded_to = nullptr;
  /// What the next statement takes for the whole catalog; nullptr: the catalog.
  void show(std::shared_ptr<const srsim::Catalog> catalog);

  // srsim::NodeView
  [[nodiscard]] const srsim::Profile& profile() const override { return profile_; }
  [[nodiscard]] srsim::SelfInfo self() const override;
  [[nodiscard]] std::shared_ptr<const srsim::Catalog> catalog() const override;
  [[nodiscard]] bool is_leader() const override { return leading_; }
  [[nodiscard]] bool can_read() const override;
  [[nodiscard]] bool has_own_row() const override;
  srsim::GroupView group() override;
  bool is_live_member(std::string_view node_name) override;
  [[nodiscard]] std::int64_t replayed_journal_id() const override;
  [[nodiscard]] std::optional<srsim::NodeRuntime> node_runtime(
      std::int64_t /*node_id*/) const override {
    return std::nullopt;
  }
  srsim::CommitError commit(const srsim::JournalEntry& change) override;
  srsim::SqlResult forward(const srsim::ForwardRequest& request) override;
  srsim::DdlLock& ddl_lock() override { return lock_; }
  std::optional<std::string> resolve(std::string_view host) override;
  std::string resolve_failure(std::string_view /*host*/) override { return {}; }
  srsim::HostBlacklist& blacklist() override { return blacklist_; }
  srsim::FaultTable& faults() override { return faults_; }
  [[nodiscard]] srsim::Millis now() const override { return kEpoch + world.now(); }
  [[nodiscard]] std::vector<srsim::ProcessRow> processes() const override { return {}; }
  bool kill_connection(std::uint32_t /*id*/) override { return false; }
  void create_image() override {}

 private:
  void found();
  void start_alone();
  void start_with_helper();
  void first_files();
  void enter_group();
  void attach();
  void lead_on();
  void serve();
  void wait_to_lead();
  void heartbeat();
  void write_role(bool with_type);
  void write_log(int group);
  void read_role();
  void new_group(std::int32_t cluster_id);
  [[nodiscard]] FeServer* helper();

  Group* group_ = nullptr;
  std::shared_ptr<const srsim::Catalog> shown_{};
  std::string name_{};
  std::string helper_{};
  bool member_ = false;
  bool ready_ = false;
  bool leading_ = false;
  Ms quorum_lost_at_ = 0;
  Kernel::Wait waits_{};  ///< For lead().
  srsim::Profile profile_;
  srsim::DdlLock lock_{};
  srsim::HostBlacklist blacklist_{};
  srsim::FaultTable faults_{};
  struct Resolved {
    std::optional<std::string> address{};
    Ms until = 0;
  };
  std::map<std::string, Resolved, std::less<>> resolved_{};
  std::map<std::string, int> misses_{};
};

/// The leader's heartbeat for a BE or CN.
void beat_node(FeServer& leader, srsim::NodeRow& row, int& misses);

}  // namespace sragent::simulate
