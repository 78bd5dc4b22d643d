#include "group_node.h"

#include <sys/socket.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "meta_dir.h"
#include "sim_log.h"

namespace srsim {
namespace {

std::string random_id() {
  std::random_device device;
  std::string id;
  for (int i = 0; i < 4; ++i)
    id += std::to_string(device());
  return id;
}

tl::unexpected<Error> failure(const std::string& text) {
  return tl::unexpected(Error{ErrorKind::kRejected, text});
}

}  // namespace

std::pair<std::string, std::uint16_t> split_host_port(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return {text, 0};
  const auto port = std::strtoul(text.c_str() + colon + 1, nullptr, 10);
  return {text.substr(0, colon), static_cast<std::uint16_t>(port)};
}

std::string host_port(const std::string& host, std::uint16_t port) {
  return host + ":" + std::to_string(port);
}

GroupNode::GroupNode(GroupOptions options,
                     Resolver& resolver,
                     StateHook on_state,
                     FatalHook on_fatal)
    : options_(std::move(options)),
      resolver_(resolver),
      on_state_(std::move(on_state)),
      on_fatal_(std::move(on_fatal)) {}

Result<void> GroupNode::setup() {
  log_info("BDBEnvironment.setupEnvironment():270", "start to setup bdb environment for 1 times");
  if (auto opened = open_log(); !opened) return opened;
  if (auto checked = check_helper(); !checked) return checked;
  auto listener = listen_on({options_.ip, options_.port});
  if (!listener) {
    return failure("edit_log_port " + std::to_string(options_.port) +
                   " is already in use. will exit.");
  }
  listener_ = std::move(*listener);
  std::thread([this] { accept_loop(); }).detach();
  if (options_.reset) reset_group();
  if (log_->gid().empty() && options_.helpers.empty() && options_.electable) found_group();
  std::thread([this] { run(); }).detach();
  return wait_for_state();
}

Result<void> GroupNode::open_log() {
  auto log = GroupLog::open(options_.dir);
  if (!log) return tl::unexpected(log.error());
  log_ = std::move(*log);
  term_ = log_->vote_term();
  if (log_->has_root()) return {};
  if (!log_->existed()) {
    log_->write_root();
    return {};
  }
  sleep_for(scaled(milliseconds(10000)));  // three tries, 5 s apart
  log_raw("Caused by: com.sleepycat.je.EnvironmentFailureException: (JE 18.3.20) " +
          options_.node_name + "(-1):" + options_.dir +
          " This environment's log file has no root. Since the root is the first entry written "
          "into a log at "
          "environment creation, this should only happen if the initial creation of the "
          "environment was never "
          "checkpointed or synced.");
  return failure(options_.helpers.empty()
                     ? "failed to setup environment after retried 3 times"
                     : "failed to check if helper in local after retried 3 times");
}

Result<void> GroupNode::check_helper() const {
  if (options_.helpers.empty() || !options_.electable || options_.reset || log_->gid().empty())
    return {};
  if (log_->forked()) {
    sleep_for(scaled(milliseconds(10000)));
    return failure("failed to check if helper in local after retried 3 times");
  }
  std::string local;
  const std::string helper = options_.helpers.front();
  for (const auto& [name, member] : log_->members()) {
    if (host_port(member.host, member.port) == helper) return {};
    local += "Node:" + name + " " + host_port(member.host, member.port) +
             " (is member) changeVersion:" + std::to_string(member.id) +
             " LocalCBVLSN:-1 jeVersion:18.3.20\n";
  }
  if (local.empty()) return {};
  return failure("bad environment " + options_.dir + "! helper host " + helper + " not in local [" +
                 local + "]");
}

void GroupNode::found_group() {
  log_->set_gid(random_id());
  if (!options_.first_start) log_->mark_forked();
  const GroupMember self{
      .name = options_.node_name, .host = options_.host, .port = options_.port, .id = 1};
  log_->append({.index = 1, .term = 1, .kind = "member", .payload = to_text(self)});
  log_warn("BDBEnvironment.setupEnvironment():301",
           "failed to setup environment because of UnknownMasterException for the first time, "
           "ignore it.");
}

void GroupNode::reset_group() {
  log_->set_gid(random_id());
  const std::int64_t term = log_->last_term() + 1;
  for (const auto& [name, member] : std::map(log_->members())) {
    if (name != options_.node_name) log_->append({log_->last_index() + 1, term, "unmember", name});
  }
  const GroupMember self{
      .name = options_.node_name, .host = options_.host, .port = options_.port, .id = 1};
  log_->append({log_->last_index() + 1, term, "member", to_text(self)});
}

Result<void> GroupNode::wait_for_state() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, scaled_at_least(milliseconds(10000), milliseconds(500)), [this] {
    return state_ == GroupState::kReplica || state_ == GroupState::kMaster ||
           !fatal_text_.empty() || explicitly_removed_;
  });
  if (explicitly_removed_) {
    lock.unlock();
    sleep_for(scaled(milliseconds(45000)));  // the other two tries
    log_error("BDBEnvironment.setupEnvironment():306",
              "failed to setup environment after retried 3 times");
    lock.lock();
    return failure("failed to setup environment after retried 3 times\n" + fatal_text_);
  }
  if (!fatal_text_.empty()) return failure(fatal_text_);
  starting_ = false;
  const char* role = state_ == GroupState::kMaster    ? "LEADER"
                     : state_ == GroupState::kUnknown ? "UNKNOWN"
                     : options_.electable             ? "FOLLOWER"
                                                      : "OBSERVER";
  log_info("BDBEnvironment.setupEnvironment():289",
           std::string("state change done, current role ") + role);
  log_info("BDBEnvironment.setupEnvironment():293", "end setup bdb environment after 1 times");
  return {};
}

