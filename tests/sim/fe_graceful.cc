#include "fe_exit.h"
#include "fe_node.h"
#include "sim_log.h"

namespace srsim {

/// Source: StarRocksFE.handleGracefulExit; docs/starrocks.md section 7.2.
void FeNode::graceful_exit() {
  log_info("StarRocksFE.lambda$handleGracefulExit$0():228", "start to handle graceful exit");
  int total = 0;
  int alive = 0;
  const auto known = catalog();  // keeps the rows alive
  for (const auto& [name, row] : known->frontends) {
    if (row.role != FeRole::kFollower) continue;
    ++total;
    if (row.health.alive || name == role_.role.name) ++alive;
  }
  if (alive - 1 < total / 2 + 1) {
    log_info("StarRocksFE.lambda$handleGracefulExit$0():232",
             "The current number of FEs that are alive cannot match graceful exit condition, and "
             "can only exit "
             "forcefully.");
    fe_exit(255);
  }
  leaving_ = true;
  if (leader_ready_) {
    sleep_for(scaled(milliseconds(500)));
    wait_for_new_leader();
  }
  drain();
}

void FeNode::wait_for_new_leader() {
  group_->close();
  const std::int64_t limit =
      steady_ms() + scaled_at_least(milliseconds(60000), milliseconds(3000)).count();
  while (steady_ms() < limit) {
    const GroupAnswer answer = group_->ask_members(alive_hosts());
    const auto ip = resolver_.first(answer.master_host);
    if (!answer.master_name.empty() && answer.master_name != role_.role.name && ip) {
      const auto reply = http_call(
          identity_.ip, {*ip, config_.http_port}, {.target = "/api/bootstrap"}, milliseconds(2000));
      if (reply && reply->body.find(R"("status":"OK")") != std::string::npos) {
        const std::lock_guard lock(leader_mutex_);
        leader_host_ = answer.master_host;
        pooled_.clear();
        break;
      }
    }
    sleep_for(milliseconds(20));
  }
  transferred_ = true;
  leader_ready_ = false;
  type_ = FeType::kUnknown;
}

void FeNode::drain() {
  const std::int64_t begun = steady_ms();
  const auto least =
      scaled(milliseconds(config_.number("min_graceful_exit_time_second", 15) * 1000)).count();
  const auto most =
      scaled(milliseconds(config_.number("max_graceful_exit_time_second", 60) * 1000)).count();
  mysql_->set_draining(true);
  for (;;) {
    mysql_->close_idle(scaled(milliseconds(1000)));
    const std::size_t left = mysql_->connection_count();
    const std::int64_t spent = steady_ms() - begun;
    if (left == 0 && spent >= least) break;
    if (spent > most) {
      log_info("StarRocksFE.waitForDraining():335", "graceful exit timeout");
      fe_exit(255);
    }
    log_info("StarRocksFE.waitForDraining():331",
             "waiting for " + std::to_string(left) + " connections to drain");
    sleep_for(scaled(milliseconds(1000)));
  }
  log_info("StarRocksFE.lambda$handleGracefulExit$0():247", "handle graceful exit successfully");
  fe_exit(0);
}

}  // namespace srsim
