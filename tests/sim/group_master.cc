#include <sys/socket.h>

#include <algorithm>
#include <thread>

#include "group_node.h"
#include "sim_log.h"

namespace srsim {
namespace {

constexpr const char* kNoReplicas =
    "(JE 18.3.20) Commit policy: SIMPLE_MAJORITY required 1 replica. But none were active with "
    "this master.";

milliseconds feeder_limit() {
  return scaled_at_least(milliseconds(30000), milliseconds(2000));
}

TermStarts starts_from(const std::string& text) {
  TermStarts starts;
  for (const auto& [term, first] : decode(text)) {
    starts[std::strtoll(term.c_str(), nullptr, 10)] = std::strtoll(first.c_str(), nullptr, 10);
  }
  return starts;
}

}  // namespace

int GroupNode::electable_count() const {
  const int joined = static_cast<int>(log_->members().size());
  return removing_.empty() ? joined : joined - 1;
}

int GroupNode::group_size() const {
  return override_.value_or(electable_count());
}
int GroupNode::needed_acks() const {
  return group_size() / 2;
}

int GroupNode::active_acks() const {
  const std::int64_t oldest = steady_ms() - feeder_limit().count();
  return static_cast<int>(
      std::count_if(feeders_.begin(), feeders_.end(), [&](const Feeder* feeder) {
        return feeder->electable && !feeder->removed && feeder->name != removing_ &&
               feeder->heard_ms > oldest;
      }));
}

bool GroupNode::quorum() const {
  return state_ == GroupState::kMaster && active_acks() >= needed_acks();
}

bool GroupNode::has_quorum() const {
  const std::lock_guard lock(mutex_);
  return quorum();
}

void GroupNode::override_group_size(int size) {
  const std::lock_guard lock(mutex_);
  override_ = std::max(1, size);
}

bool GroupNode::is_connected(const std::string& node_name) const {
  const std::lock_guard lock(mutex_);
  if (state_ == GroupState::kMaster && node_name == options_.node_name) return true;
  return std::any_of(
      feeders_.begin(), feeders_.end(), [&](const Feeder* one) { return one->name == node_name; });
}

Result<void> GroupNode::wait_quorum_locked(std::unique_lock<std::mutex>& lock) {
  if (quorum()) return {};
  if (stuck_since_ms_ == 0) stuck_since_ms_ = steady_ms();
  const auto limit = scaled_at_least(milliseconds(10000), milliseconds(200));
  if (changed_.wait_for(lock, limit, [this] { return quorum() || closed_; })) return {};
  if (!quorum_error_given_) {
    quorum_error_given_ = true;
    return tl::unexpected(Error{ErrorKind::kRejected, kNoReplicas});
  }
  changed_.wait(lock, [this] { return quorum() || closed_; });  // or until the process is ended
  return {};
}

void GroupNode::mark_stuck() {
  const std::lock_guard lock(mutex_);
  if (stuck_since_ms_ == 0) stuck_since_ms_ = steady_ms();
}

Result<void> GroupNode::wait_quorum() {
  std::unique_lock lock(mutex_);
  return wait_quorum_locked(lock);
}

Result<std::int64_t> GroupNode::append_and_wait(std::unique_lock<std::mutex>& lock,
                                                const std::string& kind,
                                                const std::string& payload) {
  if (auto ready = wait_quorum_locked(lock); !ready) return tl::unexpected(ready.error());
  if (state_ != GroupState::kMaster || closed_) {
    return tl::unexpected(
        Error{ErrorKind::kRejected, "com.starrocks.journal.JournalException: not master"});
  }
  const std::int64_t index = log_->last_index() + 1;
  log_->append({index, term_, kind, payload});
  if (stuck_since_ms_ == 0) stuck_since_ms_ = steady_ms();
  advance_commit();
  changed_.notify_all();
  changed_.wait(lock, [&] { return commit_ >= index || closed_; });
  return index;
}

Result<std::int64_t> GroupNode::commit(const std::string& payload) {
  std::unique_lock lock(mutex_);
  return append_and_wait(lock, "journal", payload);
}

void GroupNode::advance_commit() {
  std::vector<std::int64_t> matched;
  for (const Feeder* feeder : feeders_) {
    if (feeder->electable && !feeder->removed && feeder->name != removing_)
      matched.push_back(feeder->matched);
  }
  std::sort(matched.rbegin(), matched.rend());
  const auto needed = static_cast<std::size_t>(needed_acks());
  const std::int64_t last = log_->last_index();
  const std::int64_t agreed = needed == 0                ? last
                              : needed <= matched.size() ? std::min(last, matched[needed - 1])
                                                         : 0;
  if (agreed > commit_) commit_ = agreed;
  if (commit_ >= last && quorum()) {
    stuck_since_ms_ = 0;
    quorum_error_given_ = false;
  }
}

Result<void> GroupNode::remove_member(const std::string& node_name) {
  std::unique_lock lock(mutex_);
  if (!log_->members().contains(node_name)) return {};
  removing_ = node_name;
  if (override_) override_ = std::max(1, *override_ - 1);
  const bool possible = quorum();
  for (Feeder* feeder : feeders_) {
    if (feeder->name != node_name) continue;
    feeder->uncommitted = !possible;
    feeder->removed = true;
  }
  changed_.notify_all();
  quorum_error_given_ = true;  // the statement hangs until the process is ended
  auto done = append_and_wait(lock, "unmember", node_name);
  removing_.clear();
  quorum_error_given_ = false;
  if (!done) return tl::unexpected(done.error());
  return {};
}

void GroupNode::forget_stale(const std::string& host, std::uint16_t port) {
  std::string stale;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, member] : log_->members()) {
      if (member.host == host && member.port == port && name != options_.node_name) stale = name;
    }
  }
  if (!stale.empty() && !remove_member(stale)) log_->info("stale member stays: " + stale);
}