GroupState GroupNode::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void GroupNode::set_state(GroupState state) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == state || closed_) return;
    state_ = state;
    if (state != GroupState::kReplica && state != GroupState::kMaster) master_ = {};
  }
  changed_.notify_all();
  on_state_(state);
}

void GroupNode::fatal(const std::string& text) {
  bool starting = false;
  {
    const std::lock_guard lock(mutex_);
    starting = starting_;
    if (fatal_text_.empty()) fatal_text_ = text;
  }
  changed_.notify_all();
  if (!starting) on_fatal_(text);
}

void GroupNode::accept_loop() {
  for (;;) {
    std::string peer;
    auto fd = std::make_shared<Fd>(accept_from(listener_, peer));
    if (!fd->valid()) return;
    std::thread([this, fd] { serve(*fd); }).detach();
  }
}

void GroupNode::serve(const Fd& fd) {
  set_io_limit(fd, scaled_at_least(milliseconds(30000), milliseconds(2000)));
  const auto question = recv_msg(fd);
  if (!question) return;
  const std::string& op = get(*question, "op");
  if (op == "feed") return feed(fd, *question);
  Msg answer;
  if (op == "state") answer = state_message();
  if (op == "vote") answer = vote_message(*question);
  if (op == "restore") answer = restore_message();
  if (!send_msg(fd, answer)) log_->info("peer closed before the answer");
}

Msg GroupNode::state_message() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> members;
  for (const auto& [name, member] : log_->members())
    members.push_back(to_text(member));
  for (const Feeder* feeder : feeders_) {
    if (!feeder->electable) members.push_back(to_text(feeder->member));
  }
  return {{"gid", log_->gid()},
          {"name", options_.node_name},
          {"master", master_.name},
          {"mhost", master_.host},
          {"mport", std::to_string(master_.port)},
          {"ballot", std::to_string(master_.ballot_ms)},
          {"term", std::to_string(term_)},
          {"last", std::to_string(log_->last_index())},
          {"members", join_list(members)}};
}

Msg GroupNode::vote_message(const Msg& question) {
  const std::lock_guard lock(mutex_);
  const std::int64_t term = get_int(question, "term");
  const std::string& candidate = get(question, "name");
  const auto refuse = [&](const std::string& why) {
    return Msg{{"granted", "0"}, {"why", why}, {"term", std::to_string(term_)}};
  };
  if (get(question, "gid") != log_->gid()) return refuse("other group");
  if (!log_->members().contains(candidate)) {
    return refuse("Sender's member id: " + get(question, "id") + " was not a member of the group");
  }
  if (state_ == GroupState::kMaster || state_ == GroupState::kReplica)
    return refuse("has a master");
  const std::pair own(log_->last_term(), log_->last_index());
  const std::pair theirs(get_int(question, "last_term"), get_int(question, "last"));
  if (theirs < own) return refuse("log is behind");
  if (term < term_ || (term == log_->vote_term() && log_->voted_for() != candidate))
    return refuse("voted");
  term_ = term;
  log_->set_vote(term, candidate);
  return {{"granted", "1"}, {"term", std::to_string(term)}};
}

Msg GroupNode::restore_message() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> entries;
  for (const GroupEntry& entry : log_->entries(1, log_->last_index()))
    entries.push_back(to_text(entry));
  return {{"gid", log_->gid()}, {"entries", join_list(entries)}};
}

std::vector<GroupEntry> GroupNode::committed(std::int64_t after, milliseconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [&] { return commit_ > after; });
  return log_->entries(after + 1, commit_);
}

std::int64_t GroupNode::commit_index() const {
  const std::lock_guard lock(mutex_);
  return commit_;
}

std::int64_t GroupNode::last_index() const {
  const std::lock_guard lock(mutex_);
  return log_->last_index();
}

void GroupNode::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    state_ = GroupState::kUnknown;
    master_ = {};
  }
  shutdown(listener_.get(), SHUT_RDWR);  // refuses from now on; the accept thread ends by itself
  changed_.notify_all();
}

}  // namespace srsim
