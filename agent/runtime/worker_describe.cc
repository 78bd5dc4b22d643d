#include <algorithm>

#include "runtime/worker_registration.h"

/// WorkerRegistration: what it tells others.
namespace sragent {
namespace {

FactLine fact(std::string name,
              std::string value,
              std::string why,
              std::string source,
              std::optional<Instant> at) {
  return {std::move(name), std::move(value), std::move(why), std::move(source), at};
}

Tri tri(bool yes) {
  return yes ? Tri::kYes : Tri::kNo;
}

}  // namespace

TcpProbe WorkerRegistration::port_of(const FeTarget& target) const {
  const auto& all = ports_.targets;
  const auto at = std::find(all.begin(), all.end(), target);
  const auto index = static_cast<std::size_t>(at - all.begin());
  return index < ports_.answers.size() ? ports_.answers[index] : TcpProbe::kUnknown;
}

const FeFailure* WorkerRegistration::failure_of(const FeTarget& target) const {
  const auto at = std::find_if(failures_.begin(), failures_.end(), [&](const FeFailure& one) {
    return one.target == target;
  });
  return at == failures_.end() ? nullptr : &*at;
}

std::string WorkerRegistration::trouble_of(const FeTarget& target) const {
  if (const auto* failure = failure_of(target)) return failure->error.what;
  if (answered_ == target || !ports_at_) return {};
  const auto& asked = ports_.targets;
  if (std::find(asked.begin(), asked.end(), target) == asked.end()) return "not asked yet";
  switch (port_of(target)) {
    case TcpProbe::kOpen:
      return {};
    case TcpProbe::kRefused:
      return "connection refused";
    case TcpProbe::kUnknown:
      return "no answer to a connect";
  }
  return {};
}

/// A line for people: the first of many; the facts of the status have all.
std::string WorkerRegistration::all_troubles() const {
  constexpr std::size_t kTold = 16;
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : "; ") + text; };
  std::size_t troubled = 0;
  for (const auto& target : names_.targets) {
    if (const auto trouble = trouble_of(target); !trouble.empty() && ++troubled <= kTold)
      add(host_port(target.address, target.port) + ": " + trouble);
  }
  if (troubled > kTold) add("and " + std::to_string(troubled - kTold) + " more");
  if (!names_.targets.empty()) return out;
  add("no address of an FE is known");
  for (const auto& problem : names_.problems)
    add(problem);
  return out;
}

void WorkerRegistration::describe(NodeStatus& status) const {
  status.cluster_id = remembered();
  status.features_off = shell_.credentials->features_off();
  if (leader_) {
    status.leader = leader_->host;
    status.members = leader_->members;
  }
  auto& row = status.row;
  row.at = rows_at_;
  if (listed_known_) {
    row.registered = tri(decision_.registered);
    row.alive = tri(decision_.alive);
  }
  if (const auto* own = rows_ ? find_own_row(context_.self, *rows_) : nullptr) {
    row.error = own->error;
    status.server.version = version_;
  }
  for (const auto& line : decisions_)
    status.decisions.push_back(line);
  const bool own = own_name_.own != Tri::kUnknown;
  status.facts.push_back(fact("own_name",
                              own ? std::string{to_string(own_name_.own)} : "",
                              own_name_.why,
                              "name servers",
                              names_at_));
  for (const auto& problem : names_.problems)
    status.facts.push_back(fact("name", {}, problem, "name servers", names_at_));
  for (const auto& target : names_.targets) {
    const auto name = "fe " + host_port(target.address, target.port);
    const bool led = answered_ == target && failure_of(target) == nullptr;
    const bool open = led || port_of(target) == TcpProbe::kOpen;
    const auto trouble = trouble_of(target);
    const auto* const value = !trouble.empty() ? "" : led ? "told the list" : open ? "accepts" : "";
    const bool by_sql = led || failure_of(target) != nullptr;
    status.facts.push_back(
        fact(name, value, trouble, by_sql ? "sql" : "connect", by_sql ? failures_at_ : ports_at_));
  }
  if (!stored_id_.empty() || !stored_why_.empty()) {
    status.facts.push_back(
        fact("stored_cluster_id", stored_id_, stored_why_, context_.storage_root, failures_at_));
  }
}

void WorkerRegistration::describe_ready(ReadyFacts& facts) const {
  facts.own_names = context_.self.addresses;
  if (own_name_.elsewhere) facts.name_elsewhere = own_name_.why;
  facts.own_cluster = stored_id_;
  auto& row = facts.row;
  row.reason = decision_.reason;
  row.detail = decision_.detail;
  if (!rows_ || !leader_) return;
  row.at = rows_at_;
  facts.listed_cluster = leader_->cluster_id;
  const auto* own = find_own_row(context_.self, *rows_);
  // Taken out by `sr-agent offline`: what the last list said of the row is over.
  if (own == nullptr || decision_.reason == Reason::kDropped) return;
  row.listed = true;
  row.alive = own->alive;
  row.decommissioned = own->decommissioned;
  row.host = own->host;
}

}  // namespace sragent
