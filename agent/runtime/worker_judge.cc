#include <algorithm>

#include "core/own_name.h"
#include "runtime/journal.h"
#include "runtime/log.h"
#include "runtime/version_note.h"
#include "runtime/worker_registration.h"

/// WorkerRegistration: what is made of the answers.
namespace sragent {
namespace {

constexpr Millis kReadAgain{5'000};
/// A row that is not alive is looked at at this pace for a minute, then at the slower one.
constexpr Millis kNotAlive{5'000};
constexpr Millis kNotAliveLong{15'000};
constexpr Millis kQuickFor{60'000};
/// The FE's word of a node is older than what has just happened on it (S55).
constexpr Millis kAfterEvent{5'000};

/// The word for a refused ADD: the row is not there, unless the refusal has a better one.
Reason reason_of_refusal(ServerError error) {
  const auto reason = reason_of(error);
  return reason == Reason::kFeUnreachable ? Reason::kNotRegistered : reason;
}

std::string_view action_name(const WorkerAction& action) {
  if (std::holds_alternative<AddRow>(action)) return "add";
  return std::holds_alternative<ReadAgain>(action) ? "read_again" : "stay";
}

}  // namespace

void WorkerRegistration::on_names(FeNames names, Instant now) {
  names_at_ = now;
  names_ = std::move(names);
  pace_.resized(names_.set_size, now);
  if (waits_for_name(now) && names_.own_name.own != Tri::kYes) {
    WorkerDecision waits;
    waits.reason = Reason::kDnsNotReady;
    waits.detail = name_not_served(names_.own_name.own, "the own address", context_.self.host);
    if (!names_.own_name.why.empty()) waits.detail += ": " + names_.own_name.why;
    return note(std::move(waits), false, now);
  }
  const bool held_up = held_by_name(decision_) && own_name_.own != Tri::kYes;
  own_name_ = names_.own_name;
  if (held_up && own_name_.own == Tri::kYes) pace_.at_once(now);
}

/// Answers of earlier rounds stay as long as their address is a target.
void WorkerRegistration::keep_ports(const PortsResult& round) {
  const auto has = [](const std::vector<FeTarget>& all, const FeTarget& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  auto out = round;
  for (std::size_t i = 0; i < ports_.targets.size(); ++i) {
    const auto& target = ports_.targets[i];
    if (has(round.targets, target) || !has(names_.targets, target)) continue;
    out.targets.push_back(target);
    out.answers.push_back(ports_.answers[i]);
  }
  ports_ = std::move(out);
}

void WorkerRegistration::on_ports(const PortsResult& ports, Instant now) {
  keep_ports(ports);
  ports_at_ = now;
  const auto& answers = ports.answers;
  const bool any = std::find(answers.begin(), answers.end(), TcpProbe::kOpen) != answers.end();
  // Those of a set that wait for their names get them together: a turn is taken afterwards.
  const bool too_early = waits_for_name(now);
  pace_.connected(any && !too_early, names_.set_size, ports.began, now);
  if (any || too_early) return;
  failures_.clear();
  judge_no_list(Reason::kFeUnreachable, now);
}

void WorkerRegistration::on_read(ReadResult read, Instant now) {
  failures_ = std::move(read.failures);
  failures_at_ = now;
  stored_id_ = std::move(read.stored_id);
  stored_why_ = std::move(read.stored_why);
  if (!read.target) {
    const auto has = [&](auto member) {
      return std::any_of(failures_.begin(), failures_.end(), member);
    };
    const bool refused = has([](const FeFailure& one) { return one.refused; });
    const bool mute = has([](const FeFailure& one) { return one.connected; });
    const auto reason = worst_reason(failures_);
    judge_no_list(reason, now);
    if (refused && reason == Reason::kNoLeader) return pace_.leaderless(names_.set_size, now);
    return refused ? pace_.refused(now) : pace_.unreachable(mute, now);
  }
  answered_ = read.target;
  reads_settled_ = read.leader ? 0 : reads_settled_ + 1;
  leader_read_ = read.leader.has_value();
  if (read.leader) leader_ = std::move(read.leader);
  if (!read.rows) {  // the leader alone was asked and is the same: so it was when the row was seen
    memory_.leader_certain = true;
    return pace_.settled(now);
  }
  take_rows(*std::move(read.rows), now);
  others_.reset();
  if (read.session) own_name_ = std::move(read.own_name);
  judge(std::move(read.session), now);
}

void WorkerRegistration::take_rows(std::vector<WorkerRow> rows, Instant now) {
  rows_ = std::move(rows);
  rows_at_ = now;
  const auto* own = find_own_row(context_.self, *rows_);
  if (own == nullptr) return;
  note_version(version_, own->version);
  note_row_start(*own, now);
}

/// The FE learns of a new start with a heartbeat: what it tells later on is another server's.
void WorkerRegistration::note_row_start(const WorkerRow& own, Instant now) {
  if (!healthy_since_) return row_start_.clear();
  if (!own.alive || own.start_time.empty()) return;
  if (!row_start_.empty() && now - *healthy_since_ >= kQuickFor) return;
  row_id_ = own.id;
  row_start_ = own.start_time;
}

void WorkerRegistration::on_add(AddResult add, Instant now) {
  add_refused_.reset();
  if (add.error) {
    const bool answered =
        add.error->kind != ErrorKind::kTimeout && add.error->kind != ErrorKind::kUnreachable;
    add_refused_ = add.error->what;
    add_reason_ = reason_of_refusal(add.kind);
    log_warn("add_refused", {{"host", context_.self.host}, {"error", add.error->what}});
    note_outcome(add.error->what);
    if (answered && add.kind != ServerError::kAlreadyExists) memory_.added_at.reset();
  }
  if (!add.rows) {  // the row may be there or not: only a new look can tell
    if (!add.error) note_outcome("sent; the list could not be read again");
    return pace_.refused(now);
  }
  take_rows(*std::move(add.rows), now);
  others_ = std::move(add.others);
  if (!add.error) note_outcome("sent");
  judge(nullptr, now);
  if (decision_.registered) add_refused_.reset();
}

WorkerObservation WorkerRegistration::observation(bool with_list, Instant now) const {
  WorkerObservation out;
  out.off = context_.off->load();
  if (with_list && leader_ && rows_) {
    WorkerList list;
    list.leader = leader_->host;
    list.leader_start_time = leader_->start_time;
    list.leader_read = leader_read_;
    list.cluster_id = leader_->cluster_id;
    list.rows = *rows_;
    list.other_kind = others_;
    out.list = std::move(list);
  }
  out.stored_id = stored_id_;
  out.own_name = own_name_.own;
  out.name_elsewhere = own_name_.elsewhere;
  if (healthy_since_) out.healthy_for = now - *healthy_since_;
  out.served = served_;
  out.add_refused = add_refused_;
  return out;
}

void WorkerRegistration::judge_no_list(Reason reason, Instant now) {
  auto seen = observation(false, now);
  seen.why_no_list = reason;
  seen.why_no_list_detail = all_troubles();
  auto outcome = decide_membership(context_.self, seen, memory_, now);
  note(std::move(outcome.decision), false, now);
}

/// `session`: connection on which an ADD may be sent; none after an ADD.
void WorkerRegistration::judge(std::unique_ptr<SqlSession> session, Instant now) {
  auto outcome = decide_membership(context_.self, observation(true, now), memory_, now);
  auto& decision = outcome.decision;
  const bool adds = std::holds_alternative<AddRow>(decision.action);
  const bool sends = adds && session != nullptr;
  if (adds && !sends) outcome.memory = memory_;
  if (adds && add_refused_) decision.reason = add_reason_;
  if (held_by_name(decision) && !own_name_.why.empty()) decision.detail += ": " + own_name_.why;
  keep(std::move(outcome.memory));
  note(std::move(decision), true, now);
  if (sends) return begin_add(std::move(session), now);
  pace(now);
}

/// When to look again after a list was judged and nothing is sent.
void WorkerRegistration::pace(Instant now) {
  const Millis interval{shell_.config.membership.check_interval};
  const bool waits_alive = decision_.registered && !decision_.alive;
  if (!waits_alive) unsettled_since_.reset();
  if (waits_alive && !unsettled_since_) unsettled_since_ = now;
  const bool event = event_at_ && now - *event_at_ < kQuickFor;
  if (decision_.registered && decision_.alive)
    return event ? pace_.look_again(kAfterEvent, now) : pace_.settled(now);
  if (std::holds_alternative<AddRow>(decision_.action)) return pace_.refused(now);
  if (std::holds_alternative<ReadAgain>(decision_.action)) return pace_.look_again(kReadAgain, now);
  // Without a healthy server no heartbeat can succeed; note_health() shortens this wait.
  if (!waits_alive || !healthy_since_) return pace_.look_again(interval, now);
  const bool quick = now - *unsettled_since_ < kQuickFor;
  pace_.look_again(quick ? kNotAlive : kNotAliveLong, now);
}

/// One line for a change, none for the same again.
void WorkerRegistration::note(WorkerDecision decision, bool with_list, Instant now) {
  const auto& old = decision_;
  const bool same = !decisions_.empty() && old.action.index() == decision.action.index() &&
                    old.reason == decision.reason && old.registered == decision.registered &&
                    old.alive == decision.alive;
  decision_ = std::move(decision);
  listed_known_ = with_list;
  if (same) return;
  DecisionLine line;
  line.wall = Clock::wall();
  line.rule = "membership";
  line.action = action_name(decision_.action);
  line.reason = decision_.reason;
  line.detail = decision_.detail;
  log_info("membership",
           {{"action", line.action},
            {"registered", decision_.registered ? "yes" : "no"},
            {"alive", decision_.alive ? "yes" : "no"},
            {"reason", std::string{to_string(line.reason)}},
            {"detail", line.detail}});
  shell_.state.journal(worker_journal_line(line, observation(with_list, now), now));
  add_line(std::move(line));
}

void WorkerRegistration::add_line(DecisionLine line) {
  decisions_.push_back(std::move(line));
  if (decisions_.size() > kDecisionsKept) decisions_.erase(decisions_.begin());
}

void WorkerRegistration::note_outcome(std::string outcome) {
  log_info("outcome", {{"of", "add"}, {"is", outcome}});
  if (decisions_.empty()) return;
  decisions_.back().outcome = std::move(outcome);
  shell_.state.journal(outcome_line(decisions_.back(), shell_.clock.now()));
}

/// What outlives the agent is on disk before anything is done about it.
void WorkerRegistration::keep(WorkerMemory memory) {
  const bool changed = !(worker_note(memory) == worker_note(memory_));
  if (memory.registered_id != memory_.registered_id) registered_since_ = Clock::wall();
  pod_memory_.keep(memory_, memory);
  memory_ = std::move(memory);
  if (!changed) return;
  auto note = worker_note(memory_);
  note.registered_since = registered_since_;
  if (auto done = shell_.state.write(note); !done)
    log_warn("worker_note_not_written", {{"error", done.error().what}});
}

}  // namespace sragent
