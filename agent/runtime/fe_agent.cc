#include "runtime/fe_agent.h"

#include <algorithm>
#include <csignal>

#include "core/backoff.h"
#include "core/host_check.h"
#include "io/disk_space.h"
#include "io/files.h"
#include "runtime/journal.h"
#include "runtime/log.h"
#include "runtime/node_parts.h"
#include "runtime/node_tools.h"
#include "runtime/start_observation.h"

namespace sragent {
namespace {

constexpr Millis kQuickLook{1'000};
constexpr Millis kSlowLook{5'000};
/// A wait that lasts longer is looked at at the slow pace.
constexpr Millis kQuickFor{120'000};

/// Takes news of one kind and puts them into the mail, in the field that is theirs.
template <typename Part>
auto mail_to(std::shared_ptr<Mailbox<FeNews>> mail, FeNews::What what, Part FeNews::*field) {
  return [mail = std::move(mail), what, field](Part part) {
    FeNews news;
    news.what = what;
    news.*field = std::move(part);
    mail->push(std::move(news));
  };
}

}  // namespace

FeAgent::FeAgent(Shell& shell,
                 FeConf conf,
                 StartPolicy policy,
                 Self me,
                 std::shared_ptr<IdentityBook> book,
                 std::shared_ptr<Mailbox<FeNews>> mail)
    : shell_(shell),
      conf_(std::move(conf)),
      policy_(policy),
      me_(std::move(me)),
      book_(std::move(book)),
      mail_(std::move(mail)),
      crashes_(ends_file(shell_), shell_.clock.now()),
      ready_(shell_, mail_to(mail_, FeNews::What::kReady, &FeNews::ready)),
      leave_(
          {shell_.clock,
           on_pool<FeLeaveNews>(shell_, mail_to(mail_, FeNews::What::kLeave, &FeNews::leave))},
          [this] { return look_context(); },
          FeGood{shell_, me_, [this] { return group(); }, [this] { tell_peers(); }},
          [this] { return settled_; },
          std::chrono::seconds{conf_.max_graceful_exit_s}),
      ghosts_(shell_,
              on_pool<GhostNews>(shell_, mail_to(mail_, FeNews::What::kGhosts, &FeNews::ghosts)),
              {}) {
  promise_while_asked(shell_.clock.now());  // before anybody can ask
  read_disk();
  // Sent before this process began: nobody knows when, so it counts as sent just now.
  if (state_files_.statement) memory_.statement_at = shell_.clock.now();
}

FeGood::Group FeAgent::group() const {
  FeGood::Group out;
  out.cluster_id = meta_.cluster_id.empty() ? certificate_ : meta_.cluster_id;
  if (state_files_.members) out.others = state_files_.members->hosts;
  std::erase(out.others, me_.host);
  return out;
}

LookContext FeAgent::look_context() const {
  LookContext out;
  out.config = std::make_shared<const Config>(shell_.config);
  out.me = me_;
  out.kind = NodeKind::kFe;
  out.own_addresses = shell_.node.addresses;
  out.fe_query_port = conf_.query_port;
  out.fe_http_port = conf_.http_port;
  out.clock = shell_.clock;
  out.resolver = shell_.resolver;
  out.workers = shell_.workers;
  out.credentials = shell_.credentials;
  return out;
}

void FeAgent::read_disk() {
  state_files_ = shell_.state.read();
  meta_ = classify_meta(read_meta_dir(shell_.state.data_dir(), state_files_));
  certificate_ = shell_.state.birth_certificate(state_files_);
  tell_peers();
}

/// What others may ask for. The id in image/VERSION of a first start is no memory: before the FE
/// was ready nobody stored anything under it.
void FeAgent::tell_peers() {
  IdentityFacts facts;
  facts.meta = meta_;
  facts.leader_seen = leader_seen_;
  if (state_files_.members) facts.members = state_files_.members->hosts;
  const auto add = [&](const ClusterId& id) {
    auto& all = facts.remembers;
    const bool known = std::find(all.begin(), all.end(), id) != all.end();
    if (!id.empty() && !known && !forgets(memory_.consent, id)) all.push_back(id);
  };
  add(certificate_);
  if (state_files_.remembered) {
    for (const auto& id : state_files_.remembered->ids)
      add(id);
  }
  if (state_files_.intent) add(state_files_.intent->cluster_id);
  const auto& own = state_files_.certificate;
  if (own && own->created_unix_ms > 0 && own->cluster_id == certificate_)
    facts.since = Clock::wall_of(own->created_unix_ms);
  facts.claim = leave_.claim();
  book_->update(std::move(facts));
}

StartObservation FeAgent::observation(const LookResult& look) const {
  return start_observation({meta_, certificate_, state_files_}, look, waiting_since_);
}

Wish FeAgent::on_tick(Instant now) {
  leave_.settle_claim();
  promise_while_asked(now);
  shell_.workers->sweep();
  rest_ghosts();
  Wish wish;
  if (!stopping_ && !asking_) wish = next_step(now);
  if (!stopping_) ready_.tick([this] { return look_context(); }, now);
  if (!stopping_)
    wish.call_again = asking_ ? ready_.next(now) : std::min(next_look_, ready_.next(now));
  return wish;
}

Wish FeAgent::next_step(Instant now) {
  shell_.server.look_for_server();
  if (now < next_look_) return {};
  if (shell_.server.running()) {
    begin_watch();
    return {};
  }
  if (own_stop_ && ends_own_stop(now)) return {};
  if (waits_for_room(now)) return {};
  read_disk();
  if (disk_decides(meta_, policy_)) return decide(LookResult{}, now);
  begin_look(now);
  return {};
}

/// A server that ended for want of room would end again; its container would loop and explain
/// nothing. A volume that does not tell its room is tried.
bool FeAgent::waits_for_room(Instant now) {
  if (!low_disk_) return false;
  const auto space = disk_space(conf_.meta_dir);
  const bool inodes = !space || space->inodes == 0 || space->inodes_free > 0;
  if (!space || (inodes && space->free >= low_disk_->wanted)) {
    log_info("room_again", {{"path", conf_.meta_dir}});
    low_disk_.reset();
    return false;
  }
  phase_ = Phase::kHeld;
  reason_ = Reason::kDiskLow;
  detail_ = low_disk_->said + " " + conf_.meta_dir + " has " + size_text(space->free) +
            (inodes ? " free and needs " + size_text(low_disk_->wanted)
                    : " free and no inode for another file") +
            "; the server is started once it has";
  next_look_ = now + kSlowLook;
  return true;
}

void FeAgent::begin_look(Instant now) {
  LookWishes wishes;
  wishes.consent = wants_consent(me_, policy_, meta_, memory_);
  const auto interval = shell_.config.dns.interval;
  const bool settled = decision_.reason != Reason::kDnsNotReady && look_.own_name == Tri::kYes;
  wishes.dns_again = wishes.consent ? settled || !last_dns_ || now - *last_dns_ >= interval
                                    : !last_dns_ || now - *last_dns_ >= interval;
  if (wishes.dns_again) last_dns_ = now;
  if (!wishes.dns_again) wishes.before = look_.names();
  asking_ = true;
  const auto limit = shell_.config.sql.show_timeout + shell_.config.sql.connect_timeout * 4;
  const bool taken = shell_.workers->submit(
      [context = look_context(), wishes, mail = mail_] {
        FeNews news;
        news.look = look_around(context, wishes);
        mail->push(std::move(news));
      },
      Deadline::after(limit * 3));
  if (!taken) asking_ = false;
}

Wish FeAgent::on_wake(Instant now) {
  Wish wish;
  for (auto& news : mail_->take_all()) {
    if (news.what == FeNews::What::kReady) {
      ready_.take(news.ready);
      continue;
    }
    if (news.what == FeNews::What::kLeave) {
      leave_.take(std::move(news.leave), now);
      continue;
    }
    if (news.what == FeNews::What::kGhosts) {
      ghosts_.take(std::move(news.ghosts), now);
      continue;
    }
    asking_ = false;
    if (stopping_) continue;
    switch (news.what) {
      case FeNews::What::kLook:
        if (!shell_.server.running()) wish = decide(std::move(news.look), now);
        break;
      case FeNews::What::kLeader:
        on_leader(std::move(news), now);
        break;
      case FeNews::What::kStatement:
        on_statement(news, now);
        break;
      case FeNews::What::kWatch:
        on_watch(news, now);
        break;
      case FeNews::What::kReady:
      case FeNews::What::kLeave:
      case FeNews::What::kGhosts:
        break;
    }
    if (wish.end_container) return wish;
  }
  return wish;
}

StartDecision FeAgent::ask_core(LookResult look, Instant now) {
  look_ = std::move(look);
  me_.role = role_of(shell_.config, me_, meta_, look_.lists);
  memory_.grant = book_->grant();
  decided_from_ = StartCase{me_, policy_, observation(look_), memory_, now};
  explained_ = false;
  auto outcome = decide_start(me_, policy_, decided_from_->seen, std::move(memory_), now);
  memory_ = std::move(outcome.memory);
  tell_peers();  // a consent may have ended
  return std::move(outcome.decision);
}

Wish FeAgent::decide(LookResult look, Instant now) {
  const auto decision = ask_core(std::move(look), now);
  const bool waits = std::holds_alternative<Wait>(decision.action);
  if (!waits) waiting_since_.reset();
  if (waits && !waiting_since_) waiting_since_ = now;
  note_decision(decision);
  offer_consent(decision, now);
  return act(decision_, now);
}

Wish FeAgent::act(const StartDecision& decision, Instant now) {
  const auto& action = decision.action;
  if (std::holds_alternative<Wait>(action)) return wait(decision, now);
  if (std::holds_alternative<Refuse>(action)) return refuse(decision, now);
  if (!shell_.server.may_start()) {
    wait_for_container(now);
    return {};
  }
  if (const auto* resume = std::get_if<Resume>(&action)) {
    with_helper_ = false;
    if (const auto& helper = shell_.config.fe.helper; !helper.host.empty())
      log_warn("helper_ignored", {{"helper", helper.host}, {"why", "a member starts without one"}});
    start_server(StartOptions{resume->host_type, {}, shell_.config.node.log_console}, now);
  }
  if (const auto* begun = std::get_if<Finish>(&action)) finish(*begun, now);
  if (const auto* join = std::get_if<Join>(&action)) ask_leader(*join);
  if (const auto* lease = std::get_if<Found>(&action)) found(*lease, now);
  if (std::holds_alternative<MoveAside>(action)) move_aside(decision.detail, now);
  return {};
}

Wish FeAgent::wait(const StartDecision& decision, Instant now) {
  phase_ = decision.reason == Reason::kHeld ? Phase::kHeld : Phase::kDeciding;
  if (look_.refusal && look_.refusal->reason == decision.reason) {
    next_look_ = now + backoff_pause(kLoginBackoff, refused_logins_++, 1.0);
    return {};
  }
  refused_logins_ = 0;
  const bool leaves = meta_.kind == MetaKind::kLeft && phase_ != Phase::kHeld;
  if (leaves) leave_.settle_mark(now);  // whose readings are to be close
  const bool dns = decision.reason == Reason::kDnsNotReady;
  const bool long_wait = waiting_since_ && now - *waiting_since_ > kQuickFor;
  next_look_ = now + (dns                    ? Millis{shell_.config.dns.interval}
                      : long_wait && !leaves ? kSlowLook
                                             : kQuickLook);
  return {};
}

/// The privilege for a statement is missing: said until a statement goes through, and not asked for
/// every second (S60).
void FeAgent::note_denied(const std::optional<SqlError>& error, Instant now) {
  denied_.reset();
  if (!error || error->kind != ErrorKind::kPrivilege) return;
  denied_ = error->what;
  reason_ = Reason::kPrivilegeDenied;
  detail_ = *denied_;
  next_look_ = now + backoff_pause(kLoginBackoff, refused_logins_++, 1.0);
}

Wish FeAgent::refuse(const StartDecision& decision, Instant now) {
  phase_ = Phase::kHeld;
  next_look_ = now + kSlowLook;
  Wish wish;
  if (shell_.config.policy.on_refusal == RefusalSetting::kExit)
    wish.end_container = refusal_exit_code(decision.reason);
  return wish;
}

void FeAgent::note_decision(const StartDecision& decision) {
  const bool same = !decisions_.empty() && decisions_.back().rule == decision.rule &&
                    decisions_.back().reason == decision.reason &&
                    decisions_.back().detail == decision.detail;
  decision_ = decision;
  const bool denied = denied_ && std::holds_alternative<Join>(decision.action);
  reason_ = denied ? Reason::kPrivilegeDenied : decision.reason;
  detail_ = denied ? *denied_ : decision.detail;
  if (unwritten_ && unwritten_->of == decision.reason) {
    reason_ = Reason::kPathNotWritable;
    detail_ = unwritten_->detail;
  }
  if (same) return;
  DecisionLine line;
  line.wall = Clock::wall();
  line.rule = decision.rule;
  line.action = action_name(decision.action);
  line.reason = decision.reason;
  line.detail = decision.detail;
  log_info("decision",
           {{"row", line.rule},
            {"action", line.action},
            {"reason", std::string{to_string(line.reason)}},
            {"detail", line.detail}});
  shell_.state.journal(journal_line(line, observation(look_), shell_.clock.now()));
  decisions_.push_back(std::move(line));
  if (decisions_.size() > kDecisionsKept) decisions_.erase(decisions_.begin());
}

void FeAgent::note_outcome(std::string outcome) {
  log_info("outcome",
           {{"of", decisions_.empty() ? "" : decisions_.back().action}, {"is", outcome}});
  if (decisions_.empty()) return;
  decisions_.back().outcome = std::move(outcome);
  shell_.state.journal(outcome_line(decisions_.back(), shell_.clock.now()));
}

/// What must be on disk before an action is not there, so it was not begun. Told until a server is
/// started, and tried again at the slow pace: a full volume needs a person.
void FeAgent::note_unwritten(const Error& error, Instant now) {
  end_step();
  phase_ = Phase::kHeld;
  reason_ = Reason::kPathNotWritable;
  detail_ = error.what;
  next_look_ = now + kSlowLook;
  const bool said = unwritten_ && unwritten_->of == decision_.reason;
  unwritten_ = Unwritten{decision_.reason, error.what};
  if (!said) return note_outcome(error.what);
  if (!decisions_.empty()) decisions_.back().outcome = error.what;
}

/// The own server is watched no more: a client that connects again and again prolongs its exit.
void FeAgent::on_stop() {
  stopping_ = true;
}

void FeAgent::on_hold(bool held) {
  policy_.hold = held;
  if (!held) look_again(shell_.clock.now());
}

void FeAgent::on_stay(Instant now) {
  stopping_ = false;
  read_disk();
  if (state_files_.statement) memory_.statement_at = now;
  if (meta_.kind == MetaKind::kLeft && shell_.server.running()) {
    own_stop_ = StopServer{};  // of a member that was dropped: row 6 begins its life anew
    shell_.server.signal(SIGTERM);
  }
  look_again(now);
}

}  // namespace sragent
