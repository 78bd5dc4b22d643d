#include "runtime/fe_agent.h"
#include "runtime/start_facts.h"

/// FeAgent: what it tells others.
namespace sragent {

void FeAgent::describe(NodeStatus& status) const {
  status.phase = phase_;
  status.reason = reason_;
  status.detail = detail_;
  status.meta = to_string(meta_.kind);
  status.meta_dir = shell_.state.data_dir();
  status.state_dir = shell_.state.dir();
  status.cluster_id = meta_.cluster_id.empty() ? certificate_ : meta_.cluster_id;
  status.role = role_;
  status.leader = leader_seen_;
  status.members = members_;
  status.server.version = version_;
  status.row = row_;
  status.peers = look_.peers;
  status.decisions = decisions_;
  if (!explained_ && decided_from_) {
    explain_input_ = to_json(*decided_from_);
    facts_ = start_facts(*decided_from_);
    explained_ = true;
  }
  status.explain_input = explain_input_;
  status.facts = facts_;
  if (!decisions_.empty()) status.rules_tried = rules_tried(decisions_.back().rule);
}

std::optional<std::string> FeAgent::command(const std::string& line, Instant /*now*/) {
  if (line == "register")
    return "an FE registers itself by its start rules; see sr-agent explain\n";
  return std::nullopt;
}

}  // namespace sragent
