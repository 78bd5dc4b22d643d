#include "fe_node.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "fe_exit.h"
#include "sim_log.h"

namespace srsim {

std::string_view to_string(FeType type) {
  switch (type) {
    case FeType::kInit:
      return "INIT";
    case FeType::kUnknown:
      return "UNKNOWN";
    case FeType::kFollower:
      return "FOLLOWER";
    case FeType::kObserver:
      return "OBSERVER";
    case FeType::kLeader:
      return "LEADER";
  }
  return "?";
}

FeNode::FeNode(FeConfig config)
    : config_(std::move(config)), meta_(config_.meta_dir, config_.profile.image_v2) {}

void FeNode::start() {
  take_pid_file(config_.pid_file);
  log_info("StarRocksFE.start():144", "StarRocks FE starting, version: " + config_.profile.build);
  sleep_for(env_delay("SR_SIM_FE_START_MS", 300));
  check_meta_dir(config_, meta_);
  identity_ = choose_host(config_, meta_, resolver_);
  if (!listen_on({identity_.ip, config_.edit_log_port})) {
    log_error("MetaHelper.checkPort():1",
              "edit_log_port " + std::to_string(config_.edit_log_port) +
                  " is already in use. will exit.");
    fe_exit(255);
  }
  role_ = decide_role(config_, identity_, meta_, resolver_);
  name_main_thread("UNKNOWN " + role_.role.name + "(-1)|1");
  open_environment();
  wait_for_ready();
  open_ports();
}

void FeNode::open_environment() {
  GroupOptions options{.node_name = role_.role.name,
                       .host = identity_.host,
                       .ip = identity_.ip,
                       .port = config_.edit_log_port,
                       .electable = role_.role.role == "FOLLOWER",
                       .first_start = role_.founder,
                       .reset = config_.flag("bdbje_reset_election_group") ||
                                config_.flag("metadata_failure_recovery"),
                       .dir = meta_.bdb(),
                       .helpers = role_.helpers};
  group_ = std::make_unique<GroupNode>(
      options,
      resolver_,
      [this](GroupState state) { on_group_state(state); },
      [](const std::string& text) {
        out_line(text);
        fe_exit(255);
      });
  load_image();
  std::thread([this] { replay_loop(); }).detach();
  auto set_up = group_->setup();
  if (!set_up) {
    if (role_.first_start && config_.profile.failed_first_start_cleans) meta_.remove_identity();
    start_failed("com.starrocks.journal.JournalException: " + set_up.error().what);
  }
  if (config_.run_mode == "shared_data") {
    auto starmgr = listen_on({identity_.ip, config_.starmgr_port});
    if (!starmgr) start_failed("java.net.BindException: " + starmgr.error().what);
    starmgr_listener_ = std::move(*starmgr);
  }
  replay_from_ = steady_ms();
  std::thread([this] { state_loop(); }).detach();
}

void FeNode::on_group_state(GroupState state) {
  const char* name = state == GroupState::kMaster ? "LEADER"
                     : state == GroupState::kReplica
                         ? (role_.role.role == "FOLLOWER" ? "FOLLOWER" : "OBSERVER")
                         : "UNKNOWN";
  log_warn("StateChangeExecutor.notifyNewFETypeTransfer():63",
           std::string("notify new FE type transfer: ") + name);
  out_line(std::string("notify new FE type transfer: ") + name);
  {
    const std::lock_guard lock(states_mutex_);
    states_.push_back(state);
  }
  states_changed_.notify_all();
}

void FeNode::state_loop() {
  for (;;) {
    GroupState next{};
    {
      std::unique_lock lock(states_mutex_);
      states_changed_.wait(lock, [this] { return !states_.empty(); });
      next = states_.front();
      states_.pop_front();
    }
    transfer(next);
  }
}

void FeNode::transfer(GroupState to) {
  if (transferred_) return;
  const FeType from = type_;
  switch (to) {
    case GroupState::kInit:
      return;
    case GroupState::kUnknown:
      return lose_group();
    case GroupState::kReplica:
      if (from == FeType::kLeader) break;
      type_ = role_.role.role == "FOLLOWER" ? FeType::kFollower : FeType::kObserver;
      replaying_ = true;
      {
        const std::lock_guard lock(leader_mutex_);
        leader_host_ = group_->own_answer().master_host;
        pooled_.clear();
      }
      log_info("StateChangeExecutor.runOneCycle():184",
               "finished to transfer FE type from " + std::string(to_string(from)) + " to " +
                   std::string(to_string(type_)));
      return;
    case GroupState::kMaster:
      return become_leader();
  }
}

void FeNode::lose_group() {
  const FeType from = type_;
  if (from == FeType::kInit) return;
  if (from == FeType::kLeader && !leaving_) {
    log_error("StateChangeExecutor.runOneCycle():175",
              "transfer FE type from LEADER to UNKNOWN. exit");
    out_line("transfer FE type from LEADER to UNKNOWN. exit");
    fe_exit(255);
  }
  if (from != FeType::kUnknown && from != FeType::kLeader) {
    log_info("GlobalStateMgr.transferToNonLeader():1",
             std::string(to_string(from)) + " to UNKNOWN, still offer read service");
    type_ = FeType::kUnknown;
  }
}

void FeNode::become_leader() {
  const std::int64_t target = group_->last_index();
  log_info("GlobalStateMgr.transferToLeader():1",
           "start to replay journal from " + std::to_string(applied_index()) + " to " +
               std::to_string(target));
  wait_applied(target);
  while (replays())
    sleep_for(milliseconds(5));
  {
    const std::lock_guard lock(journal_mutex_);
    next_journal_id_ = journal_id_ + 1;
  }
  sleep_for(env_delay("SR_SIM_FE_PROMOTE_MS", 500));
  hit_stage("promoting");
  if (role_.founder && catalog()->frontends.empty()) {
    FrontendRow own{.id = 1,
                    .name = role_.role.name,
                    .host = identity_.host,
                    .edit_log_port = config_.edit_log_port,
                    .role = FeRole::kFollower};
    const RunMode mode = parse_run_mode(config_.run_mode).value_or(RunMode::kSharedNothing);
    if (commit_payload({entry::found(role_.version.cluster_id, role_.version.token, mode),
                        entry::put_frontend(own)},
                       true)) {
      return;
    }
  } else {
    check_own_row();
  }
  if (commit_payload({entry::timestamp(unix_ms())}, true)) return;
  {
    const std::lock_guard lock(leader_mutex_);
    leader_host_ = identity_.host;
  }
  type_ = FeType::kLeader;
  replaying_ = true;
  leader_ready_ = true;
  log_info("GlobalStateMgr.transferToLeader():1",
           "leader finished to replay journal, can write now.");
  out_line("leader finished to replay journal, can write now.");
  start_daemons();
}

void FeNode::check_own_row() {
  const auto now_known = catalog();
  const FrontendRow* own = now_known->frontend(identity_.host, config_.edit_log_port);
  if (config_.flag("bdbje_reset_election_group") || config_.flag("metadata_failure_recovery"))
    return;
  if (own == nullptr) {
    log_error("NodeMgr.checkCurrentNodeExist():698",
              "current node is not added to the cluster, will exit");
    out_line("current node is not added to the cluster, will exit");
    fe_exit(255);
  }
  if (to_string(own->role) != role_.role.role) {
    log_error("NodeMgr.checkCurrentNodeExist():704",
              "current node role is not match with node role in meta. will exit");
    fe_exit(255);
  }
}

bool FeNode::fresh() const {
  if (config_.flag("ignore_meta_check")) return true;
  const std::int64_t limit = config_.number("meta_delay_toleration_second", 300) * 1000;
  return unix_ms() - catalog()->last_timestamp <= limit;
}

bool FeNode::can_read() const {
  return leader_ready_ || (replaying_ && fresh());
}

bool FeNode::ready() const {
  if (transferred_) return false;
  return leader_ready_ || (replaying_ && type_ != FeType::kLeader && fresh());
}

std::int64_t FeNode::applied_index() const {
  const std::lock_guard lock(catalog_mutex_);
  return applied_index_;
}

bool FeNode::replays() const {
  return steady_ms() - replay_from_ < replay_.count();
}

namespace {

/// What a replay reads of bdb/ in two seconds.
void read_journal() {
  constexpr std::streamsize kBytes = std::streamsize{4} << 20U;
  std::vector<char> bytes(kBytes);
  std::ifstream("/dev/zero").read(bytes.data(), kBytes);
}

}  // namespace

/// Lines of docs/starrocks.md section 12, each two seconds of the wait. Of its replay a leader to
/// be tells nothing.
void FeNode::tell_progress() const {
  const std::int64_t spent = steady_ms() - replay_from_;
  const bool follows = type_ == FeType::kFollower || type_ == FeType::kObserver;
  if (replays()) read_journal();
  if (replays() && follows) {
    const std::int64_t last = group_->last_index();
    const std::int64_t id = last * spent / replay_.count();
    log_info(
        "GlobalStateMgr.replayJournalInner():1",
        "replay journal cost too much time: " + std::to_string(scaled(milliseconds(2000)).count()) +
            " replayedJournalId: " + std::to_string(id));
  } else if (replaying_ && !fresh()) {
    log_warn("GlobalStateMgr$5.setCanRead():1928",
             "meta out of date. current time: " + std::to_string(unix_ms()) +
                 ", synchronized time: " + std::to_string(catalog()->last_timestamp) +
                 ", has log: false, fe type: " + std::string(to_string(type_)));
  }
  log_info("GlobalStateMgr.waitForReady():1225",
           "wait globalStateMgr to be ready. FE type: " + std::string(to_string(type_)) +
               ". is ready: false");
}

void FeNode::wait_for_ready() {
  const std::int64_t begun = steady_ms();
  std::int64_t said = begun;
  std::int64_t complained = 0;
  while (replays() || !ready()) {
    sleep_for(milliseconds(5));
    if (steady_ms() - said < scaled(milliseconds(2000)).count()) continue;
    said = steady_ms();
    tell_progress();
    const std::int64_t minutes = (said - begun) / scaled(milliseconds(60000)).count();
    if (minutes <= complained) continue;
    complained = minutes;
    log_warn(
        "GlobalStateMgr.waitForReady():1229",
        "It took too much time for FE to transfer to a stable state(LEADER/FOLLOWER), it maybe "
        "caused by one of the following reasons: 1. There are too many BDB logs to replay. 2. "
        "Majority voting members(LEADER or FOLLOWER) of the FE cluster haven't started "
        "completely.");
  }
  log_info("GlobalStateMgr.waitForReady():1219",
           "globalStateMgr is ready. FE type: " + std::string(to_string(type_)));
  hit_stage("ready");
}

void FeNode::open_ports() {
  role_.role.host_type = identity_.fqdn ? "FQDN" : "IP";
  meta_.write_role(role_.role, "");
  hit_stage("host_type_written");
  start_time_ = unix_ms();
  auto rpc = listen_on({identity_.ip, config_.rpc_port});
  if (!rpc) start_failed("java.net.BindException: " + rpc.error().what);
  rpc_listener_ = std::move(*rpc);
  std::thread([this] { rpc_loop(); }).detach();
  const auto known = catalog();
  const FrontendRow* own = known->frontend_by_name(role_.role.name);
  mysql_ = std::make_unique<MysqlServer>(
      *this,
      MysqlServer::Options{.ip = identity_.ip,
                           .port = config_.query_port,
                           .max_connections = config_.profile.default_max_connections,
                           .fe_id = own == nullptr ? 1 : own->id,
                           .audit = audit_line});
  if (const std::string failed = mysql_->start(); !failed.empty())
    start_failed("java.net.BindException: " + failed);
  handles_usr1_ = config_.profile.sigusr1_graceful;
  log_info("StarRocksFE.start():207", "FE started successfully");
  sleep_for(scaled(milliseconds(300)));
  auto http = http_.start({identity_.ip, config_.http_port},
                          [this](const HttpRequest& r) { return answer_http(r); });
  if (!http) start_failed("java.net.BindException: " + http.error().what);
}

SelfInfo FeNode::self() const {
  return {.node_name = role_.role.name,
          .host = identity_.host,
          .fqdn_mode = identity_.fqdn,
          .edit_log_port = config_.edit_log_port,
          .http_port = config_.http_port,
          .query_port = config_.query_port,
          .rpc_port = config_.rpc_port,
          .start_time = start_time_};
}

bool FeNode::has_own_row() const {
  return catalog()->frontend_by_name(role_.role.name) != nullptr;
}

std::vector<ProcessRow> FeNode::processes() const {
  return mysql_ ? mysql_->processes() : std::vector<ProcessRow>{};
}

bool FeNode::kill_connection(std::uint32_t connection_id) {
  return mysql_ && mysql_->kill(connection_id);
}

std::string FeNode::state_text() const {
  const auto known = catalog();
  return encode({{"type", std::string(to_string(type_))},
                 {"ready", ready() ? "true" : "false"},
                 {"stage", held_stage()},
                 {"node_name", role_.role.name},
                 {"cluster_id", std::to_string(known->cluster_id)},
                 {"journal_id", std::to_string(journal_id_)}});
}

}  // namespace srsim
