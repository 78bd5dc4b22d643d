#include "runtime/worker_registration.h"

#include <algorithm>
#include <tuple>

#include "runtime/log.h"
#include "runtime/worker_names.h"
#include "starrocks/conf_file.h"
#include "starrocks/meta_dir.h"

/// WorkerRegistration: what is begun, and when.
namespace sragent {
namespace {

/// A new node gives the name servers this long before it asks an FE although its own name is not
/// served: each login costs the FE two statements (S32), and an absence may be kept for 30 s.
constexpr Millis kNameGrace{35'000};
/// After the server became healthy, the FE's next heartbeat shows the row alive.
constexpr Millis kHeartbeat{5'000};
/// Looks at the own row between two at the leader's; a look is one statement.
constexpr int kRowsPerLeader = 4;
/// Addresses that one round of connects tries: as many as there are worker threads.
constexpr std::size_t kPortsPerRound = 16;

}  // namespace

WorkerRegistration::WorkerRegistration(Shell& shell,
                                       WorkerContext context,
                                       std::shared_ptr<Mailbox<WorkerNews>> mail)
    : shell_(shell),
      context_(std::move(context)),
      mail_(std::move(mail)),
      pace_(shell.config.membership, shell.node.pod),
      pod_memory_(shell.config.node.runtime_dir, context_.self.host) {
  if (!context_.storage_root.empty())
    if (auto id = read_be_cluster_id(context_.storage_root)) stored_id_ = *std::move(id);
  const auto files = shell_.state.read();
  if (files.worker) {
    memory_ = worker_memory(*files.worker);
    registered_since_ = files.worker->registered_since;
  }
  pod_memory_.restore(memory_);
}

ClusterId WorkerRegistration::remembered() const {
  return stored_id_.empty() ? memory_.registered_id : stored_id_;
}

std::string WorkerRegistration::remembered_since() const {
  return remembered() == memory_.registered_id ? registered_since_ : std::string{};
}

void WorkerRegistration::off() {
  context_.off->store(true);
}

void WorkerRegistration::on() {
  context_.off->store(false);
}

void WorkerRegistration::taken_out(std::string_view by) {
  auto memory = memory_;
  memory.dropped = true;
  keep(std::move(memory));
  off();
  decision_ = {Stay{},
               false,
               false,
               Reason::kDropped,
               "taken out: " + std::string{by} + "; sr-agent register adds it again"};
  log_info("taken_out", {{"host", context_.self.host}, {"by", std::string{by}}});
}

void WorkerRegistration::forget_row(WorkerMemory memory) {
  memory.dropped = false;
  memory.decommissioned = false;
  memory.seen = false;
  memory.misses = 0;
  memory.added_at.reset();
  keep(std::move(memory));
}

/// What a person took out stays out. An FE may carry the DROP out late, when the next container has
/// seen the row: its absence is no word of a person then.
void WorkerRegistration::left(Instant now) {
  off();
  if (memory_.dropped) return;
  auto memory = memory_;
  memory.left_at = now;
  forget_row(std::move(memory));
}

void WorkerRegistration::register_again(Instant now) {
  on();
  forget_row(memory_);
  log_info("register_asked", {{"host", context_.self.host}});
  pace_.at_once(now);
}

WorkerContext WorkerRegistration::fresh_context() {
  context_.look.config = std::make_shared<const Config>(shell_.config);
  context_.look.fe_http_port = fe_http_port();
  return context_;
}

std::uint16_t WorkerRegistration::fe_http_port() const {
  return leader_ && leader_->http_port != 0 ? leader_->http_port : FeConf{}.http_port;
}

bool WorkerRegistration::begin(Job& slot,
                               std::function<WorkerNews()> work,
                               Millis limit,
                               Instant now) {
  slot.ticket = ++tickets_;
  const bool taken = shell_.workers->submit(
      [work = std::move(work), ticket = slot.ticket, mail = mail_] {
        auto news = work();
        news.ticket = ticket;
        mail->push(std::move(news));
      },
      Deadline::after(limit));
  if (taken) slot.until = now + shell_.clock.scaled(limit * 2);
  return taken;
}

/// A job that hangs is replaced; what it may still bring has an old ticket.
void WorkerRegistration::give_up_hanging(Instant now) {
  if (names_job_.until && now >= *names_job_.until) {
    names_job_.until.reset();
    names_at_ = now;
    names_.problems = {"the name servers' answers did not come in time"};
  }
  if (fe_job_.until && now >= *fe_job_.until) {
    fe_job_.until.reset();
    log_warn("registration_job_hangs", {{"host", context_.self.host}});
    pace_.refused(now);
  }
}

void WorkerRegistration::note_health(std::optional<Instant> healthy_since, Instant now) {
  const bool same = healthy_since_ == healthy_since;
  const bool first = !healthy_since_ && !was_healthy_;
  healthy_since_ = healthy_since;
  was_healthy_ |= healthy_since.has_value();
  if (same) return;
  if (!first) event_at_ = now;
  if (!decision_.registered || pace_.seeking()) return;
  if (!decision_.alive && healthy_since) unsettled_since_ = now;
  pace_.look_again(kHeartbeat, now);
}

/// The name servers are asked at their pace only while something depends on it.
bool WorkerRegistration::searches() const {
  return pace_.seeking() || held_by_name(decision_);
}

bool WorkerRegistration::held_by_name(const WorkerDecision& decision) const {
  return decision.reason == Reason::kDnsNotReady ||
         (decision.reason == Reason::kIdentityConflict && own_name_.elsewhere);
}

bool WorkerRegistration::names_due(Instant now) const {
  if (names_job_.until) return false;
  if (!names_at_) return true;
  const auto age = now - *names_at_;
  if (searches()) return age >= shell_.config.dns.interval;
  const Millis old{shell_.config.membership.check_interval / 2};
  return pace_.read_due(now) && age >= old;
}

bool WorkerRegistration::waits_for_name(Instant now) const {
  if (names_.own_name.own == Tri::kYes || !memory_.registered_id.empty()) return false;
  return began_ && now - *began_ < kNameGrace;
}

void WorkerRegistration::tick(std::optional<Instant> healthy_since, bool served, Instant now) {
  served_ = served;
  if (context_.off->load()) return;
  if (!began_) began_ = now;
  const auto wall = static_cast<double>(Clock::unix_ms()) * shell_.clock.scale();
  pace_.set(shell_.config.membership, Millis{static_cast<std::int64_t>(wall)} - now);
  give_up_hanging(now);
  note_health(healthy_since, now);
  if (names_due(now)) begin_names(now);
  if (!names_at_ || fe_job_.until) return;
  if (pace_.connect_due(now)) return begin_ports(now);
  if (pace_.read_due(now) && !waits_for_name(now)) begin_read(now);
}

Instant WorkerRegistration::next() const {
  constexpr Millis kFarOff{3'600'000};
  const auto now = shell_.clock.now();
  auto out = now + kFarOff;
  if (context_.off->load()) return out;
  if (names_at_ && !names_job_.until && searches())
    out = std::min(out, *names_at_ + shell_.config.dns.interval);
  for (const auto* job : {&names_job_, &fe_job_})
    if (job->until) out = std::min(out, *job->until);
  const auto step = pace_.next();
  if (step && names_at_ && !fe_job_.until && !waits_for_name(now)) out = std::min(out, *step);
  return std::max(out, now + Millis{1});
}

void WorkerRegistration::begin_names(Instant now) {
  const bool taken = begin(
      names_job_,
      [context = fresh_context(), before = names_] {
        return WorkerNews{0, look_up_fes(context, before)};
      },
      shell_.config.dns.timeout * 20,
      now);
  if (!taken) names_at_ = now;
}

void WorkerRegistration::begin_ports(Instant now) {
  const Millis each{shell_.config.membership.connect_probe};
  const bool taken = begin(
      fe_job_,
      [context = fresh_context(), targets = next_targets(), each] {
        const auto began = context.look.clock.now();
        return WorkerNews{0, PortsResult{targets, try_ports(context, targets, each), began}};
      },
      each * 3,
      now);
  if (!taken) pace_.connected(false, names_.set_size, now, now);
}

/// A part of the addresses in turn: what a round asks in vain must leave it time for the rest.
std::vector<FeTarget> WorkerRegistration::next_targets() {
  const auto& all = names_.targets;
  if (all.size() <= kPortsPerRound) return all;
  std::vector<FeTarget> out;
  for (std::size_t i = 0; i < kPortsPerRound; ++i)
    out.push_back(all[(next_port_ + i) % all.size()]);
  next_port_ = (next_port_ + kPortsPerRound) % all.size();
  return out;
}

/// The one that answered last, then those that accept, in an order of this pod's own, so that the
/// pods of an FE that is lost spread over the others (S32); those that failed last time at the end.
std::vector<FeTarget> WorkerRegistration::in_order() const {
  const auto rank = [&](const FeTarget& target) {
    if (failure_of(target) != nullptr) return 3;
    if (answered_ == target) return 0;
    return port_of(target) == TcpProbe::kOpen ? 1 : 2;
  };
  std::vector<std::tuple<int, double, std::size_t>> places;
  for (std::size_t i = 0; i < names_.targets.size(); ++i) {
    const auto& target = names_.targets[i];
    places.emplace_back(rank(target), pod_fraction(shell_.node.pod, target.address), i);
  }
  std::sort(places.begin(), places.end());
  std::vector<FeTarget> out;
  for (const auto& [ignored, also_ignored, i] : places)
    out.push_back(names_.targets[i]);
  return out;
}

void WorkerRegistration::begin_read(Instant now) {
  auto what = ReadWhat::kRows;
  // A leader that has just come up does not know its own start time yet; S27 compares it.
  const bool leader_known = leader_ && !leader_->start_time.empty();
  if (pace_.seeking() || !leader_known) what = ReadWhat::kBoth;
  if (pace_.is_settled() && reads_settled_ >= kRowsPerLeader) what = ReadWhat::kLeader;
  const auto& sql = shell_.config.sql;
  const Millis span{sql.connect_timeout + sql.show_timeout * 2};
  const bool taken = begin(
      fe_job_,
      [context = fresh_context(),
       targets = in_order(),
       what,
       known = leader_.value_or(LeaderView{}),
       span] {
        auto read = read_membership(context, targets, what, known, Deadline::after(span));
        return WorkerNews{0, std::move(read)};
      },
      span + shell_.config.dns.timeout * 8,
      now);
  if (!taken) pace_.unreachable(true, now);
}

/// An agent that lives for one drain looks and adds nothing.
void WorkerRegistration::begin_add(std::unique_ptr<SqlSession> session, Instant now) {
  if (shell_.config.node.until_drained) return pace_.refused(now);
  const auto& sql = shell_.config.sql;
  const bool taken = begin(
      fe_job_,
      [context = fresh_context(), open = std::shared_ptr<SqlSession>{std::move(session)}] {
        return WorkerNews{0, add_own_row(context, *open)};
      },
      sql.statement_timeout + sql.show_timeout * 2,
      now);
  if (!taken) pace_.refused(now);
}

void WorkerRegistration::take(WorkerNews news, Instant now) {
  Job& slot = std::holds_alternative<FeNames>(news.what) ? names_job_ : fe_job_;
  if (news.ticket != slot.ticket || !slot.until) return;
  slot.until.reset();
  if (context_.off->load()) return;
  if (auto* names = std::get_if<FeNames>(&news.what)) on_names(std::move(*names), now);
  if (const auto* ports = std::get_if<PortsResult>(&news.what)) on_ports(*ports, now);
  if (auto* read = std::get_if<ReadResult>(&news.what)) on_read(std::move(*read), now);
  if (auto* add = std::get_if<AddResult>(&news.what)) on_add(std::move(*add), now);
}

}  // namespace sragent
