#include "runtime/host_watch.h"

#include "runtime/host_facts.h"
#include "runtime/log.h"

namespace sragent {

HostWatch::HostWatch(Parts parts) : parts_(std::move(parts)) {
  auto event = EventFd::create();
  if (event) mail_ = std::make_shared<Mailbox<Result<ClockSpan>>>(*std::move(event));
}

std::string HostWatch::before_start() {
  report_ = {};
  if (parts_.config.host.checks == HostChecksSetting::kOff) return {};
  const auto facts = read_host(parts_.config, parts_.conf, parts_.root);
  wants_ = facts.wants;
  report_.wall = Clock::wall();
  report_.findings = judge_host(facts);
  tell(report_.findings);
  if (parts_.config.host.checks != HostChecksSetting::kStrict) return {};
  return host_refusal(report_.findings);
}

void HostWatch::tell(const std::vector<HostFinding>& findings) {
  for (const auto& finding : findings) {
    const auto name = finding.check + " " + finding.subject;
    if (finding.state != HostState::kWarning) {
      told_.erase(name);
      continue;
    }
    if (!told_.insert(name).second) continue;
    log_warn("host_check",
             {{"check", finding.check},
              {"subject", finding.subject},
              {"value", finding.value},
              {"wanted", finding.wanted},
              {"effect", finding.effect},
              {"remedy", finding.remedy}});
  }
}

void HostWatch::follow_clock(const std::string& leader, Instant now) {
  const auto kind = parts_.conf.kind;
  for (const auto& answer : mail_->take_all()) {
    clock_ = judge_clock(kind, answer, wants_);
    next_clock_ = now + (clock_->state == HostState::kUnknown ? kClockRetry : kClockPace);
    tell({*clock_});
  }
  if (leader.empty()) return;
  if (leader == asked_ && now < next_clock_) return;
  asked_ = leader;
  next_clock_ = now + kClockRetry;
  static_cast<void>(parts_.look.workers->submit(
      [context = parts_.look, leader, mail = mail_] { mail->push(ask_clock(context, leader)); },
      Deadline::after(parts_.look.config->http.peer_timeout * 4)));
}

void HostWatch::describe(NodeStatus& status, Instant now) {
  const bool on = parts_.config.host.checks != HostChecksSetting::kOff && !report_.wall.empty();
  if (!on) return;
  if (mail_ != nullptr) follow_clock(status.leader, now);
  status.host_checks = report_;
  if (clock_) {
    status.host_checks.findings.push_back(*clock_);
  } else {
    const Error why{ErrorKind::kNotFound, "no leader is known yet"};
    status.host_checks.findings.push_back(
        judge_clock(parts_.conf.kind, tl::unexpected(why), wants_));
  }
}

}  // namespace sragent
