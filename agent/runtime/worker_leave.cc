#include "runtime/worker_leave.h"

#include <algorithm>
#include <csignal>

#include "core/exit_codes.h"
#include "core/words.h"
#include "runtime/log.h"
#include "starrocks/versions.h"

namespace sragent {
namespace {

/// A look or statement that hangs must not use a stop up: the engine goes on without it.
constexpr Millis kJobLimit{4'000};
constexpr Millis kCountPace{500};
constexpr int kCountTries = 2;
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

WorkerLeave::WorkerLeave(Shell& shell, BeginJob begin_job)
    : shell_(shell), begin_job_(std::move(begin_job)), note_(shell.state.read_marks()) {
  if (note_) log_warn("marks_left", {{"of", "an earlier leaving of this node"}});
}

/// A record that dies with the pod would leave marks that nobody takes back (S47).
bool WorkerLeave::durable() const {
  return !shell_.state.dir().starts_with(shell_.config.node.runtime_dir);
}

bool WorkerLeave::marked_everywhere() const {
  return look_ && look_->silent.empty() && made_ && made_->trouble.empty() && !made_->made.empty();
}

LeaveFacts WorkerLeave::facts(const LeaveState& state) const {
  const auto can = capabilities(look_);
  const bool hard = shell_.node.kind == NodeKind::kCn ? can.cn_hard_stop : can.be_hard_stop;
  const int waits = loops(exit_loops_, can);
  LeaveFacts out;
  out.looked = look_ && (look_->answered || is_stop(state.trigger));
  if (state.again)
    out.refusal = LeaveRefusal{kExitNo, Reason::kNone, "only an FE can lead"};
  else if (look_ && look_->identity)
    out.refusal = LeaveRefusal{kExitUndecidable, Reason::kIdentityConflict, look_->why_none};
  out.marks_wanted = look_ && look_->why_none.empty() && durable();
  out.marks_over = made_.has_value();
  out.work_kept_away = marked_everywhere();
  // One that tells the FEs of its end, and waits for its work by itself, is told at once: only from
  // then on it gets no more.
  const bool by_itself = can.status_code && can.be_counts_pipelines && waits > 0 && !hard;
  out.work_counts = (out.work_kept_away || !by_itself) && can_count(state);
  out.running = running_;
  out.counted_at = counted_at_;
  out.quiet_since = quiet_since_;
  out.server_stop = hard ? kTeardown : waits * kExitLoop + kTeardown;
  out.marks_left = note_.has_value();
  out.unmark_over = unmark_over_;
  return out;
}

/// A stop does not wait for what nobody can tell; a drain does.
bool WorkerLeave::can_count(const LeaveState& state) const {
  return !is_stop(state.trigger) || counts_failed_ < kCountTries;
}

int WorkerLeave::signal(const LeaveState& /*state*/) const {
  const auto can = capabilities(look_);
  const bool hard = shell_.node.kind == NodeKind::kCn ? can.cn_hard_stop : can.be_hard_stop;
  return hard ? SIGKILL : SIGTERM;
}

void WorkerLeave::begin_anew() {
  look_.reset();
  made_.reset();
  put_begun_ = false;
  unmark_over_ = false;
  unmark_tries_ = 0;
  trouble_.clear();
  running_.reset();
  counted_at_.reset();
  quiet_since_.reset();
  count_why_.clear();
  counts_failed_ = 0;
  job_until_.reset();
  ++ticket_;
  next_ = Instant{};
}

bool WorkerLeave::begin(std::function<LeaveNews()> work, Instant now) {
  if (job_until_ && now < *job_until_) return false;
  if (now < next_) return false;
  const auto ticket = ++ticket_;
  const bool taken = begin_job_(
      [work = std::move(work), ticket] {
        auto news = work();
        news.ticket = ticket;
        return news;
      },
      kJobLimit);
  if (!taken) return false;
  job_began_ = now;
  const auto span = static_cast<double>(kJobLimit.count()) * 2.0 * shell_.clock.scale();
  job_until_ = now + Millis{static_cast<std::int64_t>(span)};
  return true;
}

void WorkerLeave::act(LeaveAction action,
                      const LeaveState& state,
                      const Where& where,
                      Instant now) {
  exit_loops_ = where.exit_loops;
  switch (action) {
    case LeaveAction::kLook:
      begin(
          [where] {
            return LeaveNews{
                0,
                look_for_marks(
                    where.context, where.targets, where.row_start, Deadline::after(kJobLimit))};
          },
          now);
      return;
    case LeaveAction::kMark:
      return mark(where, now);
    case LeaveAction::kCount:
      begin([where] { return LeaveNews{0, count_work(where.context)}; }, now);
      return;
    case LeaveAction::kUnmark:
      return unmark(where, state.signalled_at.has_value(), now);
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
  put_begun_ = begin(
      [where, note = look_->note] {
        return LeaveNews{0, put_marks(where.context, note, Deadline::after(kJobLimit))};
      },
      now);
}

void WorkerLeave::unmark(const Where& where, bool server_down, Instant now) {
  if (!note_) return;
  begin(
      [where, note = *note_, server_down] {
        return LeaveNews{
            0,
            take_marks(
                where.context, where.targets, note, server_down, Deadline::after(kJobLimit))};
      },
      now);
}

void WorkerLeave::work_off(const Where& where, Instant now) {
  if (note_) unmark(where, false, now);
}

void WorkerLeave::take(LeaveNews news, Instant now) {
  if (news.ticket != ticket_ || !job_until_) return;
  job_until_.reset();
  next_ = now;
  if (auto* look = std::get_if<MarkLook>(&news.what)) {
    on_look(std::move(*look));
    if (!look_->answered) next_ = now + kLookPace;
  } else if (auto* made = std::get_if<MarksDone>(&news.what)) {
    for (const auto& what : made->trouble)
      log_warn("mark_failed", {{"fe", what}});
    log_info("marked", {{"fes", joined(made->made, ", ")}});
    made_ = std::move(*made);
  } else if (const auto* taken = std::get_if<MarksTaken>(&news.what)) {
    on_taken(*taken, now);
  } else {
    next_ = now + kCountPace;
    on_count(std::get<Result<int>>(news.what), job_began_);
  }
}

void WorkerLeave::on_look(MarkLook look) {
  if (!look.why_none.empty()) log_info("no_marks", {{"why", look.why_none}});
  for (const auto& fe : look.silent)
    log_warn("mark_not_possible", {{"fe", fe}});
  if (look.why_none.empty() && !durable())
    log_info("no_marks",
             {{"why", "the state folder " + shell_.state.dir() + " ends with the pod"}});
  look_ = std::move(look);
}

/// What is left stays on disk for the next start.
void WorkerLeave::on_taken(const MarksTaken& taken, Instant now) {
  next_ = now + (unmark_over_ ? kWorkOffPace : kUnmarkPace);
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
  note_->marks = taken.left;
  if (auto done = shell_.state.write(*note_); !done)
    log_warn("mark_not_written", {{"error", done.error().what}});
}

void WorkerLeave::on_count(const Result<int>& count, Instant asked_at) {
  count_why_ = count ? std::string{} : count.error().what;
  counts_failed_ = count ? 0 : counts_failed_ + 1;
  if (!count) return;
  if (running_ != *count) log_info("running_work", {{"count", std::to_string(*count)}});
  running_ = *count;
  counted_at_ = asked_at;
  if (*count > 0) quiet_since_.reset();
  if (*count == 0 && !quiet_since_) quiet_since_ = asked_at;
}

void WorkerLeave::describe(NodeStatus& status) const {
  auto& notes = status.leaving_notes;
  if (look_ && !look_->why_none.empty()) notes.push_back("no marks: " + look_->why_none);
  if (made_ && !made_->made.empty()) notes.push_back("marked at " + joined(made_->made, ", "));
  if (look_)
    for (const auto& fe : look_->silent)
      notes.push_back("not marked at " + fe);
  if (made_)
    for (const auto& fe : made_->trouble)
      notes.push_back("not marked at " + fe);
  for (const auto& fe : trouble_)
    notes.push_back("a mark of this node is left at " + fe);
  if (!count_why_.empty()) notes.push_back("running work is not known: " + count_why_);
}

}  // namespace sragent
