#include "fe_server.h"
#include "sql_port.h"

/// What the SQL dialect of tests/sim asks of an FE, and its query port.
namespace sragent::simulate {

srsim::Catalog& Group::edit() {
  if (catalog.use_count() > 1) catalog = std::make_shared<srsim::Catalog>(*catalog);
  return *catalog;
}

srsim::SelfInfo FeServer::self() const {
  srsim::SelfInfo out;
  out.node_name = name_;
  out.host = pod.slot->fqdn;
  out.start_time = start_ms();
  return out;
}

std::shared_ptr<const srsim::Catalog> FeServer::catalog() const {
  return shown_ ? shown_ : group_->catalog;
}

void FeServer::show(std::shared_ptr<const srsim::Catalog> catalog) {
  if (group_->leader != nullptr) group_->leader->shown_ = catalog;
  shown_ = std::move(catalog);
}

bool FeServer::can_read() const {
  return leading_ || (group_->leader != nullptr && world.linked(pod, group_->leader->pod));
}

bool FeServer::has_own_row() const {
  return group_->catalog->frontend_by_name(name_) != nullptr;
}

srsim::GroupView FeServer::group() {
  srsim::GroupView out;
  auto* const leader = leading_ ? this : group_->leader;
  if (leader == nullptr || !world.linked(pod, leader->pod) || !group_->has(name_)) return out;
  for (const auto* all : {&group_->members, &group_->observers}) {
    for (const auto& name : *all)
      out.members.push_back({name.substr(0, name.find('_')), kEditLogPort});
  }
  out.master = srsim::GroupView::Member{leader->pod.slot->fqdn, kEditLogPort};
  return out;
}

bool FeServer::is_live_member(std::string_view node_name) {
  for (const auto& slot : world.slots) {
    if (slot->pod != nullptr) {
      if (const auto* const other = fe_at(*slot->pod); other != nullptr)
        if (other->attached() && other->node_name() == node_name) return true;
    }
  }
  return false;
}

std::int64_t FeServer::replayed_journal_id() const {
  return group_->journal;
}

srsim::CommitError FeServer::commit(const srsim::JournalEntry& change) {
  constexpr Ms kCommitPatience = 10'000;
  const auto name = change.fields.find("name");
  // DROP takes the member out of the group first: whether the rest is a majority is asked after
  // that.
  const bool drop = change.op == srsim::JournalOp::kDropFrontend && name != change.fields.end();
  if (drop) group_->members.erase(name->second);
  if (!has_majority(world, *group_, *this)) {
    extra_time = kCommitPatience;
    return srsim::SqlError{.message =
                               "(JE 18.3.20) Commit policy: SIMPLE_MAJORITY required 1 "
                               "replica. But none were active with this master."};
  }
  // A copy of 10,000 rows for each ADD is left out: the statement that looks on has done with them.
  auto& catalog = world.long_list_limit != 0 ? *group_->catalog : group_->edit();
  srsim::apply(catalog, change);
  ++group_->journal;
  if (change.op == srsim::JournalOp::kPutNode)
    group_->node_ids[change.fields.at("host")] = std::stoll(change.fields.at("id"));
  if (change.op == srsim::JournalOp::kPutFrontend && name != change.fields.end()) {
    const auto* const row = catalog.frontend_by_name(name->second);
    if (row->role == srsim::FeRole::kFollower) group_->unstable.insert(name->second);
  }
  if (drop) {
    group_->observers.erase(name->second);
    group_->unstable.erase(name->second);
  }
  return std::nullopt;
}

srsim::SqlResult FeServer::forward(const srsim::ForwardRequest& request) {
  auto* const leader = group_->leader;
  const bool reached = leader != nullptr && !leader->over && leader->ready() &&
                       world.linked(pod, leader->pod) && group_->has(name_);
  if (!reached) return srsim::error_result("java.net.ConnectException: Connection refused");
  forwarded_to = &leader->pod;
  auto out = srsim::execute_forwarded(request, *leader);
  extra_time += leader->extra_time;
  leader->extra_time = 0;
  return out;
}

/// The JVM keeps what it found for 60 s, a failure for 10 s.
std::optional<std::string> FeServer::resolve(std::string_view host) {
  constexpr Ms kKept = 60'000;
  constexpr Ms kFailureKept = 10'000;
  auto it = resolved_.find(host);
  if (it == resolved_.end()) it = resolved_.emplace(host, Resolved{}).first;
  auto& known = it->second;
  if (world.now() < known.until) return known.address;
  const bool dark = world.now() < world.dns_down_until;
  const auto name = dark ? World::Name{} : world.look_up(std::string{host});
  known.address = name.addresses.empty() ? std::nullopt : std::optional{name.addresses.front()};
  known.until = world.now() + (known.address ? kKept : kFailureKept);
  return known.address;
}

bool SqlPort::open() const {
  return !pod_.gone && pod_.server.get() == &server_ && server_.listens(kQueryPort);
}

namespace {

/// For 10,000 nodes: a list has the asker's row and the first few others; the rest is what no agent
/// looks at, and would be all that this process does.
std::shared_ptr<const srsim::Catalog> shortened(const World& world,
                                                const Slot& asker,
                                                const Group& group) {
  const auto& whole = *group.catalog;
  auto out = std::make_shared<srsim::Catalog>();
  out->cluster_id = whole.cluster_id;
  out->token = whole.token;
  out->frontends = whole.frontends;
  out->users = whole.users;
  for (const auto& [id, row] : whole.nodes) {
    if (static_cast<int>(out->nodes.size()) >= world.long_list_limit) break;
    out->nodes.emplace(id, row);
  }
  if (const auto* own = row_of(group, asker)) out->nodes.emplace(own->id, *own);
  return out;
}

}  // namespace

srsim::StatementResult SqlPort::execute(Agent* agent, std::string_view sql, Ms& takes) {
  auto& world = server_.world;
  auto* const group = server_.ring();
  const bool ddl = sql.starts_with("ALTER") || sql.starts_with("CREATE");
  if (ddl) {
    world.note(&pod_, {"executes ", sql});
    world.before_change(agent, *group, sql);
  }
  auto session = srsim::open_session(*server_.catalog(), "root");
  server_.extra_time = 0;
  server_.forwarded_to = nullptr;
  if (!ddl && agent != nullptr && world.long_list_limit != 0)
    server_.show(shortened(world, *agent->pod.slot, *group));
  auto result = srsim::execute(session, server_, sql);
  server_.show(nullptr);
  if (agent != nullptr && agent->pod.slot->kind != NodeKind::kFe)
    world.on_executed(pod_, server_.forwarded_to);
  takes = 1 + world.rng.below(5) + server_.extra_time;
  auto last = std::move(result.results.back());
  return last;
}

std::unique_ptr<SqlPort> open_sql(Pod& pod, const std::string& user, const std::string& password) {
  auto* const server = fe_at(pod);
  if (server == nullptr || user != "root" || password != server->world.password) return nullptr;
  return std::make_unique<SqlPort>(pod, *server);
}

std::string bootstrap_of(const Pod& pod) {
  const auto* const server = fe_at(pod);
  const bool serves = server != nullptr && server->can_read();
  return serves ? R"({"status":"OK","msg":"Success"})" : R"({"status":"FAILED","msg":"not ready"})";
}

/// A BE or CN has no work: that a leaving waits for it is shown elsewhere (docs/proof.md).
std::string metrics_of(const Pod& pod) {
  if (pod.slot->kind != NodeKind::kFe)
    return "starrocks_be_pip_query_ctx_cnt 0\nstarrocks_be_load_channel_count 0\n";
  const auto* const server = fe_at(pod);
  if (server == nullptr) return {};
  std::string out = "node_info{type=\"fe_node_num\", state=\"total\"} 1\n";
  if (server->leading()) out += "node_info{type=\"is_master\"} 1\n";
  return out;
}

}  // namespace sragent::simulate
