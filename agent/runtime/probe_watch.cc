#include "runtime/probe_watch.h"

#include <algorithm>

#include "runtime/log.h"

namespace sragent {
namespace {

/// Every probe may hang at once without keeping another from its thread.
constexpr std::size_t kThreads = 64;
/// A run that has not come back by then is held to have hung.
constexpr Millis kPatience{500};

}  // namespace

ProbeWatch::ProbeWatch(Clock clock, MakeTools tools)
    : clock_(clock), make_tools_(std::move(tools)) {}

void ProbeWatch::note(Entry& entry, ProbeSeen seen, Instant at) {
  entry.ticket = 0;
  if (!add_result(entry.state, thresholds_of(entry.config), std::move(seen), at)) return;
  log_info("probe",
           {{"name", entry.config.name},
            {"state", entry.state.ok ? "ok" : "failed"},
            {"saw", entry.state.last.saw}});
}

void ProbeWatch::take_results() {
  if (mail_ == nullptr) return;
  for (auto& news : mail_->take_all()) {
    for (auto& entry : entries_) {
      if (entry.hangs == news.ticket) entry.hangs = 0;
      if (entry.ticket == news.ticket) note(entry, std::move(news.seen), news.at);
    }
  }
}

/// A probe that is as it was keeps what it knows.
void ProbeWatch::follow_config(const std::vector<ProbeConfig>& probes, Instant now) {
  const auto same = [](const Entry& entry, const ProbeConfig& probe) {
    return entry.config == probe;
  };
  if (std::equal(entries_.begin(), entries_.end(), probes.begin(), probes.end(), same)) return;
  std::vector<Entry> made;
  for (const auto& probe : probes) {
    const auto old = std::find_if(
        entries_.begin(), entries_.end(), [&](const Entry& e) { return e.config == probe; });
    if (old != entries_.end()) {
      made.push_back(*old);
      continue;
    }
    Entry entry;
    entry.config = probe;
    entry.state = initial_state(thresholds_of(probe));
    entry.due = now + first_delay(probe.name, probe.period);
    made.push_back(std::move(entry));
  }
  entries_ = std::move(made);
}

/// A run that hangs beyond its deadline keeps its thread: a second one would take another.
void ProbeWatch::begin(Entry& entry, Instant now) {
  entry.due = now + entry.config.period;
  if (entry.hangs != 0) return note(entry, {false, "the last run still hangs", {}}, now);
  entry.ticket = ++tickets_;
  entry.give_up = now + entry.config.deadline + kPatience;
  const auto until = Deadline::after(clock_.to_real(entry.config.deadline));
  const bool taken = pool_->submit(
      [mail = mail_,
       ticket = entry.ticket,
       now,
       probe = entry.config,
       tools = make_tools_(),
       until] {
        mail->push({ticket, now, run_probe(probe, tools, until)});
      },
      until);
  if (!taken) note(entry, {false, "no thread could be had", {}}, now);
}

void ProbeWatch::turn(const std::vector<ProbeConfig>& probes, Instant now) {
  if (!probes.empty() && pool_ == nullptr) {
    auto event = EventFd::create();
    if (!event) return log_error("probes", {{"error", event.error().what}});
    mail_ = std::make_shared<Mailbox<News>>(*std::move(event));
    pool_ = std::make_unique<WorkerPool>("probe", WorkerLimits{.threads = kThreads});
  }
  take_results();
  follow_config(probes, now);
  for (auto& entry : entries_) {
    if (entry.ticket != 0 && now >= entry.give_up) {
      entry.hangs = entry.ticket;
      note(entry, {false, "no answer by the deadline", now - entry.give_up}, now);
    }
    if (entry.ticket == 0 && now >= entry.due) begin(entry, now);
  }
  if (pool_ != nullptr) pool_->sweep();
}

std::optional<Instant> ProbeWatch::next() const {
  std::optional<Instant> out;
  for (const auto& entry : entries_) {
    const auto then = entry.ticket != 0 ? entry.give_up : entry.due;
    out = std::min(out.value_or(then), then);
  }
  return out;
}

void ProbeWatch::describe(NodeStatus& status) const {
  for (const auto& entry : entries_)
    status.probes.push_back({entry.config, entry.state});
}

}  // namespace sragent
