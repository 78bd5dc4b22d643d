#include "runtime/fe_agent.h"
#include "runtime/start_facts.h"
#include "starrocks/start_command.h"

/// FeAgent: what it tells others.
namespace sragent {

void FeAgent::describe(NodeStatus& status) const {
  status.phase = phase_;
  status.reason = reason_;
  status.detail = detail_;
  status.meta = to_string(meta_.kind);
  status.meta_dir = shell_.state.data_dir();
  status.main_log = log_files(NodeKind::kFe, conf_.sys_log_dir, conf_.log_dir).main;
  status.accept_window_s = conf_.min_graceful_exit_s;
  status.state_dir = shell_.state.dir();
  status.cluster_id = meta_.cluster_id.empty() ? certificate_ : meta_.cluster_id;
  status.role = role_;
  status.leader = leader_seen_;
  status.members = members_;
  status.server.version = version_;
  status.row = row_;
  status.peers = look_.peers;
  status.warnings.insert(status.warnings.end(), conf_.warnings.begin(), conf_.warnings.end());
  if (const auto* offer = consent_.offer()) {
    status.consent =
        ConsentOffer{offer->challenge, permits(offer->matter), consent_command(offer->challenge)};
  }
  status.decisions = decisions_;
  if (!explained_ && decided_from_) {
    explain_input_ = to_json(*decided_from_);
    facts_ = start_facts(*decided_from_);
    explained_ = true;
  }
  status.explain_input = explain_input_;
  status.facts = facts_;
  status.workers = shell_.workers->stats();
  describe_ready(status.ready);
  status.features_off = shell_.credentials->features_off();
  if (!decisions_.empty()) status.rules_tried = rules_tried(decisions_.back().rule);
  leave_.describe(status);
  ghosts_.describe(status);
}

void FeAgent::describe_ready(ReadyFacts& facts) const {
  ready_.describe(facts);
  facts.own_names = shell_.node.addresses;
  facts.own_cluster = meta_.cluster_id;
  facts.own_role = to_string(meta_.role);
  const bool sealed = meta_.kind == MetaKind::kSealed;
  facts.row.reason = reason_;
  facts.row.detail = detail_;
  // A member that the leader lists no more was taken out.
  if (facts.row.at && sealed && reason_ != Reason::kNotInGroup) facts.row.reason = Reason::kDropped;
  const bool serves = phase_ == Phase::kStarting || phase_ == Phase::kRunning;
  if (!serves || sealed) return;
  facts.under_way = reason_ == Reason::kNone ? Reason::kStarting : reason_;
  facts.under_way_detail = detail_;
}

std::optional<std::string> FeAgent::command(const std::string& line, Instant now) {
  constexpr std::string_view kConsent = "consent ";
  if (line.rfind(kConsent, 0) == 0)
    return take_consent(std::string_view{line}.substr(kConsent.size()), now) + "\n";
  if (line == "register")
    return "an FE registers itself by its start rules; see sr-agent explain\n";
  return std::nullopt;
}

}  // namespace sragent