void GroupNode::update_address(const std::string& node_name, const std::string& host) {
  std::unique_lock lock(mutex_);
  const auto found = log_->members().find(node_name);
  if (found == log_->members().end()) return;
  GroupMember member = found->second;
  member.host = host;
  if (!append_and_wait(lock, "member", to_text(member))) log_->info("address not updated");
}

std::optional<Msg> GroupNode::admit(const Msg& hello) {
  const std::lock_guard lock(mutex_);
  const std::string& name = get(hello, "name");
  const std::string& gid = get(hello, "gid");
  if (state_ != GroupState::kMaster || closed_) return Msg{{"answer", "no master"}};
  if (!gid.empty() && gid != log_->gid()) {
    std::string own = options_.node_name;
    return Msg{{"answer", "conflict"}, {"name", own}};
  }
  if (log_->was_removed(name) || name == removing_) {
    return Msg{{"answer", "removed"}, {"feeder", options_.node_name}, {"id", get(hello, "id")}};
  }
  return std::nullopt;
}

void GroupNode::feed(const Fd& fd, const Msg& hello) {
  if (auto refusal = admit(hello)) {
    if (!send_msg(fd, *refusal)) log_->info("refused peer is gone");
    return;
  }
  Feeder feeder;
  feeder.name = get(hello, "name");
  feeder.electable = get(hello, "electable") == "1";
  feeder.heard_ms = steady_ms();
  feeder.member = {
      feeder.name, get(hello, "host"), static_cast<std::uint16_t>(get_int(hello, "port")), 0};
  std::unique_lock lock(mutex_);
  if (feeder.electable && !log_->members().contains(feeder.name)) {
    feeder.member.id = log_->next_member_id();
    // The group that is there decides; the newcomer counts from the next entry on.
    const bool alone = needed_acks() == 0;
    log_->append({log_->last_index() + 1, term_, "member", to_text(feeder.member)});
    if (alone) commit_ = log_->last_index();
  }
  const std::int64_t common =
      log_->common_index(starts_from(get(hello, "starts")), get_int(hello, "last"));
  feeder.matched = common;
  feeders_.push_back(&feeder);
  advance_commit();
  const Msg welcome{
      {"answer", "welcome"}, {"gid", log_->gid()}, {"common", std::to_string(common)}};
  lock.unlock();
  changed_.notify_all();
  if (send_msg(fd, welcome)) {
    std::thread reader([&] { read_acks(fd, feeder); });
    stream_to(fd, feeder, common);
    shutdown(fd.get(), SHUT_RDWR);
    reader.join();
  }
  lock.lock();
  feeders_.erase(std::remove(feeders_.begin(), feeders_.end(), &feeder), feeders_.end());
  lock.unlock();
  changed_.notify_all();
}

