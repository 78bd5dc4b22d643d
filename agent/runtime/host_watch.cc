#include "runtime/host_watch.h"

#include "runtime/host_facts.h"
#include "runtime/log.h"

namespace sragent {
namespace {

/// "5.2 h"
std::string hours_text(Millis span) {
  const auto tenths = std::chrono::duration_cast<std::chrono::minutes>(span).count() / 6;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " h";
}

}  // namespace

HostWatch::HostWatch(Parts parts) : parts_(std::move(parts)) {
  auto event = EventFd::create();
  if (event) mail_ = std::make_shared<Mailbox<Result<ClockSpan>>>(*std::move(event));
  auto disks = EventFd::create();
  if (disks) disk_mail_ = std::make_shared<Mailbox<DisksSeen>>(*std::move(disks));
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
    if (finding.check == "disk") continue;  // disk_low tells it, with the time that is left
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

/// A volume may hang, so a worker looks, one at a time: each that hangs costs a thread.
void HostWatch::follow_disks(Instant now) {
  for (const auto& seen : disk_mail_->take_all()) {
    disks_asked_ = false;
    take_disks(seen, now);
  }
  if (disks_asked_ || now < next_disks_) return;
  next_disks_ = now + kDiskPace;
  disks_asked_ = parts_.look.workers->submit(
      [config = parts_.look.config, conf = parts_.conf, mail = disk_mail_] {
        DisksSeen out;
        out.disks = read_disks(*config, conf, out.wants);
        mail->push(std::move(out));
      },
      Deadline::after(std::chrono::seconds{20}));
}

void HostWatch::take_disks(const DisksSeen& seen, Instant now) {
  std::erase_if(report_.findings, [](const HostFinding& one) { return one.check == "disk"; });
  report_.wall = Clock::wall();
  for (const auto& disk : seen.disks) {
    auto finding = host_detail::judge_disk(disk, seen.wants);
    std::string hours;
    if (disk.space) {
      auto& trend = trends_[disk.path];
      trend = take_free(trend, disk.space->free, now);
      const auto limit = disk.use == DiskUse::kMeta ? seen.wants.meta_reserve : 0;
      if (const auto left = time_until(trend, limit)) {
        hours = hours_text(*left);
        finding.value += ", " + hours + " left at the present rate";
      }
    }
    tell_disk(finding, hours);
    report_.findings.push_back(std::move(finding));
  }
}

/// Once, once more when it is known how fast the room goes, and again after it was well.
void HostWatch::tell_disk(const HostFinding& finding, const std::string& hours) {
  if (finding.state != HostState::kWarning) {
    low_.erase(finding.subject);
    return;
  }
  const bool fresh = !low_.contains(finding.subject);
  const bool more = !hours.empty() && !low_[finding.subject];
  if (!fresh && !more) return;
  low_[finding.subject] = !hours.empty();
  log_warn("disk_low",
           {{"path", finding.subject},
            {"room", finding.value},
            {"wanted", finding.wanted},
            {"hours_left", hours.empty() ? "not known yet" : hours},
            {"effect", finding.effect},
            {"remedy", finding.remedy}});
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
  if (disk_mail_ != nullptr) follow_disks(now);
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
