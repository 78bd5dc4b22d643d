#include "runtime/fe_leave.h"

#include <csignal>

#include "runtime/fe_login.h"
#include "runtime/log.h"
#include "starrocks/drain_rows.h"
#include "starrocks/sql_text.h"
#include "starrocks/versions.h"

namespace sragent {
namespace {

constexpr Millis kJobLimit{4'000};
constexpr Millis kCountPace{500};
constexpr int kCountTries = 2;
constexpr Millis kLookPace{2'000};
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
  return out;
}

Result<int> count_statements(const LookContext& context) {
  const auto until = Deadline::after(kJobLimit);
  auto sql = log_in_at(context, own_target(context), source_address(context), until);
  if (!sql) return tl::unexpected(Error{sql.error().kind, sql.error().what});
  const auto table = ask_fe(context, **sql, kShowProcesslist, until);
  if (!table) return tl::unexpected(Error{table.error().kind, table.error().what});
  return running_statements(TableView{table->columns, table->rows});
}

}  // namespace

FeStop FeLeave::stop() const {
  return decide_fe_stop(look_ ? look_->view : FeStopView{});
}

int FeLeave::signal() const {
  return stop().graceful ? SIGUSR1 : SIGTERM;
}

LeaveFacts FeLeave::facts(const LeaveState& state, int max_exit_s) const {
  LeaveFacts out;
  const bool graceful = stop().graceful;
  out.looked = look_ && (look_->answered || is_stop(state.trigger));
  if (look_ && look_->answered)
    out.refusal = state.again ? refuse_transfer(look_->view) : refuse_fe_drain(look_->view);
  // A stop does not wait for what nobody can tell; a drain does.
  const bool can_count = !is_stop(state.trigger) || counts_failed_ < kCountTries;
  out.work_counts = !graceful && look_ && look_->answered && can_count;
  out.running = running_;
  out.counted_at = counted_at_;
  out.quiet_since = quiet_since_;
  out.server_stop = graceful ? Millis{std::chrono::seconds{max_exit_s}} : kAbruptStop;
  return out;
}

void FeLeave::begin_anew() {
  look_.reset();
  running_.reset();
  counted_at_.reset();
  quiet_since_.reset();
  count_why_.clear();
  counts_failed_ = 0;
  job_until_.reset();
  ++ticket_;
  next_ = Instant{};
}

void FeLeave::begin(std::function<FeLeaveNews()> work, Instant now) {
  if ((job_until_ && now < *job_until_) || now < next_) return;
  const auto ticket = ++ticket_;
  const bool taken = begin_job_(
      [work = std::move(work), ticket] {
        auto news = work();
        news.ticket = ticket;
        return news;
      },
      kJobLimit);
  if (!taken) return;
  job_began_ = now;
  const auto span = static_cast<double>(kJobLimit.count()) * 2.0 * clock_.scale();
  job_until_ = now + Millis{static_cast<std::int64_t>(span)};
}

void FeLeave::act(LeaveAction action, const LookContext& context, Instant now) {
  if (action == LeaveAction::kLook)
    begin([context] { return FeLeaveNews{0, look_at_own(context)}; }, now);
  if (action == LeaveAction::kCount)
    begin([context] { return FeLeaveNews{0, count_statements(context)}; }, now);
}

void FeLeave::take(FeLeaveNews news, Instant now) {
  if (news.ticket != ticket_ || !job_until_) return;
  job_until_.reset();
  if (auto* look = std::get_if<FeLeaveLook>(&news.what)) {
    next_ = now + (look->answered ? Millis{0} : kLookPace);
    look_ = std::move(*look);
    log_info("stop_chosen",
             {{"signal", stop().graceful ? "SIGUSR1" : "SIGTERM"}, {"why", stop().why}});
    return;
  }
  next_ = now + kCountPace;
  const auto& count = std::get<Result<int>>(news.what);
  count_why_ = count ? std::string{} : count.error().what;
  counts_failed_ = count ? 0 : counts_failed_ + 1;
  if (!count) return;
  if (running_ != *count) log_info("running_work", {{"count", std::to_string(*count)}});
  running_ = *count;
  counted_at_ = job_began_;
  if (*count > 0) quiet_since_.reset();
  if (*count == 0 && !quiet_since_) quiet_since_ = job_began_;
}

void FeLeave::describe(NodeStatus& status) const {
  auto& notes = status.leaving_notes;
  if (!look_) return;
  notes.push_back((stop().graceful ? "SIGUSR1: " : "SIGTERM: ") + stop().why);
  if (!look_->answered) notes.push_back("the own server does not tell the list: " + look_->why);
  if (!count_why_.empty()) notes.push_back("running statements are not known: " + count_why_);
}

}  // namespace sragent
