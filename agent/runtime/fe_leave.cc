#include "runtime/fe_leave.h"

#include <csignal>

#include "core/exit_codes.h"
#include "runtime/fe_login.h"
#include "runtime/log.h"
#include "starrocks/drain_rows.h"
#include "starrocks/sql_text.h"
#include "starrocks/versions.h"

namespace sragent {
namespace {

constexpr Millis kLookPace{2'000};
/// SIGTERM ends an FE within half a second.
constexpr Millis kAbruptStop{10'000};

FeTarget own_target(const LookContext& context) {
  return {context.me.host, context.me.address, context.fe_query_port, {}};
}

LeaveRefusal not_by_itself() {
  return {kExitQuorum,
          Reason::kQuorumRisk,
          "an FE is not dropped by its own node: the others must keep their quorum; ALTER SYSTEM "
          "DROP FOLLOWER at the leader does it once this server is down ('sr-agent drain')"};
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
  const auto until = Deadline::after(kLeaveJobLimit);
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

LeaveFacts FeLeave::facts(const LeaveState& state) const {
  LeaveFacts out;
  const bool graceful = stop().graceful;
  out.looked = look_ && (look_->answered || is_stop(state.trigger));
  if (look_ && look_->answered)
    out.refusal = state.again ? refuse_transfer(look_->view) : refuse_fe_drain(look_->view);
  if (state.trigger == LeaveTrigger::kForGood) out.refusal = not_by_itself();
  out.work_counts = !graceful && look_ && look_->answered && count_.can_be_had(state);
  count_.tell(out);
  out.server_stop = graceful ? Millis{max_exit_} : kAbruptStop;
  return out;
}

void FeLeave::begin_anew() {
  look_.reset();
  count_ = {};
  job_.forget();
}

void FeLeave::act(LeaveAction action, const LeaveState& /*state*/, Instant now) {
  if (action == LeaveAction::kLook)
    job_.begin([context = context_()] { return FeLeaveNews{0, look_at_own(context)}; }, now);
  if (action == LeaveAction::kCount)
    job_.begin([context = context_()] { return FeLeaveNews{0, count_statements(context)}; }, now);
}

void FeLeave::take(FeLeaveNews news, Instant now) {
  if (!job_.ended(news, now)) return;
  if (auto* look = std::get_if<FeLeaveLook>(&news.what)) {
    if (!look->answered) job_.pause_until(now + kLookPace);
    look_ = std::move(*look);
    log_info("stop_chosen",
             {{"signal", stop().graceful ? "SIGUSR1" : "SIGTERM"}, {"why", stop().why}});
    return;
  }
  job_.pause_until(now + kCountPace);
  count_.take(std::get<Result<int>>(news.what), job_.began());
}

void FeLeave::describe(NodeStatus& status) const {
  auto& notes = status.leaving_notes;
  if (!look_) return;
  notes.push_back((stop().graceful ? "SIGUSR1: " : "SIGTERM: ") + stop().why);
  if (!look_->answered) notes.push_back("the own server does not tell the list: " + look_->why);
  if (!count_.why().empty()) notes.push_back("running statements are not known: " + count_.why());
}

}  // namespace sragent
