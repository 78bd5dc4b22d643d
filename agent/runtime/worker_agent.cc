#include "runtime/worker_agent.h"

#include <algorithm>

#include "core/exit_codes.h"
#include "core/words.h"
#include "io/files.h"
#include "runtime/log.h"
#include "runtime/server_end.h"
#include "runtime/server_env.h"
#include "runtime/server_search.h"
#include "starrocks/start_command.h"

namespace sragent {
namespace {

constexpr Millis kAskUntilHealthy{2'000};
constexpr Millis kAskHealthy{10'000};
/// One failed question may be a hiccup.
constexpr int kFailuresUnhealthy = 2;
constexpr Millis kRetryStart{5'000};

/// Takes news of a PacedJob, which keeps the ticket itself, and puts them into the mail.
auto mail_to(std::shared_ptr<Mailbox<WorkerNews>> mail) {
  return [mail = std::move(mail)](auto news) { mail->push(WorkerNews{0, std::move(news)}); };
}

}  // namespace

std::vector<std::string> missing_roots(const BeConf& conf) {
  std::vector<std::string> out;
  for (const auto& root : conf.storage_roots) {
    const auto kind = file_kind(root);
    if (kind && *kind == FileKind::kDirectory) continue;
    const auto why = !kind                        ? kind.error().what
                     : *kind == FileKind::kAbsent ? root + " does not exist"
                                                  : root + " is no folder";
    out.push_back("storage_root_path: " + why);
  }
  return out;
}

WorkerAgent::WorkerAgent(Shell& shell,
                         BeConf conf,
                         std::shared_ptr<IdentityBook> book,
                         std::shared_ptr<Mailbox<WorkerNews>> mail)
    : shell_(shell),
      conf_(std::move(conf)),
      book_(std::move(book)),
      mail_(std::move(mail)),
      registration_(shell_, context(), mail_),
      leave_(
          shell_,
          {shell_.clock, on_pool<LeaveNews>(shell_, mail_to(mail_))},
          [this] { return where(); },
          [this](bool again) {
            if (again) return registration_.left(shell_.clock.now());
            registration_.taken_out("it leaves for good");
          }),
      ghosts_(shell_,
              on_pool<GhostNews>(shell_, mail_to(mail_)),
              [this](DecisionLine line) { registration_.add_line(std::move(line)); }),
      crashes_(ends_file(shell_), shell_.clock.now()) {
  tell_peers();
}

WorkerContext WorkerAgent::context() const {
  const auto& node = shell_.node;
  WorkerContext out;
  auto& look = out.look;
  look.config = std::make_shared<const Config>(shell_.config);
  look.me.host = node.host;
  look.me.fqdn = node.fqdn;
  look.me.address = node.address;
  look.me.headless = node.headless;
  look.me.session = node.session;
  look.kind = node.kind;
  look.own_addresses = node.addresses;
  look.fe_query_port = shell_.config.fe.query_port;
  look.clock = shell_.clock;
  look.resolver = shell_.resolver;
  look.workers = shell_.workers;
  look.credentials = shell_.credentials;
  out.self = worker_self(node, shell_.config, conf_.heartbeat_port);
  if (node.kind == NodeKind::kBe && !conf_.storage_roots.empty())
    out.storage_root = conf_.storage_roots.front();
  out.be_http_port = conf_.http_port;
  return out;
}

/// What FEs may ask: which cluster this node remembers. It consents to nothing.
void WorkerAgent::tell_peers() {
  IdentityFacts facts;
  facts.meta.kind = MetaKind::kUnfinished;
  if (auto id = registration_.remembered(); !id.empty()) facts.remembers.push_back(std::move(id));
  facts.since = registration_.remembered_since();
  facts.leader_seen = registration_.leader_seen();
  book_->update(std::move(facts));
}

Wish WorkerAgent::start_server(Instant now) {
  if (held_) {
    phase_ = Phase::kHeld;
    reason_ = Reason::kHeld;
    detail_ = "a hold keeps the server down; 'sr-agent resume' ends it";
    registration_.off();
    return {};
  }
  const auto kind = shell_.node.kind;
  const auto& root = shell_.config.node.root;
  StartOptions options;
  options.log_console = shell_.config.node.log_console;
  ServerCommand command;
  command.argv = start_argv(root, kind, options);
  command.env = server_env(own_env());
  command.pid_file = pid_file_path(root, kind, conf_.pid_dir);
  command.is_server = is_server_of(kind);
  if (auto started = shell_.server.start(command); !started)
    return on_start_failure(started.error(), now);
  if (!shell_.server.running()) {  // by a sidecar
    log_info("server_ordered", {{"command", joined(command.argv, " ")}});
    start_at_ = now + kRetryStart;
    return {};
  }
  log_info("server_started", {{"command", shell_.server.command_line()}});
  on_server_seen(now);
  return {};
}

/// Nothing is known of it yet.
void WorkerAgent::on_server_seen(Instant now) {
  if (!leaving_ && !held_) registration_.on();
  registration_.forget_start();
  leave_.unsettle();
  phase_ = Phase::kStarting;
  reason_ = Reason::kNone;
  detail_.clear();
  health_until_.reset();
  next_health_ = now;
  health_failures_ = 0;
  was_healthy_ = false;
}

void WorkerAgent::on_server_gone(Instant now) {
  healthy_since_.reset();
  health_until_.reset();
  phase_ = Phase::kStarting;
  reason_ = Reason::kServerDown;
  detail_ = kEndedBeside;
  name_missing_roots();
  start_at_ = now;
}

/// A sidecar whose server's container has not asked.
void WorkerAgent::wait_for_container() {
  phase_ = Phase::kStarting;
  if (reason_ == Reason::kServerDown) return;  // says more
  reason_ = Reason::kStarting;
  detail_ = kNoneBeside;
}

/// A script that is missing or a conf that is wrong is a person's to mend; it is tried again, so
/// that mending is enough.
Wish WorkerAgent::on_start_failure(const Error& error, Instant now) {
  const bool config = error.kind == ErrorKind::kBadConfig || error.kind == ErrorKind::kNotFound;
  if (detail_ != error.what) log_error("server_not_started", {{"error", error.what}});
  phase_ = Phase::kHeld;
  reason_ = config ? Reason::kConfigInvalid : Reason::kServerDown;
  detail_ = error.what;
  start_at_ = now + kRetryStart;
  Wish wish;
  if (shell_.config.policy.on_refusal == RefusalSetting::kExit)
    wish.end_container = config ? kExitServerConf : kExitHost;
  return wish;
}

Wish WorkerAgent::on_tick(Instant now) {
  shell_.workers->sweep();
  watch_ghosts(now);
  if (stopping_) return {};
  Wish wish;
  if (!shell_.server.running()) {
    if (!held_ && !shell_.server.may_start()) {
      wait_for_container();
    } else if (now >= start_at_) {
      wish = start_server(now);
    }
    if (wish.end_container) return wish;
  } else {
    shell_.server.look_for_server();
  }
  if (shell_.server.running()) begin_health(now);
  registration_.tick(healthy_since_, was_healthy_, now);
  if (registration_.decision().registered && !leaving_) leave_.work_off(now);
  auto next = registration_.next();
  if (shell_.server.running()) next = std::min(next, health_until_.value_or(next_health_));
  if (!shell_.server.running() && start_at_ > now) next = std::min(next, start_at_);
  wish.call_again = std::max(next, now + Millis{1});
  return wish;
}

Wish WorkerAgent::on_wake(Instant now) {
  for (auto& news : mail_->take_all()) {
    const auto* health = std::get_if<HealthResult>(&news.what);
    if (auto* leave = std::get_if<LeaveNews>(&news.what)) {
      leave_.take(std::move(*leave), now);
    } else if (auto* ghosts = std::get_if<GhostNews>(&news.what)) {
      ghosts_.take(std::move(*ghosts), now);
    } else if (health == nullptr) {
      registration_.take(std::move(news), now);
    } else if (health_until_ && news.ticket == health_ticket_) {
      on_health(*health, now);
    }
  }
  tell_peers();
  return {};
}

void WorkerAgent::begin_health(Instant now) {
  if (health_until_ && now >= *health_until_) on_health({false, "no answer in time"}, now);
  if (health_until_ || now < next_health_) return;
  ++health_ticket_;
  const auto limit = shell_.config.http.peer_timeout * 2;
  const bool taken = shell_.workers->submit(
      [context = context(), ticket = health_ticket_, mail = mail_] {
        mail->push(WorkerNews{ticket, ask_health(context)});
      },
      Deadline::after(limit));
  next_health_ = now + kAskUntilHealthy;
  if (taken) health_until_ = now + shell_.clock.scaled(limit * 2);
}

void WorkerAgent::on_health(const HealthResult& health, Instant now) {
  health_until_.reset();
  health_at_ = now;
  health_why_ = health.why;
  if (!shell_.server.running()) return;
  if (!health.healthy) {
    next_health_ = now + kAskUntilHealthy;
    if (++health_failures_ < kFailuresUnhealthy || !healthy_since_) return;
    log_warn("server_unhealthy", {{"error", health.why}});
    healthy_since_.reset();
    return;
  }
  next_health_ = now + kAskHealthy;
  health_failures_ = 0;
  good_at_ = now;
  if (healthy_since_) return;
  log_info("server_healthy", {{"port", std::to_string(conf_.http_port)}});
  healthy_since_ = now;
  was_healthy_ = true;
  phase_ = Phase::kRunning;
}

/// A BE without a root ends before it serves, and its last lines are many.
void WorkerAgent::name_missing_roots() {
  if (shell_.node.kind != NodeKind::kBe || was_healthy_) return;
  const auto missing = missing_roots(conf_);
  if (missing.empty()) return;
  if (reason_ == Reason::kServerDown) reason_ = Reason::kPathNotWritable;
  detail_ += "; " + joined(missing, "; ");
}

Wish WorkerAgent::on_server_end(const ExitStatus& status, Instant now) {
  healthy_since_.reset();
  health_until_.reset();
  const auto logs = log_files(shell_.node.kind, conf_.sys_log_dir, conf_.log_dir);
  auto end = judge_server_end(logs, status, shell_.config.restart, crashes_, now);
  phase_ = Phase::kEnded;
  reason_ = end.reason;
  detail_ = std::move(end.detail);
  name_missing_roots();
  Wish wish;
  if (end.hold) {
    wish.hold = detail_;
    return wish;
  }
  if (!end.restart_in) {
    wish.end_container = status.to_exit_code();
    return wish;
  }
  start_at_ = now + *end.restart_in;
  phase_ = Phase::kStarting;
  return wish;
}

void WorkerAgent::on_stop() {
  stopping_ = true;
  phase_ = Phase::kStopping;
  registration_.off();
}

void WorkerAgent::on_leave() {
  leaving_ = true;
  registration_.off();
}

void WorkerAgent::on_hold(bool held) {
  held_ = held;
  if (held && !shell_.server.running()) registration_.off();
  if (!held) start_at_ = shell_.clock.now();
  if (!held && shell_.server.running() && !leaving_ && !stopping_) registration_.on();
}

/// The server is started at the next tick if it is down.
void WorkerAgent::on_stay(Instant now) {
  stopping_ = false;
  leaving_ = false;
  registration_.on();
  start_at_ = now;
  phase_ = healthy_since_ ? Phase::kRunning : Phase::kStarting;
  if (shell_.server.running()) return;
  healthy_since_.reset();
  health_until_.reset();
}

WorkerLeave::Where WorkerAgent::where() const {
  auto with = context();
  with.look.fe_http_port = registration_.fe_http_port();
  return {std::move(with),
          registration_.targets(),
          registration_.row(),
          conf_.loop_count_wait,
          registration_.decision().reason == Reason::kDropped,
          registration_.has_no_row()};
}

void WorkerAgent::describe(NodeStatus& status) const {
  registration_.describe(status);
  const auto& membership = registration_.decision();
  status.phase = phase_;
  status.main_log = log_files(shell_.node.kind, conf_.sys_log_dir, conf_.log_dir).main;
  status.state_dir = shell_.state.dir();
  status.reason = reason_;
  status.detail = detail_;
  if (reason_ == Reason::kNone) {
    status.reason = membership.reason;
    status.detail = membership.detail;
  }
  const bool unwell = reason_ == Reason::kNone && !healthy_since_;
  const bool its_row = membership.reason == Reason::kNone ||
                       membership.reason == Reason::kStarting ||
                       membership.reason == Reason::kNotAlive;
  if (unwell && its_row) {
    status.reason = was_healthy_ ? Reason::kUnhealthy : Reason::kStarting;
    status.detail = "the server does not answer /api/health";
    if (!health_why_.empty()) status.detail += ": " + health_why_;
    if (!membership.detail.empty()) status.detail += "; " + membership.detail;
  }
  status.facts.push_back(FactLine{"server_health",
                                  healthy_since_ ? "ok" : "",
                                  healthy_since_ ? "" : health_why_,
                                  "http /api/health",
                                  health_at_});
  for (const auto& warning : conf_.warnings)
    status.warnings.push_back(warning);
  status.workers = shell_.workers->stats();
  leave_.describe(status);
  ghosts_.describe(status);
  describe_ready(status.ready);
}

void WorkerAgent::describe_ready(ReadyFacts& facts) const {
  registration_.describe_ready(facts);
  facts.healthy_since = healthy_since_;
  facts.health.at = good_at_;
  facts.health.reason = healthy_since_ ? Reason::kNone
                        : was_healthy_ ? Reason::kUnhealthy
                                       : Reason::kStarting;
  facts.health.detail = healthy_since_ ? "/api/health" : health_why_;
}

std::optional<std::string> WorkerAgent::command(const std::string& line, Instant now) {
  if (line == "offline") {
    registration_.taken_out("sr-agent offline");
    return "the row is not added again";
  }
  if (line.rfind("consent ", 0) == 0)
    return "refused: a BE or CN does nothing that needs a person's consent";
  if (line != "register") return std::nullopt;
  if (stopping_) return "refused: a stop is under way";
  if (phase_ == Phase::kHeld && reason_ == Reason::kHeld) return "refused: " + detail_;
  registration_.register_again(now);
  return "registering";
}

}  // namespace sragent