void GroupNode::stream_to(const Fd& fd, Feeder& feeder, std::int64_t sent) {
  std::int64_t told = -1;
  const auto beat = scaled_at_least(milliseconds(1000), milliseconds(50));
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, beat, [&] {
      return log_->last_index() > sent || commit_ > told || feeder.removed ||
             feeder.heard_ms == 0 || state_ != GroupState::kMaster;
    });
    const bool silent =
        feeder.heard_ms == 0 || steady_ms() - feeder.heard_ms > feeder_limit().count();
    if (silent || state_ != GroupState::kMaster) return;
    Msg message{{"op", "entries"}, {"term", std::to_string(term_)}};
    if (feeder.removed) {
      message = {{"op", "removed"},
                 {"feeder", options_.node_name},
                 {"final", feeder.uncommitted ? "1" : "0"}};
    } else {
      std::vector<std::string> batch;
      for (const GroupEntry& entry : log_->entries(sent + 1, sent + 500))
        batch.push_back(to_text(entry));
      sent += static_cast<std::int64_t>(batch.size());
      told = std::min(commit_, sent);
      message["entries"] = join_list(batch);
      message["commit"] = std::to_string(told);
    }
    lock.unlock();
    if (!send_msg(fd, message) || get(message, "op") == "removed") return;
  }
}

void GroupNode::read_acks(const Fd& fd, Feeder& feeder) {
  set_io_limit(fd, feeder_limit());
  for (;;) {
    const auto message = recv_msg(fd);
    const std::lock_guard lock(mutex_);
    if (!message) {
      feeder.heard_ms = 0;
      changed_.notify_all();
      return;
    }
    feeder.heard_ms = steady_ms();
    feeder.matched = std::max(feeder.matched, get_int(*message, "ack"));
    advance_commit();
    changed_.notify_all();
  }
}

void GroupNode::watch_as_master() {
  std::int64_t stuck = 0;
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(
        lock, scaled_at_least(milliseconds(1000), milliseconds(50)), [this] { return closed_; });
    if (closed_) return;
    if (quorum() && commit_ >= log_->last_index()) stuck_since_ms_ = 0;
    stuck = stuck_since_ms_;
  }
  if (stuck != 0 &&
      steady_ms() - stuck > scaled_at_least(milliseconds(38000), milliseconds(600)).count()) {
    log_raw(std::string("Caused by: com.sleepycat.je.rep.InsufficientReplicasException: ") +
            kNoReplicas);
    log_error("JournalWriter.abortJournalTask():196",
              "failed to begin txn after retried 3 times! db = CloseSafeDatabase{db=13}");
    fatal("failed to begin txn after retried 3 times!");
  }
  watch_rival();
}

void GroupNode::watch_rival() {
  std::vector<std::string> hosts;
  std::string gid;
  std::int64_t term = 0;
  {
    const std::lock_guard lock(mutex_);
    gid = log_->gid();
    term = term_;
    static thread_local std::int64_t last_look = 0;
    if (steady_ms() - last_look < scaled_at_least(milliseconds(5000), milliseconds(200)).count())
      return;
    last_look = steady_ms();
    for (const auto& [name, member] : log_->members()) {
      if (name != options_.node_name) hosts.push_back(host_port(member.host, member.port));
    }
  }
  bool rival = false;
  for (const GroupAnswer& answer :
       ask_all(hosts, scaled_at_least(milliseconds(1000), milliseconds(200)))) {
    rival = rival || (answer.gid == gid && !answer.master_name.empty() &&
                      answer.master_name != options_.node_name && answer.term > term);
  }
  if (!rival) {
    rival_since_ms_ = 0;
    return;
  }
  if (rival_since_ms_ == 0) rival_since_ms_ = steady_ms();
  if (steady_ms() - rival_since_ms_ < scaled(milliseconds(25000)).count()) return;
  log_error("StateChangeExecutor.runOneCycle():175",
            "transfer FE type from LEADER to UNKNOWN. exit");
  fatal("transfer FE type from LEADER to UNKNOWN. exit");
}

}  // namespace srsim
