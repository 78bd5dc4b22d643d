#include <algorithm>

#include "core/fe_stop.h"
#include "core/own_name.h"
#include "io/files.h"
#include "runtime/ask.h"
#include "runtime/fe_agent.h"
#include "runtime/log.h"
#include "runtime/node_parts.h"
#include "runtime/version_note.h"
#include "starrocks/bootstrap.h"
#include "starrocks/rows.h"
#include "starrocks/server_log.h"

/// FeAgent: while the server runs. Until sealed it may have to be stopped; afterwards it is only
/// reported on: a member is never killed for what another node says.
namespace sragent {
namespace {

constexpr Millis kUnsealedPace{1'000};
constexpr Millis kSettlingPace{2'000};
constexpr Millis kMemberPace{15'000};
constexpr int kMissesToDropped = 2;
constexpr Millis kSettlesIn{60'000};

/// The own server's word: an open port proves nothing, a login and an answer do.
void ask_own_server(const LookContext& context, FeNews& news) {
  auto own = open_leader(context, {context.me.host, context.me.address, context.fe_query_port, {}});
  news.server_ready = own.sql != nullptr;
  if (own.attempt.error) news.own_error = own.attempt.error->what;
  if (own.attempt.error) news.own_refusal = refusal_of(*own.attempt.error);
  news.login_refused = news.own_refusal && own.sql == nullptr;
  if (!own.attempt.list) return;
  own.attempt.list->asked_host = context.me.host;
  news.own_list = *std::move(own.attempt.list);
  news.own_version = own.attempt.version;
  news.own_behind = own.attempt.journal_behind;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Hosts whose names the name servers say do not exist; silence is none.
std::vector<std::string> absent_names(const LookContext& context,
                                      const std::vector<std::string>& hosts) {
  std::vector<std::string> out;
  for (const auto& host : hosts) {
    if (host == context.me.host || is_address(host)) continue;
    if (ask_dns(context, host + ".").outcome == DnsOutcome::kAbsent) out.push_back(host);
  }
  return out;
}

/// The helper serves its HTTP port for FEs of its list alone, by the address they come from (S18).
bool rejects(const LookContext& context, const std::string& helper) {
  const auto host = helper.substr(0, helper.rfind(':'));
  const auto address = address_of(context, host);
  if (!address) return false;
  const auto path =
      "/role?host=" + context.me.host + "&port=" + std::to_string(context.me.edit_log_port);
  const auto reply = ask_http(context, *address, context.fe_http_port, path);
  return reply && caller_rejected(reply->status, reply->body);
}

const FeList* counting_list(const LookResult& look) {
  for (const auto& list : look.lists)
    if (word_counts(list)) return &list;
  return nullptr;
}

/// SHOW FRONTENDS is answered by the leader. Where that failed, the own server's local list may
/// show anything: a member that was taken out sees the leader and itself in it for ever.
bool forwarded(const FeNews& news) {
  return news.own_list && news.own_error.empty();
}

/// The list by the leader's word, from the own server or from another; null: there is none.
const FeList* leaders_word(const FeNews& news) {
  return forwarded(news) ? &*news.own_list : counting_list(news.look);
}

const FeList* best_list(const FeNews& news) {
  const auto* word = leaders_word(news);
  return word == nullptr && news.own_list ? &*news.own_list : word;
}

bool alive_in_list(const LookContext& context, const FeNews& news) {
  if (!forwarded(news)) return false;
  const auto* row = find_row(*news.own_list, context.me.host);
  return row != nullptr && row->alive;
}

/// A leader of this cluster that does not list the host whose server does not serve; empty: none
/// is in sight.
std::string leader_without_me(const FeNews& news, const ClusterId& id, const std::string& host) {
  const auto* list = news.server_ready ? nullptr : counting_list(news.look);
  if (list == nullptr || list->cluster_id != id || find_row(*list, host) != nullptr) return {};
  return leader_host(*list);
}

FeReading ready_reading(const FeNews& news) {
  FeReading out;
  out.list = leaders_word(news);
  if (news.own_list) out.leader = forwarded(news) ? leader_host(*news.own_list) : std::string{};
  out.claims_lead = news.own_claims_lead;
  return out;
}

}  // namespace

void FeAgent::begin_watch() {
  asking_ = true;
  const bool sealed = meta_.kind == MetaKind::kSealed;
  LookWishes wishes;
  const auto now = shell_.clock.now();
  wishes.dns_again = !last_dns_ || now - *last_dns_ >= Millis{shell_.config.dns.interval};
  if (wishes.dns_again) last_dns_ = now;
  if (!wishes.dns_again) wishes.before = look_.names();
  named_.electable.clear();
  if (const auto& note = state_files_.members) {
    for (const auto& host : note->hosts)
      if (!contains(note->observers, host)) named_.electable.push_back(host);
  }
  const bool may_be_rejected = !sealed && now - spawned_at_ >= kJoinLoopPatience;
  const auto limit = (shell_.config.sql.show_timeout + shell_.config.sql.connect_timeout) * 3;
  const bool taken = shell_.workers->submit(
      [context = look_context(),
       wishes,
       sealed,
       mail = mail_,
       members = named_.electable,
       helper = may_be_rejected ? meta_.helper : std::string{}] {
        FeNews news;
        news.what = FeNews::What::kWatch;
        ask_own_server(context, news);
        const bool first = context.config->sql.first_password == FirstPasswordSetting::kSetOnce;
        if (first && news.login_refused) news.first_password = set_first_password(context);
        news.own_claims_lead =
            news.server_ready ? claims_lead(context, context.me.address) : Tri::kNo;
        const bool knows_leader = forwarded(news) && !leader_host(*news.own_list).empty();
        // The password is the cluster's: the others would refuse it as well.
        const bool ask_others = !knows_leader && !news.login_refused;
        if (!sealed || ask_others) news.look = look_around(context, wishes);
        if (sealed && ask_others) news.absent_members = absent_names(context, members);
        if (sealed && wishes.dns_again && !alive_in_list(context, news))
          news.own_name = name_gives(context, context.me.fqdn, context.me.address);
        if (!helper.empty() && !news.server_ready) news.helper_rejects = rejects(context, helper);
        mail->push(std::move(news));
      },
      Deadline::after(limit));
  if (!taken) asking_ = false;
}

/// The first lists after a start may show members as not alive that are: heartbeats come every 5 s.
void FeAgent::settle(const FeList& list, Instant now) {
  if (!listed_at_) listed_at_ = now;
  const auto quorum = quorum_of(list, me_.host);
  settled_ = settled_ || 2 * quorum.alive > quorum.followers || now - *listed_at_ >= kSettlesIn;
}

/// Logged when it changes; that somebody was there before stays in the status.
void FeAgent::note_first_password(const FirstPassword& news) {
  if (news.detail == first_password_) return;
  first_password_ = news.detail;
  switch (news.what) {
    case FirstPassword::What::kSet:
      log_warn("first_password_set", {{"user", shell_.config.sql.user}, {"seen", news.detail}});
      conf_.warnings.push_back("the first password of root was set; " + news.detail);
      return;
    case FirstPassword::What::kNoRoom:
      log_error("first_password_not_set", {{"why", news.detail}});
      return;
    case FirstPassword::What::kNotOurs:
    case FirstPassword::What::kNotDone:
      log_info("first_password_waits", {{"why", news.detail}});
  }
}

void FeAgent::on_watch(const FeNews& news, Instant now) {
  if (!shell_.server.running()) return;
  if (news.first_password) note_first_password(*news.first_password);
  const bool set = news.first_password && news.first_password->what == FirstPassword::What::kSet;
  if (news.look.began != Instant{}) look_ = news.look;
  const bool serves = news.server_ready || news.login_refused;
  if (serves && phase_ == Phase::kStarting) phase_ = Phase::kRunning;
  if (serves) compare_meta_dir();
  note_version(version_, news.own_version);
  if (news.own_behind) row_.journal_behind = news.own_behind;
  for (const auto& attempt : news.look.attempts)
    if (attempt.leader_journal) row_.leader_journal = attempt.leader_journal;
  const auto* word = leaders_word(news);
  const auto* list = best_list(news);
  leader_seen_ = word == nullptr ? std::string{} : leader_host(*word);
  if (serves && word != nullptr) settle(*word, now);
  ready_.on_reading(ready_reading(news), me_);
  if (list != nullptr) {
    const auto* row = find_row(*list, me_.host);
    me_.role = role_of(shell_.config, me_, meta_, {*list});
    role_ = row == nullptr ? std::string{} : std::string{to_string(row->role)};
    row_.at = now;
    row_.registered = row == nullptr ? Tri::kNo : Tri::kYes;
    row_.alive = row != nullptr && row->alive ? Tri::kYes : Tri::kNo;
    members_.clear();
    observers_.clear();
    for (const auto& member : list->rows) {
      members_.push_back(member.host);
      if (member.role == RowRole::kObserver) observers_.push_back(member.host);
    }
  }
  read_disk();
  if (meta_.kind == MetaKind::kSealed && !own_stop_) {
    watch_member(news, now);
  } else {
    watch_unsealed(news, now);
  }
  watch_ghosts(news, now);
  if (set) next_look_ = now;
}

/// S14: the agent must judge the folder that the server uses.
void FeAgent::compare_meta_dir() {
  if (meta_dir_compared_) return;
  const auto opened = open_files(shell_.server.pid(), ".jdb");
  if (opened.empty()) return;
  meta_dir_compared_ = true;
  const auto own = real_path(conf_.meta_dir) + "/bdb/";
  if (opened.front().starts_with(own)) return;
  const std::string text =
      "the server opened " + opened.front() + ", and meta_dir is read as " + conf_.meta_dir;
  conf_.warnings.push_back(text);
  log_error("meta_dir_differs", {{"detail", text}});
}

void FeAgent::watch_unsealed(const FeNews& news, Instant now) {
  next_look_ = now + kUnsealedPace;
  if (own_stop_) return;
  FirstStartObservation seen;
  seen.meta = meta_;
  seen.server_ready = news.server_ready;
  seen.own_list = news.own_list;
  seen.own_claims_lead = news.own_claims_lead == Tri::kYes;
  if (const auto* list = counting_list(news.look)) seen.leader_list = *list;
  seen.peers = news.look.peers;
  seen.up_for = now - spawned_at_;
  seen.helper_rejects = news.helper_rejects;
  auto decision = watch_first_start(me_, seen, now);
  if (!news.own_refusal) refused_logins_ = 0;
  if (news.login_refused && std::holds_alternative<KeepWatching>(decision.action)) {
    // It serves, and what it says no to keeps us from seeing that it does.
    decision.reason = news.own_refusal->reason;
    decision.detail = news.own_refusal->who;
    next_look_ = now + backoff_pause(kLoginBackoff, refused_logins_++, 1.0);
  }
  const bool changed = reason_ != decision.reason || detail_ != decision.detail;
  reason_ = decision.reason;
  detail_ = decision.detail;
  if (changed)
    log_info("first_start", {{"reason", std::string{to_string(reason_)}}, {"detail", detail_}});
  if (const auto* sealing = std::get_if<Seal>(&decision.action)) seal(*sealing);
  if (const auto* stop = std::get_if<StopServer>(&decision.action)) {
    own_stop_ = *stop;
    log_warn("server_stopped_to_decide_again", {{"detail", detail_}});
    shell_.server.kill();  // nothing of it was ever acknowledged; a fork must not serve on
    if (!shell_.server.can_signal()) {
      detail_ += "; its process is not visible here: stop its container";
      log_error("server_not_stopped", {{"detail", detail_}});
    }
  }
}

void FeAgent::seal(const Seal& seal) {
  Certificate certificate;
  certificate.cluster_id = seal.cluster_id;
  certificate.host = me_.host;
  certificate.members = seal.members;
  certificate.created_unix_ms = Clock::unix_ms();
  if (auto done = shell_.state.seal(certificate); !done) {
    log_error("not_sealed", {{"error", done.error().what}});
    return;
  }
  log_info("sealed", {{"cluster_id", seal.cluster_id}});
  memory_.consent.reset();
  end_step();
  read_disk();
}

void FeAgent::watch_member(const FeNews& news, Instant now) {
  const auto* list = best_list(news);
  const bool known = list != nullptr && !leader_seen_.empty();
  if (news.own_name) own_name_ = news.own_name;
  next_look_ = now + (known && news.server_ready ? kMemberPace : kSettlingPace);
  const auto before = reason_;
  if (!news.own_refusal) refused_logins_ = 0;
  if (news.own_refusal && !known) {  // S58, S60: a member serves without us; only few tries
    next_look_ = now + backoff_pause(kLoginBackoff, refused_logins_++, 1.0);
    reason_ = news.own_refusal->reason;
    detail_ = news.own_refusal->who;
  } else if (!news.server_ready || !known) {
    judge_no_leader(news, now);
  } else if (list->cluster_id != meta_.cluster_id) {
    reason_ = Reason::kTwoClusters;
    detail_ =
        "the list is of cluster " + list->cluster_id + ", the metadata of " + meta_.cluster_id;
  } else if (find_row(*list, me_.host) == nullptr) {
    ++row_misses_;
    if (row_misses_ >= kMissesToDropped) {
      reason_ = Reason::kDropped;
      detail_ = "the leader lists this host no more; the server goes on with stale reads";
    }
    next_look_ = now + kSettlingPace;
  } else {
    row_misses_ = 0;
    named_.absent_since.reset();
    if (row_.alive == Tri::kYes) own_name_.reset();
    if (!tell_name_not_served() && !tell_other_clusters()) {
      reason_ = Reason::kNone;
      detail_ = "member of cluster " + meta_.cluster_id + ", leader " + leader_seen_;
    }
    keep_members();
  }
  if (before != reason_)
    log_info("member", {{"reason", std::string{to_string(reason_)}}, {"detail", detail_}});
}

/// S22: a member starts without its name, and the others do not find it.
bool FeAgent::tell_name_not_served() {
  if (!own_name_ || own_name_->own == Tri::kYes) return false;
  reason_ = Reason::kDnsNotReady;
  const bool silent = own_name_->own == Tri::kUnknown;
  detail_ = name_not_served(own_name_->own, me_.address, me_.fqdn) +
            (own_name_->why.empty() ? "" : " (" + own_name_->why + ")") +
            (silent ? ", so the other FEs may not find this member; "
                    : ", so the other FEs do not find this member; ") +
            std::string{name_not_served_advice(own_name_->own)};
  return true;
}

/// Told and never acted on: which of the clusters is the right one only a person knows.
bool FeAgent::tell_other_clusters() {
  const auto& others = ready_.others();
  if (others.detail.empty()) return false;
  reason_ = Reason::kTwoClusters;
  detail_ = others.detail;
  return true;
}

/// The server does not serve, or sees nobody who leads.
void FeAgent::judge_no_leader(const FeNews& news, Instant now) {
  named_.absent = news.absent_members;
  const auto group = leader_without_me(news, meta_.cluster_id, me_.host);
  if (!group.empty() && ++row_misses_ >= kMissesToDropped) {
    reason_ = Reason::kNotInGroup;
    detail_ =
        group +
        " leads this cluster and does not list this host, and the server does not find the "
        "members that its metadata knows: it was dropped, or all of them were replaced, while "
        "it was away";
    return;
  }
  if (!majority_unnamed(named_)) named_.absent_since.reset();
  if (majority_unnamed(named_) && !named_.absent_since) named_.absent_since = now;
  const auto unnamed = tell_majority_unnamed(named_, now);
  if (!unnamed.empty()) {
    reason_ = Reason::kQuorumLost;
    detail_ = unnamed;
  } else if (tell_name_not_served()) {
    return;
  } else if (!news.server_ready) {
    reason_ = phase_ == Phase::kRunning ? Reason::kUnhealthy : Reason::kStarting;
    detail_ = news.own_error.empty() ? "the server does not serve yet" : news.own_error;
  } else {
    reason_ = Reason::kNoLeader;
    detail_ = "the server serves and sees no leader";
  }
}

/// A member in good order: what it must remember is on disk.
void FeAgent::keep_members() {
  if (!state_files_.sealed || !state_files_.certificate)  // a member older than the agent
    seal(Seal{meta_.cluster_id, members_});
  const auto& kept = state_files_.members;
  if (kept && kept->hosts == members_ && kept->observers == observers_) return;
  const MembersNote note{meta_.cluster_id, members_, observers_};
  if (auto done = shell_.state.write(note); !done)
    log_warn("members_not_written", {{"error", done.error().what}});
}

}  // namespace sragent
