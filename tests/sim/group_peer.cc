#include <algorithm>
#include <future>
#include <random>
#include <thread>

#include "group_node.h"
#include "meta_dir.h"
#include "sim_log.h"

namespace srsim {
namespace {

GroupAnswer answer_from(const Msg& message) {
  GroupAnswer answer;
  answer.gid = get(message, "gid");
  answer.name = get(message, "name");
  answer.master_name = get(message, "master");
  answer.master_host = get(message, "mhost");
  answer.master_port = static_cast<std::uint16_t>(get_int(message, "mport"));
  answer.ballot_ms = get_int(message, "ballot");
  answer.term = get_int(message, "term");
  answer.last_index = get_int(message, "last");
  for (const std::string& text : split_list(get(message, "members")))
    answer.members.push_back(member_from(text));
  return answer;
}

milliseconds jitter(int low_ms, int high_ms) {
  static thread_local std::mt19937 random{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution(low_ms, high_ms)(random));
}

milliseconds peer_limit() {
  return scaled_at_least(milliseconds(3000), milliseconds(400));
}

std::string conflict_text(const std::string& theirs, const std::string& own) {
  return "(JE 18.3.20) Ids: 1 were equal. But names: " + theirs + ", " + own +
         " weren't! UNEXPECTED_STATE: Unexpected internal state, may have side effects.";
}

}  // namespace

std::optional<Endpoint> GroupNode::endpoint(const std::string& host, std::uint16_t port) {
  auto ip = resolver_.first(host);
  if (!ip) return std::nullopt;
  return Endpoint{*ip, port};
}

std::optional<GroupAnswer> GroupNode::ask_one(const std::string& address, milliseconds limit) {
  const auto [host, port] = split_host_port(address);
  const auto to = endpoint(host, port);
  if (!to) return std::nullopt;
  auto reply = ask(options_.ip, *to, {{"op", "state"}}, limit);
  if (!reply) {
    if (reply.error().kind == ErrorKind::kTimeout) {
      const std::lock_guard lock(mutex_);
      silent_until_ms_[address] = steady_ms() + scaled(milliseconds(60000)).count();
    }
    return std::nullopt;
  }
  return answer_from(*reply);
}

std::vector<GroupAnswer> GroupNode::ask_all(const std::vector<std::string>& hosts,
                                            milliseconds limit) {
  std::vector<std::future<std::optional<GroupAnswer>>> asked;
  asked.reserve(hosts.size());
  for (const std::string& host : hosts) {
    asked.push_back(
        std::async(std::launch::async, [this, host, limit] { return ask_one(host, limit); }));
  }
  std::vector<GroupAnswer> answers;
  for (auto& one : asked) {
    if (auto answer = one.get()) answers.push_back(*answer);
  }
  return answers;
}

GroupAnswer GroupNode::own_answer() const {
  return answer_from(state_message());
}

GroupAnswer GroupNode::ask_members(const std::vector<std::string>& hosts) {
  std::vector<std::string> others;
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& host : hosts) {
      if (host == host_port(options_.host, options_.port)) continue;
      const auto silent = silent_until_ms_.find(host);
      if (silent == silent_until_ms_.end() || silent->second < steady_ms()) others.push_back(host);
    }
  }
  GroupAnswer best = own_answer();
  for (const GroupAnswer& one :
       ask_all(others, scaled_at_least(milliseconds(30000), milliseconds(1000)))) {
    if (!one.master_name.empty() && one.ballot_ms > best.ballot_ms) best = one;
  }
  if (best.master_name.empty() || best.master_name == best.name) return best;
  const auto master = ask_one(host_port(best.master_host, best.master_port), peer_limit());
  if (master && master->master_name == master->name) return *master;
  best.master_name.clear();
  best.members.clear();
  return best;
}

void GroupNode::run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
    }
    if (state() == GroupState::kMaster) {
      watch_as_master();
    } else {
      run_unknown();
    }
  }
}

void GroupNode::run_unknown() {
  Master master;
  std::vector<GroupAnswer> answers;
  const Found found = find_master(master, answers);
  if (found == Found::kMaster) follow(master);
  if (found == Found::kNothing) {
    set_state(GroupState::kUnknown);
    restore_from_helper(answers);
    try_election(answers);
  }
  if (state() == GroupState::kMaster) return;
  // Candidates that began together must not meet again: spread by more than a silent peer costs.
  sleep_for(jitter(20, 60) + scaled(jitter(200, 800)) + jitter(0, lost_elections_ > 0 ? 900 : 1));
}

