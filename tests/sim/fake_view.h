#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node_view.h"
#include "statements.h"

namespace srsim::testing {

/// An FE for tests of the dialect: everything that the process would know is a public member. A
/// non-leader forwards to `leader` if set, else answers `forward_error`. One catalog may be shared
/// by several FEs. Thread-safe where MysqlServer needs it (catalog, faults, blacklist).
class FakeView : public NodeView {
 public:
  /// A catalog behind a lock, shared by the FEs of one cluster.
  struct Shared {
    std::mutex mutex{};
    std::shared_ptr<const Catalog> catalog{std::make_shared<Catalog>()};
  };

  explicit FakeView(std::string_view profile_name, std::shared_ptr<Shared> state = nullptr)
      : profile_(parse_profile(profile_name).value()),
        shared_(state ? std::move(state) : std::make_shared<Shared>()) {}

  void change(const JournalEntry& entry) {
    const std::lock_guard lock(shared_->mutex);
    auto next = std::make_shared<Catalog>(*shared_->catalog);
    apply(*next, entry);
    shared_->catalog = std::move(next);
    ++journal_id;
  }
  [[nodiscard]] const std::shared_ptr<Shared>& state() const { return shared_; }
  /// From now on this FE has the catalog `state`.
  void use(std::shared_ptr<Shared> state) { shared_ = std::move(state); }

  const Profile& profile() const override { return profile_; }
  SelfInfo self() const override { return own; }
  std::shared_ptr<const Catalog> catalog() const override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->catalog;
  }
  bool is_leader() const override { return leads; }
  bool can_read() const override { return readable; }
  bool has_own_row() const override { return listed; }
  GroupView group() override { return group_view; }
  bool is_live_member(std::string_view node_name) override {
    return live_members.contains(std::string(node_name));
  }
  std::int64_t replayed_journal_id() const override { return journal_id; }
  std::optional<NodeRuntime> node_runtime(std::int64_t node_id) const override {
    const auto found = runtimes.find(node_id);
    return found == runtimes.end() ? std::nullopt : std::optional(found->second);
  }
  CommitError commit(const JournalEntry& entry) override {
    if (commit_error) return SqlError{.message = *commit_error};
    change(entry);
    return std::nullopt;
  }
  SqlResult forward(const ForwardRequest& request) override {
    ++forwards;
    if (leader == nullptr) return error_result(forward_error);
    return execute_forwarded(request, *leader);
  }
  DdlLock& ddl_lock() override { return ddl_mutex_; }
  std::optional<std::string> resolve(std::string_view host) override {
    const auto found = names.find(std::string(host));
    if (found != names.end()) return found->second;
    const bool literal = host.find_first_not_of("0123456789.") == std::string_view::npos ||
                         host.find(':') != std::string_view::npos;
    if (literal) return std::string(host);
    ++failures[std::string(host)];
    return std::nullopt;
  }
  /// As in the JVM: a second failure comes from its cache and has no reason.
  std::string resolve_failure(std::string_view host) override {
    return failures[std::string(host)] > 1 ? "" : name_failure;
  }
  HostBlacklist& blacklist() override { return blacklist_; }
  FaultTable& faults() override { return faults_; }
  Millis now() const override { return time; }
  std::vector<ProcessRow> processes() const override { return process_rows; }
  bool kill_connection(std::uint32_t connection_id) override {
    killed.push_back(connection_id);
    return true;
  }
  void create_image() override { ++images; }

  SelfInfo own{};
  bool leads{true};
  bool readable{true};
  bool listed{true};
  GroupView group_view{};
  std::set<std::string> live_members{};
  std::atomic<std::int64_t> journal_id{1};
  std::map<std::int64_t, NodeRuntime> runtimes{};
  std::optional<std::string> commit_error{};
  FakeView* leader{};
  std::string forward_error{"java.net.ConnectException: Connection refused"};
  int forwards{};
  std::map<std::string, std::string> names{};  ///< host name to IP
  std::string name_failure{"Temporary failure in name resolution"};
  std::map<std::string, int> failures{};  ///< failed look-ups by name
  Millis time{1'795'247'400'000};
  std::vector<ProcessRow> process_rows{};
  std::vector<std::uint32_t> killed{};
  int images{};

 private:
  Profile profile_;
  std::shared_ptr<Shared> shared_;
  DdlLock ddl_mutex_{};
  HostBlacklist blacklist_{};
  FaultTable faults_{};
};

}  // namespace srsim::testing
