#include "runtime/loop.h"

#include <algorithm>
#include <csignal>
#include <sstream>
#include <utility>

#include "config/reload.h"
#include "core/exit_codes.h"
#include "core/text.h"
#include "core/words.h"
#include "runtime/hold_data.h"
#include "runtime/log.h"
#include "runtime/node_tools.h"
#include "runtime/ready.h"
#include "runtime/startup.h"
#include "runtime/termination.h"

namespace sragent {
namespace {

constexpr Millis kRetryAgent{5'000};
/// The node's part is made, the server started and the first looks are done.
constexpr Millis kSettled{8'000};
constexpr Millis kAnnotationPace{1'000};
/// Whoever asked for the drain reads its result meanwhile.
constexpr Millis kAfterDrain{60'000};

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string{text}};
  std::vector<std::string> out;
  for (std::string word; in >> word;)
    out.push_back(std::move(word));
  return out;
}

TimerFd make_timer() {
  auto timer = TimerFd::create();
  if (!timer) throw std::runtime_error(timer.error().what);
  return *std::move(timer);
}

}  // namespace

NoAgent::NoAgent(Error error) : Error(std::move(error)) {
  if (kind == ErrorKind::kIo) reason = Reason::kPathNotWritable;
}

Loop::Loop(LoopParts parts)
    : parts_(std::move(parts)),
      timer_(make_timer()),
      leaving_(parts_.config, parts_.clock, parts_.server, parts_.leave_note),
      holding_({parts_.config,
                parts_.clock,
                parts_.server,
                leaving_,
                parts_.base.kind,
                parts_.base.address,
                parts_.hold_note}),
      start_watch_(parts_.clock, parts_.workers),
      probes_(parts_.clock, parts_.probe_tools),
      shared_(std::make_shared<const Config>(parts_.config)) {
  warnings_ = parts_.base.warnings;
  poller_.watch(parts_.signals.fd());
  poller_.watch(timer_.fd());
  if (parts_.desk_fd >= 0) poller_.watch(parts_.desk_fd);
}

int Loop::run() {
  const auto settled_at = parts_.clock.now() + kSettled;
  while (true) {
    const auto exit_code = turn();
    publish();
    parts_.board.beat(parts_.clock.now());
    if (exit_code) return *exit_code;
    static_cast<void>(poller_.wait(Millis{-1}));
    static_cast<void>(timer_.drain());
    if (parts_.settled && parts_.clock.now() >= settled_at) std::exchange(parts_.settled, {})();
  }
}

std::optional<int> Loop::turn() {
  const auto now = parts_.clock.now();
  for (const auto& signal : parts_.signals.take_all())
    on_signal(signal);
  if (parts_.config_file.changed(now)) reload();
  if (server_conf_) server_conf_->turn(now);
  on_children(now);
  look_beside(now);
  look_at_annotations(now);
  if (!exit_code_) holding_.turn(annotations_.all(), agent_.get(), now);
  if (!exit_code_) turn_agent(now);
  if (parts_.desk) parts_.desk([this, now](const std::string& line) { return answer(line, now); });
  turn_leaving(now);
  if (parts_.config.node.until_drained) end_after_drain(now);
  turn_probes(now);
  if (!exit_code_) timer_.arm(std::max(Millis{1}, parts_.clock.to_real(next_turn(now) - now)));
  return exit_code_;
}

void Loop::look_at_annotations(Instant now) {
  if (now < next_annotations_) return;
  next_annotations_ = now + parts_.clock.scaled(kAnnotationPace);
  annotations_.look(parts_.config.node.annotations_file);
  auto text = annotations_.all() ? unheeded(*annotations_.all()) : std::string{};
  if (text == unheeded_) return;
  unheeded_ = std::move(text);
  if (!unheeded_.empty()) log_warn("annotation_unheeded", {{"detail", unheeded_}});
}

Instant Loop::next_turn(Instant now) const {
  auto next = now + parts_.clock.scaled(parts_.config.loop.tick);
  if (call_at_) next = std::min(next, std::max(*call_at_, now));
  if (const auto at = holding_.next()) next = std::min(next, std::max(*at, now));
  return next;
}

/// Not once the container is to end, as nobody would reap what they start.
void Loop::turn_probes(Instant now) {
  if (exit_code_ || !parts_.probe_tools) return;
  probes_.turn(parts_.config.probes, now);
  if (!probes_watched_ && probes_.fd() >= 0) {
    poller_.watch(probes_.fd());
    probes_watched_ = true;
  }
  if (const auto next = probes_.next()) call_at_ = std::min(call_at_.value_or(*next), *next);
}

/// Not once the container is to end: the node's part would start the server again.
void Loop::turn_agent(Instant now) {
  // A hold drains the server that runs beside, and needs the part for it.
  const bool may_start = !leaving_.stops() && (!holding_.in_force() || parts_.server.running());
  if (agent_ == nullptr && may_start && now >= retry_agent_at_) make_agent(now);
  tell_seen(now);
  if (agent_ != nullptr) take(agent_->on_wake(now));
  if (agent_ != nullptr && !exit_code_) take(agent_->on_tick(now));
}

void Loop::make_agent(Instant now) {
  auto made = parts_.make_agent();
  if (made) {
    agent_ = *std::move(made);
    leaving_.adopt(*agent_);
    agent_error_.reset();
    if (parts_.server_conf) server_conf_.emplace(*parts_.server_conf);
    poller_.watch(agent_->wake_fd());
    if (auto* beside = parts_.server.beside())
      beside->refresh(server_marks(parts_.config, parts_.base.kind, parts_.base.address));
    seen_untold_ = parts_.server.running();  // it was there before
    return;
  }
  // The room on a volume is another each time; a host check that is new was logged by itself.
  const bool still = agent_error_ && agent_error_->reason == made.error().reason;
  const bool same = still && (made.error().reason == Reason::kHostCheck ||
                              agent_error_->what == made.error().what);
  agent_error_ = made.error();
  retry_agent_at_ = now + kRetryAgent;
  const auto reason = agent_error_->reason;
  if (!same)
    log_error("held", {{"reason", std::string{to_string(reason)}}, {"detail", agent_error_->what}});
  if (parts_.config.policy.on_refusal == RefusalSetting::kExit)
    exit_code_ = refusal_exit_code(reason);
}

void Loop::take(const Wish& wish) {
  call_at_ = wish.call_again;
  if (wish.hold) holding_.on_crash_loop(*wish.hold, agent_.get(), parts_.clock.now());
  if (wish.end_container && !exit_code_) exit_code_ = wish.end_container;
}

void Loop::on_signal(const SignalEvent& signal) {
  switch (signal.number) {
    case SIGCHLD:
      child_ended_ = true;
      return;
    case SIGTERM:
    case SIGINT:
      return leaving_.sign_by_signal(signal.number, agent_.get(), parts_.clock.now());
    case SIGHUP:
      return reload();
    default:
      log_info("signal_forwarded", {{"signal", signal_name(signal.number)}});
      parts_.server.signal(signal.number);
  }
}

void Loop::turn_leaving(Instant now) {
  leaving_.look_for_stop_script(false, agent_.get(), now);
  if (const auto* all = annotations_.all())
    leaving_.follow(annotation(*all, "leave"), agent_.get(), now);
  leaving_.turn(agent_.get(), now);
  if (leaving_.exit_code() && !exit_code_) exit_code_ = leaving_.exit_code();
  if (const auto next = leaving_.next()) call_at_ = std::min(call_at_.value_or(*next), *next);
}

std::optional<ControlReply> Loop::answer(const std::string& line, Instant now) {
  auto reply = holding_.command(line, agent_.get(), now);
  if (!reply) reply = leaving_.command(line, agent_.get(), now);
  if (reply) {
    publish();  // who asks for the status next sees what was begun
    return reply;
  }
  constexpr std::string_view kStartServer = "start-server ";
  if (line == "sidecar")
    return ControlReply{parts_.server.beside() == nullptr ? kExitNo : kExitDone, "\n"};
  if (line.starts_with(kStartServer))
    return order_server(std::string_view{line}.substr(kStartServer.size()));
  if (agent_ == nullptr) {
    return ControlReply{kExitTryAgain,
                        "the node is held or still being set up; 'sr-agent status' tells why\n"};
  }
  auto text = agent_->command(line, now);
  if (!text) return std::nullopt;
  if (text->empty() || text->back() != '\n') *text += '\n';
  return ControlReply{kExitDone, *std::move(text)};
}

/// A stop script waits until the pid of its server is gone, so it is looked for before that is
/// reaped; afterwards it may have ended.
void Loop::on_children(Instant now) {
  if (std::exchange(child_ended_, false) && parts_.server.dead_unreaped())
    leaving_.look_for_stop_script(true, agent_.get(), now);
  auto ended = reap_all();
  if (parts_.children) ended = parts_.children->take(ended);
  if (ended.empty()) return;
  orphans_ += parts_.server.orphans(ended);
  const bool over = parts_.server.on_reaped(ended);
  if (over) on_server_end(now);
}

void Loop::on_server_end(Instant now) {
  const auto status = parts_.server.exit_status();
  if (!status) return;
  last_exit_ = to_string(*status);
  log_info("server_exit", {{"status", last_exit_}});
  leaving_.look_for_stop_script(true, agent_.get(), now);
  if (leaving_.in_force() && !leaving_.keeps_server()) return;
  if (agent_ != nullptr) take(agent_->on_server_end(*status, now));
}

/// Also where no drain was ever asked for.
void Loop::end_after_drain(Instant now) {
  if (!leaving_.rests()) return resting_since_.reset();
  if (!resting_since_) resting_since_ = now;
  const auto waited = parts_.clock.to_real(now - *resting_since_);
  if (!exit_code_ && waited >= kAfterDrain) exit_code_ = leaving_.result();
}

/// A sidecar's server. One that comes while it is to stay down was started by a command that does
/// not ask.
void Loop::look_beside(Instant now) {
  const auto change = parts_.server.look_beside();
  if (change == ServerBeside::Change::kNone) return;
  const bool came = change == ServerBeside::Change::kCame;
  const auto pid = parts_.server.pid();
  log_info(came ? "server_seen" : "server_gone",
           {{"by",
             !came      ? "its container"
             : pid == 0 ? "its ports"
                        : "pid " + std::to_string(pid)}});
  if (!came) last_exit_ = "told to its own container";
  if (agent_ == nullptr) return;
  seen_untold_ = came;
  if (!came && !stays_down()) agent_->on_server_gone(now);
}

/// A server that came during a leaving is told to the node's part if it outlives that.
void Loop::tell_seen(Instant now) {
  if (!seen_untold_ || agent_ == nullptr || stays_down()) return;
  seen_untold_ = false;
  agent_->on_server_seen(now);
}

/// A leaving has the server stopped, or has had it.
bool Loop::stays_down() const {
  return leaving_.in_force() && !leaving_.keeps_server();
}

/// The container beside asks what to start. It waits for as long as this node's part, a leaving or
/// a hold has no server started.
ControlReply Loop::order_server(std::string_view words) {
  auto* beside = parts_.server.beside();
  if (beside == nullptr)
    return {kExitBusy, "an agent runs in this pod and starts the server itself\n"};
  const auto ask = words_of(words);
  const auto me = std::string{to_string(parts_.base.kind)} + " " + parts_.base.pod;
  const bool whole = ask.size() == 4;
  const auto asks = whole ? ask[0] + " " + ask[1] : std::string{words};
  if (asks != me) {
    return {kExitBusy,
            "the agent here is of " + me + ", and run-server of " + asks +
                ": they must not share node.runtime_dir\n"};
  }
  if (exit_code_ || holding_.in_force() || stays_down()) beside->withdraw();
  // The turn may have begun a while ago.
  const auto argv =
      beside->ask(parts_.clock.now(), ask[2], whole_number<pid_t>(ask[3]).value_or(0));
  if (argv) return {kExitDone, joined(*argv, "\n") + "\n"};
  const auto status = parts_.board.read();
  return {kExitTryAgain,
          std::string{to_string(status->reason)} +
              (status->detail.empty() ? "" : ": " + status->detail) + "\n"};
}

void Loop::reload() {
  if (!parts_.reload) return;
  const auto loaded = parts_.reload();
  if (!loaded.ok()) {
    for (const auto& error : loaded.errors)
      log_error("reload_refused", {{"error", error}});
    reload_refused_ = RefusedReload{Clock::wall(), loaded.errors};
    return;
  }
  reload_refused_.reset();
  const auto plan = plan_reload(parts_.config, loaded.config);
  for (const auto& change : plan.changes) {
    log_info("setting_changed",
             {{"key", change.key},
              {"effect", change.change == KeyChange::kApplied ? "applied" : "restart needed"}});
  }
  parts_.config = plan.config;
  shared_ = std::make_shared<const Config>(parts_.config);
  set_log_level(parts_.config.log.level);
}

/// Advice is logged when it changes: a line for each field.
void Loop::follow_start(NodeStatus& status) {
  status.stall_limit = parts_.config.startup.stall;
  status.stall_fails_live = parts_.config.startup.stall_fails_live;
  start_watch_.follow(status, parts_.clock.now());
  complete_advice(status, parts_.config);
  std::string all;
  for (const auto& advice : status.advice)
    all += advice.field + "=" + advice.value + " ";
  if (std::exchange(advised_, all) == all) return;
  for (const auto& advice : status.advice)
    log_warn("advice", {{"field", advice.field}, {"value", advice.value}, {"why", advice.text}});
}

void Loop::publish() {
  NodeStatus status = parts_.base;
  status.warnings = warnings_;
  if (!unheeded_.empty()) status.warnings.push_back(unheeded_);
  status.reload_refused = reload_refused_;
  if (server_conf_ && !server_conf_->warning().empty())
    status.warnings.push_back(server_conf_->warning());
  if (const auto* beside = parts_.server.beside();
      beside != nullptr && !beside->running() && !beside->waits())
    status.warnings.emplace_back("no server runs, and its own container does not ask for one");
  if (agent_ != nullptr) agent_->describe(status);
  if (agent_ == nullptr && agent_error_) {
    status.phase = Phase::kHeld;
    status.reason = agent_error_->reason;
    status.detail = agent_error_->what;
  }
  auto& server = status.server;
  server.running = parts_.server.running();
  server.pid = parts_.server.pid();
  server.command = parts_.server.command_line();
  server.starts = parts_.server.starts();
  server.last_exit = last_exit_;
  server.orphans_reaped = orphans_;
  leaving_.describe(status);
  holding_.describe(status);
  if (parts_.describe_host) parts_.describe_host(status, parts_.clock.now());
  if (exit_code_) {
    status.phase = Phase::kEnded;
    write_termination_message(
        parts_.config.node.termination_log,
        termination_message(status, *exit_code_, parts_.server.exit_status()));
    log_info("exit",
             {{"code", std::to_string(*exit_code_)},
              {"reason", std::string{to_string(status.reason)}},
              {"detail", status.detail}});
  }
  probes_.describe(status);
  status.config = shared_;
  complete_ready(status, parts_.config, parts_.clock);
  follow_start(status);
  if (parts_.tell_operator) parts_.tell_operator(status, parts_.clock.now());
  parts_.board.publish(std::move(status));
}

}  // namespace sragent
