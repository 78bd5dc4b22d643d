#include <algorithm>
#include <thread>

#include "fe_node.h"
#include "sim_log.h"

namespace srsim {
namespace {

const char* const kRefused = "Internal error processing forward";

SqlResult forward_failed(const std::string& text) {
  return error_result(text);
}

}  // namespace

std::vector<std::string> FeNode::alive_hosts() const {
  std::vector<std::string> hosts;
  const auto known = catalog();  // keeps the rows alive
  for (const auto& [name, row] : known->frontends) {
    if (row.health.alive || name == role_.role.name) {
      hosts.push_back(host_port(row.host, static_cast<std::uint16_t>(row.edit_log_port)));
    }
  }
  return hosts;
}

GroupView FeNode::group() {
  GroupView view;
  if (group_->state() == GroupState::kMaster) {
    if (auto ready = group_->wait_quorum(); !ready) {
      view.error = ready.error().what;
      return view;
    }
  }
  const GroupAnswer answer = group_->ask_members(alive_hosts());
  if (answer.master_name.empty()) return view;
  view.master = GroupView::Member{answer.master_host, answer.master_port};
  for (const GroupMember& member : answer.members)
    view.members.push_back({member.host, member.port});
  return view;
}

bool FeNode::is_live_member(std::string_view node_name) {
  return group_->is_connected(std::string(node_name));
}

std::optional<std::string> FeNode::resolve(std::string_view host) {
  auto ip = resolver_.first(std::string(host));
  if (!ip) return std::nullopt;
  return *ip;
}

std::string FeNode::resolve_failure(std::string_view host) {
  const auto ip = resolver_.first(std::string(host));
  const std::lock_guard lock(leader_mutex_);
  if (ip) {
    unresolved_.erase(std::string(host));
    return {};
  }
  return unresolved_.insert(std::string(host)).second ? ip.error().what : std::string();
}

std::string FeNode::no_master_text() {
  std::string hosts;
  const auto known = catalog();  // keeps the rows alive
  for (const auto& [name, row] : known->frontends) {
    if (row.role != FeRole::kFollower) continue;
    const auto ip = resolver_.first(row.host);
    hosts += (hosts.empty() ? "" : ", ") + row.host + "/" + (ip ? *ip : "<unresolved>") + ":" +
             std::to_string(row.edit_log_port);
  }
  return "(JE 18.3.20) Could not determine master from helpers at:[" + hosts + "]";
}

/// Fresh data: the last known leader is believed, dead or not. Else BDB-JE is asked.
Result<std::string> FeNode::leader_host() {
  {
    const std::lock_guard lock(leader_mutex_);
    const GroupAnswer own = group_->own_answer();
    if (!own.master_host.empty() && own.master_name != role_.role.name)
      leader_host_ = own.master_host;
    if (!leader_host_.empty() && fresh() && !transferred_) return leader_host_;
  }
  const GroupAnswer answer = group_->ask_members(alive_hosts());
  if (answer.master_name.empty())
    return tl::unexpected(Error{ErrorKind::kUnreachable, no_master_text()});
  const std::lock_guard lock(leader_mutex_);
  leader_host_ = answer.master_host;
  return leader_host_;
}

/// A pooled connection first: when it died, its error is the statement's error, as in the real FE.
Result<Msg> FeNode::call_leader(const std::string& host, const Msg& question) {
  Fd fd;
  {
    const std::lock_guard lock(leader_mutex_);
    if (!pooled_.empty()) {
      fd = std::move(pooled_.back());
      pooled_.pop_back();
    }
  }
  if (!fd.valid()) {
    const auto ip = resolver_.first(host);
    if (!ip) {
      return tl::unexpected(
          Error{ErrorKind::kUnreachable, "java.net.UnknownHostException: " + host});
    }
    auto connected = connect_from(identity_.ip,
                                  {*ip, config_.rpc_port},
                                  scaled_at_least(milliseconds(10000), milliseconds(300)));
    if (!connected) return tl::unexpected(connected.error());
    fd = std::move(*connected);
  }
  set_io_limit(fd, scaled_at_least(milliseconds(310000), milliseconds(2000)));
  if (!send_msg(fd, question)) {
    return tl::unexpected(
        Error{ErrorKind::kUnreachable, "java.net.SocketException: Connection reset"});
  }
  auto answer = recv_msg(fd);
  if (!answer) return answer;
  const std::lock_guard lock(leader_mutex_);
  pooled_.push_back(std::move(fd));
  return answer;
}

SqlResult FeNode::forward(const ForwardRequest& request) {
  const auto host = leader_host();
  if (!host) return forward_failed(host.error().what);
  log_info("LeaderOpExecutor.forward():197",
           "Forward statement to Leader TNetworkAddress(hostname:" + *host +
               ", port:" + std::to_string(config_.rpc_port) + ")");
  const auto answer = call_leader(*host, {{"op", "forward"}, {"request", serialise(request)}});
  if (!answer) {
    const std::lock_guard lock(leader_mutex_);
    pooled_.clear();
    return forward_failed(answer.error().what);
  }
  const auto result = parse_sql_result(get(*answer, "result"));
  if (!result) return forward_failed(kRefused);
  if (request.wait_for_journal) {
    const std::int64_t wanted = get_int(*answer, "journal");
    std::unique_lock lock(catalog_mutex_);
    applied_changed_.wait_for(lock, scaled_at_least(milliseconds(300000), milliseconds(1000)), [&] {
      return journal_id_ >= wanted;
    });
  }
  return *result;
}

bool FeNode::is_frontend_ip(const std::string& ip) {
  const auto known = catalog();  // keeps the rows alive
  return std::ranges::any_of(known->frontends, [&](const auto& one) {
    const auto resolved = resolver_.first(one.second.host);
    return resolved && *resolved == ip;
  });
}

void FeNode::rpc_loop() {
  for (;;) {
    std::string peer;
    auto fd = std::make_shared<Fd>(accept_from(rpc_listener_, peer));
    if (!fd->valid()) return;
    std::thread([this, fd, peer] { serve_rpc(*fd, peer); }).detach();
  }
}

void FeNode::serve_rpc(const Fd& fd, const std::string& peer) {
  for (;;) {
    const auto question = recv_msg(fd);
    if (!question || !send_msg(fd, answer_rpc(*question, peer))) return;
  }
}

Msg FeNode::answer_rpc(const Msg& question, const std::string& peer) {
  const std::string& op = get(question, "op");
  if (op == "forward") {
    const auto request = parse_forward_request(get(question, "request"));
    if (!request || !is_frontend_ip(peer)) return {{"result", serialise(error_result(kRefused))}};
    const SqlResult result = execute_forwarded(*request, *this);
    return {{"result", serialise(result)}, {"journal", std::to_string(journal_id_)}};
  }
  if (op == "report" || op == "resource") {
    const std::lock_guard lock(runtime_mutex_);
    for (const std::string& item : split_list(get(question, "nodes"))) {
      const Msg fields = decode(item);
      runtime_[get_int(fields, "id")] = {
          .running_queries = static_cast<int>(get_int(fields, "running")),
          .mem_used_pct = std::strtod(get(fields, "mem").c_str(), nullptr),
          .cpu_used_pct = std::strtod(get(fields, "cpu").c_str(), nullptr)};
    }
  }
  return {{"status", "OK"}};
}

std::optional<NodeRuntime> FeNode::node_runtime(std::int64_t node_id) const {
  const std::lock_guard lock(runtime_mutex_);
  const auto found = runtime_.find(node_id);
  if (found == runtime_.end()) return std::nullopt;
  return found->second;
}

}  // namespace srsim
