#include "runtime/fe_ready.h"

#include <algorithm>

/// FeReadiness: what is begun and when, and what is kept of the answers.
namespace sragent {
namespace {

constexpr Millis kHealthPace{5'000};
constexpr Millis kReportsPace{15'000};

}  // namespace

void FeReadiness::begin(
    Job& job, Millis pace, Millis limit, std::function<FeReadyNews()> work, Instant now) {
  job.ticket = ++tickets_;
  job.next = now + pace;
  const bool taken = shell_.workers->submit(
      [work = std::move(work), push = push_, ticket = job.ticket] {
        auto news = work();
        news.ticket = ticket;
        push(std::move(news));
      },
      Deadline::after(limit));
  if (taken) job.until = now + shell_.clock.scaled(limit * 2);
}

void FeReadiness::give_up_hanging(Job& job, Instant now) {
  if (job.until && now >= *job.until) job.until.reset();
}

/// Another server: nothing that was said of the last one counts.
void FeReadiness::forget() {
  starts_ = shell_.server.starts();
  health_job_ = {};
  bootstrap_job_ = {};
  reports_job_ = {};
  health_ = {};
  bootstrap_ = {};
  was_healthy_ = false;
  row_ = {};
  leader_.clear();
  claims_lead_ = false;
  agreement_ = {};
  others_ = {};
}

void FeReadiness::tick(const std::function<LookContext()>& context, Instant now) {
  if (starts_ != shell_.server.starts()) forget();
  if (!shell_.server.running()) return;
  for (auto* job : {&health_job_, &bootstrap_job_, &reports_job_})
    give_up_hanging(*job, now);
  // After a refused password the watch tries again, at its pace; a second one would be too many.
  if (!health_job_.until && !health_.login_refused && now >= health_job_.next)
    begin_health(context, now);
  if (!bootstrap_job_.until && now >= bootstrap_job_.next) begin_bootstrap(context, now);
  if (!reports_job_.until && !leader_.empty() && now >= reports_job_.next)
    begin_reports(context, now);
}

void FeReadiness::begin_health(const std::function<LookContext()>& context, Instant now) {
  const auto work = [with = context()] {
    FeReadyNews news;
    news.health = ask_fe_health(with);
    return news;
  };
  begin(health_job_, kHealthPace, shell_.config.sql.connect_timeout, work, now);
}

/// Needs no login, so it is asked whatever the login came to.
void FeReadiness::begin_bootstrap(const std::function<LookContext()>& context, Instant now) {
  const auto work = [with = context()] {
    FeReadyNews news;
    news.bootstrap = ask_fe_bootstrap(with);
    return news;
  };
  begin(bootstrap_job_, kHealthPace, shell_.config.http.peer_timeout, work, now);
}

void FeReadiness::begin_reports(const std::function<LookContext()>& context, Instant now) {
  const auto work = [with = context(),
                     question = FeQuestion{leader_, members_, claims_lead_, listed_cluster_}] {
    FeReadyNews news;
    news.reports = ask_fe_reports(with, question);
    return news;
  };
  const auto& config = shell_.config;
  const auto limit = config.http.peer_timeout * 4 + config.dns.timeout * 8;
  begin(reports_job_, kReportsPace, limit, work, now);
}

void FeReadiness::take(const FeReadyNews& news) {
  if (news.health && health_job_.until && news.ticket == health_job_.ticket) {
    health_job_.until.reset();
    health_ = *news.health;
    was_healthy_ |= health_.health.reason == Reason::kNone;
  }
  if (news.bootstrap && bootstrap_job_.until && news.ticket == bootstrap_job_.ticket) {
    bootstrap_job_.until.reset();
    bootstrap_ = *news.bootstrap;
  }
  if (news.reports && reports_job_.until && news.ticket == reports_job_.ticket) {
    reports_job_.until.reset();
    const auto& seen = *news.reports;
    name_elsewhere_ = seen.name_elsewhere;
    others_ = seen.others;
    // Answers to what is no longer the question: the own server sees another leader by now.
    if (seen.leader != leader_) {
      reports_job_.next = Instant{};
    } else {
      add_reports(agreement_, seen.leader, seen.reports, seen.claims, seen.at);
    }
  }
}

void FeReadiness::on_reading(const FeReading& reading, const Self& me) {
  if (reading.leader) {
    if (leader_ != *reading.leader) reports_job_.next = Instant{};
    leader_ = *reading.leader;
    health_.login_refused = false;
  }
  if (reading.claims_lead != Tri::kUnknown) claims_lead_ = reading.claims_lead == Tri::kYes;
  if (reading.list == nullptr) return;
  const auto& list = *reading.list;
  const auto* row = find_row(list, me.host);
  if (row == nullptr) row = find_row(list, me.address);
  row_ = {};
  row_.at = list.asked_at;
  listed_cluster_ = list.cluster_id;
  members_.clear();
  for (const auto& member : list.rows)
    members_.push_back(member.host);
  if (row == nullptr) return;
  row_.listed = true;
  row_.alive = row->alive;
  row_.host = row->host;
  row_.role = to_string(row->role);
}

Instant FeReadiness::next(Instant now) const {
  constexpr Millis kFarOff{3'600'000};
  auto out = now + kFarOff;
  if (!shell_.server.running()) return out;
  if (health_job_.until || !health_.login_refused)
    out = std::min(out, health_job_.until.value_or(health_job_.next));
  out = std::min(out, bootstrap_job_.until.value_or(bootstrap_job_.next));
  if (reports_job_.until || !leader_.empty())
    out = std::min(out, reports_job_.until.value_or(reports_job_.next));
  return std::max(out, now + Millis{1});
}

void FeReadiness::describe(ReadyFacts& facts) const {
  if (starts_ != shell_.server.starts()) return;  // not looked at yet
  facts.health = health_.health;
  facts.bootstrap = bootstrap_;
  for (auto* fact : {&facts.health, &facts.bootstrap})
    if (fact->reason == Reason::kUnhealthy && !was_healthy_) fact->reason = Reason::kStarting;
  facts.row = row_;
  facts.listed_cluster = listed_cluster_;
  facts.leader = leader_;
  facts.agreement = agreement_;
  facts.name_elsewhere = name_elsewhere_;
  facts.others = others_;
}

}  // namespace sragent
