#include "runtime/fe_leave.h"

#include <csignal>

#include "core/exit_codes.h"
#include "runtime/fe_login.h"
#include "runtime/log.h"
#include "starrocks/drain_rows.h"
#include "starrocks/privileges.h"
#include "starrocks/sql_text.h"
#include "starrocks/versions.h"

namespace sragent {
namespace {

constexpr Millis kLookPace{2'000};
constexpr Millis kRowPace{1'000};
/// A leader that leaves for good is stopped on a look that is no older.
constexpr Millis kLookLife{5'000};
/// SIGTERM ends an FE within half a second.
constexpr Millis kAbruptStop{10'000};

FeTarget own_target(const LookContext& context) {
  return {context.me.host, context.me.address, context.fe_query_port, {}};
}

FeLeaveLook look_at_own(const LookContext& context) {
  FeLeaveLook out;
  auto own = open_leader(context, own_target(context));
  if (own.attempt.error) out.why = own.attempt.error->what;
  out.version = own.attempt.version;
  const auto version = parse_version(out.version);
  out.view.has_handler = capabilities_of(version ? &*version : nullptr).fe_graceful_exit;
  out.answered = own.sql != nullptr && own.attempt.list.has_value();
  if (!out.answered) return out;
  out.view.ready = Tri::kYes;
  out.view.quorum = quorum_of(*own.attempt.list, context.me.host);
  out.others = other_hosts(*own.attempt.list, context.me.host);
  out.list = std::move(own.attempt.list);
  return out;
}

/// Without OPERATE the process list has the user's own statements alone, and does not say so: what
/// is refused without it is asked first.
Result<int> count_statements(const LookContext& context) {
  const auto until = Deadline::after(kLeaveJobLimit);
  auto sql = log_in_at(context, own_target(context), source_address(context), until);
  if (!sql) return tl::unexpected(Error{sql.error().kind, sql.error().what});
  const auto all = ask_fe(context, **sql, kShowProcFrontends, until, feature_of(kShowProcesslist));
  if (!all && all.error().kind == ErrorKind::kPrivilege) {
    return tl::unexpected(
        Error{all.error().kind, "only the own ones are shown: " + all.error().what});
  }
  const auto table = ask_fe(context, **sql, kShowProcesslist, until);
  if (!table) return tl::unexpected(Error{table.error().kind, table.error().what});
  return running_statements(TableView{table->columns, table->rows});
}

}  // namespace

FeStop FeLeave::stop() const {
  return decide_fe_stop(look_ ? look_->view : FeStopView{});
}

/// One that was dropped is no member any more: SIGUSR1 would find no quorum.
int FeLeave::signal() const {
  return stop().graceful && !good_.gone() ? SIGUSR1 : SIGTERM;
}

/// Alive outlives a process by up to 20 s: a leader that goes on that word may leave a group behind
/// that has no majority. So the others' heartbeats are to be seen to move.
bool FeLeave::others_live() const {
  return look_ && look_->list &&
         stop_keeps_majority(*look_->list, own_lists_.history, good_.own_host(), looked_at_);
}

LeaveFacts FeLeave::facts(const LeaveState& state) const {
  LeaveFacts out;
  const bool graceful = stop().graceful;
  const bool answered = look_ && look_->answered;
  const bool good = state.trigger == LeaveTrigger::kForGood;
  out.looked = look_ && (answered || is_stop(state.trigger));
  if (answered) {
    out.refusal = good          ? refuse_fe_for_good(look_->view)
                  : state.again ? refuse_transfer(look_->view)
                                : refuse_fe_drain(look_->view);
  }
  out.work_counts = !graceful && answered && !good_.gone() && count_.can_be_had(state);
  count_.tell(out);
  out.server_stop = graceful ? Millis{max_exit_} : kAbruptStop;
  if (!good || state.plan) {
    out.moves = good && answered && !look_->view.quorum->leads;
    return out;
  }
  good_.tell(out);
  if (state.phase > LeavePhase::kWork || !good_.leads() || good_.gone()) return out;
  // A leader goes by its stop; several phases may pass in one turn.
  out.others_unseen = !others_live();
  if (state.phase == LeavePhase::kLook) return out;
  // What it was decided from may be long ago.
  if (out.refusal) out.no_leave = out.refusal;
  out.moves = out.moves || out.refusal.has_value();
  if (!look_is_fresh_) out.quiet_since.reset();
  return out;
}

void FeLeave::keep(LeaveNote& note) const {
  note.row_id = good_.own_host();
  note.decided = good_.granted();
  note.down = note.down || (good_.marked() && !good_.mark_taken_back());
}

void FeLeave::recall(const LeaveNote& note) {
  if (note.cancelled) good_.begin_taking_back();
  if (note.decided && note.down) good_.recall_grant();  // else its claim was away meanwhile
}

void FeLeave::begin_anew() {
  look_.reset();
  own_lists_ = {};
  chosen_for_.clear();
  count_ = {};
  good_.begin_anew();
  job_.forget();
}

void FeLeave::act(LeaveAction action, const LeaveState& state, Instant now) {
  const bool good = state.trigger == LeaveTrigger::kForGood && !state.plan;
  const bool looked = look_ && look_->answered;
  switch (action) {
    case LeaveAction::kLook:
      return looked && good && good_.knows_others() ? work_on_row(true, now) : look(now);
    case LeaveAction::kMove:
      if (good_.leads()) return look_on(now);
      if (good_.leads_by_now()) return look(now);
      return good_.granted() && !count_.idle_or_unknown() ? count(now) : work_on_row(true, now);
    case LeaveAction::kDrop:
      return work_on_row(true, now);
    case LeaveAction::kUnmark:
      if (good_.marked()) good_.begin_taking_back();  // at once, whatever job is under way
      return work_on_row(false, now);
    case LeaveAction::kCount:
      look_is_fresh_ = now - looked_at_ < kLookLife;
      if (good && good_.leads() && count_.idle_or_unknown() && !look_is_fresh_) return look(now);
      return count(now);
    case LeaveAction::kNothing:
    case LeaveAction::kMark:
    case LeaveAction::kSignal:
    case LeaveAction::kKill:
      return;
  }
}

void FeLeave::look(Instant now) {
  job_.begin([context = context_()] { return FeLeaveNews{0, look_at_own(context)}; }, now);
}

/// A leader watches its own list until the others are seen to live.
void FeLeave::look_on(Instant now) {
  if (!look_ || now - looked_at_ >= kLookPace) look(now);
}

void FeLeave::count(Instant now) {
  job_.begin([context = context_()] { return FeLeaveNews{0, count_statements(context)}; }, now);
}

void FeLeave::work_on_row(bool drop, Instant now) {
  if (!job_.free(now)) return;
  auto context = context_();
  const auto limit = fe_row_limit(context);
  job_.begin(
      [work = good_.next(drop), context] {
        return FeLeaveNews{0, work(context)};
      },
      now,
      limit);
}

void FeLeave::take(FeLeaveNews news, Instant now) {
  if (!job_.ended(news, now)) return;
  if (auto* look = std::get_if<FeLeaveLook>(&news.what)) {
    if (!look->answered) job_.pause_until(now + kLookPace);
    if (look->answered) good_.take_look(look->view.quorum->leads, look->others);
    if (look->list) add_reading(own_lists_, *look->list);
    looked_at_ = now;
    look_ = std::move(*look);
    if (stop().why == chosen_for_) return;
    chosen_for_ = stop().why;
    log_info("stop_chosen",
             {{"signal", stop().graceful ? "SIGUSR1" : "SIGTERM"}, {"why", chosen_for_}});
    return;
  }
  if (auto* told = std::get_if<FeGoodNews>(&news.what)) {
    job_.pause_until(now + kRowPace);
    const bool granted = good_.granted();
    good_.take(std::move(*told), now);
    if (good_.granted() && !granted) look_.reset();  // what was seen before the grant is old
    return;
  }
  job_.pause_until(now + kCountPace);
  count_.take(std::get<Result<int>>(news.what), job_.began());
}

std::optional<ControlReply> FeLeave::take_mark_back() {
  if (!good_.marked()) return std::nullopt;
  if (good_.mark_dropped()) {
    return ControlReply{kExitDone,
                        "the row was seen to be gone, which cannot be taken back: the FE joins "
                        "again as a new member once a leader tells so\n"};
  }
  good_.begin_taking_back();
  if (!good_.mark_taken_back()) {
    return ControlReply{kExitTryAgain,
                        "the mark of an earlier leaving could not be rewritten, so a later process "
                        "may still bring its DROP to an end; ask again\n"};
  }
  return ControlReply{kExitDone,
                      "the mark of an earlier leaving is taken back: the FE starts once its row is "
                      "seen, or after no leader has told for 60 s; should a DROP that is under way "
                      "get through, it joins as a new member\n"};
}

void FeLeave::describe(NodeStatus& status) const {
  auto& notes = status.leaving_notes;
  if (!look_) return good_.describe(status);
  notes.push_back((stop().graceful ? "SIGUSR1: " : "SIGTERM: ") + stop().why);
  if (!look_->answered) notes.push_back("the own server does not tell the list: " + look_->why);
  good_.describe(status);
  if (!count_.why().empty()) notes.push_back("running statements are not known: " + count_.why());
}

}  // namespace sragent