GroupNode::Found GroupNode::find_master(Master& master, std::vector<GroupAnswer>& answers) {
  std::vector<std::string> hosts = options_.helpers;
  std::string gid;
  bool removed = false;
  {
    const std::lock_guard lock(mutex_);
    gid = log_->gid();
    removed = explicitly_removed_;
    for (const auto& [name, member] : log_->members()) {
      const std::string host = host_port(member.host, member.port);
      if (name != options_.node_name &&
          std::find(hosts.begin(), hosts.end(), host) == hosts.end()) {
        hosts.push_back(host);
      }
    }
  }
  answers = ask_all(hosts, peer_limit());
  const GroupAnswer* best = nullptr;
  const GroupAnswer* foreign = nullptr;
  for (const GroupAnswer& one : answers) {
    if (one.master_name.empty() || one.master_name == options_.node_name) continue;
    const GroupAnswer*& slot = gid.empty() || one.gid == gid ? best : foreign;
    if (slot == nullptr || one.ballot_ms > slot->ballot_ms) slot = &one;
  }
  if (removed) return Found::kNothing;
  if (foreign != nullptr && starting_ &&
      (best == nullptr || foreign->ballot_ms > best->ballot_ms)) {
    fatal(conflict_text(foreign->master_name, options_.node_name));
    return Found::kConflict;
  }
  if (best == nullptr) return Found::kNothing;
  master = {best->master_name, best->master_host, best->master_port, best->ballot_ms};
  return Found::kMaster;
}

void GroupNode::follow(const Master& master) {
  const auto to = endpoint(master.host, master.port);
  if (!to) return;
  auto fd = connect_from(options_.ip, *to, scaled_at_least(milliseconds(10000), milliseconds(500)));
  if (!fd) return set_state(GroupState::kUnknown);
  Msg starts;
  Msg hello{{"op", "feed"}, {"name", options_.node_name}, {"host", options_.host}};
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [term, first] : log_->term_starts())
      starts[std::to_string(term)] = std::to_string(first);
    hello["port"] = std::to_string(options_.port);
    hello["electable"] = options_.electable ? "1" : "0";
    hello["gid"] = log_->gid();
    hello["last"] = std::to_string(log_->last_index());
    const auto own = log_->members().find(options_.node_name);
    hello["id"] = std::to_string(own == log_->members().end() ? -1 : own->second.id);
  }
  hello["starts"] = encode(starts);
  set_io_limit(*fd, scaled_at_least(milliseconds(30000), milliseconds(2000)));
  if (!send_msg(*fd, hello)) return;
  const auto reply = recv_msg(*fd);
  if (!reply || !accept_handshake(*reply)) return set_state(GroupState::kUnknown);
  {
    const std::lock_guard lock(mutex_);
    master_ = master;
  }
  follow_stream(*fd, master);
  set_state(GroupState::kUnknown);
}

bool GroupNode::accept_handshake(const Msg& reply) {
  const std::string& answer = get(reply, "answer");
  if (answer == "removed") on_removed(reply);
  if (answer == "conflict" && starting_)
    fatal(conflict_text(get(reply, "name"), options_.node_name));
  if (answer != "welcome") return false;
  const std::lock_guard lock(mutex_);
  if (log_->gid().empty()) log_->set_gid(get(reply, "gid"));
  log_->truncate(get_int(reply, "common"));
  return true;
}

void GroupNode::on_removed(const Msg& reply) {
  const std::string text =
      "com.sleepycat.je.EnvironmentFailureException: Environment invalid because of previous "
      "exception: (JE 18.3.20) " +
      options_.node_name + "(" + get(reply, "id") + "):" + options_.dir +
      "  Feeder: " + get(reply, "feeder") + "(1). Node: " + options_.node_name + "(" +
      get(reply, "id") +
      ") is no longer a member of the group. It was explicitly removed. HANDSHAKE_ERROR: Error "
      "during the handshake "
      "between two nodes. Some validity or compatibility check failed, preventing further "
      "communication between the "
      "nodes. Environment is invalid and must be closed.";
  log_raw(text);
  bool starting = false;
  {
    const std::lock_guard lock(mutex_);
    starting = starting_;
    explicitly_removed_ = true;
    if (starting) fatal_text_ = text;
  }
  changed_.notify_all();
  if (!starting && get(reply, "final") == "1") fatal(text);
}

