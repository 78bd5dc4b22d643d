#include <sys/types.h>

#include <algorithm>
#include <csignal>

#include "core/exit_codes.h"
#include "core/words.h"
#include "io/files.h"
#include "runtime/fe_agent.h"
#include "runtime/log.h"
#include "runtime/membership_statement.h"
#include "runtime/server_end.h"
#include "runtime/server_env.h"
#include "runtime/server_search.h"
#include "starrocks/sql_text.h"
#include "starrocks/start_command.h"

/// FeAgent: carrying decisions out. Order of acting: docs/start-rules.md section 3.
namespace sragent {
namespace {

constexpr Millis kRetry{1'000};

}  // namespace

void FeAgent::start_server(const StartOptions& options, Instant now, std::optional<Instant> until) {
  if (policy_.hold) {
    end_step();
    return look_again(now);
  }
  const auto& root = shell_.config.node.root;
  ServerCommand command;
  command.argv = start_argv(root, NodeKind::kFe, options);
  command.env = server_env(own_env());
  command.until = until;
  command.pid_file = pid_file_path(root, NodeKind::kFe, conf_.pid_dir);
  command.is_server = is_server_of(NodeKind::kFe);
  if (auto started = shell_.server.start(command); !started) {
    phase_ = Phase::kHeld;
    reason_ = Reason::kConfigInvalid;
    detail_ = started.error().what;
    end_step();
    next_look_ = now + Millis{5'000};
    note_outcome("not started: " + detail_);
    return;
  }
  phase_ = Phase::kStarting;
  next_look_ = now + kRetry;
  if (!shell_.server.running()) {
    ordered_ = true;
    return note_outcome("ordered: " + joined(command.argv, " "));
  }
  on_server_seen(now);
  note_outcome("started: " + shell_.server.command_line());
}

/// Nothing is known of it yet.
void FeAgent::on_server_seen(Instant now) {
  spawned_at_ = now - shell_.clock.scaled(shell_.server.up_before());
  leave_.begin_anew();
  unwritten_.reset();
  memory_.consent.reset();  // it was given for one start: should this one be stopped, ask again
  phase_ = Phase::kStarting;
  own_stop_.reset();
  row_ = RowStatus{};
  own_name_.reset();
  row_misses_ = 0;
  next_look_ = now + kRetry;
  read_disk();
}

/// A sidecar acts only for a container that asks: beside a start command of the user's own two
/// would decide.
void FeAgent::wait_for_container(Instant now) {
  phase_ = Phase::kStarting;
  if (reason_ == Reason::kNone) reason_ = Reason::kStarting;
  detail_ += detail_.empty() ? "" : "; ";
  detail_ += kNoneBeside;
  next_look_ = now + kRetry;
}

/// A start command of the user's own may be about to found. While nobody knows, no other node gets
/// this one's consent (docs/start-rules.md section 3).
void FeAgent::promise_while_asked(Instant now) {
  auto* const beside = shell_.server.beside();
  if (beside == nullptr) return;
  if (beside->may_order() && std::exchange(ordered_, false)) book_->end_step();  // nobody took it
  const bool member = beside->running() && meta_.kind == MetaKind::kSealed;
  const bool may = beside->waits() || member;
  if (!may && !promises_nothing_) promises_nothing_ = book_->begin_step(now);
  if (may && std::exchange(promises_nothing_, false)) book_->end_step();
}

/// The same mark stands for a step of our own and for not knowing of another's.
void FeAgent::end_step() {
  if (!promises_nothing_) book_->end_step();
}

/// A founder that turns out to be a fork is killed before it serves on.
bool FeAgent::can_be_stopped(Instant now) {
  const auto* beside = shell_.server.beside();
  if (beside == nullptr || beside->shares_processes()) return true;
  phase_ = Phase::kHeld;
  reason_ = Reason::kConfigInvalid;
  detail_ =
      "this FE would found the cluster, and a founder has to be stopped where another cluster "
      "comes in sight: expected shareProcessNamespace: true, so that its process is visible here";
  next_look_ = now + Millis{5'000};
  return false;
}

void FeAgent::found(const Found& lease, Instant now) {
  if (!can_be_stopped(now)) return;
  if (!lease_valid(lease, shell_.clock.now()) || !book_->begin_step(now)) {
    note_outcome("the lease was over; decides anew");
    return look_again(now);
  }
  IntentNote intent;
  intent.kind = IntentKind::kFound;
  auto written = shell_.state.write(intent);
  const bool valid = lease_valid(lease, shell_.clock.now());
  if (!written) return note_unwritten(written.error(), now);
  if (!valid) {  // the intent without a server is row 9: moved aside
    end_step();
    note_outcome("the lease was over; decides anew");
    next_look_ = now + kRetry;
    return;
  }
  with_helper_ = false;
  start_server(StartOptions{me_.host_type, {}, shell_.config.node.log_console}, now, lease.until);
}

void FeAgent::finish(const Finish& finish, Instant now) {
  if (!book_->begin_step(now)) {
    next_look_ = now + kRetry;
    return;
  }
  IntentNote intent;
  intent.kind = IntentKind::kJoin;
  intent.cluster_id = meta_.cluster_id;
  intent.helper = finish.helper;
  intent.helper_run_ended = meta_.helper_run_ended;
  if (auto written = shell_.state.write(intent); !written)
    return note_unwritten(written.error(), now);
  with_helper_ = true;
  start_server(StartOptions{me_.host_type, finish.helper, shell_.config.node.log_console}, now);
}

void FeAgent::move_aside(const std::string& why, Instant now) {
  auto moved = shell_.state.move_aside(why);
  if (!moved) return note_unwritten(moved.error(), now);
  note_outcome("moved to " + *moved);
  leave_.begin_anew();  // the DROP that the mark 'left' stood for is over
  look_again(now);
}

/// First half of a join: a connection to the leader itself, its list, and the own name once more.
void FeAgent::ask_leader(const Join& join) {
  joining_ = join;
  asking_ = true;
  const auto limit = shell_.config.sql.show_timeout + shell_.config.sql.connect_timeout * 4;
  const bool taken = shell_.workers->submit(
      [context = look_context(), join, look = look_, mail = mail_] {
        FeNews news;
        news.what = FeNews::What::kLeader;
        news.look = look;
        auto leader = ask_leader_again(context, join.leader_host, news.look);
        news.session = std::move(leader.sql);
        news.look.attempts = {std::move(leader.attempt)};
        mail->push(std::move(news));
      },
      Deadline::after(limit * 2));
  if (!taken) asking_ = false;
}

/// Second half: the decision is made again from that list; only the same one is carried out.
void FeAgent::on_leader(FeNews news, Instant now) {
  const auto planned = std::exchange(joining_, std::nullopt);
  next_look_ = now + kRetry;
  if (!planned || shell_.server.running()) return;
  read_disk();
  note_decision(ask_core(news.look, now));
  const auto* join = std::get_if<Join>(&decision_.action);
  const bool same = join != nullptr && join->step == planned->step &&
                    join->leader_host == planned->leader_host &&
                    join->cluster_id == planned->cluster_id;
  if (!same || !news.session || !shell_.server.may_start()) return;
  if (!book_->begin_step(now)) return;
  if (auto kept = shell_.state.remember(join->cluster_id); !kept)
    return note_unwritten(kept.error(), now);
  if (join->step == JoinStep::kReuseRow) return start_join(*join, now);
  send_statement(std::move(news.session), *join, now);
}

void FeAgent::send_statement(std::unique_ptr<SqlSession> session, const Join& join, Instant now) {
  const bool drop = join.step == JoinStep::kDropOwnRow;
  auto text = drop ? drop_frontend(me_.role, me_.host, me_.edit_log_port)
                   : add_frontend(me_.role, me_.host, me_.edit_log_port);
  if (!text) {
    end_step();
    return note_outcome(text.error().what);
  }
  if (auto noted = shell_.state.write(StatementNote{*text, join.leader_host, Clock::unix_ms()});
      !noted)
    return note_unwritten(noted.error(), now);
  memory_.statement_at = now;
  joining_ = join;
  asking_ = true;
  log_info("statement", {{"text", *text}, {"leader", join.leader_host}});
  const auto statement_timeout = shell_.config.sql.statement_timeout;
  const auto show_timeout = shell_.config.sql.show_timeout;
  std::shared_ptr<SqlSession> shared = std::move(session);  // std::function copies
  const bool taken = shell_.workers->submit(
      [context = look_context(),
       shared,
       statement = *text,
       list = look_.lists.front(),
       mail = mail_] {
        FeNews news;
        news.what = FeNews::What::kStatement;
        auto sent = send_fe_statement(context, *shared, statement, list);
        news.unsent = sent.unsent;
        news.statement_error = std::move(sent.error);
        news.answered = sent.answered;
        if (sent.list) news.look.lists.push_back(*std::move(sent.list));
        mail->push(std::move(news));
      },
      Deadline::after((statement_timeout + show_timeout) * 2));
  if (taken) return;
  asking_ = false;  // nothing was sent
  memory_.statement_at.reset();
  static_cast<void>(shell_.state.clear_statement());
  end_step();
}

void FeAgent::on_statement(const FeNews& news, Instant now) {
  const auto join = std::exchange(joining_, std::nullopt);
  next_look_ = now + kRetry;
  if (news.unsent) {
    memory_.statement_at.reset();
    end_step();
    note_outcome("not sent: the list was too old by then; decides anew");
    static_cast<void>(shell_.state.clear_statement());
    return look_again(now);
  }
  if (news.statement_error) note_outcome(news.statement_error->what);
  note_denied(news.statement_error, now);
  if (!news.answered) {
    end_step();
    return;  // row 17: nothing is sent for 35 s, then the list tells
  }
  memory_.statement_at.reset();
  if (auto cleared = shell_.state.clear_statement(); !cleared)
    log_warn("statement_note_not_removed", {{"error", cleared.error().what}});
  const FeRow* row =
      news.look.lists.empty() ? nullptr : find_row(news.look.lists.front(), me_.host);
  const bool observer = me_.role == FeRole::kObserver;
  const bool listed = row != nullptr && row->port == me_.edit_log_port &&
                      (row->role == RowRole::kObserver) == observer;
  if (join && join->step == JoinStep::kAdd && listed) return start_join(*join, now);
  end_step();
  if (join && join->step == JoinStep::kDropOwnRow && row == nullptr) {
    if (!news.statement_error) note_outcome("the own dead row was dropped");
    look_again(now);
  }
}

void FeAgent::start_join(const Join& join, Instant now) {
  if (policy_.hold) {  // it began while the statement was on its way
    end_step();
    return look_again(now);
  }
  IntentNote intent;
  intent.kind = IntentKind::kJoin;
  intent.cluster_id = join.cluster_id;
  intent.helper = host_port(join.leader_host, join.leader_port);
  if (auto written = shell_.state.write(intent); !written)
    return note_unwritten(written.error(), now);
  with_helper_ = true;
  start_server(StartOptions{me_.host_type, intent.helper, shell_.config.node.log_console}, now);
}

void FeAgent::forget_server() {
  phase_ = Phase::kDeciding;
  leader_seen_.clear();
  role_.clear();
  listed_at_.reset();
  settled_ = false;
}

/// Metadata that it left half made is explained by this.
void FeAgent::note_helper_run_ended() {
  if (meta_.kind == MetaKind::kSealed || !with_helper_ || !state_files_.intent) return;
  auto intent = *state_files_.intent;
  intent.helper_run_ended = true;
  if (auto written = shell_.state.write(intent); !written)
    log_warn("intent_not_written", {{"error", written.error().what}});
}

/// What has to be moved aside waits until the container asks again, since only then nothing runs.
void FeAgent::on_server_gone(Instant now) {
  forget_server();
  promises_nothing_ = book_->begin_step(now);
  if (!own_stop_) {
    reason_ = Reason::kServerDown;
    detail_ = kEndedBeside;
  }
  if (!own_stop_) note_helper_run_ended();
  look_again(now);
}

/// A server that we stopped to decide again is down.
bool FeAgent::ends_own_stop(Instant now) {
  if (!shell_.server.may_start()) {
    next_look_ = now + kRetry;
    return true;
  }
  const bool aside = std::exchange(own_stop_, std::nullopt)->aside;
  if (aside) move_aside(detail_, now);
  return aside;
}

Wish FeAgent::on_server_end(const ExitStatus& status, Instant now) {
  Wish wish;
  forget_server();
  end_step();
  if (own_stop_) {
    if (!ends_own_stop(now)) look_again(now);
    return wish;
  }
  const auto logs = log_files(NodeKind::kFe, conf_.sys_log_dir, conf_.log_dir);
  auto end = judge_server_end(logs, status, shell_.config.restart, crashes_, now);
  reason_ = end.reason;
  detail_ = std::move(end.detail);
  note_helper_run_ended();
  if (end.sign && end.sign->sign == LogSign::kDiskLow &&
      shell_.config.policy.on_refusal == RefusalSetting::kHold) {
    low_disk_ = LowDisk{room_wanted(*end.sign, conf_.meta_reserve), detail_};
    if (waits_for_room(now)) {
      log_error("disk_low", {{"path", conf_.meta_dir}, {"detail", detail_}});
      return wish;
    }
  }
  if (end.restart_in) {
    next_look_ = now + *end.restart_in;
    return wish;
  }
  if (end.hold) {
    wish.hold = detail_;
    return wish;
  }
  wish.end_container = status.to_exit_code();
  return wish;
}

}  // namespace sragent
