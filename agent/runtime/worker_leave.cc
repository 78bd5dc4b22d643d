#include "runtime/worker_leave.h"

#include <algorithm>
#include <csignal>

#include "core/exit_codes.h"
#include "core/words.h"
#include "runtime/log.h"
#include "starrocks/versions.h"

namespace sragent {
namespace {

constexpr Millis kUnmarkPace{3'000};
constexpr int kUnmarkTries = 2;
constexpr Millis kLookPace{2'000};
constexpr Millis kWorkOffPace{15'000};
/// Beyond its loops a BE closes its ports and its storage.
constexpr Millis kTeardown{10'000};
constexpr Millis kExitLoop{10'000};

Capabilities capabilities(const std::optional<MarkLook>& look) {
  const auto version = parse_version(look ? look->version : std::string{});
  return capabilities_of(version ? &*version : nullptr);
}

int loops(int configured, const Capabilities& can) {
  return configured >= 0 ? configured : can.be_exit_loops;
}

}  // namespace

WorkerLeave::WorkerLeave(Shell& shell, Job job, std::function<Where()> where, TakenOut taken_out)
    : shell_(shell),
      job_(std::move(job)),
      where_(std::move(where)),
      taken_out_(std::move(taken_out)),
      row_(shell.node.kind),
      note_(shell.state.read_marks()),
      wish_(shell.state) {
  if (note_) log_warn("marks_left", {{"of", "an earlier leaving of this node"}});
}

/// A record that dies with the pod would leave marks that nobody takes back (S47).
bool WorkerLeave::durable() const {
  return !shell_.state.dir().starts_with(shell_.config.node.runtime_dir);
}

bool WorkerLeave::marked_everywhere() const {
  return look_ && look_->silent.empty() && made_ && made_->trouble.empty() && !made_->made.empty();
}

bool WorkerLeave::hard_stop() const {
  const auto can = capabilities(look_);
  return shell_.node.kind == NodeKind::kCn ? can.cn_hard_stop : can.be_hard_stop;
}

LeaveFacts WorkerLeave::facts(const LeaveState& state) const {
  const auto can = capabilities(look_);
  const bool hard = hard_stop();
  const int waits = loops(where_().exit_loops, can);
  LeaveFacts out;
  out.looked = look_ && (look_->answered || is_stop(state.trigger));
  if (state.again) {
    out.refusal = LeaveRefusal{kExitNo, Reason::kNone, "only an FE can lead"};
  } else if (look_ && look_->identity) {
    out.refusal = LeaveRefusal{kExitUndecidable, Reason::kIdentityConflict, look_->why_none};
  }
  row_.tell(state, out);
  if (is_stop(state.trigger)) out.drops = out.drops && !own_.start_time.empty();
  out.drop_tries = drops_begun_ - (job_.under_way() ? 1 : 0);
  const bool moved = state.trigger == LeaveTrigger::kForGood && out.moves;
  out.marks_wanted = look_ && look_->why_none.empty() && durable() && !moved;
  out.marks_over = made_.has_value();
  out.work_kept_away = marked_everywhere() || (moved && out.row_gone);
  // One that tells the FEs of its end, and waits for its work by itself, is told at once: only from
  // then on it gets no more.
  const bool by_itself = can.status_code && can.be_counts_pipelines && waits > 0 && !hard;
  out.work_counts = (out.work_kept_away || !by_itself) && count_.can_be_had(state);
  count_.tell(out);
  out.server_stop = hard ? kTeardown : waits * kExitLoop + kTeardown;
  out.marks_left = note_.has_value();
  out.unmark_over = unmark_over_;
  return out;
}

int WorkerLeave::signal() const {
  return hard_stop() ? SIGKILL : SIGTERM;
}

/// What the version lets the stop do (S49), for people.
std::string WorkerLeave::stop_text() const {
  const auto can = capabilities(look_);
  const auto of = look_->version.empty() ? "of an unknown version" : "of version " + look_->version;
  if (hard_stop())
    return "SIGKILL: the stop " + of + " is broken, so its work is waited for before";
  const auto waits = loops(where_().exit_loops, can) * kExitLoop.count() / 1'000;
  return "SIGTERM: a server " + of + " waits for its own work for up to " + std::to_string(waits) +
         " s, and tells " + (can.status_code ? "the FEs" : "nobody") + " of its end";
}

void WorkerLeave::begin_anew() {
  look_.reset();
  made_.reset();
  put_begun_ = false;
  unmark_over_ = false;
  unmark_tries_ = 0;
  trouble_.clear();
  count_ = {};
  row_ = RowLeave{shell_.node.kind};
  wish_.forget();
  own_ = where_().row;
  drops_begun_ = 0;
  job_.forget();
}

void WorkerLeave::act(LeaveAction action, const LeaveState& state, Instant now) {
  const auto where = where_();
  switch (action) {
    case LeaveAction::kLook:
      job_.begin(
          [where] {
            return LeaveNews{0,
                             look_for_marks(where.context,
                                            where.targets,
                                            where.row.start_time,
                                            Deadline::after(kLeaveJobLimit))};
          },
          now);
      return;
    case LeaveAction::kMove:
      return row(RowWish::kDecommission, state, where, now);
    case LeaveAction::kDrop:
      return row(RowWish::kDrop, state, where, now);
    case LeaveAction::kMark:
      return mark(where, now);
    case LeaveAction::kCount:
      job_.begin([where] { return LeaveNews{0, count_work(where.context)}; }, now);
      return;
    case LeaveAction::kUnmark:
      if (facts(state).decommission_left) return row(RowWish::kCancel, state, where, now);
      return unmark(where, {state.signalled_at.has_value(), std::nullopt}, now);
    case LeaveAction::kNothing:
    case LeaveAction::kSignal:
    case LeaveAction::kKill:
      return;
  }
}

/// The record is on disk before the first statement leaves.
void WorkerLeave::mark(const Where& where, Instant now) {
  if (put_begun_ || !look_) return;
  if (auto done = shell_.state.write(look_->note); !done) {
    log_warn("no_marks", {{"error", done.error().what}});
    made_ = MarksDone{{}, {done.error().what}};
    return;
  }
  note_ = look_->note;
  put_begun_ = job_.begin(
      [where, note = look_->note] {
        return LeaveNews{0, put_marks(where.context, note, Deadline::after(kLeaveJobLimit))};
      },
      now);
}

/// Whether the row is to be added again is on disk before the statement leaves. A stop's DROP has
/// all the time that is left for its answer: one that is given up may be carried out later on.
void WorkerLeave::row(RowWish wish, const LeaveState& state, const Where& where, Instant now) {
  if (!job_.free(now)) return;
  const bool stop = is_stop(state.trigger);
  const auto id = stop && wish == RowWish::kDrop ? own_ : row_.id();
  journal_wish(wish, id, state.trigger, now);
  if (wish != RowWish::kCancel && !where.taken_out) taken_out_(stop);
  const auto left = state.ends ? shell_.clock.to_real(*state.ends - now) : kLeaveJobLimit;
  const auto limit = stop ? std::max<Millis>(left, kLeaveJobLimit) : kLeaveJobLimit;
  const bool begun = job_.begin(
      [where, wish, id, limit] {
        return LeaveNews{
            0, work_on_row(where.context, where.targets, id, wish, Deadline::after(limit))};
      },
      now,
      limit);
  if (begun && wish != RowWish::kCancel) row_.begun(now);
  if (begun && stop && wish == RowWish::kDrop) ++drops_begun_;
}

void WorkerLeave::journal_wish(RowWish wish,
                               const OwnRowId& id,
                               LeaveTrigger trigger,
                               Instant now) {
  DecisionLine line;
  line.rule = "leaving";
  line.action = to_string(wish);
  line.reason = Reason::kLeaving;
  line.detail = "wants it for the row with id " + id.id + ", by " + std::string{to_string(trigger)};
  wish_.decide(std::move(line), now);
}

void WorkerLeave::keep(LeaveNote& note) const {
  note.row_id = row_.id().id;
  note.row_start = row_.id().start_time;
  note.cluster_id = row_.id().cluster_id;
}

void WorkerLeave::recall(const LeaveNote& note) {
  row_.recall({note.row_id, note.row_start, note.cluster_id});
}

/// An address, which the next pod does not have. A name may be the next pod's, whatever it looks
/// like: its row stays, unless a person has said that it is not.
bool WorkerLeave::row_goes() const {
  if (shell_.node.kind != NodeKind::kCn) return false;
  const auto& config = shell_.config;
  return config.node.host_type == HostTypeSetting::kIp || config.policy.cn_leaves_at_stop;
}

bool WorkerLeave::settled() {
  if (settled_) return true;
  const auto where = where_();
  settled_ = where.taken_out || where.no_row || !where.row.start_time.empty();
  return settled_;
}

void WorkerLeave::unmark(const Where& where, TakeBack first, Instant now) {
  if (!note_) return;
  job_.begin(
      [where, note = *note_, first = std::move(first)] {
        return LeaveNews{
            0,
            take_marks(where.context, where.targets, note, first, Deadline::after(kLeaveJobLimit))};
      },
      now);
}

void WorkerLeave::work_off(Instant now) {
  if (note_) unmark(where_(), {false, heartbeats_}, now);
}

void WorkerLeave::take(LeaveNews news, Instant now) {
  if (!job_.ended(news, now)) return;
  if (auto* look = std::get_if<MarkLook>(&news.what)) {
    on_look(std::move(*look));
    if (!look_->answered) job_.pause_until(now + kLookPace);
  } else if (auto* made = std::get_if<MarksDone>(&news.what)) {
    for (const auto& what : made->trouble)
      log_warn("mark_failed", {{"fe", what}});
    log_info("marked", {{"fes", joined(made->made, ", ")}});
    made_ = std::move(*made);
  } else if (const auto* taken = std::get_if<MarksTaken>(&news.what)) {
    on_taken(*taken, now);
  } else if (auto* row = std::get_if<RowNews>(&news.what)) {
    const auto of = row->why.empty() ? to_string(row->wish) : std::string_view{};
    row_.take(std::move(*row), job_.began());
    const auto outcome = row_.outcome(drops_begun_ > 0);
    if (!outcome.empty() && wish_.line().action == of) wish_.came_to(outcome, now);
    job_.pause_until(now + row_.pace());
  } else {
    job_.pause_until(now + kCountPace);
    count_.take(std::get<Result<int>>(news.what), job_.began());
  }
}

void WorkerLeave::on_look(MarkLook look) {
  if (!look.why_none.empty()) log_info("no_marks", {{"why", look.why_none}});
  for (const auto& fe : look.silent)
    log_warn("mark_not_possible", {{"fe", fe}});
  if (look.why_none.empty() && !durable()) {
    log_info("no_marks",
             {{"why", "the state folder " + shell_.state.dir() + " ends with the pod"}});
  }
  row_.take(look);
  look_ = std::move(look);
}

/// What is left stays on disk for the next start.
void WorkerLeave::on_taken(const MarksTaken& taken, Instant now) {
  const bool rare = unmark_over_ && !taken.trouble.empty();
  job_.pause_until(now + (rare ? kWorkOffPace : kUnmarkPace));
  for (const auto& [fe, at] : taken.heartbeats)
    heartbeats_[fe] = at;
  trouble_ = taken.trouble;
  if (taken.waits) return;
  unmark_over_ = taken.left.empty() || ++unmark_tries_ >= kUnmarkTries;
  for (const auto& what : taken.trouble)
    log_warn("mark_left", {{"fe", what}});
  if (taken.left.empty()) {
    log_info("marks_taken_back", {{"node_id", note_->node_id}});
    if (auto done = shell_.state.clear_marks(); !done)
      log_warn("mark_not_removed", {{"error", done.error().what}});
    note_.reset();
    return;
  }
  if (note_->marks.size() == taken.left.size()) return;  // as it stands on disk
  note_->marks = taken.left;
  if (auto done = shell_.state.write(*note_); !done)
    log_warn("mark_not_written", {{"error", done.error().what}});
}

void WorkerLeave::describe(NodeStatus& status) const {
  auto& notes = status.leaving_notes;
  if (look_) notes.push_back(stop_text());
  if (look_ && !look_->why_none.empty()) notes.push_back("no marks: " + look_->why_none);
  if (made_ && !made_->made.empty()) notes.push_back("marked at " + joined(made_->made, ", "));
  if (look_) {
    for (const auto& fe : look_->silent)
      notes.push_back("not marked at " + fe);
  }
  if (made_) {
    for (const auto& fe : made_->trouble)
      notes.push_back("not marked at " + fe);
  }
  for (const auto& fe : trouble_)
    notes.push_back("a mark of this node is left at " + fe);
  row_.describe(status);
  if (!count_.why().empty()) notes.push_back("running work is not known: " + count_.why());
}

}  // namespace sragent