void GroupNode::follow_stream(const Fd& fd, const Master& master) {
  bool joined = false;
  for (;;) {
    const auto message = recv_msg(fd);
    if (!message) {
      log_->info("lost the feeder " + master.name + ": " + message.error().what);
      return;
    }
    if (get(*message, "op") == "removed") return on_removed(*message);
    std::int64_t last = 0;
    {
      const std::lock_guard lock(mutex_);
      for (const std::string& text : split_list(get(*message, "entries"))) {
        GroupEntry entry = entry_from(text);
        if (entry.index == log_->last_index() + 1) log_->append(entry);
      }
      last = log_->last_index();
      term_ = std::max(term_, get_int(*message, "term"));
      commit_ = std::max(commit_, std::min(last, get_int(*message, "commit")));
    }
    changed_.notify_all();
    if (!send_msg(fd, {{"ack", std::to_string(last)}})) return;
    if (!joined) {
      joined = true;
      lost_elections_ = 0;
      hit_stage("joined_before_ready");
      set_state(GroupState::kReplica);
    }
  }
}

/// An emptied member whose group has no master: it takes the log of a member that knows it and may
/// then stand for election at once, as recorded.
void GroupNode::restore_from_helper(const std::vector<GroupAnswer>& answers) {
  {
    const std::lock_guard lock(mutex_);
    if (!log_->gid().empty() || !options_.electable) return;
  }
  for (const GroupAnswer& one : answers) {
    const auto find = [&](const std::string& name) {
      return std::find_if(one.members.begin(), one.members.end(), [&](const GroupMember& member) {
        return member.name == name;
      });
    };
    const auto helper = find(one.name);
    if (helper == one.members.end() || find(options_.node_name) == one.members.end()) continue;
    if (copy_log(*helper)) return;
  }
}

bool GroupNode::copy_log(const GroupMember& from) {
  const auto to = endpoint(from.host, from.port);
  if (!to) return false;
  const auto reply = ask(options_.ip, *to, {{"op", "restore"}}, peer_limit());
  if (!reply || get(*reply, "gid").empty()) return false;
  log_raw(
      "com.sleepycat.je.rep.InsufficientLogException: (JE 18.3.20) " + options_.node_name +
      "(-1):" + options_.dir +
      " INSUFFICIENT_LOG: Log files at this node are obsolete. Environment is invalid and must be "
      "closed.");
  const std::lock_guard lock(mutex_);
  log_->set_gid(get(*reply, "gid"));
  for (const std::string& text : split_list(get(*reply, "entries")))
    log_->append(entry_from(text));
  return true;
}

bool GroupNode::ask_vote(const std::string& voter, const Msg& question) {
  const auto [host, port] = split_host_port(voter);
  const auto to = endpoint(host, port);
  if (!to) return false;
  const auto reply = ask(options_.ip, *to, question, peer_limit());
  if (reply && !get(*reply, "why").empty()) log_->info("election refused: " + get(*reply, "why"));
  return reply && get(*reply, "granted") == "1";
}

void GroupNode::try_election(const std::vector<GroupAnswer>& answers) {
  Msg question{{"op", "vote"}, {"name", options_.node_name}};
  std::vector<std::string> voters;
  std::int64_t term = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto own = log_->members().find(options_.node_name);
    if (!options_.electable || own == log_->members().end() || closed_) return;
    term = std::max(term_, log_->vote_term());
    for (const GroupAnswer& one : answers)
      term = std::max(term, one.gid == log_->gid() ? one.term : 0);
    ++term;
    term_ = term;
    log_->set_vote(term, options_.node_name);
    for (const auto& [name, member] : log_->members()) {
      if (name != options_.node_name) voters.push_back(host_port(member.host, member.port));
    }
    question["gid"] = log_->gid();
    question["id"] = std::to_string(own->second.id);
    question["term"] = std::to_string(term);
    question["last"] = std::to_string(log_->last_index());
    question["last_term"] = std::to_string(log_->last_term());
  }
  std::vector<std::future<bool>> asked;
  asked.reserve(voters.size());
  for (const std::string& voter : voters) {
    asked.push_back(std::async(std::launch::async,
                               [this, voter, question] { return ask_vote(voter, question); }));
  }
  std::size_t granted = 1;
  for (auto& one : asked)
    granted += one.get() ? 1U : 0U;
  ++lost_elections_;
  if (granted > (voters.size() + 1) / 2) become_master(term);
}

void GroupNode::become_master(std::int64_t term) {
  {
    const std::lock_guard lock(mutex_);
    if (term_ != term || closed_ || log_->voted_for() != options_.node_name) return;
    master_ = {options_.node_name, options_.host, options_.port, unix_ms()};
    commit_ = log_->last_index();
    stuck_since_ms_ = 0;
    override_.reset();
    lost_elections_ = 0;
  }
  set_state(GroupState::kMaster);
}

}  // namespace srsim
